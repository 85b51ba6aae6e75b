"""Which rows of one picture are which rows of the other: a sequence alignment of row signatures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.model.capture import RGB

STRIPS = 24
"""A row's signature: mean colour and edge share of so many strips across the page."""
MAX_ROWS = 800
"""Signatures per picture at most: the alignment is quadratic in them."""
GAP = 0.05
"""What it costs to leave a row without a partner; partners further apart than twice this are no partners."""


def row_map(a: RGB, edges_a: NDArray[np.uint8], b: RGB, edges_b: NDArray[np.uint8]) -> NDArray[np.float64]:
    """For every CSS px row of `a` the row of `b` that shows the same, NaN where `b` has none. Both pictures in CSS px."""
    step = 4
    while max(a.shape[0], b.shape[0]) / step > MAX_ROWS:
        step *= 2
    one, other = _signatures(a, edges_a, step), _signatures(b, edges_b, step)
    partner = _align(one, other)
    found = np.full(a.shape[0], np.nan)
    for row, mate in enumerate(partner.tolist()):
        if mate >= 0:
            start = row * step
            stop = min(a.shape[0], start + step)
            found[start:stop] = mate * step + np.arange(stop - start)
    return found


def inverse(rows: NDArray[np.float64], height: int) -> NDArray[np.float64]:
    """The same map read the other way: for every row of the other picture its row here, NaN where there is none."""
    found = np.full(height, np.nan)
    known = np.flatnonzero(~np.isnan(rows))
    there = rows[known].astype(np.int64)
    fits = (there >= 0) & (there < height)
    found[there[fits]] = known[fits]
    return found


def _signatures(picture: RGB, edges: NDArray[np.uint8], step: int) -> NDArray[np.float32]:
    rows = max(1, picture.shape[0] // step)
    cut = picture[: rows * step]
    colour = cv2.resize(cut, (STRIPS, rows), interpolation=cv2.INTER_AREA).reshape(rows, -1).astype(np.float32) / 255.0
    share = cv2.resize(edges[: rows * step].astype(np.float32), (STRIPS, rows), interpolation=cv2.INTER_AREA)
    # Neighbouring rows belong to the signature, or the white between lines is everywhere the same.
    whole = np.concatenate([0.6 * colour, 1.2 * np.sqrt(share)], axis=1)
    smooth = cv2.blur(whole, (1, 5))
    return np.asarray(np.concatenate([whole, smooth], axis=1), dtype=np.float32)


def _align(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.int64]:
    """Needleman–Wunsch over two sequences of signatures, one anti-diagonal at a time. Returns partners of `one`, -1 for none."""
    n, m = len(one), len(other)
    squares = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)[None, :] - 2 * one @ other.T
    cost = np.sqrt(np.maximum(squares, 0) / one.shape[1]).astype(np.float32)
    total = np.full((n + 1, m + 1), np.inf, dtype=np.float32)
    total[0] = GAP * np.arange(m + 1)
    total[:, 0] = GAP * np.arange(n + 1)
    came = np.zeros((n + 1, m + 1), dtype=np.uint8)
    came[0, 1:], came[1:, 0] = 2, 1
    for diagonal in range(2, n + m + 1):
        i = np.arange(max(1, diagonal - m), min(n, diagonal - 1) + 1)
        j = diagonal - i
        ways = np.stack([total[i - 1, j - 1] + cost[i - 1, j - 1], total[i - 1, j] + GAP, total[i, j - 1] + GAP])
        best = ways.argmin(axis=0)
        total[i, j] = ways[best, np.arange(len(i))]
        came[i, j] = best
    partner = np.full(n, -1, dtype=np.int64)
    row, mate = n, m
    while row > 0 and mate > 0:
        if came[row, mate] == 0:
            partner[row - 1] = mate - 1
            row, mate = row - 1, mate - 1
        elif came[row, mate] == 1:
            row -= 1
        else:
            mate -= 1
    return partner
