"""Masks while a page is looked at: elements hidden or removed before the picture, areas measured in its moment.

An element of which an ignored area covers a good part is marked `masked` in the page model, so that nothing is found there;
the areas themselves are painted over before scores are computed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError
from compatcheck.geometry import CssBox
from compatcheck.model.capture import Element, MaskedArea, PageModel
from compatcheck.model.matrix import Mask, Page

COVERED = 0.5
"""The part of an element that a mask must cover for the element not to be judged."""

COVERED_BY_NOISE = 0.2
"""The same for what changes by itself: a clock's last digit tells of the clock."""


def hide_masked(wire: Wire, page: Page) -> None:
    """Hide and remove what the page's masks say; call it again for what has come since."""
    wanted = {mode: [_way(mask) for mask in page.masks if mask.mode == mode] for mode in ("hide", "remove")}
    if any(wanted.values()):
        _run(wire, page, wanted)


@contextlib.contextmanager
def shown_afterwards(wire: Wire, page: Page) -> Iterator[None]:
    """What `hide_masked` does inside the block is undone at its end."""
    try:
        yield
    finally:
        if any(mask.mode in ("hide", "remove") for mask in page.masks):
            with contextlib.suppress(CaptureError):  # a page that is gone needs no more
                wire.page_script("scripts/masks.js", {"restore": True})


def measure_masks(wire: Wire, page: Page) -> tuple[MaskedArea, ...]:
    """The areas of the page's `ignore` and `layout` masks now, padding included."""
    found = [mask for mask in page.masks if mask.mode in ("ignore", "layout") and mask.box is None]
    areas = list(box_areas(page))
    if found:
        told = _run(wire, page, {"measure": [_way(mask) for mask in found]})
        for mask, boxes in zip(found, told["areas"], strict=True):
            areas += [_area(mask, CssBox(*map(float, box))) for box in boxes]
    return tuple(areas)


def box_areas(page: Page) -> tuple[MaskedArea, ...]:
    """The areas of the masks that are boxes: they are known without looking."""
    return tuple(_area(mask, mask.box) for mask in page.masks if mask.box is not None)


def _area(mask: Mask, box: CssBox) -> MaskedArea:
    return MaskedArea(
        box.grown(mask.padding), "layout" if mask.mode == "layout" else "ignore", mask.selector or mask.xpath or "box"
    )


def _way(mask: Mask) -> dict[str, str | None]:
    return {"selector": mask.selector, "xpath": mask.xpath}


def _run(wire: Wire, page: Page, options: Mapping[str, Any]) -> Mapping[str, Any]:
    told: Mapping[str, Any] = wire.page_script("scripts/masks.js", dict(options))
    if told.get("error"):
        raise CaptureError(f"A mask of page {page.id} cannot be used: {told['error']}.", hint="Correct `masks`.")
    return told


def mark_masked(model: PageModel, areas: Sequence[MaskedArea]) -> PageModel:
    """The model with elements marked that areas cover: `masked` under `ignore`, `contentMasked` under `layout`.

    Under noise, what holds other elements keeps its place: only what it shows changes by itself.
    """
    ignored = [area for area in areas if area.mode == "ignore"]
    layout = [area.box for area in areas if area.mode == "layout"]
    if not areas:
        return model
    sure = [area.box for area in ignored if area.source != "noise"]
    noise = [area.box for area in ignored if area.source == "noise"]

    def marked(element: Element) -> Element:
        box = element.box
        if not box.is_finite() or box.area <= 0:
            return element
        flags, extra = element.flags, element.extra
        if covered(box, sure) >= COVERED or (_is_leaf(element) and covered(box, noise) >= COVERED_BY_NOISE):
            flags = flags | {"masked"}
        if covered(box, layout) >= COVERED or ("masked" not in flags and covered(box, noise) >= COVERED):
            extra = {**extra, "contentMasked": True}
        return (
            element if flags is element.flags and extra is element.extra else replace(element, flags=flags, extra=extra)
        )

    return replace(model, elements=tuple(marked(element) for element in model.elements))


def _is_leaf(element: Element) -> bool:
    return bool(element.text) or bool(element.flags & {"replaced", "control"})


def covered(box: CssBox, areas: Iterable[CssBox]) -> float:
    """The part of a box that areas cover, 0–1; where areas lie over one another this is an upper bound."""
    return min(1.0, sum(box.intersection(area).area for area in areas) / box.area) if box.area > 0 else 0.0
