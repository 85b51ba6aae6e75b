"""The questions that the pipeline asks, on small page models."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compatcheck.geometry import CssBox
from compatcheck.layout import find_divergences, inspect
from compatcheck.model.verdict import Divergence

from .build import Box, box, capture, page, text

LOGO = box("img", 40, 20, 120, 40, attributes={"src": "/logo.png", "alt": "Shop"}, flags=frozenset({"replaced"}))
TITLE = text("h1", 40, 100, 600, "Everything for the garden")
INTRO = text("p", 40, 160, 600, "Spades, seeds and a good deal of advice for everyone", lines=3)
BUY = box(
    "button", 40, 260, 160, 40, text="Buy now", role="button", flags=frozenset({"control"}),
    style={"backgroundColor": "rgb(0, 90, 200)", "color": "rgb(255, 255, 255)"}, attributes={"id": "buy"},
)  # fmt: skip
FOOTER = text("p", 40, 340, 600, "Open every day from nine to five")
LARGE_TITLE = replace(
    TITLE, at=(40, 100, 600, 40), style={**TITLE.style, "fontSize": "32px"}, lines=(CssBox(40, 100, 600, 36),)
)
SHOP = (LOGO, TITLE, INTRO, BUY, FOOTER)


def divergences(before: tuple[Box, ...], after: tuple[Box, ...]) -> tuple[Divergence, ...]:
    return find_divergences(capture(page(*before), "reference"), capture(page(*after), "candidate")).divergences


def kinds(before: tuple[Box, ...], after: tuple[Box, ...]) -> list[str]:
    return [divergence.kind for divergence in divergences(before, after) if divergence.severity >= 0.5]


def without(one: Box) -> tuple[Box, ...]:
    gone = SHOP.index(one)
    height = one.at[3] + 20
    return SHOP[:gone] + tuple(other.moved(0, -height) for other in SHOP[gone + 1 :])


def test_a_page_agrees_with_itself() -> None:
    assert divergences(SHOP, SHOP) == ()


def test_a_missing_button_is_one_finding_although_all_below_it_moved_up() -> None:
    (found,) = divergences(SHOP, without(BUY))
    assert (found.kind, found.selector, found.candidate_box) == ("missing", "buy", None)
    assert found.severity >= 0.85
    assert found.message == "The button “Buy now” is missing: the reference shows it at 40, 260."


def test_swapping_the_sides_turns_missing_into_extra() -> None:
    (found,) = divergences(without(BUY), SHOP)
    assert (found.kind, found.reference_box) == ("extra", None)


def test_a_whole_page_pushed_down_is_one_finding() -> None:
    pushed = tuple(one.moved(0, 90) for one in SHOP)
    (found,) = divergences(SHOP, pushed)
    assert found.kind == "moved"
    assert found.consequences == len(SHOP) - 1


def test_another_line_of_text_high_up_is_engine_noise() -> None:
    longer = text("p", 40, 160, 600, INTRO.text, lines=4)
    after = (LOGO, TITLE, longer, BUY.moved(0, 20), FOOTER.moved(0, 20))
    assert divergences(SHOP, after) == ()


def test_wider_glyphs_are_engine_noise() -> None:
    before = (
        text("span", 40, 20, 100, "Home", style={"display": "inline-block"}),
        text("span", 160, 20, 80, "News", style={"display": "inline-block"}),
    )
    after = (
        text("span", 40, 20, 112, "Home", style={"display": "inline-block"}),
        text("span", 172, 20, 90, "News", style={"display": "inline-block"}),
    )
    assert divergences(before, after) == ()


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("moved", (LOGO, TITLE, INTRO, BUY.moved(48, 0), FOOTER)),
        ("resized", (LOGO, TITLE, INTRO, replace(BUY, at=(40, 260, 60, 40)), FOOTER)),
        ("reordered", (LOGO, INTRO.moved(0, -60), TITLE.moved(0, 80), BUY, FOOTER)),
        ("colour", (LOGO, TITLE, INTRO, replace(BUY, style={**BUY.style, "backgroundColor": "rgb(250, 210, 0)"}), FOOTER)),
        ("font", (LOGO, TITLE, replace(INTRO, style={**INTRO.style, "fontFamily": "monospace"}), BUY, FOOTER)),
        ("resized", (LOGO, LARGE_TITLE, INTRO.moved(0, 20), BUY.moved(0, 20), FOOTER.moved(0, 20))),
        ("image-broken", (replace(LOGO, flags=LOGO.flags | {"imageBroken"}), TITLE, INTRO, BUY, FOOTER)),
        ("missing", (LOGO, TITLE, replace(INTRO, flags=frozenset({"transparent"})), BUY, FOOTER)),
    ],
)  # fmt: skip
def test_a_planted_fault_is_the_worst_finding(kind: str, after: tuple[Box, ...]) -> None:
    assert kinds(SHOP, after)[:1] == [kind]


def test_text_that_is_cut_through_is_clipped() -> None:
    cut = replace(
        INTRO,
        at=(40, 160, 600, 30),
        style={**INTRO.style, "overflowX": "hidden", "overflowY": "hidden"},
        lines=INTRO.lines,
    )
    after = (LOGO, TITLE, cut, BUY.moved(0, -30), FOOTER.moved(0, -30))
    assert "clipped" in kinds(SHOP, after)


def test_a_box_that_cuts_its_own_text_is_told_by_the_cut_and_not_by_its_size() -> None:
    long = text("p", 40, 160, 600, "Sale prices hold until the last tin is gone", lines=8)
    hidden = {**long.style, "overflowX": "hidden", "overflowY": "hidden"}
    short = CssBox(40, 160, 600, 40)
    cut = replace(long, at=(40, 160, 600, 40), style=hidden, visible=short, extra={"cut": [0, 0, 0, 120]})
    (found,) = divergences((TITLE, long, FOOTER), (TITLE, cut, FOOTER))
    assert (found.kind, found.selector) == ("clipped", "html>body:nth-of-type(1)>p:nth-of-type(1)")
    assert found.cause == "its box has another size"
    assert found.severity >= 0.7
    assert found.consequences >= 1


def test_a_missing_thing_explains_what_moved_and_nothing_else_beside_it() -> None:
    after = [
        replace(one, style={**one.style, "color": "rgb(220, 0, 0)"}) if one.text == INTRO.text else one
        for one in without(BUY)
    ]
    assert sorted(one.kind for one in divergences(SHOP, tuple(after))) == ["colour", "missing"]


def test_another_ground_explains_no_movement_on_it() -> None:
    def shop(colour: str, *boxes: Box) -> tuple[Box, ...]:
        return (box("main", 0, 0, 1000, 500, *boxes, style={"backgroundColor": colour}),)

    before = shop("rgb(255, 255, 255)", *SHOP)
    after = shop("rgb(120, 200, 140)", LOGO, TITLE, INTRO, BUY.moved(48, 0), FOOTER)
    found = {one.kind for one in divergences(before, after) if one.severity >= 0.5}
    assert found == {"colour", "moved"}


def test_a_cover_is_extra_and_names_what_it_covers() -> None:
    cover = box("div", 20, 150, 700, 80, style={"backgroundColor": "rgb(40, 40, 40)", "position": "absolute"})
    found = divergences(SHOP, (*SHOP, cover))
    assert found[0].kind == "extra"
    assert "covers the paragraph “Spades" in found[0].message


def test_text_the_colour_of_its_ground_cannot_be_seen() -> None:
    white = replace(INTRO, style={**INTRO.style, "color": "rgb(255, 255, 255)"})
    found = divergences(SHOP, (LOGO, TITLE, white, BUY, FOOTER))
    assert found[0].kind == "paint"
    assert found[0].severity >= 0.7


def test_a_masked_element_is_nobodys_business() -> None:
    masked = replace(BUY, flags=BUY.flags | {"masked"})
    assert divergences(SHOP, (LOGO, TITLE, INTRO, masked.moved(80, 0), FOOTER)) == ()


def test_without_a_page_model_the_pictures_alone_are_compared() -> None:
    whole, less = capture(page(*SHOP)).picture, capture(page(*without(TITLE))).picture
    found = find_divergences(capture(None, picture=whole), capture(None, picture=less))
    assert "missing" in [divergence.kind for divergence in found.divergences]
    assert any("page model" in note for note in found.notes)
    same = find_divergences(capture(None, picture=whole), capture(None, picture=whole))
    assert same.divergences == ()


class TestInspect:
    def test_a_healthy_page_shows_nothing(self) -> None:
        assert inspect(capture(page(*SHOP))) == ()

    def test_text_on_text_collides(self) -> None:
        (found,) = inspect(capture(page(TITLE, INTRO.moved(0, -55))))
        assert found.kind == "collision"

    def test_content_past_the_side_of_a_phone(self) -> None:
        button = box(
            "button",
            250,
            200,
            260,
            40,
            text="Order",
            flags=frozenset({"control"}),
            style={"backgroundColor": "rgb(0, 0, 0)"},
        )
        model = page(button, width=390)
        model = replace(model, document=replace(model.document, width=510))
        (found,) = inspect(capture(model))
        assert found.kind == "viewport-protrusion"
        assert found.severity >= 0.6

    def test_a_broken_image(self) -> None:
        (found,) = inspect(capture(page(replace(LOGO, flags=LOGO.flags | {"imageBroken"}))))
        assert (found.kind, found.candidate_box) == ("image-broken", CssBox(40, 20, 120, 40))

    @pytest.mark.parametrize(("lines", "told"), [(1, []), (0, ["image-broken"])])
    def test_a_drawing_without_a_size_of_its_own_is_broken_only_where_nothing_is_painted(
        self, lines: int, told: list[str]
    ) -> None:
        attributes = {"src": "/logo.svg", "alt": "Shop"}
        broken = replace(LOGO, attributes=attributes, flags=LOGO.flags | {"imageBroken"})
        model = page(broken)
        blank = np.full((800, 1000, 3), 255, np.uint8)
        blank[20:36, 40:56] = 90  # the engine's stand-in
        found = inspect(capture(model, picture=None if lines else blank))
        assert [one.kind for one in found] == told

    def test_the_picture_that_was_chosen_counts_not_the_one_that_is_written_first(self) -> None:
        chosen = {"currentSrc": "http://page.test/logo-small.webp"}
        attributes = {"src": "/logo.svg", "alt": "Shop"}
        (found,) = inspect(
            capture(page(replace(LOGO, attributes=attributes, extra=chosen, flags=LOGO.flags | {"imageBroken"})))
        )
        assert found.kind == "image-broken"
        assert "logo-small.webp" in found.message

    def test_texts_printed_over_one_another_as_a_whole_collide_unless_a_ground_hides_the_lower(self) -> None:
        name, price = text("h3", 40, 100, 300, "Karkadeh"), text("p", 40, 101, 300, "Five euros fifty")
        card = box("div", 20, 80, 400, 80, name, price)
        assert [one.kind for one in inspect(capture(page(card)))] == ["collision"]
        slide = replace(price, style={**price.style, "backgroundColor": "rgb(255, 255, 255)", "position": "absolute"})
        assert inspect(capture(page(box("div", 20, 80, 400, 80, name, slide)))) == ()

    def test_what_both_sides_show_is_shared(self) -> None:
        overlapping = (TITLE, INTRO.moved(0, -55))
        assert [found.shared for found in divergences(overlapping, overlapping)] == [True]


def test_a_container_that_lays_all_it_holds_out_differently_is_told_by_a_few() -> None:
    """A column that became a row squeezes everything, also inside the boxes that it squeezes."""

    def cards(x: float, y: float, width: float) -> Box:
        inner = (
            box("div", x + at * width, y, width - 4, 90, text("p", x + at * width, y, width - 20, f"Card {at}"))
            for at in range(3)
        )
        return box("section", x, y, 3 * width, 90, *inner)

    column = [text("p", 20, 20 + 60 * at, 700, f"Paragraph {at} of the page") for at in range(5)]
    row = [text("p", 20 + 110 * at, 20, 100, f"Paragraph {at} of the page", lines=7) for at in range(5)]
    before = box("main", 0, 0, 760, 500, *column, cards(20, 330, 230))
    after = box("main", 0, 0, 900, 500, *row, cards(570, 20, 80))
    found = [one for one in divergences((before,), (after,)) if one.severity >= 0.5]
    assert 1 <= len(found) <= 5
