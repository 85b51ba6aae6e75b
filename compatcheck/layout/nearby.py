"""Which of thousands of boxes meet which, and who is kin to whom: for all pairs at once, and without looking at all pairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compatcheck.layout.table import Boxes, Flags, Indices, Table

MOST = 256
"""So many boxes of about one height are held against one box, those that begin last; a page with more in one place is garbage."""
_AT_ONCE = 1 << 20
"""Pairs that are looked at in one go: 50 MB of them."""


def meeting(queries: Boxes, boxes: Boxes, most: int = MOST) -> tuple[Indices, Indices]:
    """All pairs (query, box) that have more than an edge in common, ordered by query, then by box.

    Takes n log n for pages whose boxes are spread out; `most` bounds it for others.
    """
    found = list(meeting_parts(queries, boxes, most))
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    of, at = np.concatenate([pairs[0] for pairs in found]), np.concatenate([pairs[1] for pairs in found])
    order = np.lexsort((at, of))
    return of[order], at[order]


def meeting_parts(queries: Boxes, boxes: Boxes, most: int = MOST) -> Iterator[tuple[Indices, Indices]]:
    """The same pairs in parts and in no order, so that they need not be held all at once.

    Boxes are sorted into classes of about one size, in which those that can reach a query stand side by side. Of the two
    axes the one that leaves fewer to look at is taken.
    """
    ways = [_ranges(queries, boxes, axis) for axis in (0, 1)]
    many = [sum(int((last - first).sum()) for _, first, last in way) for way in ways]
    for members, reaching, last in ways[int(many[1] <= many[0])]:
        first = np.maximum(reaching, last - most)
        counts = last - first
        ends = np.cumsum(counts)
        for start, stop in _turns(ends):
            own = counts[start:stop]
            of = np.repeat(np.arange(start, stop), own)
            place = np.arange(len(of)) - np.repeat(ends[start:stop] - ends[start] + own[0] - own, own)
            at = members[place + np.repeat(first[start:stop], own)]
            low = np.maximum(queries[of, :2], boxes[at, :2])
            high = np.minimum(queries[of, 2:], boxes[at, 2:])
            meets = (high > low).all(axis=1)
            yield of[meets], at[meets]


_Ranges = tuple[Indices, Indices, Indices]
"""Members of a class by where they begin, and per query the first of them that may reach it and the first beyond it."""


def _ranges(queries: Boxes, boxes: Boxes, axis: int) -> list[_Ranges]:
    begin, sizes = boxes[:, axis], boxes[:, axis + 2] - boxes[:, axis]
    classes = np.log2(np.maximum(sizes, 4.0)).astype(np.int64)
    found = []
    for number in np.unique(classes).tolist():
        members = np.flatnonzero(classes == number)
        members = members[np.argsort(begin[members], kind="stable")]
        starts = begin[members]
        first = np.searchsorted(starts, queries[:, axis] - 2.0 ** (number + 1))
        found.append((members, first, np.searchsorted(starts, queries[:, axis + 2])))
    return found


def _turns(ends: Indices) -> Iterator[tuple[int, int]]:
    """Ranges of queries with about `_AT_ONCE` pairs each; `ends` sums their pairs up."""
    start = 0
    while start < len(ends):
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + _AT_ONCE)))
        yield start, stop
        start = stop


def last_of_each(groups: Indices, most: int) -> Flags:
    """True for the last `most` members of every group; `groups` is ascending."""
    return np.asarray(np.searchsorted(groups, groups, side="right") - np.arange(len(groups)) <= most, dtype=bool)


def related(table: Table, one: Indices, other: Indices) -> Flags:
    """Per pair of rows, whether one of them is or holds the other."""
    enter, leave = table.enter, table.leave
    holds = (enter[one] <= enter[other]) & (enter[other] < leave[one])
    held = (enter[other] <= enter[one]) & (enter[one] < leave[other])
    return np.asarray(holds | held, dtype=bool)


def siblings_of(table: Table, one: Indices, other: Indices) -> tuple[Indices, Indices]:
    """Per pair of rows, neither of which holds the other, the two children of their nearest common ancestor that hold or are
    them; (-1, -1) where nothing holds both. n log n for the table, whatever its depth.
    """
    if not len(one):
        return one, other
    count, enter, walk = len(table), table.enter, np.argsort(table.enter)
    depth = np.zeros(count, dtype=np.int64)
    for row, parent in enumerate(table.parent.tolist()):
        depth[row] = depth[parent] + 1 if parent >= 0 else 0
    # Of what the walk enters between two rows, the row of least depth is a child of the ancestor that holds both.
    least, first = _least(walk, depth), np.minimum(enter[one], enter[other]) + 1
    length = np.abs(enter[one] - enter[other])
    level = np.log2(length).astype(np.int64)
    begin, end = least[level, first], least[level, first + length - 2**level]
    above = table.parent[np.where(depth[begin] <= depth[end], begin, end)]
    # Children of one row, by where the walk enters them: the last one entered before a row holds it.
    keys = np.sort((table.parent + 1) * (count + 1) + enter)
    found = []
    for rows in (one, other):
        place = np.searchsorted(keys, (above + 1) * (count + 1) + enter[rows], side="right") - 1
        found.append(np.where(above >= 0, walk[keys[place] % (count + 1)], -1))
    return found[0], found[1]


def _least(walk: Indices, depth: Indices) -> Indices:
    """Per power of two and place of a walk, the row of least depth among as many from there on."""
    levels = [walk]
    width = 1
    while 2 * width <= len(walk):
        last = levels[-1]
        ahead = np.concatenate((last[width:], last[-1:].repeat(width)))
        levels.append(np.where(depth[last] <= depth[ahead], last, ahead))
        width *= 2
    return np.array(levels)
