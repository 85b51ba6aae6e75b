"""The work grows with the page and not with its square: counted in function calls, which no busy machine disturbs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from compatcheck.geometry import CssBox, Size
from compatcheck.layout import find_divergences, inspect
from compatcheck.model.capture import Element, PageModel

from .build import STYLE, Box, box, capture, page, text

GROWTH = 2.6
"""Twice as many elements may take so many times as many calls: n log n is 2.2, n² is 4."""


def card(at: int, y: float) -> Box:
    """A box with a heading, a text and a link: four elements."""
    return box(
        "div", 20, y, 900, 72,
        text("h2", 30, y + 4, 400, f"Card {at}"),
        text("p", 30, y + 26, 800, f"What card {at} has to say"),
        box("a", 30, y + 50, 90, 20, text="More", role="link", flags=frozenset({"control"})),
        style={"backgroundColor": "rgb(240, 240, 240)"},
    )  # fmt: skip


def cards(count: int, step: float = 96.0) -> PageModel:
    return page(*(card(at, 20 + at * step) for at in range(count // 4)))


def identical(count: int, step: float = 24.0) -> PageModel:
    """Siblings that nothing but their place tells apart."""
    return page(*(box("i", 5, 5 + at * step / 24, 4, 1) for at in range(count)))


def same_id(count: int, step: float = 24.0) -> PageModel:
    return page(
        *(text("p", 40, 10 + at * step, 300, f"Line {at % 7}", attributes={"id": "one"}) for at in range(count))
    )


def without_text(count: int, step: float = 24.0) -> PageModel:
    look = {"backgroundColor": "rgb(10, 90, 200)"}
    return page(*(box("div", 10 + 30 * (at % 30), 10 + step * (at // 30), 20, 16, style=look) for at in range(count)))


def deep(count: int, step: float = 24.0) -> PageModel:
    """Every element holds the next one."""
    size = CssBox(0, step, 900, 700)
    elements = tuple(
        Element(
            at, at - 1 if at else None, f"deep-{at}", f"deep-{at}", "div", "", "Words" if at % 5 == 0 else "", size,
            (CssBox(4, step, 60, 18),) if at % 5 == 0 else (), size, STYLE, {}, flags=frozenset({"paints"}),
        )
        for at in range(count)
    )  # fmt: skip
    return PageModel(Size(1000, 800), Size(1000, 800), elements)


SHEET = {"backgroundColor": "rgb(200, 200, 240)", "position": "absolute"}


def sheets(count: int, step: float = 24.0) -> PageModel:
    """Opaque boxes with a text each, all over one another."""
    return page(
        *(text("div", 37 * at % 400, 53 * at % 500 + step, 500, f"Sheet {at}", 3, style=SHEET) for at in range(count))
    )


def scattered(count: int, step: float = 24.0) -> PageModel:
    """Boxes that have all moved, each by itself."""
    return page(
        *(box("div", 7919 * at % 900, step / 24 * (104729 * at % 9000), 40, 20, style=SHEET) for at in range(count))
    )


def tiny_controls(count: int, step: float = 24.0) -> PageModel:
    """Buttons of 4 px, fifty in a row."""
    flags = frozenset({"control", "paints"})
    return page(
        *(box("button", 5 * (at % 50), step / 4 * (at // 50), 4, 4, role="button", flags=flags) for at in range(count))
    )


MODELS = [cards, identical, same_id, without_text, deep, sheets, scattered, tiny_controls]


def calls(work: Callable[[], object]) -> int:
    """How many functions, Python's own included, are called."""
    count = 0

    def watch(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1

    sys.setprofile(watch)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def work_on(make: Callable[[int, float], PageModel], count: int) -> Callable[[], object]:
    """Two looks at a page, the second of which stands otherwise, with pictures in which everything can be looked at."""
    paper = np.full((900, 1000, 3), 255, np.uint8)
    before, after = capture(make(count, 24.0), picture=paper), capture(make(count, 25.0), picture=paper)
    return lambda: (find_divergences(before, after), inspect(after))


@pytest.mark.parametrize("make", MODELS)
def test_twice_the_page_is_little_more_than_twice_the_work(make: Callable[[int, float], PageModel]) -> None:
    work_on(make, 40)()  # what is loaded and cached at first is no part of it
    once, twice = calls(work_on(make, 240)), calls(work_on(make, 480))
    assert twice < GROWTH * once


@pytest.mark.parametrize("make", [identical, deep, sheets, tiny_controls])
def test_thousands_of_siblings_sheets_and_levels_are_compared(make: Callable[[int, float], PageModel]) -> None:
    model = make(5000, 24.0)
    small = np.zeros((4, 4, 3), np.uint8)
    one, other = capture(model, picture=small), capture(replace(model), picture=small)
    assert [found for found in find_divergences(one, other).divergences if not found.shared] == []
