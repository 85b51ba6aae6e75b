"""IW-SSIM's pyramids: Gaussian scales that are kept, and the Laplacian bands between them, made a strip of rows at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.metrics.strips import STRIP
from compatcheck.metrics.structure import sizes

DOWN, ACROSS = np.array([1, 4, 6, 4, 1]) / 8, np.array([1, 4, 6, 4, 1]) / 16
"""Burt and Adelson's filter as matlabPyrTools scales it (√2 a direction, here 2 down and 1 across, so that every weight is a
fraction that doubles hold and flat parts of a band are exactly zero): the paper's code builds its pyramid with it."""

REACH = 2
"""Rows to either side that the filter sees."""

Plane = NDArray[np.float64]

Level = NDArray[Any]
"""One Gaussian scale: the plane itself (uint8), coarser ones float32; contiguous."""

Pyramid = tuple[Level, ...]
"""A plane's Gaussian scales, finest first."""


def gaussians(plane: NDArray[np.uint8], scales: int) -> Pyramid:
    """The plane and its coarser scales, with OpenCV; no side of a scale but the last may be below 3 px."""
    levels: list[Level] = [plane]
    for _ in range(scales - 1):
        levels.append(_lower(levels[-1]))
    return tuple(levels)


def pyramid_bytes(height: int, width: int, scales: int) -> int:
    """What a pyramid takes."""
    finest, *coarser = (rows * columns for rows, columns in sizes(height, width, scales))
    return finest + 4 * sum(coarser)


def _lower(level: Level) -> NDArray[np.float32]:
    """The next coarser scale: filtered, every second sample kept."""
    height, width = level.shape
    coarse = np.empty(((height + 1) // 2, (width + 1) // 2), np.float32)
    for top in range(0, len(coarse), STRIP):
        bottom = min(len(coarse), top + STRIP)
        rows = level[_mirrored(2 * top - REACH, 2 * bottom - 1 + REACH, height)]
        coarse[top:bottom] = _smooth(rows.astype(np.float64))[::2, ::2]
    return coarse


def _smooth(rows: Plane) -> Plane:
    """Rows filtered, but for the REACH outermost ones; columns mirrored about the outermost sample."""
    full = cv2.sepFilter2D(rows, cv2.CV_64F, ACROSS, DOWN, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(full[REACH:-REACH])


def _mirrored(first: int, last: int, count: int) -> NDArray[np.intp]:
    """The indices `first` to `last`, mirrored about the outermost of `count` places."""
    places = np.abs(np.arange(first, last))
    return np.where(places < count, places, 2 * (count - 1) - places)


@dataclass(frozen=True, slots=True)
class Band:
    """The Laplacian band between a Gaussian scale and the next coarser one; without that, the scale itself (low-pass)."""

    fine: Level
    coarse: Level | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.fine.shape[0]), int(self.fine.shape[1])

    def rows(self, top: int, bottom: int) -> Plane:
        """Its rows `top` to `bottom`."""
        own = self.fine[top:bottom].astype(np.float64)
        if self.coarse is None:
            return own
        height, width = self.shape
        places = _mirrored(top - REACH, bottom + REACH, height)
        even = places % 2 == 0
        wide = np.zeros((len(places), width))
        wide[even, ::2] = self.coarse[places[even] // 2]
        return np.asarray(own - _smooth(wide))


class Enlarged:
    """A band at the size of the next finer one, as the authors' `imenlarge2`.

    That enlarges four times less three by bilinear steps, continues the edges and takes every second sample.
    """

    def __init__(self, band: Band, height: int, width: int) -> None:
        self.band = band
        (self.down, self.part_down), (self.across, self.part_across) = (
            _places(length, size) for length, size in zip((height, width), band.shape, strict=True)
        )

    def rows(self, top: int, bottom: int) -> Plane:
        """Its rows `top` to `bottom`."""
        first = int(self.down[top])
        near = self.band.rows(first, int(self.down[bottom - 1]) + 2)
        left = near[:, self.across]
        wide = left + self.part_across * (near[:, self.across + 1] - left)
        index = self.down[top:bottom] - first
        above = wide[index]
        return np.asarray(above + self.part_down[top:bottom, None] * (wide[index + 1] - above))


def _places(length: int, size: int) -> tuple[NDArray[np.intp], Plane]:
    """For each of `length` places: the sample of `size` to its left, and how much of the next one counts."""
    place = np.maximum((2 * np.arange(length) - 0.5) * size / (4 * size - 3) - 0.5, 0)
    index = np.minimum(place.astype(np.intp), size - 2)
    return index, np.minimum(place - index, 1)
