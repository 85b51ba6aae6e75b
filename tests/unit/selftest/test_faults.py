"""Faults are drawn by a seed, only where they can be, and told in rates."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from compatcheck.cli.selftest import summary
from compatcheck.model.verdict import Verdict
from compatcheck.selftest.faults import RULES, Fault, plan_faults
from compatcheck.selftest.trials import Trial, visible_change

from ..layout.build import box, capture, page, text

PHOTO = box("img", 40, 20, 300, 200, attributes={"src": "/photo.png"}, flags=frozenset({"replaced"}))
ROW = box(
    "div", 40, 500, 900, 60,
    box("a", 40, 500, 200, 60, text="Prices", flags=frozenset({"control"})),
    box("a", 260, 500, 200, 60, text="Contact", flags=frozenset({"control"})),
    style={"display": "flex", "backgroundColor": "rgb(230, 230, 230)"},
)  # fmt: skip
MODEL = page(
    PHOTO,
    text("h1", 40, 240, 600, "Everything for the garden"),
    text("p", 40, 270, 600, "Spades, seeds and a good deal of advice for everyone", lines=4),
    text("p", 40, 370, 600, "Open every day", lines=1),
    ROW,
)


def test_equal_seeds_draw_equal_faults() -> None:
    assert list(plan_faults(MODEL, 7)) == list(plan_faults(MODEL, 7))
    assert list(plan_faults(MODEL, 7)) != list(plan_faults(MODEL, 8))


def test_every_kind_finds_a_place_on_an_ordinary_page() -> None:
    assert {fault.kind for fault in plan_faults(MODEL, 3)} == set(RULES)


@pytest.mark.parametrize("seed", range(8))
def test_faults_name_elements_that_are_there_and_fit_their_kind(seed: int) -> None:
    paths = {element.path: element for element in MODEL.elements}
    for fault in plan_faults(MODEL, seed, per_kind=3):
        element = paths[fault.path]
        if fault.kind == "broken-image":
            assert element.tag == "img"
        if fault.kind in ("enlarged-text", "clipped", "unwrapped", "invisible", "wrong-font"):
            assert element.text
        if fault.kind == "reordered":
            assert fault.values["with"] in paths


def test_nothing_is_drawn_where_nothing_can_be_seen() -> None:
    hidden = page(*(replace(one, flags=one.flags | {"transparent"}) for one in (PHOTO, ROW)))
    assert [fault for fault in plan_faults(hidden, 1) if fault.path.endswith("img:nth-of-type(1)")] == []


def test_a_cell_is_not_clipped_because_it_takes_no_height_below_its_text() -> None:
    cell = text("td", 40, 40, 300, "Open every day", style={"display": "table-cell"})
    kinds = {fault.kind for fault in plan_faults(page(cell), 1)}
    assert "clipped" not in kinds
    assert "hidden" in kinds


def test_a_visible_change_is_counted_in_css_px() -> None:
    before = np.full((100, 100, 3), 255, np.uint8)
    after = before.copy()
    after[10:20, 10:30] = 0
    after[50:52, 50:52] = 250  # a rasteriser's whim
    one, other = capture(None, picture=before), capture(None, picture=after)
    assert visible_change(one, other) == 200
    at_two = replace(one.facts, device_scale_factor=2.0)
    assert visible_change(replace(one, facts=at_two), other) == 50


def test_rates_leave_out_what_could_not_be_seen() -> None:
    fault = Fault("hidden", "html>body>p:nth-of-type(1)", "p")
    flagged, match = Verdict("flagged", 0.9), Verdict("match")
    told = summary(
        [
            Trial("home", "phone", None, match),
            Trial("home", "phone", fault, flagged, changed=900),
            Trial("home", "phone", fault, match, changed=900),
            Trial("home", "phone", fault, match, changed=3),
            Trial("home", "phone", fault, None, note="the browser died"),
        ]
    )
    assert "hidden             1 of   2 caught" in told
    assert "false alarms       0 of   1 untouched looks flag" in told
