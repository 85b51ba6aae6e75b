"""Aligning the rows of two pictures as two sequences, with gaps.

1. Every row is described by the mean colours of a few cells across the page and the ink in them, which survives another
   engine's glyphs.
2. Blocks of 16 reference rows are aligned with the candidate's rows by Gotoh's algorithm (affine gaps, 1982). That tells
   how many stretches there are and, roughly, each one's displacement.
3. Each stretch gets the exact displacement under which its rows differ least, and each seam between two stretches the row
   at which changing from one displacement to the next costs least.

20 000 rows take about a second, and no path wanders through repeated text row by row.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.model.capture import RGB

CELLS = 32
"""Cells across the page in a row's description."""

GAP_OPEN, GAP_EXTEND, SAME = 0.4, 0.012, 0.008
"""Costs on the scale of a row's distance, 0–1, per row: a row left alone costs GAP_EXTEND, and beginning to leave rows alone
costs GAP_OPEN, so that rows are parted only where that saves more than it costs. SAME is how far two renderings of one text
row are apart; the distance is counted from there on."""

BLOCK, SAMPLES = 16, 4
"""Rows to a block (fewer for a low picture), and how many of its rows, smoothed, describe it."""

WORST = 2 * GAP_EXTEND
"""The most a pair of rows costs: what leaving both alone costs. So content that was replaced faces what replaced it, and
rows are parted only for the sake of the rows after them."""

MOST_BLOCKS = 400
"""Blocks at most: on a higher page a block has more rows, because the table grows with blocks × rows."""

REACH = 6
"""Rows to either side of the rough displacement among which the exact one is looked for."""


@dataclass(frozen=True, slots=True)
class Run:
    """`height` partner rows that begin at `first` on one side and `second` on the other."""

    first: int
    second: int
    height: int


def align_rows(first: RGB, second: RGB) -> list[Run]:
    """The runs of partner rows, from the top down; rows in no run have no partner.

    Columns are aligned left; what only the wider picture has, at its right, has no say.
    """
    width = min(first.shape[1], second.shape[1])
    first, second = first[:, :width], second[:, :width]
    head, tail = _common_ends(first, second)
    rows, others = first.shape[0] - head - tail, second.shape[0] - head - tail
    runs = [Run(0, 0, head)] if head else []
    if rows and others:
        middle = (first[head : head + rows], second[head : head + others])
        runs += [Run(run.first + head, run.second + head, run.height) for run in _align_middle(*middle)]
    if tail:
        runs.append(Run(head + rows, head + others, tail))
    return _joined(runs)


def _common_ends(first: RGB, second: RGB) -> tuple[int, int]:
    """How many rows at the top and then at the bottom are equal byte for byte."""
    shorter = min(first.shape[0], second.shape[0])
    head = _equal_rows(first[:shorter], second[:shorter])
    left = shorter - head
    tail = _equal_rows(first[::-1][:left], second[::-1][:left]) if left else 0
    return head, tail


def _equal_rows(first: RGB, second: RGB) -> int:
    strip = 256
    for top in range(0, first.shape[0], strip):
        same = (first[top : top + strip] == second[top : top + strip]).all(axis=(1, 2))
        if not same.all():
            return top + int(np.argmin(same))
    return int(first.shape[0])


