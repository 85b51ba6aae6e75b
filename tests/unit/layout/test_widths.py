"""One page at many widths: ranges, and their ends to the pixel."""

from __future__ import annotations

from dataclasses import replace

from compatcheck.layout.widths import find_ranges, narrow
from compatcheck.model.capture import Capture

from .build import Box, box, capture, page, text

TABS = ("Find people", "Find mail", "Find phones", "Popular sites", "Forum users")
NEEDED = 5 * 120


def tabs(width: int) -> Box:
    """Five tabs of 120 px: the last one drops below the others when they do not fit."""
    fits = width // 120
    places = [(at % fits * 120, 10 + at // fits * 40) for at in range(5)]
    return box(
        "nav",
        0,
        0,
        width,
        100,
        *(box("a", x, y, 118, 36, text=words) for words, (x, y) in zip(TABS, places, strict=True)),
    )


def look(width: int) -> Capture:
    """Broken where it should be: tabs wrap below 600 px, and a title lies on a text from 700 to 731."""
    title = text("h1", 20, 120, 300, "Everything for the garden")
    body = text("p", 20, 125 if 700 <= width <= 731 else 160, 300, "Spades and seeds")
    return capture(page(tabs(width), title, body, width=width))


def test_a_tab_alone_on_a_second_line_has_wrapped() -> None:
    ranges = find_ranges({width: look(width) for width in range(480, 801, 40)}, 0.5)
    wrapped = [one for one in ranges if one.divergence.kind == "wrapped"]
    assert [(one.low, one.high, one.before, one.after) for one in wrapped] == [(480, 560, None, 600)]
    assert "Forum users" in wrapped[0].divergence.message


def test_a_row_that_never_shares_a_line_is_a_list() -> None:
    assert find_ranges({width: look(width) for width in range(480, 600, 20)}, 0.5) == []


def test_cards_are_meant_to_wrap() -> None:
    def cards(width: int) -> Capture:
        fits = max(1, width // 210)
        items = (
            box(
                "div",
                at % fits * 210,
                at // fits * 210,
                200,
                200,
                text("p", at % fits * 210, at // fits * 210, 150, f"Card {at}"),
            )
            for at in range(4)
        )
        return capture(page(box("section", 0, 0, width, 600, *items), width=width))

    assert find_ranges({width: cards(width) for width in (640, 860)}, 0.5) == []


def test_a_range_is_narrowed_to_the_pixel() -> None:
    ranges = find_ranges({width: look(width) for width in (640, 680, 720, 760, 800)}, 0.5)
    (collision,) = (one for one in ranges if one.divergence.kind == "collision")
    looked: list[int] = []

    def counted(width: int) -> Capture:
        looked.append(width)
        return look(width)

    exact = narrow(collision, counted)
    assert (exact.low, exact.high) == (700, 731)
    assert exact.divergence.message.endswith("(broken from 700 to 731 px)")
    assert len(looked) <= 12


def test_wrapping_is_narrowed_with_a_wider_look() -> None:
    (wrapped,) = (
        one
        for one in find_ranges({width: look(width) for width in (520, 560, 640)}, 0.5)
        if one.divergence.kind == "wrapped"
    )
    exact = narrow(wrapped, look, wider=look(800))
    assert (exact.low, exact.high) == (520, NEEDED - 1)


def test_trouble_over_a_few_px_only_is_a_small_range_too() -> None:
    def here(width: int) -> Capture:
        title = text("h1", 20, 120, 300, "Everything for the garden")
        body = text("p", 20, 125 if width == 980 else 160, 300, "Spades and seeds")
        return capture(page(title, body, width=width))

    kinds = {
        one.divergence.kind: (one.low, one.high)
        for one in find_ranges({width: here(width) for width in (960, 980, 1000)})
    }
    assert kinds == {"collision": (980, 980), "small-range": (980, 980)}


def test_captures_without_a_page_model_are_left_out() -> None:
    broken = replace(look(720), page_model=None)
    assert find_ranges({720: broken}) == []
