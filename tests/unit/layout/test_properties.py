"""What must hold for every page model, however odd: no exception, symmetry, identity, and time in proportion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from compatcheck.geometry import CssBox, Size
from compatcheck.layout import find_divergences
from compatcheck.layout.table import read_table
from compatcheck.model.capture import FLAGS, Element, PageModel

from .build import Box, box, capture, page, text
from .pages import pages

numbers = st.one_of(
    st.floats(-300, 3000),
    st.just(float("nan")),
    st.just(float("inf")),
    st.just(-1e12),
    st.just(0.0),
    st.integers(-5, 5000),
)
boxes = st.builds(CssBox, numbers, numbers, numbers, numbers)
styles = st.dictionaries(
    st.sampled_from(["display", "position", "fontSize", "zIndex", "color", "backgroundColor", "overflowX", "opacity", "lineHeight"]),
    st.sampled_from(["", "block", "inline", "fixed", "absolute", "NaNpx", "1e400px", "12px", "auto", "rgb(1,2,3)", "rgb(", "hidden", "-3"]),
)  # fmt: skip


@st.composite
def odd_models(draw: st.DrawFn) -> PageModel:
    """Page models that no page has: any parents, boxes, flags, duplicate paths and ids."""
    count = draw(st.integers(0, 12))
    elements = tuple(
        Element(
            index,
            draw(st.one_of(st.none(), st.integers(-3, count + 3))),
            draw(st.sampled_from(["html", "html>body", "html>body>p", "x"])),
            "s",
            draw(st.sampled_from(["p", "img", "button", "html", "input"])),
            "",
            draw(st.text(max_size=20)),
            draw(boxes),
            tuple(draw(st.lists(boxes, max_size=3))),
            draw(boxes),
            draw(styles),
            draw(st.dictionaries(st.sampled_from(["id", "class", "src"]), st.text(max_size=5))),
            flags=draw(st.frozensets(st.sampled_from(sorted(FLAGS)))),
            extra=draw(st.sampled_from([{}, {"cut": [1, 2, 3, 4]}, {"cut": "odd"}, {"stacks": True}, {"pseudo": 3}])),
        )
        for index in range(count)
    )
    return PageModel(
        Size(draw(st.floats(0, 3000)), draw(st.floats(0, 5000))), Size(draw(st.floats(0, 1500)), 800), elements
    )


@settings(deadline=None, max_examples=100)
@given(odd_models(), odd_models())
def test_no_page_model_is_too_odd(one: PageModel, other: PageModel) -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    found = find_divergences(capture(one, picture=picture), capture(other, picture=picture))
    assert all(0.0 <= divergence.severity <= 1.0 for divergence in found.divergences)


@settings(deadline=None, max_examples=100)
@given(odd_models())
def test_a_capture_agrees_with_itself(model: PageModel) -> None:
    one = capture(model, picture=np.zeros((40, 60, 3), np.uint8))
    assert [divergence for divergence in find_divergences(one, one).divergences if not divergence.shared] == []


@settings(deadline=None, max_examples=60)
@given(pages())
def test_a_whole_page_agrees_with_itself_and_has_nothing_wrong(whole: tuple[Box, ...]) -> None:
    one = capture(page(*whole))
    assert find_divergences(one, one).divergences == ()


@settings(deadline=None, max_examples=60)
@given(pages(), st.data())
def test_swapping_the_sides_turns_missing_into_extra(whole: tuple[Box, ...], data: st.DataObject) -> None:
    less = _without_one(data, whole)
    there = find_divergences(capture(page(*whole)), capture(page(*less))).divergences
    back = find_divergences(capture(page(*less)), capture(page(*whole))).divergences
    assert [one.kind for one in there].count("missing") == 1
    assert [one.kind for one in back].count("extra") == 1
    assert {one.path for one in there if one.kind == "missing"} == {one.path for one in back if one.kind == "extra"}


def _without_one(data: st.DataObject, boxes: tuple[Box, ...]) -> tuple[Box, ...]:
    """The page without one of its elements, which nothing takes the place of."""
    gone = data.draw(st.integers(0, len(boxes) - 1))
    less = list(boxes)
    if boxes[gone].children and data.draw(st.booleans()):
        less[gone] = replace(boxes[gone], children=_without_one(data, boxes[gone].children))
    else:
        del less[gone]
    return tuple(less)


@settings(deadline=None, max_examples=60)
@given(pages(), st.integers(30, 300))
def test_translating_a_whole_page_is_one_finding(whole: tuple[Box, ...], down: int) -> None:
    found = find_divergences(capture(page(*whole)), capture(page(*(one.moved(0, down) for one in whole)))).divergences
    assert [one.kind for one in found] == ["moved"]


def test_numbers_that_no_page_has_are_clamped_and_told_of_nobody() -> None:
    model = page(box("div", float("nan"), float("-inf"), float("inf"), -5), text("p", 40, 40, 300, "Some words"))
    table = read_table(model)
    assert np.isfinite(table.box).all()
    assert (table.box[:, 2:] >= table.box[:, :2]).all()
    sound = page(text("div", 40, 90, 300, "More words"), text("p", 40, 40, 300, "Some words"))
    assert find_divergences(capture(sound), capture(model)).divergences == ()
