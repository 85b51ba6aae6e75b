"""What is painted over what: the order of CSS 2.1 appendix E, as far as computed style tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from compatcheck.layout.table import Indices, Table

_BLOCK, _FLOAT, _INLINE, _POSITIONED = 0, 1, 2, 3
_DEEPEST = 48
"""Contexts nested deeper than this are painted with the one that holds them."""


def paint_order(table: Table) -> Indices:
    """Rows from the first painted to the last. A context paints its own background, then everything inside, atomically."""
    keys: list[tuple[tuple[int, int, int], ...]] = []
    inner: list[tuple[tuple[int, int, int], ...]] = []
    for row, element in enumerate(table.elements):
        parent = int(table.parent[row])
        context = inner[parent] if parent >= 0 else ()
        style = element.style
        positioned = style.get("position", "static") != "static"
        stacks = bool(element.extra.get("stacks"))
        floats = style.get("float", "none") != "none"
        level = _z(style.get("zIndex", "auto")) if stacks or positioned else 0
        if stacks or positioned:
            layer = _POSITIONED
        elif floats:
            layer = _FLOAT
        else:
            layer = _INLINE if style.get("display", "").startswith("inline") else _BLOCK
        key = (*context, (level, layer, row))
        keys.append(key)
        inner.append(key if (stacks or positioned or floats) and len(key) < _DEEPEST else context)
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def _z(value: str) -> int:
    try:
        return max(-(2**31), min(2**31, int(float(value))))
    except (ValueError, OverflowError):
        return 0
