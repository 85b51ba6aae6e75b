"""How far the rows of one picture stand lower in the other, and where that changes at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compatcheck.layout.tracing import BAND, Side, Traces
from compatcheck.model.capture import RGB

BESIDE = 24
"""CSS px: pieces whose tops are this near stand side by side."""


@dataclass(frozen=True, slots=True)
class Step:
    """Between the rows `above` and `below` of the baseline something made the page longer by `by` CSS px (shorter: negative)."""

    above: int
    below: int
    by: int


def row_drift(a: Side, b: Side, traces: Traces) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Per row of the first picture, how far it stands lower in the other one: what the pieces around it say, or 0; and whether it is there.

    Between two pieces that say different things, the rows are parted where the two pictures agree best. Rows that are gone stand as
    those above them.
    """
    drift = np.zeros(a.picture.shape[0], dtype=np.int64)
    there = np.ones(len(drift), dtype=np.bool_)
    at = np.flatnonzero(traces.found)
    if not len(at):
        return drift, there
    at = at[np.argsort(a.pieces[at, 1] + a.pieces[at, 3], kind="stable")]
    says = traces.expected[at]
    drift[:] = says[0]
    done = 0
    for upper in np.flatnonzero(np.diff(says)).tolist():
        above, below = int(says[upper]), int(says[upper + 1])
        first, last = int(a.pieces[at[upper], 3]), int(a.pieces[at[upper + 1], 1])
        if first >= last:  # they stand beside one another
            first = last = (first + last) // 2
        gone = max(0, above - below)
        row = max(done, _parting(a.picture, b.picture, (first, last), (above, below)))
        there[row : row + gone] = gone < BAND
        done = min(len(drift), row + gone)
        drift[done:] = below
    return drift, there


def _parting(a: RGB, b: RGB, rows: tuple[int, int], drifts: tuple[int, int]) -> int:
    """The row from which on the second drift fits better than the first; where rows are gone, the first of them."""
    first, last = rows
    gone = max(0, drifts[0] - drifts[1])
    if last - first <= gone:
        return first
    width = min(a.shape[1], b.shape[1])
    mine = a[first:last, :width].astype(np.int16)
    costs = []
    for drift in drifts:
        places = np.arange(first, last) + drift
        cost = np.abs(mine - b[np.clip(places, 0, b.shape[0] - 1), :width]).mean(axis=(1, 2))
        costs.append(np.where((places >= 0) & (places < b.shape[0]), cost, 255.0))
    before = np.concatenate(([0.0], np.cumsum(costs[0])))
    after = np.concatenate((np.cumsum(costs[1][::-1])[::-1], [0.0]))
    whole = before[: len(before) - gone] + after[gone:]
    best = np.flatnonzero(whole <= whole.min() + 1e-6)
    return first + int(best[len(best) // 2])  # of equals the one in the middle


def steps(side: Side, traces: Traces, longer: int, least: int) -> list[Step]:
    """Where the drift changes by `least` CSS px or more; `longer`: by how much the whole other picture is longer."""
    height = side.picture.shape[0]
    at = np.flatnonzero(traces.found)
    at = at[np.argsort(side.pieces[at, 1], kind="stable")]
    found: list[Step] = []
    level, bottom = 0, 0
    for top, end, drift in zip(
        side.pieces[at, 1].tolist(), side.pieces[at, 3].tolist(), traces.expected[at].tolist(), strict=True
    ):
        if abs(drift - level) >= least:
            found.append(Step(min(bottom, top), top, drift - level))
            level = drift
        elif abs(drift - level) > 0 and top > bottom + BESIDE:
            level = drift  # line heights that differ by a pixel add up, and are no step
        bottom = max(bottom, end)
    # Pictures of one length (a screen each) end where they end, whatever stands lower in them.
    if abs(longer - level) >= least and abs(longer) >= least:
        found.append(Step(min(bottom, height), height, longer - level))
    return found
