"""Where the content of every box ends: its text, pictures and controls, not the grounds around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from compatcheck.layout.table import Boxes, Table

_Ends = tuple[float, float, float]


def leaf_ends(table: Table) -> Boxes:
    """Per row the left, right and bottom end of all text, pictures and controls inside it and in its flow, CSS px; NaN where none."""
    ends: list[_Ends | None] = [None] * len(table)
    boxes, parents, outflow = table.box.tolist(), table.parent.tolist(), table.outflow.tolist()
    texts, solid = (table.has_lines & table.shown).tolist(), (table.replaced | table.widget).tolist()
    spots = table.text_box.tolist()
    for row in range(len(table) - 1, -1, -1):
        own = ends[row]
        if texts[row]:
            left, _, right, bottom = spots[row]
            own = _wider(own, (left, right, bottom))
        if solid[row]:
            left, _, right, bottom = boxes[row]
            own = _wider(own, (left, right, bottom))
        ends[row] = own
        if own is not None and parents[row] >= 0 and not outflow[row]:
            ends[parents[row]] = _wider(ends[parents[row]], own)
    nothing = (np.nan, np.nan, np.nan)
    return np.array([end or nothing for end in ends], dtype=np.float64).reshape(-1, 3)


def _wider(one: _Ends | None, other: _Ends) -> _Ends:
    return other if one is None else (min(one[0], other[0]), max(one[1], other[1]), max(one[2], other[2]))
