"""Pages for property tests: headers, texts, cards beside one another, lists, pictures and forms, drawn by hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from .build import Box, box, text

CONTROL = frozenset({"control"})
PICTURE = frozenset({"replaced"})
GROUND = {"backgroundColor": "rgb(235, 238, 245)"}


@st.composite
def pages(draw: st.DrawFn) -> tuple[Box, ...]:
    """Sections of many kinds, one below the other; every text and control has words of its own."""
    found: list[Box] = []
    y = 10.0
    for number in range(draw(st.integers(3, 8))):
        make = draw(st.sampled_from([_heading, _text, _control, _cards, _items, _picture, _form]))
        one = make(draw, number, y)
        found.append(one)
        y = one.at[1] + one.at[3] + draw(st.integers(4, 40))
    return tuple(found)


def _heading(draw: st.DrawFn, number: int, y: float) -> Box:
    size = draw(st.sampled_from(["16px", "24px", "32px"]))
    return text("h2", 40, y, 500, f"Heading number {number}", style={"fontSize": size})


def _text(draw: st.DrawFn, number: int, y: float) -> Box:
    width = draw(st.integers(200, 700))
    return text("p", 40, y, width, f"Paragraph number {number} says something", draw(st.integers(1, 5)))


def _control(draw: st.DrawFn, number: int, y: float) -> Box:
    width = draw(st.integers(60, 200))
    return box("button", 40, y, width, 36, text=f"Button {number}", role="button", flags=CONTROL, style=GROUND)


def _cards(draw: st.DrawFn, number: int, y: float) -> Box:
    """Two to four boxes side by side, with a heading, a text and a link each."""
    count, lines = draw(st.integers(2, 4)), draw(st.integers(1, 4))
    height = 70.0 + 20 * lines
    cards = [
        box(
            "div", 40 + 230 * at, y, 210, height,
            text("h3", 50 + 230 * at, y + 6, 180, f"Card {number} {at}"),
            text("p", 50 + 230 * at, y + 34, 190, f"About card {number} {at}", lines),
            box("a", 50 + 230 * at, y + 40 + 20 * lines, 90, 24, text=f"More {number} {at}", role="link", flags=CONTROL),
            style=GROUND,
        )
        for at in range(count)
    ]  # fmt: skip
    return box(
        "section", 40, y, 920, height, *cards, style={"display": draw(st.sampled_from(["flex", "grid", "block"]))}
    )


def _items(draw: st.DrawFn, number: int, y: float) -> Box:
    count = draw(st.integers(3, 8))
    return box(
        "ul", 40, y, 400, 24 * count, *(text("li", 60, y + 24 * at, 300, f"Item {number} {at}") for at in range(count))
    )


def _picture(draw: st.DrawFn, number: int, y: float) -> Box:
    return box(
        "img",
        40,
        y,
        draw(st.integers(40, 600)),
        draw(st.integers(40, 300)),
        attributes={"src": f"{number}.png"},
        flags=PICTURE,
    )


def _form(draw: st.DrawFn, number: int, y: float) -> Box:
    """Labels with a field each, and a button."""
    count = draw(st.integers(1, 3))
    rows = []
    for at in range(count):
        rows.append(text("label", 40, y + 60 * at, 200, f"Label {number} {at}"))
        rows.append(
            box("input", 40, y + 60 * at + 22, 300, 34, flags=CONTROL | {"paints"}, role="textbox", style=GROUND)
        )
    end = y + 60 * count
    rows.append(box("button", 40, end, 120, 36, text=f"Send {number}", role="button", flags=CONTROL, style=GROUND))
    return box("form", 40, y, 400, 60 * count + 36, *rows)