def _align_middle(first: RGB, second: RGB) -> list[Run]:
    mine, theirs = _describe(first), _describe(second)
    low = min(len(mine), len(theirs))
    block = min(BLOCK, 2 ** max(0, (low // 8).bit_length() - 1))
    while low // block > MOST_BLOCKS:
        block *= 2
    rough = _rough_runs(_blocks(mine, block, block), _blocks(theirs, block, 1), block)
    rows = len(mine), len(theirs)
    exact = [(run.first, _exact_shift(mine, theirs, run)) for run in rough if run.height]
    return _cut(mine, theirs, _one_each(exact), rows, 2 * block)


def _describe(picture: RGB) -> NDArray[np.float32]:
    """One row of 0–1 numbers per picture row: mean colour of each cell, and mean ink (distance to the row's own median)."""
    height, width = picture.shape[:2]
    means = np.zeros((height, CELLS, 4), np.float32)
    strip = 512
    for top in range(0, height, strip):
        part = np.ascontiguousarray(picture[top : top + strip])
        rows = part.shape[0]
        grey = cv2.cvtColor(part, cv2.COLOR_RGB2GRAY)
        ink = cv2.absdiff(grey, np.repeat(np.median(grey, axis=1).astype(np.uint8)[:, None], width, axis=1))
        means[top : top + strip, :, :3] = cv2.resize(part, (CELLS, rows), interpolation=cv2.INTER_AREA)
        means[top : top + strip, :, 3] = cv2.resize(ink, (CELLS, rows), interpolation=cv2.INTER_AREA) * np.float32(2)
    return np.asarray(means.reshape(height, -1) / np.float32(255), dtype=np.float32)


def _blocks(rows: NDArray[np.float32], block: int, step: int) -> NDArray[np.float32]:
    """A description of the `block` rows from every `step`-th row on: some of the rows, each smoothed over its neighbours.

    The last blocks repeat the last row where they stick out.
    """
    stride = max(1, block // SAMPLES)
    smooth = cv2.blur(rows, (1, stride), anchor=(0, 0), borderType=cv2.BORDER_REPLICATE) if stride > 1 else rows
    starts = np.arange(0, len(rows), step)
    samples = np.minimum(starts[:, None] + np.arange(0, block, stride), len(rows) - 1)
    return np.asarray(smooth[samples].reshape(len(starts), -1), dtype=np.float32)


def _distances(blocks: NDArray[np.float32], places: NDArray[np.float32]) -> Iterator[NDArray[np.float64]]:
    """For one block after the other its root mean square distance to every place, less SAME, within 0 and WORST."""
    norms = np.einsum("ij,ij->i", places, places)
    together = 32  # blocks multiplied at once: one pass over the places for all of them
    for top in range(0, len(blocks), together):
        part = blocks[top : top + together]
        squares = norms - 2 * (part @ places.T) + np.einsum("ij,ij->i", part, part)[:, None]
        distances = np.sqrt(np.maximum(squares, 0) / places.shape[1]) - SAME
        yield from np.clip(distances, 0, WORST).astype(np.float64)


def _rough_runs(blocks: NDArray[np.float32], places: NDArray[np.float32], block: int) -> list[Run]:
    """Runs of blocks whose partners follow each other, in rows; by dynamic programming over blocks × places.

    A place is a row where a partner may begin. Three kinds of step: 0 a block and its partner (`block` places on), 1 a
    block alone, 2 a place alone. Works on whole rows of the table at a time.
    """
    count, columns = len(blocks), len(places)
    # Index 0 of a state stands for "before the first place"; the last block may stick out.
    size = columns + block
    steps = GAP_EXTEND * np.arange(size, dtype=np.float64)
    state = np.full((3, size), np.inf)
    state[0, 0], state[2, 1:] = 0.0, GAP_OPEN + steps[1:]
    came = np.zeros((count, size), np.uint8)
    for row, distances in enumerate(_distances(blocks, places)):
        cost = distances * block
        from_pair = state[:, :columns].argmin(axis=0)
        pair = np.full(size, np.inf)
        pair[block:] = state[:, :columns].min(axis=0) + cost
        opened = state + np.array([[GAP_OPEN], [0.0], [GAP_OPEN]])
        from_alone = opened.argmin(axis=0)
        alone = opened.min(axis=0) + GAP_EXTEND * block
        # The cost of places left alone grows linearly, so a running minimum resolves all lengths at once.
        start = np.minimum(pair, alone) + GAP_OPEN - steps
        running = np.minimum.accumulate(start)
        skipped = np.full(size, np.inf)
        skipped[1:] = running[:-1] + steps[1:]
        from_skipped = np.where(start[:-1] <= running[:-1], np.where(pair[:-1] <= alone[:-1], 0, 1), 2)
        came[row] = from_alone << 2
        came[row, block:] |= from_pair.astype(np.uint8)
        came[row, 1:] |= (from_skipped << 4).astype(np.uint8)
        state = np.stack([pair, alone, skipped])
    kind, column = divmod(int(_ends(state, columns, steps).argmin()), size)
    runs: list[Run] = []
    row = count - 1
    while row >= 0:
        bits = int(came[row, column])
        if kind == 0:
            column -= block
            runs.append(Run(row * block, column, block))
            row, kind = row - 1, bits & 3
        elif kind == 1:
            row, kind = row - 1, (bits >> 2) & 3
        else:
            column, kind = column - 1, (bits >> 4) & 3
    return _joined(runs[::-1])


def _ends(state: NDArray[np.float64], columns: int, steps: NDArray[np.float64]) -> NDArray[np.float64]:
    """The cost of ending at each cell of the last row: the places after it are left alone."""
    size = state.shape[1]
    left = np.clip(columns - np.arange(size), 0, None)
    after = np.where(left > 0, GAP_OPEN + steps[left], 0.0)
    after_gap = np.where(left > 0, steps[left], 0.0)
    return np.asarray(state + np.stack([after, after, after_gap]), dtype=np.float64)


def _row_costs(
    first: NDArray[np.float32], second: NDArray[np.float32], start: int, stop: int, shift: int
) -> NDArray[np.float64]:
    """Distance of each reference row `start` to `stop` to the row `shift` further down; rows that fall outside cost 1."""
    costs = np.ones(stop - start)
    begin = max(start, -shift, 0)
    inside = slice(begin, max(begin, min(stop, len(second) - shift, len(first))))
    difference = first[inside] - second[inside.start + shift : inside.stop + shift]
    squares = np.einsum("ij,ij->i", difference, difference) / first.shape[1]
    costs[inside.start - start : inside.stop - start] = np.sqrt(squares)
    return costs


def _exact_shift(first: NDArray[np.float32], second: NDArray[np.float32], run: Run) -> int:
    """The displacement near the run's own under which its rows differ least; the smallest change among equals."""
    rough = run.second - run.first
    shifts = sorted(range(rough - REACH, rough + REACH + 1), key=lambda shift: (abs(shift - rough), shift))
    stop = min(run.first + run.height, len(first))
    return min(shifts, key=lambda shift: float(_row_costs(first, second, run.first, stop, shift).sum()))


def _one_each(starts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(first row, displacement) of each stretch, without neighbours of equal displacement."""
    return [item for index, item in enumerate(starts) if not index or item[1] != starts[index - 1][1]]


def _cut(
    first: NDArray[np.float32],
    second: NDArray[np.float32],
    stretches: list[tuple[int, int]],
    rows: tuple[int, int],
    slack: int,
) -> list[Run]:
    """Runs with the stretches' displacements, cut at the seams that cost least."""
    runs: list[Run] = []
    begin = 0
    for index, (start, shift) in enumerate(stretches):
        begin = max(begin, -shift)
        if index + 1 == len(stretches):
            stop, following = min(rows[0], rows[1] - shift), rows[0]
        else:
            after, next_shift = stretches[index + 1]
            lost = max(0, shift - next_shift)  # reference rows that have no partner at this seam
            low = max(begin, min(start + BLOCK, after) - slack)
            high = min(max(after + slack, low), rows[0] - lost)
            stop = low + _seam(first, second, low, max(low, high), shift, next_shift, lost)
            following = stop + lost
        stop = min(stop, rows[1] - shift, rows[0])
        if stop > begin:
            runs.append(Run(begin, begin + shift, stop - begin))
        begin = max(begin, following)
    return runs


def _seam(
    first: NDArray[np.float32], second: NDArray[np.float32], low: int, high: int, shift: int, next_shift: int, lost: int
) -> int:
    """How many rows after `low` still go with `shift`, so that all rows to `high` cost least."""
    before = _row_costs(first, second, low, high, shift)
    after = _row_costs(first, second, low + lost, high + lost, next_shift)
    whole = np.concatenate([[0.0], np.cumsum(before)]) + np.concatenate([np.cumsum(after[::-1])[::-1], [0.0]])
    return int(whole.argmin())


def _joined(runs: list[Run]) -> list[Run]:
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last and last.first + last.height == run.first and last.second + last.height == run.second:
            joined[-1] = Run(last.first, last.second, last.height + run.height)
        else:
            joined.append(run)
    return joined
