"""The tree of a page model as numbers, so that kinship is a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from compatcheck.layout.table import Indices


def tour(parent: list[int]) -> tuple[Indices, Indices]:
    """Enter and leave numbers of a depth-first walk, without recursion."""
    count = len(parent)
    children: list[list[int]] = [[] for _ in range(count + 1)]
    for row, above in enumerate(parent):
        children[above].append(row)
    enter, leave = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    clock = 0
    stack = [(row, False) for row in reversed(children[count])]
    while stack:
        row, done = stack.pop()
        if done:
            leave[row] = clock
            continue
        enter[row] = clock
        clock += 1
        stack.append((row, True))
        stack.extend((child, False) for child in reversed(children[row]))
    return enter, leave
