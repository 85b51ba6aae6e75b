"""What third-party pages taught: each test is a miss or a wrong blame of the benchmark, made small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compatcheck.geometry import CssBox
from compatcheck.layout import find_divergences
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Divergence

from .build import Box, box, capture, page, paint, text

REPLACED = frozenset({"replaced"})


def divergences(before: Box, after: Box, pictures: tuple[RGB, RGB] | None = None) -> list[Divergence]:
    one, other = page(before), page(after)
    if pictures is None:
        pictures = paint(one), paint(other)
    found = find_divergences(capture(one, "a", pictures[0]), capture(other, "b", pictures[1]))
    return [divergence for divergence in found.divergences if divergence.severity >= 0.5]


def test_a_picture_alone_on_its_line_has_no_leave_to_move_along_it() -> None:
    name = text("a", 40, 260, 120, "Project name", style={"display": "inline"}, flags=frozenset({"inline"}))
    photo = box("img", 40, 40, 300, 200, style={"display": "inline"}, flags=REPLACED, attributes={"src": "/a.png"})

    def card(shown: Box) -> Box:
        return box("div", 40, 40, 700, 260, shown, name)

    (found,) = divergences(card(photo), card(photo.moved(31, 0)))
    assert (found.kind, found.message.rpartition("stands ")[2][:20]) == ("moved", "31 px to the right o")


def test_what_a_line_of_text_may_push_holds_nothing_else_in_its_place() -> None:
    heading = text("h1", 40, 20, 500, "401")
    lead, why = text("p", 40, 90, 500, "Unauthorized"), text("p", 40, 130, 500, "Access to this resource is denied.")
    icon = box("svg", 200, 174, 16, 16, style={"display": "inline-block"}, flags=REPLACED)
    back = text("a", 220, 170, 120, "Return", style={"display": "inline"}, flags=frozenset({"inline"}))

    def column(up: float) -> Box:
        rest = (lead, why, icon, back)
        return box("div", 40, 20, 500, 180 - up, heading, *(one.moved(0, -up) for one in rest))

    (found,) = divergences(column(0), column(26))
    assert (found.kind, found.reference_box) == ("moved", CssBox(40, 90, 500, 20))


def test_two_icons_that_changed_places_are_known_by_their_classes() -> None:
    def links(first: str, second: str) -> Box:
        icons = [
            box(
                "a", 40 + 60 * at, 40, 40, 40,
                box("svg", 52 + 60 * at, 52, 16, 16, flags=REPLACED, attributes={"class": f"icon icon-{name}"}),
                flags=frozenset({"control"}), attributes={"href": "#!"}, style={"backgroundColor": "rgb(30, 30, 30)"},
            )
            for at, name in enumerate((first, second))
        ]  # fmt: skip
        return box("div", 40, 40, 100, 40, *icons)

    (found,) = divergences(links("bird", "letter"), links("letter", "bird"))
    assert found.kind == "reordered"


def test_cards_that_changed_places_across_rows_are_told_although_all_gaps_are_kept() -> None:
    places = [(40.0 + 300 * column, 40.0 + 200 * row) for row in range(3) for column in range(2)]
    words = ["Fresh layout", "Free download", "Hero header", "Feature boxes", "Simple code", "A name to trust"]

    def grid(order: list[str]) -> Box:
        cards = [
            box(
                "div",
                x,
                y,
                300,
                200,
                text("h2", x + 30, y + 40, 240, name),
                text("p", x + 30, y + 90, 240, f"On {name}"),
            )
            for (x, y), name in zip(places, order, strict=True)
        ]
        return box("div", 40, 40, 600, 600, *cards, style={"display": "flex"})

    other = [*words[:3], words[4], words[3], words[5]]
    (found,) = divergences(grid(words), grid(other))
    assert (found.kind, found.consequences) == ("reordered", 1)
    assert "Feature boxes" in found.message


def sheet(wide: float, *, need: int = -1, without: tuple[int, int] | None = None) -> Box:
    """A table of twenty rows and two columns. The first column is `wide` px wider, because row `need` fills it."""
    rows = []
    for at in range(20):
        top = 40 + 30 * at
        cells = [
            text("td", 40, top, 100 + wide, f"Name {at}", style={"display": "table-cell"}),
            text("td", 140 + wide, top, 200 - wide, f"Place {at}", style={"display": "table-cell"}),
        ]
        cells = [replace(one, lines=(CssBox(one.at[0], top, 60, 18),)) for one in cells]
        if at == need:
            cells[0] = replace(cells[0], lines=(CssBox(40, top, 96 + wide, 18),))
        if without is not None and at == without[0]:
            del cells[without[1]]
        rows.append(box("tr", 40, top, 300, 30, *cells, style={"display": "table-row"}))
    body = box("tbody", 40, 40, 300, 600, *rows, style={"display": "table-row-group"})
    return box("table", 40, 40, 300, 600, body, style={"display": "table"})


def test_a_column_that_grew_in_every_row_of_a_table_is_told_by_a_few_cells() -> None:
    found = divergences(sheet(0), sheet(90))
    assert 1 <= len(found) <= 5
    assert sum(one.consequences for one in found) >= 15


def test_of_a_column_that_grew_the_cell_that_needs_the_room_is_told_first() -> None:
    found = divergences(sheet(0, need=13), sheet(90, need=13))
    assert "tr:nth-of-type(14)" in found[0].selector


def test_columns_that_follow_from_a_missing_cell_are_counted_under_it() -> None:
    (found,) = divergences(sheet(0), sheet(90, without=(4, 0)))
    assert (found.kind, "Name 4" in found.message) == ("missing", True)
    assert found.consequences >= 19


def test_what_a_scroller_keeps_out_of_sight_is_not_missing() -> None:
    def strip(left: float, **extra: object) -> Box:
        price = text("b", left, 60, 90, "$320,800", visible=CssBox(left, 60, max(0.0, 400 - left), 20), extra=extra)
        return box("div", 40, 40, 360, 60, text("p", 40, 60, 200, "Salary"), price, style={"overflowX": "auto"})

    cut = {"cut": [0, 0, 90, 0], "cutBy": 2}
    kinds = [one.kind for one in divergences(strip(380), strip(405, **cut))]
    assert kinds == ["missing"]
    kinds = [one.kind for one in divergences(strip(380), strip(405, **cut, cutScrollX=True))]
    assert "missing" not in kinds


def film_and_ground(film: int | None) -> tuple[Box, RGB]:
    """A film on a coloured ground: `film` is the grey that it shows, None for a frame of many colours."""
    ground = box("img", 40, 40, 400, 400, flags=REPLACED, attributes={"src": "/ground.png"})
    video = box(
        "video", 140, 60, 200, 360, flags=REPLACED, extra={"natural": [200, 360]}, style={"position": "relative"}
    )
    whole = box("div", 40, 40, 400, 400, ground, video)
    picture = paint(page(whole))
    if film is not None:
        picture[60:420, 140:340] = film
    return whole, picture


def test_a_film_that_shows_nothing_is_told_and_not_what_lies_under_it() -> None:
    whole, playing = film_and_ground(None)
    _, black = film_and_ground(0)
    (found,) = divergences(whole, whole, (playing, black))
    assert (found.kind, found.selector.rpartition(">")[2]) == ("paint", "video:nth-of-type(1)")
    assert found.message.endswith("shows nothing.")


def test_another_frame_of_a_film_is_no_news() -> None:
    whole, playing = film_and_ground(None)
    later = playing.copy()
    later[60:420, 140:340] = playing[60:420, 140:340][:, ::-1] // 2
    assert divergences(whole, whole, (playing, later)) == []


def test_a_film_without_a_frame_has_no_shape_and_is_told_where_the_reference_has_one() -> None:
    def scene(wide: float, **extra: object) -> Box:
        film = box("video", 400 - wide / 2, 0, wide, 600, flags=REPLACED, style={"position": "absolute"}, extra=extra)
        return box("div", 0, 0, 800, 600, film)

    playing, lost, lost_wider = scene(400), scene(400, frameless=True), scene(700, frameless=True)
    assert divergences(lost, lost_wider) == []
    for candidate in (lost, lost_wider):
        (found,) = divergences(playing, candidate)
        assert (found.kind, found.message.partition(" shows ")[2]) == ("paint", "nothing.")
        assert found.severity >= 0.85


def test_a_ground_that_is_fixed_to_the_window_is_where_the_camera_put_it() -> None:
    style = {"backgroundImage": "url(/beans.jpg)"}

    def shop(**more: object) -> Box:
        return box(
            "div", 0, 0, 1000, 700, text("p", 40, 40, 300, "Coffee"), style=style, flags=frozenset({"paints"}), **more
        )

    whole = paint(page(shop()))
    dark = np.where(np.arange(whole.shape[0])[:, None, None] > 300, np.uint8(40), whole).astype(np.uint8)
    assert [one.kind for one in divergences(shop(), shop(), (whole, dark))] == ["paint"]
    fixed = shop(extra={"fixedGround": True})
    assert divergences(fixed, fixed, (whole, dark)) == []


def links_on(ground: str, at: str) -> Box:
    """Six white links in a bar: of a ground of its own (`at` "bar"), or pinned over a header that has it ("header")."""
    links = [
        text(
            "a", 40 + 130 * number, 20, 110, words, style={"color": "rgb(255, 255, 255)"}, flags=frozenset({"control"})
        )
        for number, words in enumerate(("Home", "About", "Pricing", "Blog", "Portfolio", "Contact"))
    ]
    own = {"backgroundColor": ground}
    if at == "bar":
        return box("nav", 0, 0, 1000, 60, *links, style=own)
    bar = box("nav", 0, 0, 1000, 60, *links, style={"position": "absolute"})
    title = text("h1", 40, 200, 400, "Welcome", style={"color": "rgb(240, 60, 60)"})
    return box("div", 0, 0, 1000, 400, box("header", 0, 0, 1000, 400, title, style=own), bar)


@pytest.mark.parametrize("at", ["bar", "header"])
def test_links_that_vanish_with_their_ground_are_one_finding_of_the_ground(at: str) -> None:
    (found,) = divergences(links_on("rgb(30, 40, 60)", at), links_on("rgba(0, 0, 0, 0)", at))
    assert (found.kind, found.consequences) == ("colour", 6)
    assert found.severity >= 0.85, "as severe as the links that it takes along"


def test_a_heading_that_comes_to_touch_the_line_above_it_is_worse_than_one_in_free_space() -> None:
    small = text("p", 40, 40, 300, "Blended to perfection", style={"position": "absolute"})
    large = Box(
        "h2", (40, 58, 300, 58), (), "Coffees", {"color": "rgb(0, 0, 0)", "fontSize": "48px", "position": "absolute"},
        lines=(CssBox(40, 60, 300, 53),),
    )  # fmt: skip

    def told(above: Box) -> list[str]:
        found = divergences(
            box("div", 0, 0, 600, 400, above, large), box("div", 0, 0, 600, 400, above, large.moved(0, -17))
        )
        return [one.message.partition(", and ")[2] for one in found]

    assert told(small) == ["touches the paragraph “Blended to perfection”."]
    assert told(small.moved(310, 0)) == []
