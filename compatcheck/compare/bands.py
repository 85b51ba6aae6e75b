"""From runs of partner rows to the bands of a grid."""

from __future__ import annotations

from collections.abc import Iterable

from compatcheck.compare.aligned import Band
from compatcheck.compare.rows import Run


def bands_of(runs: Iterable[Run], reference_height: int, candidate_height: int) -> tuple[Band, ...]:
    """The bands of a grid on which every run's rows face each other, and all rows of both sides appear once, in order.

    Between two runs, what is left on both sides is content that was replaced: it faces each other as far as it goes, and
    only the rest of the longer side stands alone.
    """
    bands: list[Band] = []
    row = first = second = 0

    def add(height: int, reference_top: int | None, candidate_top: int | None) -> None:
        nonlocal row
        if height <= 0:
            return
        last = bands[-1] if bands else None
        if last and _continues(last, reference_top, candidate_top):
            bands[-1] = Band(last.top, last.height + height, last.reference_top, last.candidate_top)
        else:
            bands.append(Band(row, height, reference_top, candidate_top))
        row += height

    for run in [*runs, Run(reference_height, candidate_height, 0)]:
        mine, theirs = run.first - first, run.second - second
        common = min(mine, theirs)
        add(common, first, second)
        add(mine - common, first + common, None)
        add(theirs - common, None, second + common)
        add(run.height, run.first, run.second)
        first, second = run.first + run.height, run.second + run.height
    return tuple(bands)


def _continues(last: Band, reference_top: int | None, candidate_top: int | None) -> bool:
    for start, own in ((last.reference_top, reference_top), (last.candidate_top, candidate_top)):
        if (start is None) != (own is None) or (start is not None and start + last.height != own):
            return False
    return True
