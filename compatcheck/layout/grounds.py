"""Colours of two pictures compared cell by cell: backgrounds, photographs, whole coloured boxes.

A cell is wrong when its mean colour lies outside of all that the other picture has around the same place. Engines that scale a
photograph, or set a word, a few CSS px aside stay inside; a background that is lost does not.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.model.capture import RGB

CELL = 8
"""CSS px on a side of a cell: no smaller than letters, so that their rasterisation is averaged away."""
AROUND = 2
"""Cells on every side whose colours are accepted: 16 CSS px, as far as a piece may stand aside."""
COLOUR_STEP = 26.0
"""A cell's worst channel (0–255) may lie so far outside of its neighbourhood on the other side."""
LEAST_CELLS = 3
"""Fewer cells in one patch are specks."""

Patch = tuple[int, int, int, int, float, int]
"""Left, top, right, bottom in CSS px of the first picture, the strongest difference (0–255), and how many cells differ."""


def patches(a: RGB, b: RGB, drift: NDArray[np.int64], known: NDArray[np.bool_], aside: int = 0) -> list[Patch]:
    """Where colours differ, `drift` giving for every row of `a` how far the same row stands lower in `b`, and `known` whether it is
    there at all.

    All of `b` stands `aside` CSS px further right. Both pictures are at least a cell high, and a cell wide beyond `aside`; what is
    left of them beyond whole cells is not looked at.
    """
    left = max(0, -aside)
    a, b = a[:, left:], b[:, max(0, aside) :]
    there = np.arange(a.shape[0]) + drift
    inside = known & (there >= 0) & (there < b.shape[0])
    width = min(a.shape[1], b.shape[1])
    warped = b[np.clip(there, 0, b.shape[0] - 1)]
    one, other = _cells(a[:, :width]), _cells(warped[:, :width])
    whole = inside[: one.shape[0] * CELL].reshape(-1, CELL).all(axis=1)[:, None]
    away = np.maximum(_outside(one, other), _outside(other, one)) * whole
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((away > COLOUR_STEP).astype(np.uint8), connectivity=8)
    found: list[Patch] = []
    for label in range(1, count):
        x, y, wide, high, cells = boxes[label].tolist()
        if cells >= LEAST_CELLS:
            part = away[y : y + high, x : x + wide][labels[y : y + high, x : x + wide] == label]
            right, bottom = left + min(width, (x + wide) * CELL), min(a.shape[0], (y + high) * CELL)
            found.append((left + x * CELL, y * CELL, right, bottom, float(np.percentile(part, 90)), int(cells)))
    return found


def _cells(picture: RGB) -> NDArray[np.float32]:
    size = (picture.shape[1] // CELL, picture.shape[0] // CELL)
    part = picture[: size[1] * CELL, : size[0] * CELL]
    return np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.float32))


def _outside(cells: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """Per cell how far its worst channel lies outside of what the other picture has around it."""
    kernel = np.ones((2 * AROUND + 1, 2 * AROUND + 1), np.uint8)
    above = cells - cv2.dilate(other, kernel)
    below = cv2.erode(other, kernel) - cells
    return np.asarray(np.maximum(above, below).max(axis=2), dtype=np.float32).clip(min=0)
