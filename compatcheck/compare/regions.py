"""Where two aligned pictures differ, as a few boxes that a person can look at.

Engines draw the same glyph with other pixels, so single pixels say nothing. Both pictures are averaged over a
neighbourhood in which a glyph's rasterisation vanishes, but a missing icon or another colour does not; what still differs
there is boxed, near boxes are joined, and each box is tightened to the pixels in it that differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.compare.aligned import Aligned
from compatcheck.compare.masks import apply_masks
from compatcheck.geometry import CssBox, PixelBox
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Divergence, Region

CELL = 4.0
"""CSS px to a side of the cells that pictures are averaged over."""

BLUR = 6.0
"""σ of the neighbourhood in CSS px: about one glyph wide."""

DIFFERENT_ON_AVERAGE = 18
"""Levels of 255 by which a channel's neighbourhood must differ: black text moved within its line stays below."""

DIFFERENT_PIXEL = 32
"""Levels of 255 by which a channel of one pixel must differ to count into a region's share."""

NEAR = 12.0
"""CSS px between boxes that are still joined into one."""

MOST_REGIONS = 40
"""Regions reported at most, those with most differing pixels first chosen."""

COVERED = 0.5
"""Part of a region that a divergence's box must cover to explain it."""


def find_regions(
    aligned: Aligned, divergences: Sequence[Divergence] = (), *, masks: Iterable[CssBox] = ()
) -> tuple[Region, ...]:
    """The boxes of differing pixels, in CSS px of the candidate's page, from the top down, at most MOST_REGIONS.

    Each is joined to the divergence whose box, on either side, covers most of it (the smallest such box). `masks` are
    boxes in CSS px of the candidate's page that are left out.
    """
    aligned = apply_masks(aligned, masks)
    if aligned.reference is aligned.candidate or np.array_equal(aligned.reference, aligned.candidate):
        return ()
    found = [(box, *_difference(aligned.reference, aligned.candidate, box)) for box in _boxes(aligned)]
    found = [item for item in found if not item[1].is_empty()]
    found.sort(key=lambda item: -item[2])
    explained = _grid_boxes(aligned, divergences)
    regions = []
    for _, box, count in found[:MOST_REGIONS]:
        share = count / (box.width * box.height)
        regions.append(Region(aligned.candidate_box(box), round(share, 4), _explanation(box, explained)))
    return tuple(sorted(regions, key=lambda region: (region.box.y, region.box.x)))


def _boxes(aligned: Aligned) -> list[PixelBox]:
    """Boxes of neighbourhoods that differ, near ones joined, in grid px."""
    height, width = aligned.reference.shape[:2]
    cell = max(1, round(CELL * aligned.ratio))
    columns, rows = -(-width // cell), -(-height // cell)

    def averaged(picture: RGB) -> NDArray[np.float32]:
        padded = cv2.copyMakeBorder(picture, 0, rows * cell - height, 0, columns * cell - width, cv2.BORDER_REPLICATE)
        cells = cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
        return np.asarray(cv2.GaussianBlur(cells, (0, 0), BLUR / CELL), dtype=np.float32)

    difference = np.abs(averaged(aligned.reference) - averaged(aligned.candidate)).max(axis=2)
    different = (difference > DIFFERENT_ON_AVERAGE).astype(np.uint8)
    reach = 2 * int(NEAR / CELL / 2) + 1
    joined = cv2.dilate(different, np.ones((reach, reach), np.uint8))
    count, joined_labels = cv2.connectedComponents(joined, connectivity=8)
    labels = np.where(different > 0, joined_labels, 0).astype(np.int32)
    boxes = []
    for found in _bounds(labels, count):
        if found is not None:
            top, bottom, left, right = found
            # A neighbourhood beside the difference is tinged by it: look a blur's width around, then tighten.
            margin = round(BLUR * aligned.ratio)
            boxes.append(
                PixelBox(
                    max(0, left * cell - margin),
                    max(0, top * cell - margin),
                    min(width, right * cell + margin),
                    min(height, bottom * cell + margin),
                )
            )
    return boxes


def _bounds(labels: NDArray[np.int32], count: int) -> list[tuple[int, int, int, int] | None]:
    """Top, bottom, left and right (half-open) of each label from 1 on; None for a label that has no cell."""
    rows, columns = np.nonzero(labels)
    named = labels[rows, columns]
    bounds: list[tuple[int, int, int, int] | None] = []
    order = np.argsort(named, kind="stable")
    rows, columns, named = rows[order], columns[order], named[order]
    starts = np.searchsorted(named, np.arange(1, count + 1))
    for start, stop in pairwise(starts):
        part = slice(int(start), int(stop))
        if start == stop:
            bounds.append(None)
            continue
        own_rows, own_columns = rows[part], columns[part]
        bounds.append(
            (int(own_rows.min()), int(own_rows.max()) + 1, int(own_columns.min()), int(own_columns.max()) + 1)
        )
    return bounds


def _difference(reference: RGB, candidate: RGB, box: PixelBox) -> tuple[PixelBox, int]:
    """The box tightened to the pixels that differ, and how many they are; empty when none does on its own."""
    part = box.slices()
    difference: NDArray[np.uint8] = np.asarray(cv2.absdiff(reference[part], candidate[part]), dtype=np.uint8)
    different = np.any(difference > DIFFERENT_PIXEL, axis=2)
    if not different.any():
        # A wide, faint difference: every pixel is below the limit, their average is not.
        return box, int(np.any(difference > 0, axis=2).sum())
    rows, columns = np.flatnonzero(different.any(axis=1)), np.flatnonzero(different.any(axis=0))
    tight = PixelBox(
        box.left + int(columns[0]), box.top + int(rows[0]), box.left + int(columns[-1]) + 1, box.top + int(rows[-1]) + 1
    )
    return tight, int(different.sum())


def _grid_boxes(aligned: Aligned, divergences: Sequence[Divergence]) -> list[tuple[str, PixelBox]]:
    boxes = []
    margin = CELL
    for divergence in divergences:
        sides = (("reference", divergence.reference_box), ("candidate", divergence.candidate_box))
        boxes += [
            (divergence.id, aligned.grid_box(box.grown(margin), side)) for side, box in sides if box and box.is_finite()
        ]
    return boxes


def _explanation(region: PixelBox, boxes: list[tuple[str, PixelBox]]) -> str | None:
    """The id of the divergence with the smallest box that covers at least half of the region."""
    best: tuple[int, str] | None = None
    for name, box in boxes:
        width = min(region.right, box.right) - max(region.left, box.left)
        height = min(region.bottom, box.bottom) - max(region.top, box.top)
        covered = max(0, width) * max(0, height)
        size = box.width * box.height
        if covered >= COVERED * region.width * region.height and (best is None or size < best[0]):
            best = (size, name)
    return best[1] if best else None
