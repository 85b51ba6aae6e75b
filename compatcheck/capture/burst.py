"""Self-noise: what changes between several looks of one device is masked.

1. The first look is the capture. Its picture is compared with each other look's, pixel by pixel; what only one of them has
   counts as changed.
2. Changed pixels that lie near one another become boxes.
3. Text and controls that the page models tell differently (another text, another place, not there) are added whole.
4. All of it becomes areas of mode `ignore`, source `noise`, and elements under them are marked `masked`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from compatcheck.capture.masking import mark_masked
from compatcheck.geometry import CssBox, PixelBox, to_css_box
from compatcheck.model.capture import RGB, Capture, Element, MaskedArea, PageModel

DIFFERENT = 6
"""Levels of 255 in one channel: below it, a decoder's rounding, not a change."""

CELL = 4.0
"""CSS px to a side of the cells in which changes are gathered."""

NEAR = 12.0
"""CSS px between changes that become one box."""

MARGIN = 2.0
"""CSS px around a box: what changes inside it casts its antialiased edge there."""

MOST_AREAS = 300


def combine(captures: Sequence[Capture]) -> Capture:
    """One capture of several looks of one shot, what changes between them masked. The looks have equal ratios."""
    first = captures[0]
    invalid = next((capture.invalid for capture in captures if capture.invalid), "")
    if len(captures) == 1 or invalid:
        return replace(first, invalid=invalid)
    ratio = first.facts.device_scale_factor
    boxes = _changed_boxes(first.picture, [capture.picture for capture in captures[1:]], ratio)
    models = [capture.page_model for capture in captures]
    boxes += _changed_elements([model for model in models if model is not None])
    areas = tuple(MaskedArea(box.grown(MARGIN), "ignore", "noise") for box in boxes[:MOST_AREAS])
    height, width = first.picture.shape[:2]
    share = covered_share([area.box for area in areas], width / ratio, height / ratio)
    facts = first.facts
    notes = facts.notes
    if areas:
        notes = (
            *notes,
            f"{len(captures)} looks differ among themselves in {len(areas)} areas, {share:.1%} of the page; these are not judged.",
        )
    total = sum(capture.facts.timings.get("total", 0.0) for capture in captures)
    facts = replace(
        facts,
        notes=notes,
        timings={**facts.timings, "total": round(total, 3)},
        extra={**facts.extra, "noise": {"looks": len(captures), "areas": len(areas), "share": round(share, 4)}},
    )
    model = first.page_model
    return replace(
        first,
        facts=facts,
        page_model=None if model is None else mark_masked(model, areas),
        masks=(*(first.masks or ()), *areas),
    )


def _changed_boxes(first: RGB, others: Iterable[RGB], ratio: float) -> list[CssBox]:
    import cv2

    cell = max(1, round(CELL * ratio))
    height, width = first.shape[:2]
    cells = np.zeros((-(-height // cell), -(-width // cell)), np.uint8)
    for other in others:
        cells |= _changed_cells(first, other, cell, cells.shape)
    if not cells.any():
        return []
    reach = 2 * max(1, round(NEAR / CELL / 2)) + 1
    joined = cv2.dilate(cells, np.ones((reach, reach), np.uint8))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    labels = np.where(cells > 0, labels, 0)
    boxes = []
    for label in range(1, count):
        rows, columns = np.nonzero(labels == label)
        pixels = PixelBox(
            int(columns.min()) * cell,
            int(rows.min()) * cell,
            min(width, (int(columns.max()) + 1) * cell),
            min(height, (int(rows.max()) + 1) * cell),
        )
        boxes.append(to_css_box(pixels, ratio))
    return boxes


def _changed_cells(first: RGB, other: RGB, cell: int, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """1 where a cell holds a pixel that differs, or that the other look does not have."""
    changed = np.ones((shape[0] * cell, shape[1] * cell), bool)
    height, width = min(first.shape[0], other.shape[0]), min(first.shape[1], other.shape[1])
    changed[first.shape[0] :] = False  # beyond the picture: padding to whole cells
    changed[:, first.shape[1] :] = False
    for top in range(0, height, 2048):  # in bands: a tall picture's differences as int16 would take gigabytes
        rows = slice(top, min(height, top + 2048))
        difference = np.abs(first[rows, :width].astype(np.int16) - other[rows, :width])
        changed[rows, :width] = (difference > DIFFERENT).any(axis=2)
    return np.asarray(changed.reshape(shape[0], cell, shape[1], cell).any(axis=(1, 3)), np.uint8)


def _changed_elements(models: Sequence[PageModel]) -> list[CssBox]:
    """The boxes, in every look, of text, pictures and controls that the looks tell differently."""

    def leaves(model: PageModel) -> dict[str, Element]:
        return {
            element.path: element
            for element in model.elements
            if (element.text or element.flags & {"replaced", "control"}) and element.box.is_finite()
        }

    found: dict[CssBox, None] = {}
    tables = [leaves(model) for model in models]
    for other in tables[1:]:
        for path in tables[0].keys() | other.keys():
            pair = [table[path] for table in (tables[0], other) if path in table]
            if len(pair) < 2 or pair[0].text != pair[1].text or _moved(pair[0].box, pair[1].box):
                found |= {element.visible_box: None for element in pair if element.visible_box.area > 0}
    return sorted(found, key=lambda box: (box.y, box.x))


def _moved(one: CssBox, other: CssBox) -> bool:
    return any(abs(getattr(one, name) - getattr(other, name)) > 0.5 for name in ("x", "y", "width", "height"))


def covered_share(boxes: Iterable[CssBox], width: float, height: float) -> float:
    """The part of a page of that size, CSS px, that boxes cover, 0–1, measured on a grid of 200 × 200 cells."""
    cells = 200
    grid = np.zeros((cells, cells), bool)
    for box in boxes:
        x0, x1 = (min(max(round(value / width * cells), 0), cells) for value in (box.x, box.right))
        y0, y1 = (min(max(round(value / height * cells), 0), cells) for value in (box.y, box.bottom))
        grid[y0 : max(y1, min(y0 + 1, cells)), x0 : max(x1, min(x0 + 1, cells))] = True
    return float(grid.mean())
