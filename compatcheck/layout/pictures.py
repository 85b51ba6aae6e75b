"""Two pictures and no page model: what is missing, new, moved, resized or painted differently.

For native apps and folders of pictures. The pictures are cut into pieces (`segments`), every piece is looked for in the other
picture (`tracing`, past inserted and removed bands by `rowmap`), colours are compared cell by cell and piece by piece (`grounds`,
`inks`), what differs is put together (`evidence`) and told (`telling`), so that one broken thing is one finding.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.geometry import CssBox
from compatcheck.layout.drift import row_drift, steps
from compatcheck.layout.evidence import Clue, Group, groups_of
from compatcheck.layout.grounds import CELL, patches
from compatcheck.layout.inks import ink_step
from compatcheck.layout.rewrapping import without_rewrapping
from compatcheck.layout.segments import Pieces
from compatcheck.layout.telling import severity_of, tell
from compatcheck.layout.tracing import ASIDE, Side, Traces, find_near, side_of, trace, unclaimed
from compatcheck.model.capture import RGB, Capture
from compatcheck.model.verdict import Divergence

OTHER_WIDTH = 0.35
"""Viewports whose widths differ by a larger share are brought to one width: one of them states no pixel ratio."""
LINE = 30
"""CSS px: a line of text more or less, and all below it higher or lower by as much, is engine noise."""
NEARLY_ALL = 0.9
"""Of the pieces that are found again: when so many stand aside by the same, the whole page does."""
ROUNDING = 3.0
"""CSS px by which what stands in an inserted band may reach out of it."""
SEEN = 0.3
"""Severity from which something is seen when looked for."""
SMALLEST = 8
"""Pixels on a side: a smaller picture shows nothing."""


def picture_divergences(baseline: Capture, candidate: Capture) -> tuple[Divergence, ...]:
    """Compare two captures by their pictures alone, worst first; at most 40 findings. Boxes are CSS px of either page."""
    width = _viewport_width(baseline)
    own = _viewport_width(candidate)
    scale = own / width if abs(own - width) > OTHER_WIDTH * width else 1.0
    one, other = _in_css_px(baseline, 1.0), _in_css_px(candidate, scale)
    if min(*one.shape[:2], *other.shape[:2]) < SMALLEST or np.array_equal(one, other):
        return ()
    a, b = side_of(one), side_of(other)
    traces = trace(a, b)
    wider = round(own - width) if scale == 1.0 else 0
    drift, there = row_drift(a, b, traces)
    clues = [
        *_moved_and_lost(a, traces, wider),
        *_new(a, b, traces),
        *_inks(a, b, traces),
        *_patches(a, b, traces, drift, there),
    ]
    groups = list(groups_of(_in_bands(without_rewrapping(clues), a, b, drift)))
    groups += [*_steps(a, b, traces, groups), *_protrusion(a, b, wider)]
    return tell(groups, scale)


def _viewport_width(capture: Capture) -> float:
    """CSS px; of the picture where the facts do not say. A page that protrudes to the side is wider than its viewport."""
    width = float(capture.facts.viewport.width)
    picture = capture.picture.shape[1] / _ratio(capture)
    return width if SMALLEST <= width <= 1.01 * picture + 1 else max(float(SMALLEST), picture)


def _ratio(capture: Capture) -> float:
    ratio = capture.facts.device_scale_factor
    return ratio if 0.1 <= ratio <= 16.0 else 1.0


def _in_css_px(capture: Capture, scale: float) -> RGB:
    """The picture with `scale` CSS px of its page per pixel."""
    height, width = capture.picture.shape[:2]
    ratio = _ratio(capture) * scale
    size = (max(1, round(width / ratio)), max(1, round(height / ratio)))
    if size == (width, height):
        return capture.picture
    # Enlarging (a ratio below 1) has no areas to average.
    way = cv2.INTER_AREA if ratio >= 1.0 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(capture.picture, size, interpolation=way), dtype=np.uint8)


def _moved_and_lost(a: Side, traces: Traces, wider: int) -> Iterator[Clue]:
    """`wider`: by how much the candidate's viewport is wider; what is centred or at the right may stand aside by as much."""
    known = traces.found | traces.far
    aside = int(np.median(traces.shift[traces.found, 0])) if traces.found.any() else 0
    low, high = min(0, wider, aside) - ASIDE[0], max(0, wider, aside) + ASIDE[0]
    for index in range(len(a.pieces)):
        box = _box(a.pieces, index)
        (dx, dy), expected = traces.shift[index].tolist(), int(traces.expected[index])
        if not known[index]:
            sure = min(1.0, max(0.3, (0.85 - float(traces.score[index])) / 0.25))
            yield Clue("lost", box, box.translated(0, expected), sure, drift=expected)
        elif not low <= dx <= high or abs(dy - expected) > ASIDE[1]:
            yield Clue("moved", box, box.translated(dx, dy), drift=expected)


