"""What is really painted: which element owns which part of the picture, and in what colours.

The picture is averaged down to cells of 4 × 4 CSS px, where glyph rasterisers agree. Elements are laid over the cells in paint
order; what is left of each is its own paint, apart from what lies on it. Text owns the cells of its lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.layout.colours import parse_colour
from compatcheck.layout.table import Table
from compatcheck.model.capture import RGB, Capture

CELL = 4.0
"""CSS px per side of a cell."""
INK_LEAST = 24.0
"""Pixels that differ by less from their surroundings are no strokes."""
STAND_IN = 0.1
"""The icon, frame and alternative text that stand in for a picture cover less of its box than this."""
MAX_CELLS = 4_000_000
"""Pages beyond this get larger cells."""


@dataclass(frozen=True, slots=True)
class Paint:
    """Per owner (row, or row + n for its text): how many cells, their mean colour, and the spread of it."""

    cells: NDArray[np.int64]
    mean: NDArray[np.float64]
    spread: NDArray[np.float64]


class Pixels:
    """A capture's picture beside its table."""

    def __init__(self, capture: Capture, table: Table) -> None:
        self.table = table
        self.picture = capture.picture
        self.ratio = capture.facts.device_scale_factor or 1.0
        height, width = self.picture.shape[:2]
        self.width, self.height = width / self.ratio, height / self.ratio
        self.cell = CELL
        while (self.width / self.cell) * (self.height / self.cell) > MAX_CELLS:
            self.cell *= 2

    @property
    def usable(self) -> bool:
        return bool(self.picture.shape[0] >= 8 and self.picture.shape[1] >= 8)

    @cached_property
    def grid(self) -> NDArray[np.uint8]:
        """The picture in cells: shape (rows, columns, 3)."""
        columns, rows = max(1, int(self.width / self.cell)), max(1, int(self.height / self.cell))
        step = self.cell * self.ratio
        whole = self.picture[
            : min(self.picture.shape[0], round(rows * step)), : min(self.picture.shape[1], round(columns * step))
        ]
        return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA), dtype=np.uint8)

    @cached_property
    def owner(self) -> NDArray[np.int32]:
        """Who owns each cell: a row, row + n for text, -1 for nobody in particular."""
        rows, columns = self.grid.shape[:2]
        owner = np.full((rows, columns), -1, dtype=np.int32)
        table, cell, count = self.table, self.cell, len(self.table)
        seen = table.paints & table.shown
        fills = [_fills(table, row) if seen[row] else False for row in range(count)]
        visible = table.visible / cell
        for row in table.painted.tolist():
            if not seen[row]:
                continue
            if fills[row]:
                x0, y0, x1, y1 = visible[row].tolist()
                owner[max(0, int(y0)) : max(0, int(np.ceil(y1))), max(0, int(x0)) : max(0, int(np.ceil(x1)))] = -1
                owner[max(0, int(np.ceil(y0))) : max(0, int(y1)), max(0, int(np.ceil(x0))) : max(0, int(x1))] = row
            for line in table.lines[row]:
                x0, y0, x1, y1 = (line / cell).tolist()
                owner[max(0, int(y0)) : max(0, int(np.ceil(y1))), max(0, int(x0)) : max(0, int(np.ceil(x1)))] = (
                    row + count
                )
        return owner

    @cached_property
    def paint(self) -> Paint:
        """Mean colour and spread of every owner's cells."""
        count = 2 * len(self.table)
        owner = self.owner.ravel()
        kept = owner >= 0
        owner = owner[kept]
        colours = self.grid.reshape(-1, 3)[kept].astype(np.float64)
        cells = np.bincount(owner, minlength=count)
        safe = np.maximum(cells, 1)
        mean = np.stack([np.bincount(owner, colours[:, c], minlength=count) / safe for c in range(3)], axis=1)
        square = np.stack([np.bincount(owner, colours[:, c] ** 2, minlength=count) / safe for c in range(3)], axis=1)
        spread = np.sqrt(np.maximum(square - mean**2, 0)).max(axis=1, initial=0)
        return Paint(cells, mean, spread)

    def crop(self, box: tuple[float, float, float, float]) -> RGB:
        """The picture's pixels of a box in CSS px (corners); empty where the box lies outside."""
        height, width = self.picture.shape[:2]
        x0, y0, x1, y1 = (round(value * self.ratio) for value in box)
        return self.picture[max(0, y0) : max(0, min(height, y1)), max(0, x0) : max(0, min(width, x1))]

    def thumbnail(self, box: tuple[float, float, float, float], side: int = 8) -> NDArray[np.float32] | None:
        """A box averaged to side × side pixels, or None when it is too small or outside."""
        crop = self.crop(box)
        if crop.shape[0] < side or crop.shape[1] < side:
            return None
        return cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)

    def is_empty(self, row: int) -> bool:
        """True when nearly all of a row's box has one colour: an engine's stand-in for a picture, or nothing at all."""
        crop = self.crop(tuple(self.table.visible[row].tolist()))
        if crop.size < 3 * 400:
            return False
        away = np.abs(crop.astype(np.int16) - np.median(crop.reshape(-1, 3), axis=0).astype(np.int16)).max(axis=2)
        return bool((away > INK_LEAST).mean() < STAND_IN)

    def ink(self, row: int) -> tuple[float, NDArray[np.float64]]:
        """How strongly a row's text stands out from its ground (0–255), and the colour of its strokes."""
        strongest, colour = 0.0, np.zeros(3)
        for line in self.table.lines[row][:3]:
            x0, y0, x1, y1 = line.tolist()
            crop = self.crop((x0, y0, min(x1, x0 + 400), y1)).reshape(-1, 3)
            if len(crop) < 12:
                continue
            ground = np.median(crop, axis=0)
            away = np.abs(crop - ground).max(axis=1)
            limit = float(np.percentile(away, 97))
            if limit >= strongest:
                strongest = limit
                colour = crop[away >= limit].mean(axis=0)
        return strongest, colour

    def shows_text(
        self,
        row: int,
        box: tuple[float, float, float, float],
        without: Sequence[tuple[float, float, float, float]] = (),
    ) -> bool:
        """True when a row's text can be seen inside a box: pixels near its colour stand out from what is around them.

        Thin strokes never reach their full colour, so half of the way from the ground counts. Pixels in the boxes
        `without`, where other text stands, say nothing.
        """
        colour = parse_colour(self.table.style(row, "color"))
        crop = self.crop(box)
        if colour is None or crop.size < 36:
            return True
        counts = np.ones(crop.shape[:2], dtype=bool)
        for x0, y0, x1, y1 in without:
            left, top = (
                round((value - origin) * self.ratio) for value, origin in ((x0, max(box[0], 0)), (y0, max(box[1], 0)))
            )
            right, bottom = (
                round((value - origin) * self.ratio) for value, origin in ((x1, max(box[0], 0)), (y1, max(box[1], 0)))
            )
            counts[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = False
        pixels = crop[counts].astype(np.float64)
        if len(pixels) < 12:
            return False
        ground = np.median(pixels, axis=0)
        ink = np.array(colour[:3])
        way = ink - ground
        length = float(way @ way)
        if length < 20.0**2:
            return bool(np.abs(pixels - ground).max() > INK_LEAST)
        along = (pixels - ground) @ way / length
        aside = np.abs(pixels - ground - np.outer(along, way)).max(axis=1)
        return bool(((along > 0.45) & (aside < 48)).mean() > 0.008)


def _fills(table: Table, row: int) -> bool:
    """It paints its whole box: a background, a picture, a form control."""
    if table.replaced[row]:
        return True
    style = table.elements[row].style
    if style.get("backgroundImage", "none") != "none":
        return True
    colour = parse_colour(style.get("backgroundColor", ""))
    return colour is not None and colour[3] > 0.02
