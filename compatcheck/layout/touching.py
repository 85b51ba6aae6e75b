"""Text that has come to lie on other text, however little of it: the reference keeps the two apart."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from compatcheck.layout.matching import Matching
from compatcheck.layout.nearby import meeting, related
from compatcheck.layout.overlaps import letters
from compatcheck.layout.table import Indices, Table

TRIM = 0.15
"""The share of a line's height above capitals, and below its letters where few reach down."""
DEEP = 1.0
"""CSS px by which letters lie on one another at least; rounding and anti-aliasing stay below."""
WIDE = 0.4
"""And em side by side."""
MOST = 400
"""So many pairs are kept; a page with more has become another page."""


class Touches:
    """Candidate rows whose letters lie on letters that they keep clear of on the reference.

    One capture alone is judged by a larger depth (`overlaps.collisions`), because letters of tight headings touch by design.
    """

    def __init__(self, a: Table, b: Table, matching: Matching) -> None:
        self._a, self._b, self._matching = a, b, matching

    def of(self, row: int) -> int:
        """A row that the letters of `row`, or of what it holds, have come to lie on; -1 for none."""
        enter, leave = self._b.enter, self._b.leave
        one, other = self._pairs.T
        inside = (enter[row] <= enter[one]) & (enter[one] < leave[row])
        out = (enter[other] < enter[row]) | (enter[other] >= leave[row])
        hits = other[inside & out]
        return int(hits[0]) if len(hits) else -1

    @cached_property
    def _pairs(self) -> Indices:
        there = self._matching.candidate_of
        before = {(int(there[i]), int(there[j])) for i, j in _touches(self._a).tolist()}
        found = [
            (one, other)
            for one, other in _touches(self._b).tolist()
            if (one, other) not in before and min(self._matching.baseline_of[[one, other]]) >= 0
        ]
        return np.array(found[:MOST], dtype=np.int64).reshape(-1, 2)


def _touches(table: Table) -> Indices:
    """Pairs of rows, both ways round, whose letters lie on one another; shape (n, 2)."""
    spots, rows = letters(table, TRIM)
    of, at = meeting(spots, spots)
    apart = rows[of] != rows[at]
    of, at = of[apart], at[apart]
    common = np.minimum(spots[of, 2:], spots[at, 2:]) - np.maximum(spots[of, :2], spots[at, :2])
    em = np.minimum(table.em[rows[of]], table.em[rows[at]])
    on = (common[:, 0] >= WIDE * em) & (common[:, 1] >= DEEP) & ~related(table, rows[of], rows[at])
    return np.stack((rows[of[on]], rows[at[on]]), axis=1)