def _new(a: Side, b: Side, traces: Traces) -> Iterator[Clue]:
    """Pieces of the candidate that no piece of the baseline accounts for, and that are not found there either."""
    known = traces.found | traces.far
    left = unclaimed(b.edges, a.pieces[known], traces.shift[known])
    at = np.flatnonzero(traces.found)
    tops = a.pieces[at, 1] + traces.shift[at, 1]
    order = np.argsort(tops, kind="stable")
    tops, drifts = tops[order], traces.expected[at][order]
    for index, (x0, y0, x1, y1) in enumerate(b.pieces.tolist()):
        if 2 * np.count_nonzero(left[y0:y1, x0:x1]) < np.count_nonzero(b.edges[y0:y1, x0:x1]):
            continue
        back = -int(drifts[min(int(np.searchsorted(tops, y0)), len(tops) - 1)]) if len(tops) else 0
        if not any(find_near(b, a, b.pieces[index], drift) for drift in {back, 0}):
            box = _box(b.pieces, index)
            yield Clue("new", box.translated(0, back), box, drift=-back)


def _inks(a: Side, b: Side, traces: Traces) -> Iterator[Clue]:
    """Words that are there in another colour."""
    for index in np.flatnonzero(traces.found | traces.far).tolist():
        x0, y0, x1, y1 = a.pieces[index].tolist()
        dx, dy = traces.shift[index].tolist()
        one, other = a.soft[y0:y1, x0:x1], b.soft[max(0, y0 + dy) : y1 + dy, max(0, x0 + dx) : x1 + dx]
        step = ink_step(one, other) if one.shape == other.shape else 0.0
        if step > 0:
            box = _box(a.pieces, index)
            yield Clue("paint", box, box.translated(dx, dy), strength=60.0 + 150.0 * min(1.0, step))


def _in_bands(clues: list[Clue], a: Side, b: Side, drift: NDArray[np.int64]) -> list[Clue]:
    """The clues, with one for all that is new in rows that were inserted, or lost in rows that were removed."""
    for row in (np.flatnonzero(np.abs(np.diff(drift)) >= LINE) + 1).tolist():
        above, below = int(drift[row - 1]), int(drift[row])
        if below > above:
            lower = CssBox(0, row + above, b.picture.shape[1], below - above)
            clue = Clue("new", lower.translated(0, -above), lower, drift=above)
            inside = [one for one in clues if one.sort == "new" and lower.contains(one.there, ROUNDING)]
        else:
            place = CssBox(0, row - (above - below), a.picture.shape[1], above - below)
            clue = Clue("lost", place, place.translated(0, above), drift=above)
            inside = [one for one in clues if one.sort == "lost" and place.contains(one.place, ROUNDING)]
        if inside:
            known = {id(one) for one in inside}
            share = min(1.0, sum(one.area for one in inside) / clue.place.area)
            clues = [*(one for one in clues if id(one) not in known), replace(clue, weight=share)]
    return clues


def _patches(a: Side, b: Side, traces: Traces, drift: NDArray[np.int64], there: NDArray[np.bool_]) -> Iterator[Clue]:
    """Backgrounds, photographs and boxes in another colour."""
    aside = 0
    whole = _whole_shift(traces)
    if whole is not None and abs(whole[0]) > ASIDE[0]:
        aside, drift, there = whole[0], np.full_like(drift, whole[1]), np.ones_like(there)
    if min(a.picture.shape[1], b.picture.shape[1]) - abs(aside) < SMALLEST:
        return
    for x0, y0, x1, y1, strength, cells in patches(a.picture, b.picture, drift, there, aside):
        box = CssBox(x0, y0, x1 - x0, y1 - y0)
        share = min(1.0, cells * CELL**2 / max(1.0, box.area))
        yield Clue("paint", box, box.translated(aside, int(drift[(y0 + y1) // 2])), share, strength)


def _whole_shift(traces: Traces) -> tuple[int, int] | None:
    """By how many CSS px nearly everything stands further right and lower, its grounds too; `None` where that is not one shift."""
    known = traces.found | traces.far
    if not known.any():
        return None
    shifts = traces.shift[known]
    right, down = np.median(shifts, axis=0).astype(int).tolist()
    alike = (np.abs(shifts - (right, down)) <= ASIDE).all(axis=1)
    return (right, down) if alike.mean() >= NEARLY_ALL else None


def _steps(a: Side, b: Side, traces: Traces, known: list[Group]) -> Iterator[Group]:
    """All that stands higher or lower from some row on, where nothing that is known explains it."""
    height, width = a.picture.shape[:2]
    found = steps(a, traces, b.picture.shape[0] - height, LINE)
    known = [group for group in known if severity_of(group) >= SEEN]  # a nudge makes no room
    for at, step in enumerate(found):
        # What was inserted stands, on the baseline's rows, above the first that it pushed down.
        first, last = step.above - LINE - max(0, step.by), step.below + LINE
        if any(group.place.y < last and group.place.bottom > first for group in known):
            continue
        end = next((later.above for later in found[at + 1 :]), height)
        top = step.below if step.below < height else step.above
        place = CssBox(0, top, width, max(1, end - top))
        yield Group("moved", place, place, place.translated(0, step.by), float(abs(step.by) * width), band=True)


def _protrusion(a: Side, b: Side, wider: int) -> Iterator[Group]:
    """The page has become wider than its viewport: it scrolls sideways."""
    (high, own), (tall, wide) = a.picture.shape[:2], b.picture.shape[:2]
    if wide - own - wider > ASIDE[0]:
        beyond = CssBox(own + wider, 0, wide - own - wider, tall)
        yield Group("viewport-protrusion", CssBox(own, 0, beyond.width, high), None, beyond, beyond.area)


def _box(pieces: Pieces, index: int) -> CssBox:
    x0, y0, x1, y1 = pieces[index].tolist()
    return CssBox(x0, y0, x1 - x0, y1 - y0)
