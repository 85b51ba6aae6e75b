"""What is wrong within one capture: told of both sides, and said whether the reference shows it too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compatcheck.geometry import CssBox
from compatcheck.layout import find_divergences, inspect
from compatcheck.layout.table import read_table
from compatcheck.layout.targets import small_targets
from compatcheck.model.verdict import Divergence

from .build import Box, box, capture, page, paint, text

CONTROL = frozenset({"control", "paints"})
TOFU = {"characters": ["U+4E2D"], "share": 0.5}


def shop(*broken: Box, **extra: Any) -> Any:
    return page(
        text("h1", 20, 20, 400, "Everything for the garden"),
        text("p", 20, 60, 400, "Spades and seeds and pots"),
        *broken,
        **extra,
    )


def bar(height: float) -> Box:
    """A bar pinned to the top; from 50 px on it lies over the heading."""
    return box(
        "nav", 0, 0, 1000, height, style={"position": "fixed", "backgroundColor": "rgb(0, 0, 60)"}, flags=frozenset({"fixed"})
    )  # fmt: skip


def card(height: float) -> Box:
    """A button on a grey card; a card of 60 px is too low for it."""
    grey, blue = {"backgroundColor": "rgb(170, 170, 170)"}, {"backgroundColor": "rgb(10, 60, 200)"}
    return box(
        "div",
        20,
        200,
        400,
        height,
        box("button", 60, 240, 120, 40, text="Add to basket", flags=CONTROL, style=blue),
        style=grey,
    )


HEALTHY = {
    "collision": shop(text("p", 20, 100, 300, "Order today")),
    "clipped": shop(text("h2", 20, 200, 300, "Tea of the week")),
    "viewport-protrusion": shop(text("h2", 20, 200, 300, "Tea of the week")),
    "image-broken": shop(box("img", 20, 200, 200, 100, flags=frozenset({"replaced"}))),
    "glyph-missing": shop(text("h2", 20, 200, 300, "Green tea 中")),
    "element-protrusion": shop(card(100)),
    "bar": shop(bar(10)),
}
BROKEN = {
    "collision": shop(text("p", 20, 62, 300, "Order today")),
    "clipped": shop(
        text(
            "h2", 20, 200, 300, "Tea of the week",
            style={"overflowY": "hidden"}, visible=CssBox(20, 200, 300, 9), extra={"cut": [0, 0, 0, 9]},
        )
    ),
    "viewport-protrusion": None,  # made below: the document is wider
    "image-broken": shop(box("img", 20, 200, 200, 100, flags=frozenset({"replaced", "imageBroken"}), attributes={"src": "a.png"})),
    "glyph-missing": shop(text("h2", 20, 200, 300, "Green tea 中", extra={"missingGlyphs": TOFU})),
    "element-protrusion": shop(card(60)),
    "bar": shop(bar(56)),
}  # fmt: skip


def wide() -> Any:
    from dataclasses import replace

    from compatcheck.geometry import Size

    model = shop(text("h2", 20, 200, 1300, "Tea of the week"))
    return replace(model, document=Size(1320, model.document.height))


BROKEN["viewport-protrusion"] = wide()


def shot(name: str, model: Any, side: str) -> Any:
    picture = paint(model)
    if name == "bar":  # the bar is painted last
        height = 56 if model is BROKEN["bar"] else 10
        picture[:height] = (0, 0, 60)
    if name == "image-broken" and model is BROKEN[name]:
        picture[200:300, 20:220] = 255
    return capture(model, side, picture=np.ascontiguousarray(picture))


def found(name: str, reference: Any, candidate: Any) -> list[Divergence]:
    kind = "collision" if name == "bar" else name
    both = find_divergences(shot(name, reference, "reference"), shot(name, candidate, "candidate"))
    return [one for one in both.divergences if one.kind == kind]


@pytest.mark.parametrize("name", BROKEN)
def test_trouble_is_told_of_one_capture_alone(name: str) -> None:
    kind = "collision" if name == "bar" else name
    assert kind in {one.kind for one in inspect(shot(name, BROKEN[name], "reference"))}
    assert kind not in {one.kind for one in inspect(shot(name, HEALTHY[name], "reference"))}


@pytest.mark.parametrize("name", BROKEN)
def test_trouble_on_both_sides_is_shared_and_says_so(name: str) -> None:
    told = found(name, BROKEN[name], BROKEN[name])
    assert told
    assert all(one.shared for one in told)
    assert all(one.message.endswith(", on the reference too.") for one in told)


@pytest.mark.parametrize("name", BROKEN)
def test_trouble_on_the_candidate_is_only_here(name: str) -> None:
    told = found(name, HEALTHY[name], BROKEN[name])
    assert told
    assert not any(one.shared for one in told)
    assert found(name, BROKEN[name], HEALTHY[name]) == []


def test_missing_glyphs_are_named_and_weighed() -> None:
    (tofu,) = found("glyph-missing", HEALTHY["glyph-missing"], BROKEN["glyph-missing"])
    assert "instead of U+4E2D: no font has it, only here." in tofu.message
    assert tofu.severity == 0.75
    icon = {"before": ['"\uf07a"', "static", "Icons", {"characters": ["U+F07A"], "share": 1}], "after": None}
    beside = shop(text("a", 20, 200, 100, "Cart", extra={"pseudo": icon}))
    alone = shop(box("a", 20, 200, 30, 30, flags=CONTROL, extra={"pseudo": icon}))
    severities = []
    for model in (beside, alone):
        (one,) = (each for each in inspect(capture(model)) if each.kind == "glyph-missing")
        assert "instead of icon U+F07A in ::before: the icon font is not there." in one.message
        severities.append(one.severity)
    assert severities == [0.55, 0.8]


# ---- controls ----------------------------------------------------------------------------------------------------------------


def button(x: float, y: float, width: float, height: float, words: str = "Go", **more: Any) -> Box:
    return text("button", x, y, width, words, flags=CONTROL, role="button", **more) if height == 20 else box(
        "button", x, y, width, height, text=words, flags=CONTROL, role="button", lines=(CssBox(x, y, width, min(height, 18)),),
        style={"color": "rgb(0, 0, 0)", "backgroundColor": "rgb(200, 200, 200)"}, **more,
    )  # fmt: skip


def toolbar(side: float, gap: float) -> Any:
    return shop(*(button(20 + at * (side + gap), 200, side, side, f"B{at}") for at in range(3)))


def test_a_control_that_is_small_only_here_is_a_finding() -> None:
    both = find_divergences(capture(toolbar(32, 4), "reference"), capture(toolbar(16, 4)))
    told = [one for one in both.divergences if "WCAG" in one.message]
    assert told
    assert {one.kind for one in told} == {"resized"}
    assert (
        "is 16 × 16 px, too small to be hit (24 × 24, WCAG 2.5.8), only here: on the reference it is 32 × 32 px."
        in told[0].message
    )
    assert max(one.severity for one in both.divergences) >= 0.5


def test_controls_that_are_small_on_the_reference_too_are_noted_and_flag_nobody() -> None:
    both = find_divergences(capture(toolbar(16, 4), "reference"), capture(toolbar(16, 4)))
    assert both.divergences == ()
    assert both.notes == (
        "3 controls are smaller than 24 × 24 px (WCAG 2.5.8), on the reference too; the first is the button “B0” at 20, 200.",
    )


@pytest.mark.parametrize(
    ("boxes", "small"),
    [
        pytest.param([button(20, 200, 16, 16), button(40, 200, 16, 16)], 2, id="crowded"),
        pytest.param([button(20, 200, 16, 16), button(60, 200, 16, 16)], 0, id="room-around-them"),
        pytest.param([button(20, 200, 16, 16), button(37, 196, 60, 40)], 1, id="beside-a-large-one"),
        pytest.param([button(20, 200, 23.5, 23.5), button(44, 200, 23.5, 23.5)], 0, id="rounded"),
        pytest.param([button(20, 200, 16, 16, attributes={"type": "checkbox"}), button(38, 200, 16, 16)], 1, id="size-of-the-engine"),
        pytest.param([button(20, 200, 16, 16, extra={"pointerEvents": "none"}), button(60, 200, 16, 16)], 0, id="not-to-be-hit"),
    ],
)  # fmt: skip
def test_what_is_too_small(boxes: list[Box], small: int) -> None:
    assert len(small_targets(read_table(shop(*boxes)))) == small


def test_links_in_a_sentence_may_be_small() -> None:
    def link(x: float) -> Box:
        return text("a", x, 202, 12, "8", flags=CONTROL | {"inline"}, role="link", style={"display": "inline"})

    line = (CssBox(20, 200, 200, 18),)
    sentence = box("p", 20, 200, 400, 20, link(100), link(114), text="Look and", lines=line)
    alone = box("li", 20, 200, 400, 20, link(100), link(114))
    assert small_targets(read_table(shop(sentence))) == []
    assert len(small_targets(read_table(shop(alone)))) == 2


def test_a_control_off_the_screen_says_where_it_is() -> None:
    there = shop(button(20, 200, 100, 40, "Buy now"))
    gone = button(-400, 200, 100, 40, "Buy now", visible=CssBox(0, 200, 0, 0), extra={"cut": [100, 0, 0, 0]})
    (missing,) = (
        one
        for one in find_divergences(capture(there, "reference"), capture(shop(gone))).divergences
        if one.kind == "missing"
    )
    assert "is off the screen, at -400, 200: the reference shows it at 20, 200." in missing.message
    assert missing.severity == 0.9
    assert find_divergences(capture(shop(gone), "reference"), capture(shop(gone))).divergences == ()


def test_another_wording_is_told_and_flags_at_strict_only() -> None:
    there, here = (shop(text("h2", 20, 200, 300, f"Tea of the {when}")) for when in ("week", "month"))
    (told,) = find_divergences(capture(there, "reference"), capture(here)).divergences
    assert told.kind == "text"
    assert told.severity == 0.4
    assert told.message == "The heading “Tea of the week” reads “Tea of the month” here."
