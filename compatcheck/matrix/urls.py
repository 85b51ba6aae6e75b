"""URLs of pages: what is accepted, and pages made from the URLs of a command line."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import TextIO
from urllib.parse import SplitResult, unquote, urlsplit

from compatcheck.errors import UsageError
from compatcheck.matrix.nearest import nearest
from compatcheck.model.matrix import Page

SCHEMES = ("http", "https", "file")
MAX_SLUG = 60


def check_url(url: str) -> str:
    """The URL without white space around it. Raises UsageError (message and hint) when no browser could open it."""
    url = url.strip()
    if not url:
        raise UsageError("the URL is empty.", hint="Write it as https://shop.example/.")
    if re.search(r"[\s\x00-\x1f\x7f]", url):
        raise UsageError(
            f'"{_shown(url)}" has white space or a control character inside.', hint="Write a space as %20."
        )
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f'"{_shown(url)}" is no URL: {error}.') from None
    if parts.scheme not in SCHEMES:
        raise UsageError(f'"{_shown(url)}" {_what_scheme(url, parts)}', hint=_hint(url, parts))
    if parts.scheme == "file":
        if host not in (None, "", "localhost") or not parts.path.startswith("/"):
            raise UsageError(
                f'"{_shown(url)}" is no file URL.', hint="Write the whole path: file:///home/me/page.html."
            )
    elif not host:
        raise UsageError(f'"{_shown(url)}" names no host.', hint=f"Write it as {parts.scheme}://shop.example/.")
    return url


def _shown(url: str) -> str:
    printable = url.encode("unicode_escape").decode("ascii") if not url.isprintable() else url
    return printable if len(printable) <= 120 else f"{printable[:117]}…"


def _is_scheme(url: str, parts: SplitResult) -> bool:
    """False where what looks like a scheme is a host: `localhost:8000`, `shop.example:443/x`."""
    return bool(parts.scheme) and "." not in parts.scheme and re.match(r"[^:]+:\d", url) is None


def _what_scheme(url: str, parts: SplitResult) -> str:
    if _is_scheme(url, parts):
        return f"has the scheme {parts.scheme}; only {', '.join(SCHEMES[:-1])} and {SCHEMES[-1]} are looked at."
    return "has no scheme."


def _hint(url: str, parts: SplitResult) -> str:
    if re.match(r"[A-Za-z]:[\\/]", url):
        return f"Did you mean file:///{url.replace(chr(92), '/')}?"
    if _is_scheme(url, parts):
        near = nearest(parts.scheme, SCHEMES)
        return f"Did you mean {near[0]}:{url.split(':', 1)[1]}?" if near else ""
    if url.startswith("//"):
        return f"Did you mean https:{_shown(url)}?"
    if url.startswith("/") or (re.search(r"\.html?$", url) and Path(url).exists()):
        return f"Did you mean {Path(url).absolute().as_uri()}?"
    local = re.match(r"(localhost|127\.|\[::1\]|0\.0\.0\.0|10\.|192\.168\.)", url) is not None
    return f"Did you mean {'http' if local else 'https'}://{_shown(url)}?"


def page_id(url: str) -> str:
    """A file-safe id that a person recognises: host and path, `shop.example-cart`."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.scheme == "file":
        where = PurePosixPath(path)
        words = where.parent.name if where.stem == "index" and where.parent.name else where.stem
    else:
        words = f"{(parts.hostname or '').removeprefix('www.')}{f'-{parts.port}' if parts.port else ''}-{path}"
    words = f"{words}-{parts.query}-{parts.fragment}"
    slug = re.sub(r"[^A-Za-z0-9.]+", "-", words).strip("-.").lower()
    slug = re.sub(r"-?\.html?(?=-|$)", "", slug) or "page"
    # letters of other scripts leave nothing in the slug: a digest keeps such pages apart, and long ones too
    if len(slug) > MAX_SLUG or not words.isascii():
        slug = f"{slug[: MAX_SLUG - 9].strip('-.')}-{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    return slug


def pages_from_urls(urls: Iterable[str], *, source: str = "--url") -> tuple[Page, ...]:
    """Pages with unique ids, in order; a URL given twice is one page.

    Raises UsageError that names every URL which is none; `source` says where they came from.
    """
    pages: dict[str, Page] = {}
    taken: set[str] = set()
    wrong: list[UsageError] = []
    for given in urls:
        try:
            url = check_url(given)
        except UsageError as error:
            wrong.append(error)
            continue
        if url in pages:
            continue
        base = name = page_id(url)
        number = 1
        while name in taken:
            number += 1
            name = f"{base}-{number}"
        taken.add(name)
        pages[url] = Page(id=name, url=url)
    if wrong:
        raise UsageError("\n".join(f"{source}: {error}" for error in wrong))
    return tuple(pages.values())


def read_url_file(path_or_dash: str | Path, stdin: TextIO | None = None) -> list[str]:
    """The URLs of a file, one a line; `#` begins a comment line, or a comment after white space; `-` is standard input.

    Raises UsageError with file and line for each line that is no URL, and when there is none at all.
    """
    name = str(path_or_dash)
    try:
        if name == "-":
            name, text = "<stdin>", (stdin or sys.stdin).read()
        else:
            text = Path(path_or_dash).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(f"{name}: is not UTF-8 text.", hint="Save it as UTF-8.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{name}: the list of URLs cannot be read: {reason}.") from None
    urls: list[str] = []
    wrong: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        url = re.sub(r"(^|\s)#.*", "", line).strip()
        if not url:
            continue
        try:
            urls.append(check_url(url))
        except UsageError as error:
            wrong.append(f"{name}:{number}: {error}")
    if wrong:
        raise UsageError("\n".join(wrong))
    if not urls:
        raise UsageError(f"{name}: there is no URL in it.", hint="Write one URL a line.")
    return urls
