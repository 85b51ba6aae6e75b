"""Untrusted text for showing: hidden characters made visible, lengths bounded, links only to the web."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

# Controls and everything that reorders the text around it: a title must not be able to rewrite the line it stands in.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)


def shown(text: str, limit: int = 400) -> str:
    """The text as it may stand in a report: at most `limit` characters, hidden ones as `[U+202E]`."""
    cut = text if len(text) <= limit else f"{text[:limit]}…"
    return HIDDEN.sub(lambda match: f"[U+{ord(match[0]):04X}]", cut)


def web_link(url: str) -> str:
    """The URL when a click on it may be offered (http and https), else nothing: `javascript:` is no place to go."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc or len(url) > 2_000:
        return ""
    return HIDDEN.sub(lambda match: quote(match[0]), url)


def picture_link(path: str | None) -> str | None:
    """A picture's path in the run folder as a relative URL; None when it would lead out of the folder."""
    if not path or len(path) > 1_000 or ":" in path or "\\" in path or "\0" in path:
        return None
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts:
        return None
    return quote(path)
