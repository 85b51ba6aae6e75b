"""Two pictures on one grid, and the way back from the grid to each page."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.geometry import CssBox, PixelBox, to_css_box, to_pixel_box
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import ScoreMap

PADDING = 128
"""The grey level that faces what has no partner: neither white nor black pages count as equal to it."""

SEAM = 3
"""Rows at a seam that stand for what the other side lost there, in a map laid over one page."""


@dataclass(frozen=True, slots=True)
class Band:
    """Grid rows `top` to `top + height`; where they come from on each side, None for a side that has nothing there."""

    top: int
    height: int
    reference_top: int | None
    candidate_top: int | None

    @property
    def bottom(self) -> int:
        return self.top + self.height


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """Reference and candidate as two pictures of equal shape.

    - `ratio`: grid px to one CSS px of the candidate's page (in a `resize` fit that of the reference's page).
    - `fit`: the rule that was used: `same` when nothing had to be done, `resize`, `pad`, `crop`, `align`.
    - `bands`: from the top down, without gaps; row numbers are grid px of each side before alignment.
    - `candidate_size`: height and width of the candidate in grid px before it was fitted.
    - `scale_x`, `scale_y`: grid px to one grid px of the candidate before it was resized; 1 but for `resize`.
    - `notes`: plain sentences about what was done.
    """

    reference: RGB
    candidate: RGB
    ratio: float
    fit: str
    bands: tuple[Band, ...]
    candidate_size: tuple[int, int]
    scale_x: float = 1.0
    scale_y: float = 1.0
    notes: tuple[str, ...] = ()

    def candidate_box(self, box: PixelBox) -> CssBox:
        """Where a grid box lies on the candidate's page, in CSS px; zero-height at the seam when it has nothing there."""
        top, bottom = (self._to_page(row, "candidate_top") for row in (box.top, box.bottom))
        return to_css_box(
            PixelBox(
                round(box.left / self.scale_x),
                round(top / self.scale_y),
                round(box.right / self.scale_x),
                round(bottom / self.scale_y),
            ),
            self.ratio,
        )

    def grid_box(self, box: CssBox, side: str) -> PixelBox:
        """The grid px of a box in CSS px of the `candidate`'s or the `reference`'s page, clamped to the grid."""
        height, width = self.candidate.shape[:2]
        scale_x, scale_y = (self.scale_x, self.scale_y) if side == "candidate" else (1.0, 1.0)
        scaled = CssBox(box.x * scale_x, box.y * scale_y, box.width * scale_x, box.height * scale_y)
        whole = to_pixel_box(scaled, self.ratio, width, 2**31)
        name = f"{side}_top"
        top, bottom = self._to_grid(whole.top, name), self._to_grid(whole.bottom - 1, name) + 1
        return PixelBox(whole.left, min(top, height), whole.right, min(max(bottom, top), height))

    def on_candidate(self, score_map: ScoreMap, height: int, width: int) -> ScoreMap:
        """A map of the grid laid over the candidate's own picture of `height` × `width`, ready to be drawn on it.

        What only the reference has is no place on the candidate's page: its strongest value marks the rows at the seam.
        """
        pieces: list[NDArray[np.float32]] = []
        for band in self.bands:
            rows = score_map[band.top : band.bottom]
            if band.candidate_top is not None:
                pieces.append(rows.copy())
            elif pieces:
                seam = pieces[-1][-SEAM:]
                np.maximum(seam, rows.max(axis=0), out=seam)
        own = np.concatenate(pieces) if pieces else score_map
        if self.fit != "resize":
            tall, wide = self.candidate_size
            own = np.ascontiguousarray(own[:tall, :wide])
            if own.shape != self.candidate_size:  # the rest was cropped away: nothing is known about it
                own = np.pad(own, ((0, tall - own.shape[0]), (0, wide - own.shape[1])))
        if own.shape == (height, width):
            return own
        return np.asarray(cv2.resize(own, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)

    def _to_page(self, row: int, side: str) -> int:
        """A grid row as a row of one side; in a band that the side lacks, the row at which that band would begin."""
        last = 0
        for band in self.bands:
            start = getattr(band, side)
            if row < band.bottom:
                return last if start is None else int(start) + row - band.top
            if start is not None:
                last = int(start) + band.height
        return last

    def _to_grid(self, row: int, side: str) -> int:
        """A row of one side as a grid row; a row that is on neither grid band (cropped away) goes to the nearest."""
        last = 0
        for band in self.bands:
            start = getattr(band, side)
            if start is None:
                continue
            if row < start:
                return last
            if row < start + band.height:
                return band.top + row - int(start)
            last = band.bottom
        return last


def lay_out(reference: RGB, candidate: RGB, bands: tuple[Band, ...], width: int, noise: int) -> tuple[RGB, RGB]:
    """The two pictures on a grid of `width` columns and the bands' rows, left-aligned, PADDING where a side has nothing.

    A band of at most `noise` rows that a side lacks repeats the row above it (below it, at the very top).
    """
    height = bands[-1].bottom
    sides = []
    for picture, name in ((reference, "reference_top"), (candidate, "candidate_top")):
        if picture.shape[:2] == (height, width) and all(getattr(band, name) == band.top for band in bands):
            sides.append(picture)
            continue
        laid = np.full((height, width, 3), PADDING, np.uint8)
        columns = min(width, picture.shape[1])
        for band in bands:
            start = getattr(band, name)
            if start is not None:
                laid[band.top : band.bottom, :columns] = picture[start : start + band.height, :columns]
        for band in bands:
            if getattr(band, name) is None and band.height <= noise:
                laid[band.top : band.bottom] = laid[band.top - 1 if band.top else band.bottom]
        sides.append(laid)
    return sides[0], sides[1]
