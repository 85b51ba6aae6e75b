"""Lines of text: whose they are, how high, and where they stand together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from compatcheck.layout.table import Boxes, Table

Line = tuple[float, float, float, float]
"""Corners in CSS px."""


def text_boxes(table: Table) -> Boxes:
    """The box around every row's lines of text; its visible box where it has none."""
    whole = table.visible.copy()
    counts = np.array([len(element.lines) for element in table.elements], dtype=np.int64)
    rows = np.flatnonzero(counts)
    if len(rows):
        starts = np.cumsum(counts[rows]) - counts[rows]
        whole[rows, :2] = np.minimum.reduceat(table.every_line[:, :2], starts)
        whole[rows, 2:] = np.maximum.reduceat(table.every_line[:, 2:], starts)
    return whole


def line_heights(table: Table) -> list[float]:
    """The median height of every row's lines of text, 0 where it has none."""
    heights = [0.0] * len(table)
    for row in np.flatnonzero(table.has_lines).tolist():
        lines = table.lines[row]
        sizes = sorted((lines[:, 3] - lines[:, 1]).tolist())
        heights[row] = (sizes[(len(sizes) - 1) // 2] + sizes[len(sizes) // 2]) / 2
    return heights


def lines_of_blocks(table: Table) -> dict[int, list[Line]]:
    """Lines of text per block: the block's own and those of the inline elements in it, top to bottom."""
    found: dict[int, list[Line]] = {}
    blocks = table.block.tolist()
    for row in np.flatnonzero(table.has_lines & table.shown).tolist():
        found.setdefault(blocks[row], []).extend(map(tuple, table.lines[row].tolist()))
    for lines in found.values():
        lines.sort(key=lambda line: line[1])
    return found
