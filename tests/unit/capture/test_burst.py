"""Self-noise: what changes between looks becomes a mask, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compatcheck.capture.burst import combine, covered_share
from compatcheck.geometry import CssBox, Size
from compatcheck.model.capture import Capture, Element, Facts, PageModel
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot


def element(index: int, tag: str, box: CssBox, text: str = "") -> Element:
    path = "html" if index == 0 else f"html>{tag}:nth-of-type({index})"
    return Element(index, None if index == 0 else 0, path, path, tag, "", text, box, visible_box=box)


def look(ratio: float = 1.0, text: str = "12:00", grey: int = 200) -> Capture:
    """400 × 300 CSS px, a clock of 40 × 20 at (100, 100) in a grey of its own, a heading at the top."""
    picture = np.full((round(300 * ratio), round(400 * ratio), 3), 255, np.uint8)
    picture[round(100 * ratio) : round(120 * ratio), round(100 * ratio) : round(140 * ratio)] = grey
    model = PageModel(
        Size(400, 300),
        Size(400, 300),
        (
            element(0, "html", CssBox(0, 0, 400, 300)),
            element(1, "h1", CssBox(0, 0, 400, 40), "A heading"),
            element(2, "p", CssBox(100, 100, 40, 20), text),
        ),
    )
    shot = Shot(Device("d", "chromium", Screen(Size(400, 300), ratio)), Page("p", "http://a/", burst=2))
    return Capture(shot, picture, Facts(Size(400, 300), ratio, timings={"total": 1.0}), model)


@pytest.mark.parametrize("ratio", [1.0, 2.0, 2.625])
def test_what_changes_is_masked_and_told(ratio: float) -> None:
    both = combine([look(ratio), look(ratio, grey=100)])
    (area,) = both.masks or ()
    assert (area.mode, area.source) == ("ignore", "noise")
    assert area.box.contains(CssBox(100, 100, 40, 20), tolerance=0.5)
    assert CssBox(90, 90, 60, 40).contains(area.box)
    assert "masked" in both.page_model.elements[2].flags
    assert not both.page_model.elements[1].flags
    assert not both.page_model.elements[0].flags  # the page itself is still judged
    noise = both.facts.extra["noise"]
    assert (noise["looks"], noise["areas"]) == (2, 1)
    assert noise["share"] == pytest.approx(area.box.area / (400 * 300), abs=0.005)
    assert both.facts.timings["total"] == 2.0


def test_ground_that_changes_keeps_its_place() -> None:
    """A box without words is what its neighbours lie in: where it is still counts, what it shows does not."""
    one, other = look(text=""), look(text="", grey=100)
    marked = combine([one, other]).page_model.elements[2]
    assert marked.extra.get("contentMasked")
    assert "masked" not in marked.flags


def test_equal_looks_have_no_mask() -> None:
    both = combine([look(), look(), look()])
    assert both.masks == ()
    assert both.facts.extra["noise"] == {"looks": 3, "areas": 0, "share": 0.0}
    assert not both.facts.notes


def test_decoders_rounding_is_no_change() -> None:
    assert combine([look(), look(grey=204)]).masks == ()


def test_text_that_changes_is_masked_whole_where_it_was_and_is() -> None:
    moved = look(text="12:01")
    model = moved.page_model
    later = replace(model.elements[2], box=CssBox(200, 100, 40, 20), visible_box=CssBox(200, 100, 40, 20))
    moved = replace(moved, page_model=replace(model, elements=(*model.elements[:2], later)))
    boxes = [area.box for area in combine([look(), moved]).masks or ()]
    assert boxes == [CssBox(98, 98, 44, 24), CssBox(198, 98, 44, 24)]


def test_look_of_another_size_masks_what_the_other_has_not() -> None:
    longer = look()
    longer = replace(longer, picture=np.vstack([longer.picture, np.zeros((40, 400, 3), np.uint8)]))
    (area,) = combine([longer, look()]).masks or ()
    assert area.box.contains(CssBox(0, 300, 400, 40))


def test_invalid_look_makes_the_capture_invalid() -> None:
    assert combine([look(), replace(look(), invalid="blank")]).invalid == "blank"


def test_one_look_is_itself() -> None:
    one = look()
    assert combine([one]).picture is one.picture
    assert "noise" not in combine([one]).facts.extra


def test_share_counts_what_lies_over_one_another_once() -> None:
    assert covered_share([CssBox(0, 0, 50, 100), CssBox(0, 0, 50, 50)], 100, 100) == pytest.approx(0.5, abs=0.02)
    assert covered_share([], 100, 100) == 0
    assert covered_share([CssBox(-50, -50, 500, 500)], 100, 100) == 1
