"""What is really painted: which element owns which part of the picture, and in what colours.

The picture is averaged down to cells of 4 × 4 CSS px, where glyph rasterisers agree. Elements are laid over the cells in paint
order; what is left of each is its own paint, apart from what lies on it. Text owns the cells of its lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.layout.colours import parse_colour
from compatcheck.layout.table import Boxes, Table
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
    """Per owner (row, or row + n for its text): how many cells, and their mean colour."""

    cells: NDArray[np.int64]
    mean: NDArray[np.float64]


class Pixels:
    """A capture's picture beside its table; `failed_requests` are what its browser could not load."""

    def __init__(self, capture: Capture, table: Table) -> None:
        self.table = table
        self.picture = capture.picture
        self.failed_requests = capture.facts.failed_requests
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
        table, count = self.table, len(self.table)
        owner = np.full(self.grid.shape[:2], -1, dtype=np.int32)
        seen, fills = table.paints & table.shown, self._fills.tolist()
        outer, inner = self._cells(table.visible)
        lines, _ = self._cells(table.every_line)
        starts = np.searchsorted(table.line_rows, np.arange(count + 1)).tolist()
        for row in table.painted[seen[table.painted]].tolist():
            if fills[row]:
                x0, y0, x1, y1 = outer[row]
                owner[y0:y1, x0:x1] = -1
                x0, y0, x1, y1 = inner[row]
                owner[y0:y1, x0:x1] = row
            for x0, y0, x1, y1 in lines[starts[row] : starts[row + 1]]:
                owner[y0:y1, x0:x1] = row + count
        return owner

    def _cells(self, boxes: Boxes) -> tuple[list[list[int]], list[list[int]]]:
        """Corners of the cells that boxes touch, and of those that they cover whole."""
        cells = np.maximum(boxes / self.cell, 0.0)
        low, high = np.floor(cells).astype(np.int64), np.ceil(cells).astype(np.int64)
        outer, inner = np.concatenate((low[:, :2], high[:, 2:]), 1), np.concatenate((high[:, :2], low[:, 2:]), 1)
        return outer.tolist(), inner.tolist()

    @cached_property
    def _fills(self) -> NDArray[np.bool_]:
        """Per row, whether it paints its whole box: a background, a picture, a form control."""
        table = self.table
        return np.asarray(table.replaced | table.pictured | (table.ground > 0.02), dtype=bool)

    @cached_property
    def paint(self) -> Paint:
        """Mean colour of every owner's cells."""
        cells = np.bincount(self._owners, minlength=2 * len(self.table) + 1)[1:]
        return Paint(cells, self._means(self.grid))

    @cached_property
    def spread(self) -> NDArray[np.float64]:
        """Per owner (as in `paint`) how far its cells' colours spread: the largest standard deviation of a channel."""
        square = self._means(self.grid.astype(np.float64) ** 2)
        return np.asarray(np.sqrt(np.maximum(square - self.paint.mean**2, 0)).max(axis=1, initial=0))

    @cached_property
    def _owners(self) -> NDArray[np.int64]:
        """Per cell its owner + 1, 0 for nobody."""
        return self.owner.ravel().astype(np.int64) + 1

    def _means(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Means of the cells' values per owner and channel; 0 where an owner has no cells."""
        count = 2 * len(self.table) + 1
        cells = np.maximum(np.bincount(self._owners, minlength=count), 1)
        sums = [np.bincount(self._owners, values[:, :, c].ravel(), minlength=count) for c in range(3)]
        return np.stack([channel / cells for channel in sums], axis=1)[1:]

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
