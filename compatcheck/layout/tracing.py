"""Where each piece of one picture stands in the other: near its place, elsewhere, or nowhere.

A piece is looked for by normalised cross-correlation of slightly blurred colours: across engines the same word reaches 0.9, another
word, or the same in another font, half of that.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.layout.rowmap import row_map
from compatcheck.layout.segments import Pieces, edges_of, pieces_of
from compatcheck.model.capture import RGB

BLUR = 1.0
"""Standard deviation, CSS px, of the blur under which rasterisers agree."""
SAME = 0.8
"""Correlation from which two pieces show the same thing; untouched pages of three engines stay above 0.85."""
SAME_ELSEWHERE = 0.88
"""The same for a piece that is found away from its place, where chance has more places to choose from."""
ASIDE = (8, 10)
"""CSS px, across and down, by which a piece may stand aside of its place: fonts, rounding, one pixel of border."""
NEAR = (12, 16)
"""CSS px, across and down, around its expected place in which a piece is first looked for."""
FAR = (400, 240)
"""CSS px, across and down, in which a piece is looked for that is not near its place."""
REFINED = (4, 4)
"""CSS px around a place that was found at half the size."""
DISTANCE_COST = 0.003
"""Correlation that a CSS px of distance costs, so that repeated patterns stay where they are."""
LEAST_FREE = 0.25
"""Edge pixels not accounted for, per CSS px of a piece's half outline, that say there is something to be found."""
MARGIN = 3
"""CSS px of its surroundings that belong to what is looked for."""
BAND = 30
"""CSS px by which what is above and what is below differ where a band was inserted or removed; a line of text is less."""
MOST_FAR = 300
"""Pieces that are looked for far away at most; more are gone than a page can have moved by parts."""


@dataclass(frozen=True, slots=True)
class Side:
    """A picture in CSS px with what is drawn on it. `soft`: blurred, float32; `coarse`: the same at half the size."""

    picture: RGB
    edges: NDArray[np.uint8]
    soft: NDArray[np.float32]
    coarse: NDArray[np.float32]
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class Traces:
    """Per piece of the first picture: `score` of the best place, `shift` (dx, dy) to it, and the `expected` dy of its rows.

    `found`: it is near its place; `far`: it was found elsewhere. Neither: it is not on the other picture.
    """

    expected: NDArray[np.int64]
    score: NDArray[np.float64]
    shift: NDArray[np.int64]
    found: NDArray[np.bool_]
    far: NDArray[np.bool_]


