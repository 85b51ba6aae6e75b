"""How siblings stand to one another on the two sides: who is linked to whom, who changed places, who wrapped."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from compatcheck.layout.neighbours import Ahead, Rect, overlap

if TYPE_CHECKING:
    from compatcheck.layout.relations import Node

NEIGHBOURS = 48
"""How many siblings before and after an element can be its neighbours: keeps thousands of siblings linear."""

CELL = 24
"""CSS px of the raster on which places are looked up; more than any tolerance."""


def is_beside_taller(at: int, nodes: list[Node], near: list[list[int]]) -> bool:
    """Something that is higher than this element stands beside it on the candidate."""
    node = nodes[at]
    for other in near[at]:
        beside = nodes[other]
        if (
            overlap(node.b, beside.b, 1) > 0
            and overlap(node.b, beside.b, 0) <= 0
            and beside.b[3] - beside.b[1] > node.b[3] - node.b[1] + node.tolerance
        ):
            return True
    return False


def links(
    at: int, nodes: list[Node], ahead_a: tuple[Ahead, Ahead], ahead_b: tuple[Ahead, Ahead], axis: int
) -> Iterator[int]:
    """Neighbours that an element has gone along with on an axis."""
    node = nodes[at]
    if not node.flow:
        return
    before_a, gap_a = ahead_a[axis][at]
    before_b, gap_b = ahead_b[axis][at]
    if before_a is not None and before_b is not None and abs(gap_a - gap_b) <= node.tolerance:
        yield before_b
        yield before_a
    # Row mates keep their tops, bottoms or centres; column mates their left, right or centre.
    mate_a, _ = ahead_a[1 - axis][at]
    if mate_a is None:
        return
    mate = nodes[mate_a]
    lo, hi = axis, axis + 2
    shifts = (
        (node.b[lo] - mate.b[lo]) - (node.a[lo] - mate.a[lo]),
        (node.b[hi] - mate.b[hi]) - (node.a[hi] - mate.a[hi]),
        (node.b[lo] + node.b[hi] - mate.b[lo] - mate.b[hi] - node.a[lo] - node.a[hi] + mate.a[lo] + mate.a[hi]) / 2,
    )
    if min(abs(shift) for shift in shifts) <= node.tolerance:
        yield mate_a


def swapped_nodes(nodes: list[Node], ahead_a: tuple[Ahead, Ahead]) -> set[int]:
    """Neighbours that have changed places: what stood before stands behind."""
    swapped: set[int] = set()
    for at, node in enumerate(nodes):
        if not node.flow:
            continue
        for axis in (0, 1):
            ahead, _ = ahead_a[axis][at]
            if ahead is None or not nodes[ahead].flow:
                continue
            mate = nodes[ahead]
            lo, hi = axis, axis + 2
            behind = node.b[hi] <= mate.b[lo] + 2 and overlap(node.b, mate.b, 1 - axis) > 0.5
            if behind:
                swapped |= {at, ahead}
    return swapped


def exchanged_nodes(nodes: list[Node], off: set[int], base_a: Rect, base_b: Rect) -> set[int]:
    """Of the nodes `off` their places: those that stand where another of them stood, and it where they did.

    They need not be neighbours: cards at the end of one row and at the beginning of the next.
    """
    flow = sorted(at for at in off if nodes[at].flow)
    stood = defaultdict(list)
    for at in flow:
        stood[_cell(_corner(nodes[at].a, base_a))].append(at)
    exchanged: set[int] = set()
    for at in flow:
        column, row = _cell(_corner(nodes[at].b, base_b))
        near = (stood.get((x, y), ()) for x in (column - 1, column, column + 1) for y in (row - 1, row, row + 1))
        for other in chain.from_iterable(near):
            one, two = nodes[at], nodes[other]
            here = _apart(_corner(one.b, base_b), _corner(two.a, base_a)) <= one.tolerance
            there = _apart(_corner(two.b, base_b), _corner(one.a, base_a)) <= two.tolerance
            if at != other and here and there:
                exchanged |= {at, other}
    return exchanged


def _corner(box: Rect, base: Rect) -> tuple[float, float]:
    return box[0] - base[0], box[1] - base[1]


def _cell(corner: tuple[float, float]) -> tuple[int, int]:
    return round(corner[0] / CELL), round(corner[1] / CELL)


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


def has_wrapped(at: int, nodes: list[Node], ahead_a: Ahead) -> bool:
    """It stood beside its neighbour and now stands below it."""
    node = nodes[at]
    beside, _ = ahead_a[at]
    if beside is None or not node.flow:
        return False
    mate = nodes[beside]
    return node.b[1] >= mate.b[3] - node.tolerance and node.b[0] < mate.b[2]


def neighbours(nodes: list[Node]) -> list[list[int]]:
    """For every node the flow siblings that may be next to it: all of them, or those near in document order."""
    flow = [at for at, node in enumerate(nodes) if node.flow]
    if len(flow) <= NEIGHBOURS:
        return [[other for other in flow if other != at] for at in range(len(nodes))]
    place = {at: rank for rank, at in enumerate(flow)}
    near: list[list[int]] = []
    for at in range(len(nodes)):
        rank = place.get(at)
        if rank is None:
            near.append([])
            continue
        window = flow[max(0, rank - NEIGHBOURS // 2) : rank + NEIGHBOURS // 2]
        near.append([other for other in window if other != at])
    return near
