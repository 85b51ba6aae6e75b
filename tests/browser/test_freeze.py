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
from compatcheck.model.matrix import Page
from compatcheck.model.visit import Step
from tests.browser.conftest import DESKTOP, Looker

pytestmark = pytest.mark.browser

STATE = """
const film = document.querySelector('video'), number = (id) => Number(document.getElementById(id).textContent);
return {fast: number('fast'), slow: number('slow'), inner: Number(frames[0].document.getElementById('n').textContent),
        film: film.currentTime, playing: !film.paused, line: document.querySelector('marquee').getAnimations().length,
        sheets: document.adoptedStyleSheets.length, heard: window.heard};
"""


def test_all_that_moves_stands_still_and_goes_on(engine: str, look: Looker, site: str) -> None:
    look(engine, "blank.html", readiness="fast")
    eyes = look.sessions[(engine, DESKTOP)].eyes  # type: ignore[attr-defined]
    page = Page("moving", f"{site}/moving.html")

    def state() -> dict[str, Any]:
        found: dict[str, Any] = eyes.wire.script(STATE)
        return found

    eyes.preparer.prepare(wishes_of(page))
    eyes.go(page.url, 10)
    time.sleep(0.6)
    assert state()["fast"] > 2
    with thawed_afterwards(eyes):
        settle(eyes, page, "fast", 10)
        first, before = eyes.glance(), state()
        time.sleep(1)
        second, after = eyes.glance(), state()
        assert np.array_equal(first, second), np.argwhere((first != second).any(axis=2))[:3]
        assert after == before
        assert before["heard"] == []
        assert not before["playing"]
    time.sleep(0.8)
    gone_on = state()
    assert gone_on["fast"] > after["fast"] + 3
    assert gone_on["inner"] > after["inner"] + 3
    assert gone_on["playing"]
    assert gone_on["line"] == gone_on["sheets"] == 0
    assert [one for one in gone_on["heard"] if "style" in one] == []


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
