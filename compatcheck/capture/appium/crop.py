"""Where the page is on a picture of the whole screen, found from what the page itself paints.

1. Before: colours are chosen that the screen does not show.
2. For one frame the page paints its whole view in one of them, and a square in each corner in four others.
3. On that frame, each square is the largest patch of its colour; their outer edges are the page's edges, in whole device px of
   this very picture. No ratio is multiplied and nothing is rounded.
4. It is believed only when the four squares agree with one another, and lie inside the rectangle that the native side names
   (its webview element, or the screen less the system bars), if it names one.
5. Whatever inside the edges has none of the five colours lies over the page: a camera, rounded corners, a floating button.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.geometry import PixelBox
from compatcheck.model.capture import RGB

Mask = NDArray[np.bool_]
Colour = tuple[int, int, int]

PALETTE: tuple[Colour, ...] = (
    (255, 0, 255),
    (0, 255, 0),
    (255, 255, 0),
    (0, 255, 255),
    (255, 0, 0),
    (0, 0, 255),
    (255, 128, 0),
    (128, 0, 255),
    (0, 128, 255),
    (128, 255, 0),
    (255, 0, 128),
    (0, 255, 128),
)
"""At least 127 apart in some channel, so that a screen's colour profile cannot take one for another."""

TOLERANCE = 48
"""How far a channel may be off: phones with a wide gamut show sRGB red as (234, 51, 35)."""

AGREEMENT = 1
"""Device px by which the squares' outer edges may differ: a view that begins between two device px has a blended edge."""


@dataclass(frozen=True, slots=True)
class Markers:
    """The colours of one marking: of the cover, and of the squares top left, top right, bottom left, bottom right."""

    cover: Colour
    corners: tuple[Colour, Colour, Colour, Colour]

    def options(self, side: float) -> dict[str, Any]:
        """For `marker.js`."""
        return {"cover": _css(self.cover), "corners": [_css(colour) for colour in self.corners], "side": side}


@dataclass(frozen=True, slots=True)
class View:
    """Where the page is: its rectangle on the screen's picture, and what of it something else covers.

    `covered` has the rectangle's shape (height, width); True where a thing of the phone or the app lies over the page.
    """

    box: PixelBox
    covered: Mask

    @property
    def clear_rows(self) -> tuple[int, int]:
        """The rows [first, last) between what covers the view's upper and lower ends (at most a third of it each)."""
        rows = [bool(row.any()) for row in self.covered]
        height = len(rows)
        first = next((row for row in range(height // 3) if not rows[row]), 0)
        last = next((row for row in range(height, height - height // 3, -1) if not rows[row - 1]), height)
        return first, last

    def of(self, screen: RGB) -> RGB:
        """The page's part of a picture of the same screen; what is covered is filled from its surroundings."""
        picture = np.ascontiguousarray(screen[self.box.slices()])
        if not self.covered.any():
            return picture
        filled: RGB = cv2.inpaint(picture, self.covered.astype(np.uint8), 3, cv2.INPAINT_TELEA).astype(np.uint8)
        return filled


@dataclass(frozen=True, slots=True)
class NotProven:
    """The marker was not found as it must be; `reason` says what was seen instead."""

    reason: str


def choose_markers(screen: RGB) -> Markers:
    """Five colours that the screen shows least of (none at all, on all but the gaudiest screens)."""
    small = screen[::2, ::2]
    shown = [(int(_of_colour(small, colour).sum()), place) for place, colour in enumerate(PALETTE)]
    cover, *corners = (PALETTE[place] for _, place in sorted(shown)[:5])
    return Markers(cover, (corners[0], corners[1], corners[2], corners[3]))


def find_view(screen: RGB, markers: Markers, expected: PixelBox | None = None) -> View | NotProven:
    """The page's view on the picture of a screen that shows the marker; `expected` is what the native side says of it."""
    squares: list[PixelBox] = []
    for name, colour in zip(("top left", "top right", "bottom left", "bottom right"), markers.corners, strict=True):
        patch = _largest_patch(_of_colour(screen, colour))
        if patch is None:
            return NotProven(f"the {name} corner of the page is not on the screen")
        squares.append(patch)
    top_left, top_right, bottom_left, bottom_right = squares
    pairs = {
        "left": (top_left.left, bottom_left.left),
        "right": (top_right.right, bottom_right.right),
        "upper": (top_left.top, top_right.top),
        "lower": (bottom_left.bottom, bottom_right.bottom),
    }
    for name, (one, other) in pairs.items():
        if abs(one - other) > AGREEMENT:
            return NotProven(f"the corners disagree on the page's {name} edge ({one} and {other})")
    widths, heights = [square.width for square in squares], [square.height for square in squares]
    if max(widths) - min(widths) > 2 or max(heights) - min(heights) > 2:
        return NotProven("something covers a corner of the page")
    box = PixelBox(min(pairs["left"]), min(pairs["upper"]), max(pairs["right"]), max(pairs["lower"]))
    if expected is not None and not _inside(box, expected):
        return NotProven(
            f"the page was seen at {_words(box)}, outside of {_words(expected)}, where the phone says it is"
        )
    part = screen[box.slices()]
    painted = np.zeros(part.shape[:2], np.bool_)
    for colour in (markers.cover, *markers.corners):
        painted |= _of_colour(part, colour)
    # The seams between cover and squares may be blended; they are ours too.
    covered = cv2.morphologyEx((~painted).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    edges = np.ones_like(covered)
    edges[2:-2, 2:-2] = False
    covered |= ~painted & edges & (cv2.dilate(covered.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)
    if covered.any():
        covered = cv2.dilate(covered.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0  # its blended rim
    return View(box, covered)


def union_of(boxes: Sequence[PixelBox]) -> PixelBox:
    """The smallest box that holds all of them."""
    return PixelBox(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _css(colour: Colour) -> str:
    return "rgb({}, {}, {})".format(*colour)


def _of_colour(picture: RGB, colour: Colour) -> Mask:
    low = np.array([max(0, channel - TOLERANCE) for channel in colour], np.uint8)
    high = np.array([min(255, channel + TOLERANCE) for channel in colour], np.uint8)
    mask: Mask = cv2.inRange(picture, low, high) > 0
    return mask


def _largest_patch(mask: Mask) -> PixelBox | None:
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count < 2:
        return None
    left, top, width, height, area = (int(value) for value in stats[1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))])
    # Rounded corners take a part of a square; a patch that is mostly holes is something else.
    return PixelBox(left, top, left + width, top + height) if area >= 0.4 * width * height and area >= 16 else None


def _inside(box: PixelBox, other: PixelBox, slack: int = 3) -> bool:
    return (
        box.left >= other.left - slack
        and box.top >= other.top - slack
        and box.right <= other.right + slack
        and box.bottom <= other.bottom + slack
    )


def _words(box: PixelBox) -> str:
    return f"({box.left}, {box.top}) to ({box.right}, {box.bottom})"
