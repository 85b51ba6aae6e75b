"""Which box comes before which, how far two lie side by side, and sets of boxes that belong together."""

from __future__ import annotations

from itertools import chain

import numpy as np

Rect = tuple[float, float, float, float]
"""Corners: left, top, right, bottom in CSS px."""

MANY = 400
"""From so many pairs of boxes on, all of them are looked at at once."""
Ahead = list[tuple[int | None, float]]
"""Per box its neighbour ahead on an axis, and the gap to it; (None, 0) where there is none."""


def ahead_of(boxes: list[Rect], near: list[list[int]], axis: int) -> Ahead:
    """For every box the one of its `near` boxes that `before` would choose."""
    counts = [len(others) for others in near]
    if sum(counts) < MANY:
        return [
            before(box, [(other, boxes[other]) for other in others], axis)
            for box, others in zip(boxes, near, strict=True)
        ]
    of = np.repeat(np.arange(len(boxes)), counts)
    at = np.fromiter(chain.from_iterable(near), dtype=np.int64, count=len(of))
    every = np.array(boxes)
    own, other = every[of], every[at]
    across = np.minimum(other[:, 3 - axis], own[:, 3 - axis]) - np.maximum(other[:, 1 - axis], own[:, 1 - axis])
    ahead = np.flatnonzero((other[:, axis + 2] <= own[:, axis] + 2) & (across > 0.5))
    of, at, reach = of[ahead], at[ahead], other[ahead, axis + 2]
    nearest = np.lexsort((-reach, of))  # keeps the order of equals
    of, first = np.unique(of[nearest], return_index=True)
    at = at[nearest[first]]
    found: Ahead = [(None, 0.0)] * len(boxes)
    gaps = every[of, axis] - every[at, axis + 2]
    for index, best, gap in zip(of.tolist(), at.tolist(), gaps.tolist(), strict=True):
        found[index] = (best, gap)
    return found


def before(box: Rect, others: list[tuple[int, Rect]], axis: int) -> tuple[int | None, float]:
    """The nearest box that ends before this one begins on an axis and lies across from it, and the gap between them."""
    lo, hi, start, stop = axis, axis + 2, 1 - axis, 3 - axis
    begin, least, most = box[lo] + 2, box[start], box[stop]
    best, end = None, -np.inf
    for index, other in others:
        reach = other[hi]
        if end < reach <= begin:
            low, high = other[start], other[stop]
            if (high if high < most else most) - (low if low > least else least) > 0.5:
                best, end = index, reach
    return best, (box[lo] - end if best is not None else 0.0)


def overlap(a: Rect, b: Rect, axis: int) -> float:
    """How long two boxes lie beside one another on an axis; negative is the gap."""
    return min(a[axis + 2], b[axis + 2]) - max(a[axis], b[axis])


def root(union: list[int], at: int) -> int:
    """Who stands for the set that a member belongs to."""
    while union[at] != at:
        union[at] = union[union[at]]
        at = union[at]
    return at


def join(union: list[int], a: int, b: int) -> None:
    """Make one set of two."""
    union[root(union, a)] = root(union, b)
