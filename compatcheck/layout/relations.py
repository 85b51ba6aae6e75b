"""Movement and size that nothing explains.

Positions are not compared; relations are. An element is *anchored* on an axis when its place inside its base (the nearest
common container) is kept: distance to the start, to the end, to the centre, or its share of a base that changed width.
Neighbours are *linked* when the gap between them or their alignment is kept. A set of linked elements with no anchored
member has moved by itself, and is one finding, told of its first member. Sizes are explained from outside (the element fills
its base) or from inside (its content changed by as much, text wraps into another line).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from compatcheck.layout.matching import Matching
from compatcheck.layout.neighbours import Ahead, Rect, ahead_of, before, join, overlap, root
from compatcheck.layout.siblings import exchanged_nodes, has_wrapped, is_beside_taller, links, neighbours, swapped_nodes
from compatcheck.layout.table import Indices, Table
from compatcheck.model.verdict import Kind

TEXT, GHOST = -1, -2
"""Indices of neighbours that are no nodes: a line of the base's own text; an element that the other side lacks."""
ROW = 200
"""A base with more elements than this is a list: none of them sets the height of a row."""
WHOLE: Rect = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Change:
    """Baseline row `i`, candidate row `j`: moved by (dx, dy) or grown by (dx, dy) CSS px without an explanation.

    `followers` are the baseline rows that went along.
    """

    kind: Kind
    i: int
    j: int
    dx: float
    dy: float
    followers: tuple[int, ...] = ()


@dataclass(slots=True)
class Node:
    """A matched pair: rows `i` and `j`, their rectangles, whether it is in the flow, and what engines may differ by."""

    i: int
    j: int
    a: Rect
    b: Rect
    flow: bool
    tolerance: float
    slack: tuple[float, float] = (0.0, 0.0)


