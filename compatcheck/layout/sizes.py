"""Sizes that neither the outside (the base it fills) nor the inside (its content) explains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from compatcheck.layout.breaking import breaks_within_words
from compatcheck.layout.table import WIDGETS, Table

if TYPE_CHECKING:
    from compatcheck.layout.neighbours import Rect
    from compatcheck.layout.relations import Change, Node, Relations

LEAST = 3.0
"""CSS px that engines may differ by in any size."""
TEXT_WIDTH = 0.28
"""Two fonts that stand in for one another set the same words up to this much wider (Times ↔ Noto Serif: 23 %)."""
LINES = 0.25
"""And break a paragraph into up to this many more lines, or one more."""


def size_changes(relations: Relations) -> Iterator[Change]:
    """Elements whose width or height changed for no reason that can be seen, in document order."""
    from compatcheck.layout.relations import Change

    suspects: dict[int, list[float]] = {}
    stretched: dict[int, list[Node]] = {}
    broken = _around_broken(relations)
    outside: set[int] = set()  # rows whose height follows from their row or base, and so may hand it on
    for base, nodes in relations.groups.items():
        base_a, base_b = relations.bases(base)
        for node in nodes:
            if _keeps_its_size(node) or relations.baseline.elements[node.i].tag in ("html", "body"):
                continue
            width = _width_change(relations, node.i, node.j, base_a, base_b)
            height, by_stretch = _height_change(relations, node, nodes, base, base_a, base_b, base in outside)
            if node.i in broken:
                width = height = 0.0
            if width or height:
                suspects[node.i] = [width, height]
            if by_stretch:
                outside.add(node.i)
                if base not in outside:
                    stretched.setdefault(base, []).append(node)
    for base, nodes in stretched.items():
        # When all that changed in a row changed by stretching, one of them stretches the others.
        change = _who_stretches(relations, base, nodes)
        if change is not None and change[0] not in suspects and base not in suspects:
            suspects[change[0]] = [0.0, change[1]]
    _forget_other_breaks(relations, suspects)
    for i in sorted(suspects):
        yield Change("resized", i, int(relations.matching.candidate_of[i]), suspects[i][0], suspects[i][1])


def _around_broken(relations: Relations) -> set[int]:
    """Boxes that hold a picture which is broken on both sides: every engine has a stand-in of its own size for it."""
    a, of = relations.baseline, relations.matching.candidate_of
    found: set[int] = set()
    for i in np.flatnonzero(a.broken & (of >= 0)).tolist():
        above = int(a.parent[i])
        while above >= 0 and a.inline[above]:
            above = int(a.parent[above])
        if relations.candidate.broken[of[i]]:
            found.add(above)
    return found


def _forget_other_breaks(relations: Relations, suspects: dict[int, list[float]]) -> None:
    """Drop widths of tables and cells that follow from where engines may break a line within a word of one of the cells."""
    a, b, of = relations.baseline, relations.candidate, relations.matching.candidate_of
    tables = {i: _table_of(a, i) for i in suspects if a.style(i, "display") in ("table-cell", "table", "inline-table")}
    most: dict[int, float] = {}
    for i, table in tables.items():
        if breaks_within_words(a, i, b, int(of[i])):
            most[table] = max(most.get(table, 0.0), abs(suspects[i][0]) + LEAST)
    for i, table in tables.items():
        if abs(suspects[i][0]) <= most.get(table, 0.0):
            suspects[i][0] = 0.0
            if not suspects[i][1]:
                del suspects[i]


def _table_of(table: Table, row: int) -> int:
    while row >= 0 and table.style(row, "display") not in ("table", "inline-table"):
        row = int(table.parent[row])
    return row


def _keeps_its_size(node: Node) -> bool:
    (x0, y0, x1, y1), (left, top, right, bottom) = node.a, node.b
    return abs((right - left) - (x1 - x0)) <= LEAST and abs((bottom - top) - (y1 - y0)) <= LEAST


def _tolerance(relations: Relations, i: int, j: int, size: float) -> float:
    em = max(float(relations.baseline.em[i]), float(relations.candidate.em[j]))
    return max(LEAST, 0.3 * em, 0.02 * size)


def _width_change(relations: Relations, i: int, j: int, base_a: Rect, base_b: Rect) -> float:
    a, b = relations.baseline, relations.candidate
    rect_a, rect_b = relations.rect_a[i], relations.rect_b[j]
    size_a, size_b = rect_a[2] - rect_a[0], rect_b[2] - rect_b[0]
    delta = size_b - size_a
    tolerance = _tolerance(relations, i, j, size_a)
    if abs(delta) <= tolerance:
        return 0.0
    base_size_a, base_size_b = base_a[2] - base_a[0], base_b[2] - base_b[0]
    base_delta = base_size_b - base_size_a
    if a.pinned[i] and abs(delta - (b.model.document.width - a.model.document.width)) <= tolerance:
        return 0.0  # a phone widens its viewport to what sticks out; that is what is told
    if abs(base_delta) > tolerance / 2 and base_size_a > 0:
        # From outside: it fills its base, or takes the same share of it.
        fills = size_a >= 0.45 * base_size_a and abs(delta - base_delta) <= tolerance
        if fills or abs(size_b - size_a * base_size_b / base_size_a) <= tolerance:
            return 0.0
    rows_a, rows_b = int(a.text_rows[i]), int(b.text_rows[j])
    if rows_a == rows_b:
        # From inside: its text is wider in this font. Text that wraps is narrower because its box is, not the other way.
        leaf_a, leaf_b = a.leaf_extent[i], b.leaf_extent[j]
        inside = (leaf_b[1] - leaf_b[0]) - (leaf_a[1] - leaf_a[0])
        grown = max(abs(inside), 1.0) / max(leaf_a[1] - leaf_a[0], 1.0)
        if abs(delta - inside) <= tolerance and grown <= TEXT_WIDTH + 0.1:
            return 0.0
        if (
            rows_a
            and abs(a.em[i] - b.em[j]) <= 0.12 * a.em[i]
            and abs(delta) <= TEXT_WIDTH * size_a + 4
            and rows_a == 1
        ):
            return 0.0
    if a.elements[i].tag in WIDGETS and not a.replaced[i] and abs(delta) <= 0.3 * size_a:
        return 0.0
    return delta


def _height_change(
    relations: Relations, node: Node, nodes: list[Node], base: int, base_a: Rect, base_b: Rect, handed: bool
) -> tuple[float, bool]:
    """(unexplained change, whether stretching in its row explains it)."""
    a, b = relations.baseline, relations.candidate
    i, j = node.i, node.j
    rect_a, rect_b = relations.rect_a[i], relations.rect_b[j]
    size_a, size_b = rect_a[3] - rect_a[1], rect_b[3] - rect_b[1]
    delta = size_b - size_a
    tolerance = _tolerance(relations, i, j, size_a)
    if abs(delta) <= tolerance:
        return 0.0, False
    base_delta = (base_b[3] - base_b[1]) - (base_a[3] - base_a[1])
    if abs(base_delta) > tolerance / 2 and abs(delta - base_delta) <= tolerance:
        if not node.flow:
            return 0.0, False
        if handed:
            return 0.0, True
        if _in_row(a, base) and any(_beside(node.a, other.a) for other in nodes if other is not node):
            return 0.0, True
    if a.replaced[i]:
        # A picture keeps its shape: its height follows from its width.
        width_a, width_b = rect_a[2] - rect_a[0], rect_b[2] - rect_b[0]
        if width_a > 1 and abs(size_b - size_a * width_b / width_a) <= tolerance:
            return 0.0, False
    inside = _content_delta(relations, i, j)
    if inside is not None and abs(delta - inside) <= tolerance:
        return 0.0, False
    if _text_explains(a, i, b, j, size_a, size_b):
        return 0.0, False
    if a.elements[i].tag in WIDGETS and not a.replaced[i] and abs(delta) <= max(0.45 * size_a, 0.8 * a.em[i]):
        return 0.0, False  # form controls are the engine's own
    return delta, False


def _in_row(table: Table, base: int) -> bool:
    """Its children stretch to one height."""
    if base < 0:
        return False
    display = table.style(base, "display")
    return "flex" in display or "grid" in display or display in ("table-row", "table", "table-row-group")


def _beside(one: Rect, other: Rect) -> bool:
    return min(one[3], other[3]) - max(one[1], other[1]) > 0 and min(one[2], other[2]) - max(one[0], other[0]) <= 1


def _who_stretches(relations: Relations, base: int, nodes: list[Node]) -> tuple[int, float] | None:
    """The one whose own content does not need the new height although it needed the old one; None when content explains it."""
    if base < 0:
        return None
    group = relations.groups[base]
    there = int(relations.matching.candidate_of[base])
    bottom = relations.rect_b[there][3]
    stretched = {node.i for node in nodes}
    if any(
        node.i not in stretched and abs((node.b[3] - node.b[1]) - (node.a[3] - node.a[1])) > node.tolerance
        for node in group
    ):
        return None
    if any(node.i not in stretched and bottom - node.b[3] < 40 and node.b[3] - node.b[1] > 20 for node in group):
        return None
    slack: list[tuple[float, int, float]] = []
    for node in nodes:
        before = float(relations.baseline.leaf_bottom[node.i])
        after = float(relations.candidate.leaf_bottom[node.j])
        if np.isnan(before) or np.isnan(after):
            slack.append((0.0, node.i, (node.b[3] - node.b[1]) - (node.a[3] - node.a[1])))
            continue
        more = (node.b[3] - after) - (node.a[3] - before)
        if abs(more) <= node.tolerance:
            return None
        slack.append((node.a[3] - before, node.i, (node.b[3] - node.b[1]) - (node.a[3] - node.a[1])))
    if not slack:
        return None
    _, i, delta = min(slack)
    return i, delta


def _content_delta(relations: Relations, i: int, j: int) -> float | None:
    """By how much the vertical extent of its content grew; None when it holds nothing to measure."""
    extent_a = _extent(relations.baseline, i, relations.rect_a)
    extent_b = _extent(relations.candidate, j, relations.rect_b)
    if extent_a is None or extent_b is None:
        return None
    return (extent_b[1] - extent_b[0]) - (extent_a[1] - extent_a[0])


def _extent(table: Table, row: int, rects: list[Rect]) -> tuple[float, float] | None:
    starts: list[float] = []
    ends: list[float] = []
    for child in table.children[row]:
        if table.outflow[child] or table.inline[child] or not table.content[child]:
            continue
        starts.append(rects[child][1])
        ends.append(rects[child][3])
    for line in table.flow_text.get(row, ()):
        starts.append(line[1])
        ends.append(line[3])
    return (min(starts), max(ends)) if starts else None


def _text_explains(a: Table, i: int, b: Table, j: int, size_a: float, size_b: float) -> bool:
    """Its own text is set in another font, or broken into another line."""
    lines_a, lines_b = a.flow_text.get(i), b.flow_text.get(j)
    if not lines_a or not lines_b:
        return False
    if abs(a.em[i] - b.em[j]) > 0.12 * a.em[i]:
        return False
    rows_a, rows_b = _rows(lines_a), _rows(lines_b)
    more = abs(rows_a - rows_b)
    if more > max(1, LINES * rows_a):
        return False
    pitch = max(a.px(i, "lineHeight"), b.px(j, "lineHeight"), 1.6 * float(a.em[i]))
    needed = more * pitch + max(rows_a, rows_b) * 0.35 * float(a.em[i]) + 3
    if size_b < size_a and b.flow_text[j][-1][3] > b.box[j, 3] + 0.3 * b.em[j]:
        return False  # it does not hold its own text
    return bool(abs(size_b - size_a) <= needed)


def _rows(lines: list[tuple[float, float, float, float]] | None) -> int:
    """How many rows the lines stand in."""
    rows, bottom = 0, -np.inf
    for _, top, _, end in lines or ():
        if top >= bottom - 0.4 * (end - top):
            rows += 1
            bottom = end
        else:
            bottom = max(bottom, end)
    return rows
