"""Sizes that neither the outside (the base it fills) nor the inside (its content) explains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compatcheck.layout.table import Table

if TYPE_CHECKING:
    from compatcheck.layout.relations import Change, Rect, Relations

TEXT_WIDTH = 0.28
"""Two fonts that stand in for one another set the same words up to this much wider (Times ↔ Noto Serif: 23 %)."""
WIDGETS = ("input", "select", "textarea", "button", "progress", "meter")
LINES = 0.25
"""And break a paragraph into up to this many more lines, or one more."""


def size_changes(relations: Relations) -> Iterator[Change]:
    """Elements whose width or height changed for no reason that can be seen, outermost first."""
    from compatcheck.layout.relations import Change

    a = relations.baseline
    suspects: dict[int, tuple[float, float]] = {}
    for base, nodes in relations.groups.items():
        base_a, base_b = relations.bases(base)
        for node in nodes:
            if a.elements[node.i].tag in ("html", "body"):
                continue
            width = _unexplained(relations, node.i, node.j, base_a, base_b, 0)
            height = _unexplained(relations, node.i, node.j, base_a, base_b, 1)
            if width or height:
                suspects[node.i] = (width, height)
    for i in sorted(suspects):
        j = int(relations.matching.candidate_of[i])
        yield Change("resized", i, j, suspects[i][0], suspects[i][1])


def _unexplained(relations: Relations, i: int, j: int, base_a: Rect, base_b: Rect, axis: int) -> float:
    a, b = relations.baseline, relations.candidate
    lo, hi = axis, axis + 2
    rect_a, rect_b = relations.rect_a[i], relations.rect_b[j]
    size_a, size_b = rect_a[hi] - rect_a[lo], rect_b[hi] - rect_b[lo]
    delta = size_b - size_a
    em = max(float(a.em[i]), float(b.em[j]))
    tolerance = max(3.0, 0.3 * em, 0.02 * size_a)
    if abs(delta) <= tolerance:
        return 0.0
    # From outside: it fills its base, or takes the same share of it.
    base_size_a, base_size_b = base_a[hi] - base_a[lo], base_b[hi] - base_b[lo]
    base_delta = base_size_b - base_size_a
    fills = abs(delta - base_delta) <= tolerance
    if base_size_a > 0 and abs(base_delta) > tolerance / 2:
        fills |= abs(size_b - size_a * base_size_b / base_size_a) <= tolerance
        if fills:
            return 0.0
    # From inside: what it holds grew by as much.
    inside = _content_delta(relations, i, j, axis)
    if inside is not None and abs(delta - inside) <= tolerance:
        return 0.0
    if _text_explains(a, i, b, j, axis, size_a, size_b):
        return 0.0
    if a.replaced[i]:
        # A picture keeps its shape: its height follows from its width.
        across_a, across_b = rect_a[3 - axis] - rect_a[1 - axis], rect_b[3 - axis] - rect_b[1 - axis]
        if across_a > 1 and abs(size_b - size_a * across_b / across_a) <= tolerance and axis == 1:
            return 0.0
    elif a.elements[i].tag in WIDGETS and abs(delta) <= max(0.45 * size_a, 0.8 * em):
        return 0.0  # form controls are the engine's own
    return delta


def _content_delta(relations: Relations, i: int, j: int, axis: int) -> float | None:
    """By how much the extent of its content grew; None when it holds nothing to measure."""
    a, b = relations.baseline, relations.candidate
    extent_a, extent_b = _extent(a, i, relations.rect_a, axis), _extent(b, j, relations.rect_b, axis)
    if extent_a is None or extent_b is None:
        return None
    return (extent_b[1] - extent_b[0]) - (extent_a[1] - extent_a[0])


def _extent(table: Table, row: int, rects: list[Rect], axis: int) -> tuple[float, float] | None:
    lo, hi = axis, axis + 2
    starts: list[float] = []
    ends: list[float] = []
    for child in table.children[row]:
        if table.outflow[child] or table.inline[child] or not table.content[child]:
            continue
        starts.append(rects[child][lo])
        ends.append(rects[child][hi])
    for line in table.flow_text.get(row, ()):
        starts.append(line[lo])
        ends.append(line[hi])
    return (min(starts), max(ends)) if starts else None


def _text_explains(a: Table, i: int, b: Table, j: int, axis: int, size_a: float, size_b: float) -> bool:
    """Its own text is set in another font, or broken into another line."""
    lines_a, lines_b = a.flow_text.get(i), b.flow_text.get(j)
    if not lines_a or not lines_b:
        return False
    if abs(a.em[i] - b.em[j]) > 0.12 * a.em[i]:
        return False
    if axis == 0:
        return abs(size_b - size_a) <= TEXT_WIDTH * size_a + 4
    rows_a, rows_b = _rows(lines_a), _rows(lines_b)
    more = abs(rows_a - rows_b)
    if more > max(1, LINES * rows_a):
        return False
    pitch = max(a.px(i, "lineHeight"), b.px(j, "lineHeight"), 1.6 * float(a.em[i]))
    return abs(size_b - size_a) <= more * pitch + max(rows_a, rows_b) * 0.35 * float(a.em[i]) + 3


def _rows(lines: list[tuple[float, float, float, float]]) -> int:
    """How many rows the lines stand in."""
    rows, bottom = 0, -1e9
    for _, top, _, end in lines:
        if top >= bottom - 0.4 * (end - top):
            rows += 1
            bottom = end
        else:
            bottom = max(bottom, end)
    return rows
