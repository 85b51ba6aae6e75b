"""Pages with one trouble each, in every engine: what must be seen. `tests/pages/` holds them; `test_capture.py` has the others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from compatcheck.geometry import Size
from compatcheck.judge import LIMITS
from compatcheck.layout import find_divergences
from compatcheck.model.capture import RGB, Capture
from compatcheck.model.matrix import Screen
from tests.browser.conftest import Looker
from tests.browser.pictures import BLUE, GREEN, MAGENTA, RED, bands, extent, where

pytestmark = pytest.mark.browser

TRIPLE = Screen(Size(360, 640), 3)
WIDTH, HEIGHT = 800, 600
ALL = (0, WIDTH)


def columns(picture: RGB, colour: tuple[int, int, int]) -> tuple[int, int]:
    """The first and the last column that hold the colour, as [left, right)."""
    left, _, right, _ = extent(picture, colour, 1)
    return left, right


def sticky_header_and_footer(capture: Capture) -> None:
    picture = capture.picture
    assert bands(picture, GREEN, 1) == [(0, 40)]
    assert bands(picture, MAGENTA, 1) == [(HEIGHT - 50, HEIGHT)]
    assert bands(picture, BLUE, 1) == [(40 + 710 * n, 50 + 710 * n) for n in range(3)]
    assert capture.facts.document.height == 40 + 3 * 710 + 50


def parallax(capture: Capture) -> None:
    assert bands(capture.picture, BLUE, 1) == [(300, 310), (310 + 500 + HEIGHT, 320 + 500 + HEIGHT)]
    assert extent(capture.picture, MAGENTA, 1) == (100, 1000, 200, 1100)
    assert extent(capture.picture, RED, 1) == (0, 810, WIDTH, 810 + HEIGHT)


def inner_scroller_as_it_is(capture: Capture) -> None:
    assert capture.picture.shape == (HEIGHT, WIDTH, 3)
    assert bands(capture.picture, GREEN, 1) == [(0, 40)]
    assert bands(capture.picture, BLUE, 1) == [(40, 50), (550, 560)]


def inner_scroller_whole(capture: Capture) -> None:
    assert capture.picture.shape == (40 + 4 * 510, WIDTH, 3)
    assert bands(capture.picture, GREEN, 1) == [(0, 40)]
    assert bands(capture.picture, BLUE, 1) == [(40 + 510 * n, 50 + 510 * n) for n in range(4)]
    assert capture.page_model is not None
    assert capture.page_model.document == Size(WIDTH, 40 + 4 * 510)


def thirty_thousand(capture: Capture) -> None:
    assert capture.picture.shape == (30_000, WIDTH, 3)
    assert not [note for note in capture.facts.notes if "tall" in note]
    assert bands(capture.picture, BLUE, 1) == [(1000 * n, 1000 * n + 20) for n in range(30)]
    assert [int(capture.picture[1000 * n + 500, 100, 0]) for n in range(30)] == [40 + 7 * n for n in range(30)]


def late_font(capture: Capture) -> None:
    assert extent(capture.picture, MAGENTA, 1) == (0, 0, 160, 40)
    assert where(capture.picture[:40, :160], MAGENTA).all()


def right_to_left_bar(capture: Capture) -> None:
    assert columns(capture.picture, MAGENTA) == (760, 800)
    assert columns(capture.picture, GREEN) == (0, 40)
    assert bands(capture.picture, MAGENTA, 1) == bands(capture.picture, GREEN, 1) == [(0, 40), (940, 980)]


def out_to_the_left(capture: Capture) -> None:
    assert extent(capture.picture, MAGENTA, 1) == (WIDTH - 40, 0, WIDTH, 40)
    assert extent(capture.picture, BLUE, 1) == (0, 40, WIDTH, 80)


def scrolled_sideways(capture: Capture) -> None:
    assert capture.picture.shape == (1800, 1200, 3)
    assert extent(capture.picture, MAGENTA, 1) == (0, 0, 40, 40)
    assert extent(capture.picture, BLUE, 1) == (0, 40, 1200, 80)


def styled_bars(capture: Capture) -> None:
    assert capture.picture.shape == (2000, WIDTH, 3)
    assert extent(capture.picture, GREEN, 1) == (0, 0, 400, 100)
    assert extent(capture.picture, MAGENTA, 1) == (WIDTH - 40, 100, WIDTH, 140)


def popup(capture: Capture) -> None:
    assert extent(capture.picture, MAGENTA, 1) == (100, 100, 300, 200)
    assert bands(capture.picture, BLUE, 1) == [(710 * n, 710 * n + 10) for n in range(3)]


def screen_styles(capture: Capture) -> None:
    assert extent(capture.picture, GREEN, 1) == (0, 0, WIDTH, 40)
    assert extent(capture.picture, BLUE, 1) == (0, 40, WIDTH, 100)
    assert not where(capture.picture, RED).any()


def three_times(capture: Capture) -> None:
    assert capture.facts.device_scale_factor == 3
    assert capture.picture.shape == (640 * 3, 360 * 3, 3)
    assert extent(capture.picture, GREEN, 3) == (0, 0, 100, 100)
    rows = where(capture.picture, MAGENTA).any(axis=1)
    assert np.flatnonzero(rows).tolist() == [300]


def wall(capture: Capture) -> None:
    assert "#wall" in capture.invalid


def no_wall(capture: Capture) -> None:
    assert not capture.invalid
    assert extent(capture.picture, GREEN, 1) == (0, 0, WIDTH, 300)
    assert not where(capture.picture, RED).any()
    assert capture.facts.extra["dismissed"] == ["#agree"]


def slow_list(capture: Capture) -> None:
    assert bands(capture.picture, GREEN, 1) == [(0, 180)]
    assert not where(capture.picture, RED).any()


def menu(capture: Capture) -> None:
    assert extent(capture.picture, GREEN, 1) == (0, 0, 200, 300)
    assert not where(capture.picture, RED).any()


def dialogues(capture: Capture) -> None:
    assert extent(capture.picture, GREEN, 1) == (0, 0, WIDTH, 100)


def short_quirks(capture: Capture) -> None:
    assert capture.picture.shape == (HEIGHT, WIDTH, 3)


def tall_quirks(capture: Capture) -> None:
    assert capture.picture.shape == (950, WIDTH, 3)
    assert extent(capture.picture, MAGENTA, 1) == (0, 900, 50, 950)


Seen = Callable[[Capture], None]
TROUBLES: dict[str, tuple[str, dict[str, object], Seen]] = {
    "sticky header and footer": ("footer.html", {}, sticky_header_and_footer),
    "parallax": ("parallax.html", {}, parallax),
    "inner scroller": ("scroller.html", {}, inner_scroller_as_it_is),
    "inner scroller, whole": ("scroller.html", {"expand": ("main",)}, inner_scroller_whole),
    "30 000 px": ("thirty.html", {}, thirty_thousand),
    "late font": ("font.html", {}, late_font),
    "right-to-left scroll bar": ("rtlbar.html", {}, right_to_left_bar),
    "out to the left": ("leftwards.html", {}, out_to_the_left),
    "out to the left, scrolled": ("leftwards.html?scrolled", {"readiness": "fast"}, out_to_the_left),
    "scrolled sideways": ("sideways.html", {"readiness": "fast"}, scrolled_sideways),
    "scroll bars of its own": ("bars.html", {}, styled_bars),
    "popup on scroll": ("popup.html", {}, popup),
    "print styles": ("print.html", {"readiness": "fast"}, screen_styles),
    "ratio of three": ("ratio.html", {"screen": TRIPLE}, three_times),
    "consent wall": ("consent.html", {"invalid_selectors": ("#wall",), "readiness": "fast"}, wall),
    "consent wall dismissed": ("consent.html", {"dismiss": ("#agree",), "invalid_selectors": ("#wall",)}, no_wall),
    "slow API": ("api.html", {"readiness": "strict"}, slow_list),
    "slow API, waited for": ("api.html", {"readiness": "fast", "wait_for_selector": "li"}, slow_list),
    "dialogues": ("dialogue.html", {"readiness": "fast"}, dialogues),
    "menu that folds": ("menu.html", {}, menu),
    "old rules, short": ("quirks.html", {"readiness": "fast"}, short_quirks),
    "old rules, placed freely": ("quirks.html?low", {"readiness": "fast"}, tall_quirks),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_page_of_trouble(engine: str, look: Looker, trouble: str) -> None:
    path, how, check = TROUBLES[trouble]
    capture = look(engine, path, **how)
    if check is not wall:
        assert not capture.invalid
    check(capture)


@pytest.mark.parametrize(
    ("path", "box"),
    [
        ("gif.html", (0, 0, 100, 100)),
        ("pictures.html", (0, 0, 320, 40)),
        ("video.html", (0, 0, 160, 96)),
        ("carousel.html", (0, 0, 800, 120)),
    ],
)
def test_what_moves_stands_still(engine: str, look: Looker, path: str, box: tuple[int, int, int, int]) -> None:
    """Two looks show the same, one whole colour, at different moments of the page's life."""
    first = look(engine, path)
    if path == "video.html" and not any(where(first.picture, colour).any() for colour in (RED, GREEN, BLUE)):
        pytest.skip(f"this {engine} plays no WebM")
    second = look(engine, path, wait_for_timeout=0.25)
    colours = [colour for colour in (RED, GREEN, BLUE) if where(first.picture, colour, tolerance=12).any()]
    assert colours == [RED]
    assert np.array_equal(first.picture, second.picture)
    left, top, right, bottom = box
    assert where(first.picture[top:bottom, left:right], colours[0], tolerance=12).all()


def test_a_page_that_nobody_styled_is_no_divergence(engine: str, look: Looker) -> None:
    """Fonts, form controls and where they stand on the line are the engine's own."""
    found = find_divergences(look("chromium", "plain.html"), look(engine, "plain.html")).divergences
    assert [one.message for one in found if one.severity >= LIMITS["normal"]] == []


def test_every_engine_is_told_the_same(engine: str, look: Looker, script: Callable[..., object]) -> None:
    """The page is scrolled through once and back; nothing else comes from the camera."""
    assert not look(engine, "counts.html").invalid
    told = script(engine, "return window.told")
    assert isinstance(told, dict)
    scrolled = told.pop("scrolled")
    assert told == {
        "resize": 0,
        "focus": 0,
        "pointer": 0,
        "key": 0,
        "visibility": 0,
        "media": 0,
        "observed": 0,
        "mutations": 0,
    }
    assert scrolled == [600, 1200, scrolled[2], 0]
    assert scrolled[2] > 1650
    assert script(engine, "return [scrollX, scrollY, document.activeElement.tagName]") == [0, 0, "BODY"]
