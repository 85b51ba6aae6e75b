"""Pictures that repeat themselves or stay blank where the page does not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compatcheck.capture.bands import check_bands
from compatcheck.geometry import CssBox, Size
from compatcheck.model.capture import RGB, Element, PageModel

HEIGHT, WIDTH = 4000, 300


def model(texts: list[str], step: float = 100) -> PageModel:
    """A text every `step` px."""
    boxes = [CssBox(10, 10 + step * index, 200, 20) for index in range(len(texts))]
    elements = tuple(
        Element(index, None, f"html>p:nth-of-type({index})", "p", "p", "", text, box, visible_box=box)
        for index, (text, box) in enumerate(zip(texts, boxes, strict=True))
    )
    return PageModel(Size(WIDTH, HEIGHT), Size(WIDTH, 600), elements)


def drawn(seed: int, rows: int) -> RGB:
    """Lines of noise, as text is, with white between."""
    picture = np.full((rows, WIDTH, 3), 255, np.uint8)
    noise = np.random.default_rng(seed).integers(0, 255, (rows, 200, 3), dtype=np.uint8)
    for top in range(10, rows - 20, 100):
        picture[top : top + 20, 10:210] = noise[top : top + 20]
    return picture


WHOLE = drawn(1, HEIGHT)
TEXTS = [f"line {number}" for number in range(40)]


def test_whole_picture() -> None:
    assert check_bands(WHOLE, model(TEXTS), 1) == ""


def test_band_that_comes_again() -> None:
    picture = np.concatenate([WHOLE[:2000], WHOLE[:2000]])
    reason = check_bands(picture, model(TEXTS), 1)
    assert reason.startswith("The picture shows 0 to 1930 px again 2000 px further down")
    assert "'line 20'" in reason


def test_band_that_comes_again_further_down_at_ratio_two() -> None:
    picture = np.concatenate([WHOLE[:2600], WHOLE[1000:2400]])
    assert "px again 800 px further down" in check_bands(picture, model(TEXTS, step=50), 2)


def test_page_that_repeats_itself_is_no_fault() -> None:
    picture = np.concatenate([WHOLE[:2000], WHOLE[:2000]])
    assert check_bands(picture, model(TEXTS[:20] * 2), 1) == ""
    same_line = np.concatenate([WHOLE[:100]] * 40)
    assert check_bands(same_line, model(["again"] * 40), 1) == ""


@pytest.mark.parametrize("colour", [255, 0])
def test_blank_lower_half(colour: int) -> None:
    picture = WHOLE.copy()
    picture[2000:] = colour
    reason = check_bands(picture, model(TEXTS), 1)
    assert "is blank from" in reason
    assert "has 20 texts, the first of them 'line 20'" in reason


def test_blank_end_of_a_page_that_has_nothing_there() -> None:
    picture = WHOLE.copy()
    picture[2000:] = 255
    assert check_bands(picture, model(TEXTS[:20]), 1) == ""
    unseen = model(TEXTS)
    faint = tuple(
        replace(element, flags=frozenset({"transparent"})) if element.index >= 20 else element
        for element in unseen.elements
    )
    assert check_bands(picture, replace(unseen, elements=faint), 1) == ""


def test_nobody_to_ask() -> None:
    picture = np.concatenate([WHOLE[:2000], WHOLE[:2000]])
    assert check_bands(picture, None, 1) == ""
    assert check_bands(WHOLE[:300], model(TEXTS[:3]), 1) == ""
