"""Text that the reference shows and the candidate cuts away or covers: `clipped`, `extra` that lies on something."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compatcheck.layout.matching import Matching
from compatcheck.layout.paint import Off
from compatcheck.layout.sentences import name_of
from compatcheck.layout.table import Boxes, Table, cut_of

LOST_SHARE = 0.18
"""Engines round clip edges; this much less of a text is a line cut through, or gone."""


def clipped_texts(a: Table, b: Table, matching: Matching) -> Iterator[Off]:
    """Matched texts of which the candidate shows much less than the reference."""
    for i, j in _texts(a, b, matching):
        if not _may_be_cut(b, j):
            continue
        before, after = visible_share(a, i), visible_share(b, j)
        if before - after < LOST_SHARE:
            continue
        lost = 1.0 - after / max(before, 0.01)
        yield Off(
            "clipped",
            i,
            j,
            0.5 + 0.4 * min(1.0, lost),
            f"{name_of(a.elements[i])} is cut off: {lost:.0%} of its text cannot be seen.",
        )


def _texts(a: Table, b: Table, matching: Matching) -> list[tuple[int, int]]:
    """Matched rows with lines of text that can be seen on both sides."""
    i = np.flatnonzero((matching.candidate_of >= 0) & a.has_lines & a.shown & a.judged)
    j = matching.candidate_of[i]
    both = (b.has_lines & b.shown & b.judged)[j]
    return list(zip(i[both].tolist(), j[both].tolist(), strict=True))


def protruding_texts(a: Table, b: Table, matching: Matching) -> Iterator[Off]:
    """Texts that run out of their own block at a side where the reference keeps them in."""
    for i, j in _texts(a, b, matching):
        out = protrusion(b, j)
        if out <= 0.6 * b.em[j] or out - protrusion(a, i) <= max(4.0, 0.5 * b.em[j]):
            continue
        share = out / max(1.0, b.box[j, 2] - b.box[j, 0])
        yield Off(
            "element-protrusion",
            i,
            j,
            0.5 + 0.35 * min(1.0, 2 * share),
            f"{name_of(a.elements[i])} runs {out:.0f} px out of its box.",
        )


def protrusion(table: Table, row: int) -> float:
    """How far, in CSS px, a row's text runs out of its block's left or right side; 0 where clipping ends it."""
    block = int(table.block[row])
    if table.style(block, "overflowX") not in ("", "visible"):
        return 0.0
    return float(max(0.0, table.text_box[row, 2] - table.box[block, 2], table.box[block, 0] - table.text_box[row, 0]))


def _may_be_cut(table: Table, row: int) -> bool:
    element = table.elements[row]
    block = int(table.block[row])
    if "cut" in element.extra or "cut" in table.elements[block].extra:
        return True
    return any(table.style(block, name) in ("hidden", "clip") for name in ("overflowX", "overflowY"))


def visible_share(table: Table, row: int) -> float:
    """The part of a row's text, by area, that its own and its ancestors' clipping leave."""
    lines = table.lines[row]
    limits = clip_limits(table, row)
    area = np.maximum(lines[:, 2:] - lines[:, :2], 0).prod(axis=1)
    left = np.maximum(np.minimum(lines[:, 2:], limits[2:]) - np.maximum(lines[:, :2], limits[:2]), 0).prod(axis=1)
    return float(left.sum() / max(area.sum(), 1e-6))


def clip_limits(table: Table, row: int) -> Boxes:
    """Corners beyond which nothing of a row's text is painted; infinite where nothing clips or scrolling reaches it."""
    limits = np.array((-np.inf, -np.inf, np.inf, np.inf))
    element = table.elements[row]
    block = int(table.block[row])
    for axis, name in enumerate(("overflowX", "overflowY")):
        if table.style(block, name) in ("hidden", "clip"):
            limits[axis], limits[axis + 2] = table.visible[block, axis], table.visible[block, axis + 2]
    own = cut_of(element)
    cut = own or cut_of(table.elements[block])
    if cut is not None:
        for side, amount in enumerate(cut):
            axis = side % 2
            scrolls = element.extra.get("cutScrollY" if axis else "cutScrollX")
            if amount > 0.5 and not scrolls:
                edge = table.visible[row if own else block, side]
                limits[side] = max(limits[side], edge) if side < 2 else min(limits[side], edge)
    return limits
