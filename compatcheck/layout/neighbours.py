"""Which box comes before which, how far two lie side by side, and sets of boxes that belong together."""

from __future__ import annotations

import numpy as np

Rect = tuple[float, float, float, float]
"""Corners: left, top, right, bottom in CSS px."""


Ahead = list[tuple[int | None, float]]
"""Per box its neighbour ahead on an axis, and the gap to it; (None, 0) where there is none."""


def ahead_of(boxes: list[Rect], near: list[list[int]], axis: int) -> Ahead:
    """For every box the one of its `near` boxes that `before` would choose."""
    return [
        before(box, [(other, boxes[other]) for other in others], axis) for box, others in zip(boxes, near, strict=True)
    ]


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
