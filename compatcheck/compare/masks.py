"""Leaving parts of a page out of the scores."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from compatcheck.compare.aligned import PADDING, Aligned
from compatcheck.geometry import CssBox


def apply_masks(aligned: Aligned, boxes: Iterable[CssBox], reference_boxes: Iterable[CssBox] = ()) -> Aligned:
    """Paint what is not to be judged alike on both sides, so that no score, map or region sees a difference there.

    `boxes` are CSS px of the candidate's page, `reference_boxes` of the reference's page (where an ignored element stands
    elsewhere there). Both are painted on both sides, in copies; the pictures passed in are not touched.
    """
    painted = [aligned.grid_box(box, "candidate") for box in boxes]
    painted += [aligned.grid_box(box, "reference") for box in reference_boxes]
    painted = [box for box in painted if not box.is_empty()]
    if not painted:
        return aligned
    sides = aligned.reference.copy(), aligned.candidate.copy()
    for picture in sides:
        for box in painted:
            picture[box.slices()] = PADDING
    return replace(aligned, reference=sides[0], candidate=sides[1])
