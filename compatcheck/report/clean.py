"""Making values safe to write down: no NaN, no lone surrogates, no passwords, no ten-megabyte titles."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

TEXT_LIMIT = 4_000
"""Characters of one untrusted text that `results.json` keeps; pages exist whose title is megabytes long."""

LIST_LIMIT = 500
"""Console lines and failed requests of one capture that are kept."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_PASSWORD = re.compile(r"(?<=://)[^/?#\s:@]*:[^/?#\s@]*(?=@)")


def clean_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """The text without lone surrogates (UTF-8 has no form for them) and passwords in URLs, cut at `limit` characters."""
    if len(text) > limit:
        text = f"{text[:limit]}… (cut, {len(text)} characters in all)"
    return _PASSWORD.sub("***", _SURROGATE.sub("\ufffd", text))


def finite(value: Any) -> float | None:
    """The number as a float, or None where it is none, NaN or infinite."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def clean_json(value: Any, redact: Callable[[str], str] = str, depth: int = 0) -> Any:
    """Any value as plain JSON: texts cleaned and redacted, finite numbers (else null), lists, dicts with text keys.

    What JSON has no form for becomes its `str`; nesting beyond 40 levels becomes null.
    """
    if depth > 40:
        return None
    match value:
        case None | bool() | int():
            return value
        case str():
            return clean_text(redact(value))
        case float():
            return finite(value)
        case Mapping():
            return {clean_text(str(key)): clean_json(item, redact, depth + 1) for key, item in value.items()}
        case list() | tuple():
            return [clean_json(item, redact, depth + 1) for item in value]
        case set() | frozenset():
            return sorted((clean_json(item, redact, depth + 1) for item in value), key=str)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return clean_json(value.item(), redact, depth + 1)
    return clean_text(redact(str(value)))
