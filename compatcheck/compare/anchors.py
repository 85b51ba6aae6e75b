"""Rows that belong together because the same element stands there on both pages."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from compatcheck.compare.rows import Run
from compatcheck.geometry import CssPx, to_device_px
from compatcheck.model.capture import Element, PageModel

SHORTEST = 3
"""Grid rows below which a stretch of rows with one displacement is taken for chance."""

ANCHORING = frozenset({"paints", "replaced", "control"})
FLOATING = frozenset({"fixed", "sticky", "invisible", "transparent", "inline"})
"""Flags of elements whose place says nothing about the flow of the page."""


@dataclass(frozen=True, slots=True)
class _Match:
    top: int
    bottom: int
    shift: int  # the candidate's rows are this much further down
    width: float


def anchor_runs(
    reference: PageModel, candidate: PageModel, ratio: float, reference_height: int, candidate_height: int
) -> list[Run]:
    """Runs of grid rows that matched elements cover, increasing on both sides.

    Elements match when path and text are equal. Every row takes the displacement that the widest matched elements on it
    agree on; of the stretches so found, those are kept that are in the same order on both sides and cover most rows.
    """
    partners = {(element.path, element.text): element for element in candidate.elements if _anchors(element)}
    matches = []
    for element in reference.elements:
        partner = partners.get((element.path, element.text)) if _anchors(element) else None
        if partner is None:
            continue
        top, bottom = _rows(element, ratio)
        other_top, other_bottom = _rows(partner, ratio)
        height = min(bottom - top, other_bottom - other_top)
        # An element that grew anchors only its head; the row alignment sees to the rest.
        bottom = min(top + height, reference_height, candidate_height - other_top + top)
        if top >= 0 and other_top >= 0 and bottom > top:
            matches.append(_Match(top, bottom, other_top - top, min(element.box.width, partner.box.width)))
    return _in_order(_stretches(matches, reference_height))


def _anchors(element: Element) -> bool:
    return bool(element.flags & ANCHORING or element.lines) and not element.flags & FLOATING and element.box.is_finite()


def _rows(element: Element, ratio: float) -> tuple[int, int]:
    box = element.box
    if element.lines:  # the text itself: a block's box may hold children that moved on their own
        box = element.lines[0]
        for line in element.lines[1:]:
            box = box.union(line)
    return to_device_px(CssPx(box.y), ratio), to_device_px(CssPx(box.bottom), ratio)


def _stretches(matches: list[_Match], height: int) -> list[Run]:
    """Per row the displacement with the widest support, then runs of equal displacement."""
    if not matches:
        return []
    votes: dict[int, list[_Match]] = defaultdict(list)
    for match in matches:
        votes[match.shift].append(match)
    best, chosen = np.zeros(height), np.full(height, np.iinfo(np.int64).min)
    for shift, supporters in votes.items():
        # Narrow and tall containers say little about a row; an element's say is its width over its height.
        weight = np.zeros(height + 1)
        for match in supporters:
            say = match.width / (match.bottom - match.top)
            weight[match.top] += say
            weight[match.bottom] -= say
        support = np.cumsum(weight[:-1])
        better = support > best + 1e-9
        best[better], chosen[better] = support[better], shift
    edges = np.flatnonzero(np.diff(chosen)) + 1
    runs = []
    for top, bottom in zip([0, *edges], [*edges, height], strict=True):
        shift = int(chosen[top])
        if best[top] > 0 and bottom - top >= SHORTEST and top + shift >= 0:
            runs.append(Run(int(top), int(top) + shift, int(bottom - top)))
    return runs


def _in_order(runs: list[Run]) -> list[Run]:
    """The chain of runs, increasing on both sides, that covers most rows."""
    covered = [run.height for run in runs]
    before = [-1] * len(runs)
    for index, run in enumerate(runs):
        for earlier in range(index):
            other = runs[earlier]
            fits = other.first + other.height <= run.first and other.second + other.height <= run.second
            if fits and covered[earlier] + run.height > covered[index]:
                covered[index], before[index] = covered[earlier] + run.height, earlier
    chain = []
    index = int(np.argmax(covered)) if runs else -1
    while index >= 0:
        chain.append(runs[index])
        index = before[index]
    return chain[::-1]
