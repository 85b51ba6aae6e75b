"""A part of a page as if it were the page: one element (`scope`), a box (`clip`), or the screen where steps scrolled to.

The part's top left corner becomes the origin of the picture, of the page model and of the masks, so that everything after
looks at it as at any other page. Elements that only touch the part stay as ancestors, marked `masked`: what they are beyond
its edges is not to be judged.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from compatcheck.capture.visit.locate import found
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError
from compatcheck.geometry import CssBox, PixelBox, Size, to_css_box, to_pixel_box
from compatcheck.model.capture import RGB, Element, MaskedArea, PageModel
from compatcheck.model.matrix import Page

TOLERANCE = 1.0
"""CSS px by which an element may stand over the part's edge and still belong to it whole."""

_BOX = "const box = arguments[0].getBoundingClientRect(); return [box.left + scrollX, box.top + scrollY, box.width, box.height]"


def part_of_page(wire: Wire, page: Page, document: Size) -> CssBox | None:
    """The part that the page asks for, cut to the document; None for all of it.

    Raises CaptureError when nothing is there.
    """
    if page.scope is not None:
        with found(wire, page.scope) as sight:
            if not sight.visible:
                why = "no element matches" if not sight.count else "the element is not visible"
                raise CaptureError(
                    f"`scope: {page.scope}` on {page.url}: {why}.", hint="Correct `scope`, or wait for it."
                )
            box = CssBox(*map(float, wire.driver_script(_BOX, sight.element)))
    elif page.clip is not None:
        box = page.clip
    else:
        return None
    inside = box.intersection(CssBox(0, 0, document.width, document.height))
    if inside.width < 1 or inside.height < 1:
        raise CaptureError(
            f"{page.url} is {document.width:.0f} × {document.height:.0f} px: there is nothing at "
            f"{box.x:.0f}, {box.y:.0f} ({box.width:.0f} × {box.height:.0f} px)."
        )
    return inside


def cut_picture(picture: RGB, box: CssBox, ratio: float) -> tuple[RGB, CssBox]:
    """The part of a picture of the page, and its box at whole device px."""
    height, width = picture.shape[:2]
    pixels: PixelBox = to_pixel_box(box, ratio, width, height)
    if pixels.is_empty():
        raise CaptureError("The part of the page that is asked for lies beyond what is pictured.")
    return np.ascontiguousarray(picture[pixels.slices()]), to_css_box(pixels, ratio)


def cut_model(model: PageModel, box: CssBox) -> PageModel:
    """The page model of the part: coordinates from its corner, what does not touch it left out."""
    kept = [element for element in model.elements if _touches(element, box)]
    places = {element.index: place for place, element in enumerate(kept)}

    def parent(element: Element) -> int | None:
        above = element.parent
        while above is not None and above not in places:
            above = model.elements[above].parent
        return None if above is None else places[above]

    def moved(value: CssBox) -> CssBox:
        return value.translated(-box.x, -box.y)

    elements = tuple(
        replace(
            element,
            index=place,
            parent=parent(element),
            box=moved(element.box),
            lines=tuple(moved(line) for line in element.lines),
            visible_box=moved(element.visible_box),
            flags=element.flags if box.contains(element.box, TOLERANCE) else element.flags | {"masked"},
        )
        for place, element in enumerate(kept)
    )
    return replace(model, document=Size(box.width, box.height), elements=elements)


def _touches(element: Element, box: CssBox) -> bool:
    return element.box.is_finite() and element.box.grown(0.01).intersection(box).area > 0


def cut_areas(areas: tuple[MaskedArea, ...], box: CssBox) -> tuple[MaskedArea, ...]:
    """The areas that touch the part, from its corner."""
    return tuple(
        replace(area, box=area.box.translated(-box.x, -box.y)) for area in areas if area.box.intersection(box).area > 0
    )
