"""A part of a document put together from screens, for engines that cannot picture it otherwise.

1. The first screen is taken as it is, with what is fixed to the viewport and what sticks to its edges.
2. Then what is fixed, and what had stuck away from its own place, is made see-through, so that it is there once; what is
   sticky otherwise is let go, so that it lies where it is at the top of the page.
3. Screen after screen is scrolled to and put at the place where the browser says that it is. The last ones overlap: of them
   only what was not there yet is taken, or they would wipe out what is fixed in the first.
4. Everything is undone, and the page is back at its top. The page is not told of the scrolling.
"""

from __future__ import annotations

import math

import numpy as np

from compatcheck.capture.engine import Eyes
from compatcheck.errors import CaptureError
from compatcheck.geometry import CssBox, CssPx, to_device_px
from compatcheck.model.capture import RGB


def strip_by_scrolling(eyes: Eyes, box: CssBox, ratio: float) -> RGB:
    """A picture of `box` of the document, taken screen by screen at `ratio` device px to the CSS px."""

    def device(length: float) -> int:
        return to_device_px(CssPx(length), ratio)

    top, left = device(box.y), device(box.x)
    picture = np.zeros((device(box.bottom) - top, device(box.right) - left, 3), np.uint8)
    painted = np.zeros(picture.shape[0], bool)
    wire = eyes.wire
    wire.page_script("scripts/stow.js", {"fixed": "keep"})
    try:
        y, hidden = box.y, False
        while y < box.bottom:
            if y > 0 and not hidden:
                wire.page_script("scripts/stow.js", {"fixed": "hide"})
                hidden = True
            x = box.x
            while True:
                at_y, _, height, at_x, width = wire.page_script("scripts/scroll.js", {"top": y, "left": x})
                screen = eyes.glance()
                row, column = device(at_y) - top, device(at_x) - left
                rows = slice(max(row, device(y) - top), min(picture.shape[0], row + screen.shape[0]))
                columns = slice(max(column, device(x) - left), min(picture.shape[1], column + screen.shape[1]))
                picture[rows, columns] = screen[
                    rows.start - row : rows.stop - row, columns.start - column : columns.stop - column
                ]
                painted[rows] = True
                x += width
                if x >= box.right or at_x + width >= box.right:
                    break
            y += max(1, math.floor(height))
    finally:
        wire.page_script("scripts/scroll.js", {"top": 0, "left": 0})
        wire.page_script("scripts/stow.js", {"restore": True})
    if not painted.all():
        reached = int(np.argmin(painted) / ratio)
        raise CaptureError(f"The page could be scrolled only to {reached:.0f} of {box.bottom:.0f} px for its picture.")
    return picture
