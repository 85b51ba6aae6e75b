"""Masks, parts and bursts, in every engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from compatcheck.errors import CaptureError
from compatcheck.geometry import CssBox
from compatcheck.model.capture import Capture, Element
from compatcheck.model.matrix import Mask
from tests.browser.conftest import Looker
from tests.browser.pictures import GREEN, MAGENTA, RED, bands, extent, where

pytestmark = pytest.mark.browser

AD, PLAIN = CssBox(0, 0, 800, 100), CssBox(0, 200, 800, 100)


def element(capture: Capture, name: str) -> Element:
    assert capture.page_model is not None
    (found,) = (one for one in capture.page_model.elements if one.attributes.get("id") == name)
    return found


def test_masks_of_every_kind(engine: str, look: Looker, script: Callable[..., object]) -> None:
    masks = (
        Mask(selector="#ad", padding=5),
        Mask(xpath="//*[@id='plain']", mode="layout"),
        Mask(box=CssBox(700, 310, 50, 20), padding=2),
        Mask(selector="#chat", mode="hide"),
    )
    capture = look(engine, "masks.html", masks=masks)
    assert {(area.source, area.mode, area.box) for area in capture.masked} == {
        ("#ad", "ignore", AD.grown(5)),
        ("//*[@id='plain']", "layout", PLAIN),
        ("box", "ignore", CssBox(698, 308, 54, 24)),
    }
    assert extent(capture.picture, RED, 1) == (0, 0, 800, 100)  # ignored things are pictured all the same
    assert not where(capture.picture, MAGENTA).any()
    assert bands(capture.picture, GREEN, 1) == [(200, 300)]
    assert "masked" in element(capture, "ad").flags
    assert element(capture, "plain").extra["contentMasked"] is True
    assert not element(capture, "clock").flags & {"masked"}
    assert script(engine, "return document.querySelectorAll('[style]').length") == 0  # all is undone


def test_removed_things_leave_no_room(engine: str, look: Looker) -> None:
    capture = look(engine, "masks.html", masks=(Mask(selector="#ad", mode="remove"),), readiness="fast")
    assert not where(capture.picture, RED).any()
    assert bands(capture.picture, MAGENTA, 1) == [(0, 100)]


def test_mask_that_cannot_be_read(engine: str, look: Looker) -> None:
    with pytest.raises(CaptureError, match="A mask of page page cannot be used"):
        look(engine, "masks.html", masks=(Mask(selector="a["),), readiness="fast")


def test_burst_masks_what_changes_by_itself(engine: str, look: Looker) -> None:
    capture = look(engine, "masks.html", burst=2)
    noise = [area.box for area in capture.masked if area.source == "noise"]
    assert noise
    assert all(area.y > 295 and area.bottom < 335 for area in noise)
    assert "masked" in element(capture, "clock").flags
    assert "masked" not in element(capture, "plain").flags
    told = capture.facts.extra["noise"]
    assert told["looks"] == 2
    assert 0 < told["share"] < 0.05
    assert any("differ among themselves" in note for note in capture.facts.notes)


@pytest.mark.parametrize("how", [{"scope": "#chat"}, {"clip": CssBox(0, 100, 800, 100)}], ids=["scope", "clip"])
def test_part_of_a_page(engine: str, look: Looker, how: dict[str, object]) -> None:
    capture = look(engine, "masks.html", readiness="fast", **how)
    assert capture.picture.shape == (100, 800, 3)
    assert extent(capture.picture, MAGENTA, 1) == (0, 0, 800, 100)
    assert element(capture, "chat").box == CssBox(0, 0, 800, 100)
