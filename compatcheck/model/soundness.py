"""Whether a page model describes a page at all: nothing may be concluded from numbers that no page has."""

from __future__ import annotations

from compatcheck.geometry import CssBox
from compatcheck.model.capture import PageModel

LARGEST = 1e7
"""CSS px: no page is taller or wider; engines stop at 33 million at most."""


def what_is_unsound(model: PageModel) -> str:
    """Why this page model describes no page, in one sentence, or empty. Single odd elements are no reason: pages have them."""
    sizes = (model.document, model.viewport)
    if not all(0 < side <= LARGEST for size in sizes for side in (size.width, size.height)):
        told = " and ".join(f"{size.width:g} × {size.height:g} px" for size in sizes)
        return f"Its page model says that the page and the viewport are {told}."
    count = len(model.elements)
    if not count:
        return "Its page model has no elements."
    odd = sum(not is_a_box(element.box) for element in model.elements)
    if 2 * odd > count:
        return (
            f"{odd} of the {count} boxes in its page model are none that a page has (not a number, negative, or huge)."
        )
    astray = sum(
        element.parent is not None and not 0 <= element.parent < row for row, element in enumerate(model.elements)
    )
    if 2 * astray > count:
        return f"{astray} of the {count} elements in its page model name a parent that does not stand before them."
    if not any(element.box.area > 0 or element.visible_box.area > 0 or element.lines for element in model.elements):
        return f"None of the {count} elements in its page model can be seen: every box is empty."
    return ""


def is_a_box(box: CssBox) -> bool:
    """It has numbers that an element on a page can have; NaN lies within no limits."""
    placed = -LARGEST <= box.x <= LARGEST and -LARGEST <= box.y <= LARGEST
    return placed and 0 <= box.width <= LARGEST and 0 <= box.height <= LARGEST
