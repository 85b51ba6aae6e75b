"""How far the rows of one picture stand lower in the other, and where that changes at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from compatcheck.layout.tracing import Side, Traces

BAND = 24
"""CSS px: pieces whose tops are this near stand side by side."""


@dataclass(frozen=True, slots=True)
class Step:
    """Between the rows `above` and `below` of the baseline something made the page longer by `by` CSS px (shorter: negative)."""

    above: int
    below: int
    by: int


def row_drift(side: Side, traces: Traces) -> NDArray[np.int64]:
    """Per row of the first picture, how far it stands lower in the other one: what the pieces around it say, or 0."""
    rows = np.arange(side.picture.shape[0])
    at = np.flatnonzero(traces.found)
    if not len(at):
        return np.zeros(len(rows), dtype=np.int64)
    middles = (side.pieces[at, 1] + side.pieces[at, 3]) / 2
    order = np.argsort(middles, kind="stable")
    # The nearest piece decides: what lies between two steps belongs to one of them, not halfway.
    middles, drifts = middles[order], traces.expected[at][order]
    nearest = np.searchsorted((middles[1:] + middles[:-1]) / 2, rows)
    return np.asarray(drifts[nearest], dtype=np.int64)


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
        elif abs(drift - level) > 0 and top > bottom + BAND:
            level = drift  # line heights that differ by a pixel add up, and are no step
        bottom = max(bottom, end)
    # Pictures of one length (a screen each) end where they end, whatever stands lower in them.
    if abs(longer - level) >= least and abs(longer) >= least:
        found.append(Step(min(bottom, height), height, longer - level))
    return found
