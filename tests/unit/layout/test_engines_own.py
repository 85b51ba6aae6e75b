"""What engines do by themselves is no divergence; the same thing done by a style sheet is."""

from __future__ import annotations

from dataclasses import replace

from compatcheck.geometry import CssBox
from compatcheck.layout import find_divergences, inspect
from compatcheck.model.verdict import Divergence

from .build import Box, box, capture, page, paint, text

CONTROL = frozenset({"control"})
INLINE = frozenset({"inline"})


def divergences(before: Box, after: Box) -> list[Divergence]:
    found = find_divergences(capture(page(before), "a"), capture(page(after), "b"))
    return [divergence for divergence in found.divergences if divergence.severity >= 0.5]


def test_a_gap_that_an_empty_line_makes_is_as_large_as_its_difference_and_not_as_the_way_down() -> None:
    def column(longer: float, line: float) -> Box:
        story = text("p", 40, 40, 600, "words " * 80, lines=8 + round(longer / 20))
        first = box("div", 40, 220 + longer, 600, 50, style={"backgroundColor": "rgb(255, 240, 160)"})
        last = box("div", 40, 270 + line + longer, 600, 50, style={"backgroundColor": "rgb(255, 200, 200)"})
        return box("div", 40, 40, 600, 280 + line + longer, story, first, last)

    assert divergences(column(0, 18), column(40, 25)) == []
    (found,) = divergences(column(0, 18), column(40, 60))
    assert (found.kind, found.message.rpartition("stands ")[2][:10]) == ("moved", "42 px down")


def cells(width: float, lines: int, words: str, white_space: str = "normal") -> Box:
    style = {"display": "table-cell", "whiteSpace": white_space}
    date = replace(text("td", 40, 40, width, words, lines=lines, style=style), at=(40, 40, width, 60))
    other = text("td", 40 + width, 40, 300, "one two three", lines=3, style={**style, "whiteSpace": "normal"})
    row = box("tr", 40, 40, 300 + width, 60, date, other, style={"display": "table-row"})
    return box("table", 40, 40, 300 + width, 60, row, style={"display": "table"})


def test_a_column_is_as_wide_as_the_engine_breaks_a_date() -> None:
    assert divergences(cells(60, 2, "11-7-2014"), cells(98, 1, "11-7-2014")) == []
    assert divergences(cells(60, 2, "Colleen Hurst"), cells(98, 1, "Colleen Hurst"))


def test_lines_that_a_style_sheet_joins_or_breaks_are_told() -> None:
    (found,) = divergences(cells(90, 2, "Colleen Hurst"), cells(106, 1, "Colleen Hurst", "nowrap"))
    assert (found.kind, found.cause) == ("wrapped", "the computed white-space differs")
    assert found.message == "The cell “Colleen Hurst” stands in one line; on the reference in 2 lines."

    def paragraph(lines: int, white_space: str) -> Box:
        link = text("a", 40, 40, 90, "a link", style={"whiteSpace": white_space, "display": "inline"}, flags=INLINE)
        whole = text("p", 40, 40, 300, "some words and", lines=lines, style={"whiteSpace": white_space})
        return replace(whole, at=(40, 40, 300, 40), children=(link,))

    (found,) = divergences(paragraph(1, "nowrap"), paragraph(2, "normal"))
    assert found.message.endswith("stands in 3 lines; on the reference in 2 lines.")
    assert divergences(paragraph(2, "pre"), paragraph(2, "normal")) == []


def button(family: str, colour: str, ground: str = "rgb(239, 239, 239)", inner: str | None = None) -> Box:
    style = {"fontFamily": family, "color": colour, "backgroundColor": ground}
    words = text(
        "span",
        50,
        45,
        100,
        "Dashboards",
        style={**style, "fontFamily": inner or family, "backgroundColor": "transparent"},
    )
    return box("button", 40, 40, 120, 30, words, style=style, flags=CONTROL)