def side_of(picture: RGB) -> Side:
    """Prepare a picture in CSS px."""
    edges = edges_of(picture)
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), BLUR), dtype=np.float32)
    half = (max(1, soft.shape[1] // 2), max(1, soft.shape[0] // 2))
    coarse = np.asarray(cv2.resize(soft, half, interpolation=cv2.INTER_AREA), dtype=np.float32)
    return Side(picture, edges, soft, coarse, pieces_of(edges))


def trace(a: Side, b: Side) -> Traces:
    """Look for every piece of `a` in `b`."""
    width = min(a.picture.shape[1], b.picture.shape[1])  # a page that protrudes to the side is wider
    rows = row_map(a.picture[:, :width], a.edges[:, :width], b.picture[:, :width], b.edges[:, :width])
    count = len(a.pieces)
    score, shift = np.full(count, -1.0), np.zeros((count, 2), dtype=np.int64)
    mapped = _by_rows(a.pieces, rows)
    for index in range(count):
        score[index], shift[index] = _search(a.soft, b.soft, a.pieces[index], (0, int(mapped[index])), NEAR)
    # Rows are coarse; pieces that were found say better how far their neighbourhood has drifted.
    expected = _by_neighbours(a.pieces, mapped, shift[:, 1], score >= SAME)
    for index in np.flatnonzero(score < SAME).tolist():
        for drift in {int(expected[index]), 0} - {int(mapped[index])}:
            again, where = _search(a.soft, b.soft, a.pieces[index], (0, drift), NEAR)
            if again > score[index]:
                score[index], shift[index] = again, where
    found = score >= SAME
    far = np.zeros(count, dtype=np.bool_)
    free = unclaimed(b.edges, a.pieces[found], shift[found])
    lost = np.flatnonzero(~found)
    if len(lost) > MOST_FAR:
        lost = lost[np.argsort(-_areas(a.pieces[lost]), kind="stable")[:MOST_FAR]]
    for index in lost.tolist():
        best, where = _search_far(a, b, a.pieces[index], int(expected[index]))
        if best >= SAME_ELSEWHERE and _is_free(free, a.pieces[index], where):
            score[index], shift[index], far[index] = best, where, True
    return Traces(expected, score, shift, found, far)


def find_near(a: Side, b: Side, piece: NDArray[np.int32], drift: int) -> bool:
    """Whether a piece of `a` stands near its place in `b`."""
    return _search(a.soft, b.soft, piece, (0, drift), NEAR)[0] >= SAME


def unclaimed(edges: NDArray[np.uint8], pieces: Pieces, shift: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The edges of the other picture that none of these pieces, where they were found, accounts for."""
    left = edges.copy()
    for (x0, y0, x1, y1), (dx, dy) in zip(pieces.tolist(), shift.tolist(), strict=True):
        left[max(0, y0 + dy - 2) : max(0, y1 + dy + 2), max(0, x0 + dx - 2) : max(0, x1 + dx + 2)] = 0
    return left


def _areas(pieces: Pieces) -> NDArray[np.int64]:
    return (pieces[:, 2] - pieces[:, 0]).astype(np.int64) * (pieces[:, 3] - pieces[:, 1])


def _by_rows(pieces: Pieces, rows: NDArray[np.float64]) -> NDArray[np.int64]:
    """Per piece how far its rows stand lower in the other picture; where they have no partner, as the rows above."""
    away = rows - np.arange(len(rows))
    known = np.flatnonzero(~np.isnan(away))
    found = np.zeros(len(pieces), dtype=np.int64)
    if not len(known):
        return found
    for index, (_, y0, _, y1) in enumerate(pieces.tolist()):
        first, last = np.searchsorted(known, (y0, y1))
        part = known[first:last] if last > first else known[max(0, first - 1) : first + 1]
        found[index] = round(float(np.median(away[part])))
    return found


def _by_neighbours(
    pieces: Pieces, mapped: NDArray[np.int64], down: NDArray[np.int64], found: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Per piece the median drift of the found pieces that are nearest to it in height.

    Where those above it and those below it say quite different things, a band begins or ends there: a piece goes with those
    that its own place agrees with, a lost one with the nearer ones.
    """
    at = np.flatnonzero(found)
    if len(at) < 5:
        return mapped
    at = at[np.argsort(pieces[at, 1], kind="stable")]
    tops, drifts = pieces[at, 1], down[at]
    place = np.searchsorted(tops, pieces[:, 1])
    answer = np.empty(len(pieces), dtype=np.int64)
    for index, middle in enumerate(place.tolist()):
        near = drifts[max(0, middle - 8) : middle + 8]
        split = middle - max(0, middle - 8)
        answer[index] = round(float(np.median(near)))
        if not 0 < split < len(near):
            continue
        above, below = round(float(np.median(near[:split]))), round(float(np.median(near[split:])))
        if abs(above - below) >= BAND:
            top = int(pieces[index, 1])
            nearer = above if top - tops[middle - 1] < tops[middle] - top else below
            answer[index] = min(above, below, key=lambda one: abs(one - down[index])) if found[index] else nearer
    return answer


def _search_far(a: Side, b: Side, piece: NDArray[np.int32], drift: int) -> tuple[float, tuple[int, int]]:
    """The same, far away: roughly at half the size, then to the pixel."""
    reach = (FAR[0] // 2, FAR[1] // 2)
    _, (dx, dy) = _search(a.coarse, b.coarse, piece // 2, (0, drift // 2), reach)
    return _search(a.soft, b.soft, piece, (2 * dx, 2 * dy), REFINED)


def _search(
    a: NDArray[np.float32],
    b: NDArray[np.float32],
    piece: NDArray[np.int32],
    place: tuple[int, int],
    reach: tuple[int, int],
) -> tuple[float, tuple[int, int]]:
    """The best correlation within reach of the expected place, and the shift (dx, dy) to it; -1 where there is no room."""
    height, width = a.shape[:2]
    right, lower = place
    x0, y0 = max(0, int(piece[0]) - MARGIN), max(0, int(piece[1]) - MARGIN)
    x1, y1 = min(width, int(piece[2]) + MARGIN), min(height, int(piece[3]) + MARGIN)
    left, top = max(0, x0 + right - reach[0]), max(0, y0 + lower - reach[1])
    sought = a[y0:y1, x0:x1]
    around = b[top : max(0, y1 + lower + reach[1]), left : max(0, x1 + right + reach[0])]
    if around.shape[0] < sought.shape[0] or around.shape[1] < sought.shape[1]:
        return -1.0, place
    scores = cv2.matchTemplate(around, sought, cv2.TM_CCOEFF_NORMED)
    across = np.abs(np.arange(scores.shape[1], dtype=np.float32) + (left - x0 - right))
    down = np.abs(np.arange(scores.shape[0], dtype=np.float32) + (top - y0 - lower))
    costly = scores - DISTANCE_COST * np.minimum(np.maximum(across[None, :], down[:, None]), 30)
    # What is at its place has not moved, even where a pattern repeats itself better elsewhere.
    at_home = np.where((across[None, :] <= ASIDE[0]) & (down[:, None] <= ASIDE[1]), costly, -1.0)
    _, best, _, (x, y) = cv2.minMaxLoc(at_home)
    if best < SAME:
        _, _, _, (x, y) = cv2.minMaxLoc(costly)
    return float(scores[y, x]), (left + x - x0, top + y - y0)


def _is_free(free: NDArray[np.uint8], piece: NDArray[np.int32], shift: tuple[int, int]) -> bool:
    """Nothing else is known to stand where the piece was found."""
    x0, y0, x1, y1 = (
        int(piece[0]) + shift[0],
        int(piece[1]) + shift[1],
        int(piece[2]) + shift[0],
        int(piece[3]) + shift[1],
    )
    part = free[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]
    return bool(np.count_nonzero(part) >= LEAST_FREE * max(1, (x1 - x0) + (y1 - y0)))
