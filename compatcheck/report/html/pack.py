"""Getting the data into the page: the index as a JSON block, the details in compressed chunks.

From disk, browsers refuse `fetch` and module scripts, but run classic scripts. A chunk is gzip in base64: inside `index.html` while
all are small, else in `data/<n>.js`, which the page loads when it needs one of the chunk's outcomes. A report of 10 000
outcomes stays a few megabytes that way, and opening it reads the index alone.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from compatcheck.report.html.text import HIDDEN

CHUNK = 32
"""Outcomes in a chunk: few enough to unpack within a frame, many enough for gzip to find what repeats."""

_ESCAPED = re.compile(f"[<>&]|{HIDDEN.pattern}")

INLINE_BYTES = 1_000_000
"""Chunks up to this size together lie inside `index.html`: one file less to lose."""


def json_block(value: Any) -> str:
    """JSON that may stand inside a `<script>` element: no `<`, `>`, `&` or hidden character survives unescaped."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def pack_chunks(details: Iterable[dict[str, Any]]) -> list[str]:
    """The details, `CHUNK` at a time, as gzip in base64. The same details give the same text."""
    rest = iter(details)
    return [_pack(chunk) for chunk in iter(lambda: list(islice(rest, CHUNK)), [])]


def chunk_script(number: int, packed: str) -> str:
    """The classic script that hands chunk `number` to the page."""
    return f'compatcheckChunk({number},"{packed}")\n'


def _pack(details: Sequence[dict[str, Any]]) -> str:
    text = json.dumps(details, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # mtime=0: no time stamp, so that equal data gives equal files.
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode()