def test_what_stands_in_a_control_is_set_as_the_engine_sets_the_control() -> None:
    chosen = button("Arial", "rgb(0, 0, 0)"), button("sans-serif", "rgba(0, 0, 0, 0.8)")
    assert divergences(*chosen) == []
    own = button("Arial", "rgb(0, 0, 0)", inner="Lobster"), button("sans-serif", "rgb(0, 0, 0)", inner="Impact")
    (found,) = divergences(*own)
    assert (found.kind, found.message) == (
        "font",
        "The text “Dashboards” is set in impact; on the reference in lobster.",
    )


def test_a_control_without_the_ground_that_engines_give_it_has_lost_it() -> None:
    (found,) = divergences(button("Arial", "rgb(0, 0, 0)"), button("Arial", "rgb(0, 0, 0)", ground="rgba(0, 0, 0, 0)"))
    assert (found.kind, found.message) == ("colour", "The button “Dashboards” has lost its background.")


def test_a_drawing_that_could_not_be_had_is_broken_whatever_an_engine_shows_instead() -> None:
    def logo(height: float, below: float) -> Box:
        source = {"src": "/logo.svg", "alt": "The logo of the shop"}
        drawing = box("img", 40, 40, 300, height, flags=frozenset({"replaced", "imageBroken"}), attributes=source)
        return box("section", 40, 40, 600, height + below, drawing, style={"display": "block"})

    sides = [capture(page(logo(*sizes)), name) for name, *sizes in (("a", 60, 20), ("b", 198, 90))]
    sides = [replace(side, facts=replace(side.facts, failed_requests=("/logo.svg - no answer",))) for side in sides]
    (found,) = find_divergences(*sides).divergences
    assert (found.kind, found.shared) == ("image-broken", True)


def test_a_lid_over_a_page_is_shared_whichever_text_under_it_is_noticed() -> None:
    words = [text("p", 60, 60 + 60 * at, 120, f"Under it {at}") for at in range(3)]
    lid = box("aside", 0, 0, 300, 400, style={"backgroundColor": "rgb(200, 200, 220)", "position": "absolute"})
    model = page(box("div", 0, 0, 800, 400, box("main", 0, 0, 800, 400, *words), lid))
    picture = paint(model)
    picture[64:74:3, 60:180:2] = 0  # an icon of the lid's, where the first text is: as if that could be read
    before = capture(model, "a", picture)
    assert inspect(before)[0].path.endswith("p:nth-of-type(2)")
    found = find_divergences(before, capture(model, "b")).divergences
    assert [each.shared for each in found if each.kind == "collision"] == [True]


def heading(x: float, side: str, weight: str = "700") -> Box:
    words = text("h1", 40, 40, 600, "Boxes that fit", style={"textAlign": side, "fontWeight": weight})
    return replace(words, lines=(CssBox(x, 40, 200, 18),))


def test_a_text_that_another_side_of_its_box_holds_has_moved() -> None:
    left, right, start = heading(40, "left"), heading(440, "right"), heading(48, "start")
    (found,) = divergences(left, right)
    assert (found.kind, found.cause) == ("moved", "the computed text-align differs")
    assert found.message.endswith("stands 400 px to the right in its box: aligned right here, left on the reference.")
    assert divergences(left, start) == []
    full = heading(40, "center")
    assert (
        divergences(replace(left, at=(40, 40, 204, 20)), replace(full, at=(40, 40, 204, 20))) == []
    )  # it fills its box


def test_a_heading_in_regular_weight_is_told_where_its_strokes_are_thinner() -> None:
    bold, regular = page(heading(40, "left")), page(heading(40, "left", "400"))
    thin = paint(regular)
    thin[40:60, 40:240:4] = 255
    (found,) = find_divergences(capture(bold, "a"), capture(regular, "b", thin)).divergences
    assert (found.kind, found.message) == (
        "font",
        "The heading “Boxes that fit” is set in weight 400; on the reference in 700.",
    )
    assert find_divergences(capture(bold, "a"), capture(regular, "b")).divergences == ()
