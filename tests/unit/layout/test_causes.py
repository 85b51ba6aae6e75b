"""Why a finding is there, where the declared rule can be named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from compatcheck.layout.causes import with_causes
from compatcheck.model.capture import Capture
from compatcheck.model.verdict import Divergence, Kind

from .build import box, capture, page, text

PATH = "html>body:nth-of-type(1)>div:nth-of-type(1)>p:nth-of-type(1)"
MATCHED = tuple((index, index) for index in range(4))


def side(*, holder: dict[str, Any] | None = None, own: dict[str, Any] | None = None, **extra: Any) -> Capture:
    words = text("p", 20, 20, 200, "Seeds", **(own or {}))
    return capture(page(box("div", 0, 0, 400, 100, words, **(holder or {})), **extra))


def cause(a: Capture, b: Capture, kind: Kind = "moved", **more: Any) -> str:
    assert a.page_model is not None
    assert a.page_model.elements[3].path == PATH
    found = Divergence(kind, 0.6, "p", "…", a.page_model.elements[3].box, a.page_model.elements[3].box, PATH, **more)
    (told,) = with_causes((found,), MATCHED, a, b)
    return told.cause


def test_a_feature_that_this_browser_lacks_is_named() -> None:
    uses = {"extra": {"uses": ["text-wrap: balance", "subgrid"]}}
    assert cause(side(own=uses), side(lacks=["subgrid"])) == "this browser lacks subgrid, which the element's rules use"
    assert cause(side(holder=uses), side(lacks=["subgrid"])).startswith("this browser lacks subgrid")
    assert cause(side(lacks=["subgrid"]), side(own=uses)).startswith("the reference's browser lacks subgrid")
    assert cause(side(own=uses, lacks=["masonry"]), side(own=uses, lacks=["masonry"])) == ""


def test_a_computed_property_is_named_with_both_values() -> None:
    a, b = side(own={"style": {"flexWrap": "nowrap"}}), side(own={"style": {"flexWrap": "wrap"}})
    assert cause(a, b) == "the computed flex-wrap differs: wrap here, nowrap on the reference"
    assert cause(side(own={"style": {"paddingTop": "8px"}}), side(own={"style": {"paddingTop": "8.4px"}})) == ""


def test_a_media_query_that_applies_on_one_side_only_is_named() -> None:
    a = side(media={"(hover: hover)": True, "(min-width: 700px)": True})
    b = side(media={"(hover: hover)": False, "(min-width: 700px)": True})
    assert cause(a, b) == "the media query (hover: hover) applies on the reference only"
    assert cause(b, a) == "the media query (hover: hover) applies here only"
    assert cause(a, b, "colour") == "", "what is painted is told by its own properties"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("http://shop.test/img/tea.png - Failed to load resource: the server responded with a status of 404 (Not Found)", "http://shop.test/img/tea.png answered HTTP 404"),
        ("404 http://shop.test/img/tea.png", "http://shop.test/img/tea.png answered HTTP 404"),
        ("NS_ERROR_CONNECTION_REFUSED http://shop.test/img/tea.png", "http://shop.test/img/tea.png could not be loaded: NS_ERROR_CONNECTION_REFUSED http://shop.test/img/tea.png"),
        ("404 http://shop.test/img/coffee.png", ""),
    ],
)  # fmt: skip
def test_a_picture_that_failed_says_what_the_server_answered(line: str, told: str) -> None:
    broken = side(own={"extra": {"currentSrc": "http://shop.test/img/tea.png"}})
    broken = replace(broken, facts=replace(broken.facts, failed_requests=("other", line)))
    assert cause(side(), broken, "image-broken") == told
    assert cause(broken, broken, "image-broken", shared=True) == told


def test_what_is_known_or_shared_stays() -> None:
    a, b = side(own={"style": {"flexWrap": "nowrap"}}), side(own={"style": {"flexWrap": "wrap"}})
    assert cause(a, b, "font", cause="the web font Tea fell back") == "the web font Tea fell back"
    assert cause(a, b, shared=True) == ""


def test_odd_facts_are_left_alone() -> None:
    odd = side(own={"extra": {"uses": 7}}, lacks="all", media=[1])
    assert cause(odd, odd) == ""
    assert with_causes((), (), replace(odd, page_model=None), odd) == ()