class Relations:
    """The layout boxes of two matched tables, grouped by their common base."""

    def __init__(self, baseline: Table, candidate: Table, matching: Matching) -> None:
        self.baseline, self.candidate, self.matching = baseline, candidate, matching
        self.rect_a: list[Rect] = [tuple(row) for row in baseline.box.tolist()]
        self.rect_b: list[Rect] = [tuple(row) for row in candidate.box.tolist()]
        self.groups: dict[int, list[Node]] = defaultdict(list)
        rows_a, rows_b = self._taking_part()
        ems = np.maximum(baseline.em[rows_a], candidate.em[rows_b]).tolist()
        flows = (~(baseline.outflow[rows_a] | candidate.outflow[rows_b])).tolist()
        for i, j, em, flow in zip(rows_a.tolist(), rows_b.tolist(), ems, flows, strict=True):
            base = self._base(i, j)
            node = Node(
                i,
                j,
                self.rect_a[i],
                self.rect_b[j],
                flow,
                max(3.0, 0.3 * em),
            )
            if self._floats_in_text(i, base):
                base_a, _ = self.bases(base)
                across = 0.25 * (base_a[2] - base_a[0]) if self._beside_text(node, base) else 0.0
                node.slack = (across, 1.8 * self._line_height(base))
            if baseline.elements[i].tag == "textarea" and baseline.style(i, "display").startswith("inline"):
                # Engines put its first line, or its lower end, on the line it stands in.
                node.slack = (node.slack[0], max(node.slack[1], node.a[3] - node.a[1]))
            self.groups[base].append(node)
        for base, nodes in self.groups.items():
            self._loosen_lines_of_controls(base, nodes)
        self.fixtures_a, self.fixtures_b = self._fixtures(baseline, True), self._fixtures(candidate, False)

    def _loosen_lines_of_controls(self, base: int, nodes: list[Node]) -> None:
        """Engines give fields and menus widths of their own: what stands in one line with them may come to the next, or back."""
        inline = [node for node in nodes if self.baseline.style(node.i, "display").startswith("inline")]
        other_widths = any(
            self.baseline.elements[node.i].tag in ("input", "select", "textarea")
            and abs((node.b[2] - node.b[0]) - (node.a[2] - node.a[0])) > 2
            for node in inline
        )
        if base < 0 or not other_widths:
            return
        base_a, base_b = self.bases(base)
        for node in inline:
            height = node.a[3] - node.a[1]
            if abs((node.b[1] - base_b[1]) - (node.a[1] - base_a[1])) > 0.5 * height:
                node.slack = (base_a[2] - base_a[0], max(node.slack[1], 2 * height))

    def _floats_in_text(self, i: int, base: int) -> bool:
        """It stands in a line of text, which no two engines break or space alike."""
        if base < 0 or not self.baseline.style(i, "display").startswith("inline"):
            return False
        return base in self.baseline.flow_text

    def _beside_text(self, node: Node, base: int) -> bool:
        """A line of its base's text stands beside it on either side; alone on its line, nothing pushes it along."""
        there = int(self.matching.candidate_of[base])
        sides = ((node.a, self.baseline.flow_text.get(base, ())), (node.b, self.candidate.flow_text.get(there, ())))
        return any(overlap(box, line, 1) > 1 and overlap(box, line, 0) <= 1 for box, lines in sides for line in lines)

    def _line_height(self, row: int) -> float:
        height = self.baseline.px(row, "lineHeight")
        return height or 1.3 * float(self.baseline.em[row])

    def _fixtures(self, table: Table, is_baseline: bool) -> dict[int, list[tuple[int, Rect]]]:
        """Per base (a baseline row): lines of its own text, and elements that the other side does not show."""
        of = self.matching.candidate_of if is_baseline else self.matching.baseline_of
        found: dict[int, list[tuple[int, Rect]]] = defaultdict(list)
        for row, lines in table.flow_text.items():
            base = row if is_baseline else int(of[row])
            if base >= 0:
                found[base].extend((TEXT, line) for line in lines[:24])
        here, there = (self.baseline, self.candidate) if is_baseline else (self.candidate, self.baseline)
        kept = (of >= 0) & ~here.broken
        kept[kept] = there.content[of[kept]]
        for row in np.flatnonzero(here.content & ~here.inline & ~kept).tolist():
            parent = int(here.parent[row])
            while parent >= 0 and here.inline[parent]:
                parent = int(here.parent[parent])
            base = parent if is_baseline or parent < 0 else int(of[parent])
            if len(found[base]) < 400:
                found[base].append((GHOST, (self.rect_a if is_baseline else self.rect_b)[row]))
        return found

    def _taking_part(self) -> tuple[Indices, Indices]:
        """Matched layout boxes that show something: not text fragments, not what masks set apart.

        Nor broken pictures, for which every engine has its own stand-in.
        """
        a, b = self.baseline, self.candidate
        i = np.flatnonzero(self.matching.candidate_of >= 0)
        j = self.matching.candidate_of[i]
        both = (a.content & a.judged & ~a.inline & ~a.broken)[i] & (b.content & b.judged & ~b.inline & ~b.broken)[j]
        return i[both], j[both]

    def _base(self, i: int, j: int) -> int:
        """The nearest matched, not inline ancestor of both (the containing block for absolute boxes), -1 for the page."""
        a, b, of = self.baseline, self.candidate, self.matching.candidate_of
        if a.style(i, "position") == "fixed":
            return -1
        positioned = a.style(i, "position") == "absolute"
        above = int(a.parent[i])
        while above >= 0:
            there = int(of[above])
            fits = there >= 0 and not a.inline[above] and not b.inline[there] and b.is_within(j, there)
            if fits and not (
                positioned
                and a.style(above, "position") in ("", "static")
                and a.style(above, "transform") in ("", "none")
            ):
                return above
            above = int(a.parent[above])
        return -1

    def bases(self, base: int) -> tuple[Rect, Rect]:
        if base < 0:
            a, b = self.baseline.model, self.candidate.model
            return (0, 0, a.viewport.width, a.document.height), (0, 0, b.viewport.width, b.document.height)
        return self.rect_a[base], self.rect_b[int(self.matching.candidate_of[base])]

    def changes(self) -> Iterator[Change]:
        """Every movement and every size that nothing explains, in document order of their bases."""
        from compatcheck.layout.sizes import size_changes

        resized = list(size_changes(self))
        yield from resized
        for base in sorted(self.groups):
            yield from self._moved(base, self.groups[base])

    # ---- movement ----------------------------------------------------------------------------------------------------

    def _moved(self, base: int, nodes: list[Node]) -> Iterator[Change]:
        base_a, base_b = self.bases(base)
        if all(_keeps_its_start(node, base_a, base_b) for node in nodes):
            return
        free: list[dict[int, float]] = []  # per axis: node -> how far it is from where its base has it
        sets: list[list[int]] = []
        near = neighbours(nodes)
        every = [
            [self._residual(at, node, base_a, base_b, axis, nodes, near) for at, node in enumerate(nodes)]
            for axis in (0, 1)
        ]
        if all(max(abs(x), abs(y)) <= node.tolerance for x, y, node in zip(*every, nodes, strict=True)):
            return  # nothing has moved within its base: nothing to link
        rects_a, rects_b = [node.a for node in nodes], [node.b for node in nodes]
        ahead_a = (ahead_of(rects_a, near, 0), ahead_of(rects_a, near, 1))
        ahead_b = (ahead_of(rects_b, near, 0), ahead_of(rects_b, near, 1))
        for axis in (0, 1):
            away = dict(enumerate(every[axis]))
            union = list(range(len(nodes)))
            for at, node in enumerate(nodes):
                for other in links(at, nodes, ahead_a, ahead_b, axis):
                    join(union, at, other)
                if self._explained_by_fixture(at, node, ahead_a[axis], ahead_b[axis], base, axis):
                    away[at] = 0.0
            anchored = {root(union, at) for at, node in enumerate(nodes) if abs(away[at]) <= node.tolerance}
            # What stands in a line of text may be where that line has it, but holds nothing else in its place.
            free.append(
                {
                    at: min(away[at], _gap_change(ahead_a[axis][at], ahead_b[axis][at], away[at]), key=abs)
                    for at, node in enumerate(nodes)
                    if root(union, at) not in anchored and abs(away[at]) > node.slack[axis]
                }
            )
            sets.append([root(union, at) for at in range(len(nodes))])
        families: list[dict[int, list[int]]] = [defaultdict(list), defaultdict(list)]
        for axis in (0, 1):
            for at in free[axis]:
                families[axis][sets[axis][at]].append(at)
        told: set[int] = set()
        off = {
            at for at, node in enumerate(nodes) if max(abs(every[0][at]), abs(every[1][at])) > node.tolerance
        }  # fmt: skip
        swapped = swapped_nodes(nodes, ahead_a) or exchanged_nodes(nodes, off, base_a, base_b)
        if swapped:
            first, *rest = sorted(swapped, key=lambda at: nodes[at].i)
            node = nodes[first]
            yield Change(
                "reordered",
                node.i,
                node.j,
                node.b[0] - node.a[0],
                node.b[1] - node.a[1],
                tuple(nodes[at].i for at in rest),
            )
            told |= swapped
        for at in sorted(set(free[0]) | set(free[1]), key=lambda at: nodes[at].i):
            if at in told:
                continue
            family = {at}
            for axis in (0, 1):
                if at in free[axis]:
                    family.update(families[axis][sets[axis][at]])
            told |= family
            node = nodes[at]
            kind: Kind = "wrapped" if has_wrapped(at, nodes, ahead_a[0]) else "moved"
            yield Change(
                kind, node.i, node.j, free[0].get(at, 0.0), free[1].get(at, 0.0),
                tuple(nodes[other].i for other in sorted(family - {at})),
            )  # fmt: skip

    def _residual(
        self, at: int, node: Node, base_a: Rect, base_b: Rect, axis: int, nodes: list[Node], near: list[list[int]]
    ) -> float:
        """Distance from the nearest place that the base explains, signed, in CSS px."""
        lo, hi = axis, axis + 2
        start = (node.b[lo] - base_b[lo]) - (node.a[lo] - base_a[lo])
        end = (node.b[hi] - base_b[hi]) - (node.a[hi] - base_a[hi])
        size_a, size_b = base_a[hi] - base_a[lo], base_b[hi] - base_b[lo]
        places = [start]
        if (
            axis == 0
            or abs(size_a - size_b) <= node.tolerance
            or not node.flow
            or (len(nodes) < ROW and is_beside_taller(at, nodes, near))
        ):
            # The end and the centre explain a place only where the base's size does not follow from this very element.
            places += [end, (start + end) / 2]
        if axis == 0 and size_a > 1 and size_b > 1 and abs(size_a - size_b) > 1:
            share = (node.a[0] + node.a[2]) / 2 - base_a[0]
            places.append((node.b[0] + node.b[2]) / 2 - base_b[0] - share * size_b / size_a)
            places.append(node.b[0] - base_b[0] - (node.a[0] - base_a[0]) * size_b / size_a)
        return min(places, key=abs)

    def _explained_by_fixture(self, at: int, node: Node, ahead_a: Ahead, ahead_b: Ahead, base: int, axis: int) -> bool:
        """It keeps its gap to the base's own text, or stands next to something that one side lacks."""
        if not node.flow:
            return False
        before_a, gap_a = _nearer(ahead_a[at], before(node.a, self.fixtures_a.get(base, []), axis))
        before_b, gap_b = _nearer(ahead_b[at], before(node.b, self.fixtures_b.get(base, []), axis))
        if GHOST in (before_a, before_b):
            return True
        return before_a == TEXT == before_b and abs(gap_a - gap_b) <= node.tolerance


def _keeps_its_start(node: Node, base_a: Rect, base_b: Rect) -> bool:
    """It stands as far from the left and the top of its base as it did."""
    across = (node.b[0] - base_b[0]) - (node.a[0] - base_a[0])
    down = (node.b[1] - base_b[1]) - (node.a[1] - base_a[1])
    return abs(across) <= node.tolerance and abs(down) <= node.tolerance


def _gap_change(ahead_a: tuple[int | None, float], ahead_b: tuple[int | None, float], otherwise: float) -> float:
    """How much further it stands from the neighbour that is ahead of it on both sides; `otherwise` where that is no one."""
    return ahead_b[1] - ahead_a[1] if ahead_a[0] is not None and ahead_a[0] == ahead_b[0] else otherwise


def _nearer(sibling: tuple[int | None, float], fixture: tuple[int | None, float]) -> tuple[int | None, float]:
    if fixture[0] is None or (sibling[0] is not None and sibling[1] <= fixture[1]):
        return sibling
    return fixture
