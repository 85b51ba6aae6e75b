"""What moves stands still: two pictures of one look, a second apart, are the same to the byte, and afterwards all goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from compatcheck.capture.freeze import thawed_afterwards
from compatcheck.capture.prepare.wishes import wishes_of
from compatcheck.capture.settle import settle
from compatcheck.model.capture import RGB
from compatcheck.model.matrix import Page
from compatcheck.model.visit import Step
from tests.browser.conftest import DESKTOP, Looker
from tests.browser.pictures import BLUE, GREEN, MAGENTA, RED, extent, where

pytestmark = pytest.mark.browser

STATE = """
const film = document.querySelector('video'), number = (id) => Number(document.getElementById(id).textContent);
return {fast: number('fast'), slow: number('slow'), inner: Number(frames[0].document.getElementById('n').textContent),
        film: film.currentTime, playing: !film.paused, line: document.querySelector('marquee').getAnimations().length,
        sheets: document.adoptedStyleSheets.length, heard: window.heard};
"""


def comes_true(condition: Callable[[], bool]) -> bool:
    """Whether it does within ten seconds: a busy machine's timers come late."""
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_all_that_moves_stands_still_and_goes_on(engine: str, look: Looker, site: str) -> None:
    look(engine, "blank.html", readiness="fast")
    eyes = look.sessions[(engine, DESKTOP)].eyes  # type: ignore[attr-defined]
    page = Page("moving", f"{site}/moving.html")

    def state() -> dict[str, Any]:
        found: dict[str, Any] = eyes.wire.script(STATE)
        return found

    eyes.preparer.prepare(wishes_of(page))
    eyes.go(page.url, 10)
    assert comes_true(lambda: eyes.wire.script("return document.readyState === 'complete'") is True)
    assert comes_true(lambda: state()["fast"] > 2)
    with thawed_afterwards(eyes):
        settle(eyes, page, "fast", 10)
        first, before = eyes.glance(), state()
        time.sleep(1)
        second, after = eyes.glance(), state()
        assert np.array_equal(first, second), np.argwhere((first != second).any(axis=2))[:3]
        assert after == before
        assert before["heard"] == []
        assert not before["playing"]
    assert comes_true(lambda: state()["fast"] > after["fast"] + 3)
    assert comes_true(lambda: state()["inner"] > after["inner"] + 3)
    assert comes_true(lambda: state()["playing"])
    gone_on = state()
    assert gone_on["line"] == gone_on["sheets"] == 0
    assert [one for one in gone_on["heard"] if "style" in one] == []


def test_frames_of_other_origins_stand_still_and_go_on(engine: str, look: Looker, site: str) -> None:
    look(engine, "blank.html", readiness="fast")
    eyes = look.sessions[(engine, DESKTOP)].eyes  # type: ignore[attr-defined]
    page = Page("strangers", f"{site}/strangers.html")
    eyes.preparer.prepare(wishes_of(page))
    eyes.go(page.url, 10)
    with thawed_afterwards(eyes):
        settle(eyes, page, "fast", 10)
        first = eyes.glance()
        time.sleep(0.7)
        second = eyes.glance()
    assert np.array_equal(first, second), np.argwhere((first != second).any(axis=2))[:3]
    for top in (0, extent_of_inner(first)):
        assert where(first[top + 1 : top + 19, 1:39], BLUE).all(), "the box is at its beginning"
        assert where(first[top + 22 : top + 58, 2:38], RED, tolerance=12).all(), "a GIF by its name"
        assert where(first[top + 22 : top + 58, 46:78], RED, tolerance=12).all(), "a GIF by its content type"
    assert eyes.wire.script("return window.heard") == []
    time.sleep(0.5)
    assert not np.array_equal(second, eyes.glance())


def extent_of_inner(picture: RGB) -> int:
    """The top of the second box that runs: that of the frame in the frame."""
    rows = np.flatnonzero(where(picture, BLUE).any(axis=1))
    return int(rows[rows > 40][0])


def test_marquees_stand_at_their_beginning(engine: str, look: Looker) -> None:
    first = look(engine, "marquee.html").picture
    second = look(engine, "marquee.html", wait_for_timeout=0.3).picture
    assert np.array_equal(first, second)
    for colour, (left, top) in {RED: (0, 0), GREEN: (300, 0), BLUE: (0, 200), MAGENTA: (300, 200)}.items():
        assert extent(first, colour, 1) == (left, top, left + 40, top + 20)
        assert where(first[top : top + 20, left : left + 40], colour, tolerance=0).all()


def test_frames_without_scripts_stand_still(engine: str, look: Looker) -> None:
    first, second = look(engine, "sandbox.html"), look(engine, "sandbox.html", wait_for_timeout=0.3)
    assert first.facts.settled
    assert np.array_equal(first.picture, second.picture)
    for top in (0, 100):
        assert extent(first.picture[top : top + 100], BLUE, 1) == (0, 0, 40, 20)
    assert extent(first.picture, GREEN, 1) == (0, 20, 40, 40)


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)  # the gate is the same for every engine
def test_slow_timers_do_not_fall_due_while_a_page_is_waited_for(
    engine: str, look: Looker, script: Callable[..., Any]
) -> None:
    look(engine, "moving.html", wait_for_script="Number(document.getElementById('fast').textContent) > 40")
    slow = script(engine, "return Number(document.getElementById('slow').textContent)")
    assert slow >= 1, "what a page waits for by itself is not held back"


def test_pointer_that_steps_left_over_something_is_taken_away(
    engine: str, look: Looker, script: Callable[..., Any]
) -> None:
    style = "input:hover { outline: 9px solid rgb(0, 160, 0) }"
    over = "return document.querySelector('input').matches(':hover')"
    look(engine, "moving.html", readiness="fast", styles=(style,), steps=(Step("click", "input"),))
    assert script(engine, over) is False
    look(engine, "moving.html", readiness="fast", styles=(style,), steps=(Step("hover", "input"),))
    assert script(engine, over) is True
    look(engine, "moving.html", readiness="fast")
    assert script(engine, over) is False
