"""Reading markers out of pictures: where a colour is."""

from __future__ import annotations

import numpy as np

from compatcheck.model.capture import RGB

RED = (200, 0, 0)
GREEN = (0, 160, 0)
BLUE = (0, 0, 255)
MAGENTA = (255, 0, 255)
YELLOW = (255, 220, 0)


def where(picture: RGB, colour: tuple[int, int, int], tolerance: int = 3) -> np.ndarray:
    """True where the picture has this colour, shape (height, width)."""
    low, high = (np.clip(np.array(colour) + shift, 0, 255).astype(np.uint8) for shift in (-tolerance, tolerance))
    return ((picture >= low) & (picture <= high)).all(axis=2)


def bands(picture: RGB, colour: tuple[int, int, int], ratio: float, least: float = 4) -> list[tuple[int, int]]:
    """The vertical runs of rows that hold the colour, as (top, bottom) in rounded CSS px, those of `least` px and more."""
    rows = where(picture, colour).any(axis=1).astype(int)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], rows, [0]))))
    found = [(top / ratio, bottom / ratio) for top, bottom in zip(edges[::2], edges[1::2], strict=True)]
    return [(round(top), round(bottom)) for top, bottom in found if bottom - top >= least]


def extent(picture: RGB, colour: tuple[int, int, int], ratio: float) -> tuple[int, int, int, int]:
    """The box around everything of this colour: left, top, right, bottom in rounded CSS px."""
    rows, columns = np.nonzero(where(picture, colour))
    assert rows.size, f"no pixel is {colour}"
    values = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    left, top, right, bottom = (round(value / ratio) for value in values)
    return left, top, right, bottom
