"""The picture of a whole page, put together from strips that the engine can take.

1. The document is as large as `probe` says; what lies beyond MAX_HEIGHT or MAX_PIXELS is left out, with a note.
2. It is cut into strips no taller than the engine's limit, at CSS px where a strip ends on a whole device px.
3. Each strip is put at its place; a strip may be a device px off at its far edges (engines round fractional ratios
   differently) and is then cut, or its last row or column is repeated.
"""

from __future__ import annotations

import math
import threading
from contextlib import nullcontext

import numpy as np

from compatcheck.capture.engine import Eyes
from compatcheck.errors import CaptureError
from compatcheck.geometry import CssBox, CssPx, Size, to_device_px
from compatcheck.model.capture import RGB

MAX_HEIGHT = 30_000
"""The tallest page that is pictured whole, in CSS px."""

MAX_PIXELS = 200_000_000
"""The most device px of one picture: 600 MB as RGB."""

LARGE = 12_000_000
"""Device px from which pictures are taken one at a time: while it is decoded, a picture needs several times its size."""

_ONE_LARGE = threading.Lock()


def pictured_size(document: Size, ratio: float) -> tuple[Size, list[str]]:
    """How much of a document is pictured, in CSS px, and a note on what is left out."""
    width = document.width
    budget = math.floor(MAX_PIXELS / max(1.0, width * ratio) / ratio)
    most = min(MAX_HEIGHT, max(1, budget))
    if document.height <= most:
        return document, []
    note = f"The page is {document.height:.0f} px tall; only its first {most} px are pictured, the most that is."
    return Size(width, most), [note]


def strip_tops(height: float, ratio: float, strip_height: int) -> list[float]:
    """Where strips begin, in CSS px: at whole device px where the ratio allows it within 64 px, and as high as one another.

    As few as can be, and even: a strip is decoded as a whole, so the highest decides how much memory that takes.
    """
    most = max(1, math.floor(strip_height / ratio))
    even = math.ceil(height / math.ceil(height / most))
    candidates = (*range(even, min(most, even + 64) + 1), *range(even - 1, max(0, even - 64), -1))
    step = min(candidates, key=lambda rows: round(abs(rows * ratio - round(rows * ratio)), 6))  # the first of the best
    return [float(top) for top in range(0, math.ceil(height), step)]


def whole_page(eyes: Eyes, size: Size, ratio: float) -> RGB:
    """The picture of the top left `size` of the document, exactly `size × ratio` device px, rounded half up.

    Raises CaptureError when the engine gives strips of another size.
    """
    height, width = to_device_px(CssPx(size.height), ratio), to_device_px(CssPx(size.width), ratio)
    with _ONE_LARGE if height * width > LARGE else nullcontext():
        return _taken(eyes, size, ratio, height, width)


def _taken(eyes: Eyes, size: Size, ratio: float, height: int, width: int) -> RGB:
    tops = strip_tops(size.height, ratio, eyes.strip_height)
    if len(tops) == 1:
        return np.ascontiguousarray(fitted(eyes.strip(CssBox(0, 0, size.width, size.height)), height, width))
    picture = np.empty((height, width, 3), np.uint8)
    for top, bottom in zip(tops, [*tops[1:], size.height], strict=True):
        strip = eyes.strip(CssBox(0, top, size.width, bottom - top))
        first, last = to_device_px(CssPx(top), ratio), to_device_px(CssPx(bottom), ratio)
        picture[first:last] = fitted(strip, last - first, width)
    return picture


def fitted(strip: RGB, height: int, width: int) -> RGB:
    """The strip at exactly this size, when it is at most 2 device px off."""
    rows, columns = strip.shape[:2]
    if abs(rows - height) > 2 or abs(columns - width) > 2:
        raise CaptureError(
            f"The browser gave a picture of {columns} × {rows} px where {width} × {height} px were asked for."
        )
    strip = strip[:height, :width]
    missing = ((0, height - strip.shape[0]), (0, width - strip.shape[1]), (0, 0))
    return np.pad(strip, missing, mode="edge") if any(amount for _, amount in missing) else strip
