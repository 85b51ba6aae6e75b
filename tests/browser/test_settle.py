"""What is waited for: each condition, by its name, and what happens when it does not come true."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.conftest import Looker

pytestmark = pytest.mark.browser

LATE = "return document.getElementById('late') !== null"


def test_answers_to_scripts_are_waited_for(engine: str, look: Looker, script: Callable[..., Any]) -> None:
    capture = look(engine, "settle.html?late&xhr")
    assert script(engine, "return document.querySelectorAll('#late').length") == 2
    assert capture.facts.settled


@pytest.mark.parametrize("path", ["late.html?worker&style", "late.html?frame"])
def test_what_workers_frames_and_style_sheets_ask_for_is_waited_for(
    engine: str, look: Looker, script: Callable[..., Any], path: str
) -> None:
    # A busy machine may take a moment to tell of a request.
    capture = look(engine, path, wait_for_script="window.asking", wait_for_timeout=0.3)
    assert script(engine, "return document.querySelectorAll('#late').length") == path.count("&") + 1, (
        capture.facts.settle
    )
    assert capture.facts.settled


def test_frame_of_a_named_host_is_not_waited_for(engine: str, look: Looker) -> None:
    capture = look(engine, "late.html?silent", ignore_requests=("localhost",))
    waited = look(engine, "late.html?silent", timeout=6)
    passed, network = (
        next(entry for entry in one.facts.settle if entry["condition"] == "network") for one in (capture, waited)
    )
    assert passed["met"]
    assert passed["seconds"] < 3
    assert network["reason"].endswith("/silent was not answered")
    assert waited.facts.timings["total"] < 8


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)  # the conditions are the same for every engine
@pytest.mark.parametrize(
    ("path", "wishes"),
    [
        ("settle.html?spin", {"readiness": "fast", "wait_for_selector": "#late"}),
        ("settle.html?spin", {"readiness": "fast", "not_present_selectors": (".spinner", ".other")}),
        ("settle.html?spin", {"readiness": "none", "wait_for_script": "window.ready"}),
        ("settle.html?spin", {"readiness": "none", "wait_for_timeout": 1.5}),
    ],
    ids=["selector", "notPresent", "script", "timeout"],
)
def test_is_waited_for(
    engine: str,
    look: Looker,
    script: Callable[..., Any],
    request: pytest.FixtureRequest,
    path: str,
    wishes: dict[str, Any],
) -> None:
    capture = look(engine, path, **wishes)
    assert script(engine, LATE) is True
    assert capture.facts.settled
    names = [entry["condition"] for entry in capture.facts.settle]
    wanted = {
        "wait_for_selector": "selector",
        "not_present_selectors": "notPresent",
        "wait_for_script": "script",
        "wait_for_timeout": "timeout",
    }
    assert set(names) >= {wanted[name] for name in wishes if name in wanted} | {"document"}


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)  # the same
def test_long_poll_is_waited_for_a_while_and_named_hosts_not_at_all(engine: str, look: Looker) -> None:
    capture = look(engine, "settle.html?poll", ignore_requests=("*/silent",))
    assert capture.facts.settled
    assert sum(entry["seconds"] for entry in capture.facts.settle) < 4
    waited = look(engine, "settle.html?poll", timeout=40)
    assert waited.facts.settled, "after five seconds it counts as a long poll"
    (network,) = [entry["seconds"] for entry in waited.facts.settle if entry["condition"] == "network"]
    assert 2 < network < 8


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)  # the same
@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"wait_for_selector": ".never"}, "nothing visible matched '.never'"),
        ({"not_present_selectors": (".box",)}, "'.box' was still there"),
        ({"wait_for_script": "window.never > 1"}, "window.never > 1 did not become true"),
    ],
    ids=["selector", "notPresent", "script"],
)
def test_what_does_not_come_true_is_named_and_the_look_is_on_time(
    engine: str, look: Looker, wishes: dict[str, Any], reason: str
) -> None:
    capture = look(engine, "settle.html", readiness="fast", timeout=3, **wishes)
    assert not capture.facts.settled
    assert capture.facts.timings["total"] < 3.5
    assert any(reason in note for note in capture.facts.notes), capture.facts.notes


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)  # the same
def test_page_that_goes_round_in_circles_is_not_waited_for_to_the_end(engine: str, look: Looker) -> None:
    capture = look(engine, "settle.html?round", timeout=60, readiness="strict")
    (layout,) = [entry for entry in capture.facts.settle if entry["condition"] == "layout"]
    assert layout["reason"] == "it kept going round in circles"
    assert 3 <= layout["seconds"] < 10, "0.3 of 40 s would be 12 s"


def test_page_that_went_to_where_nobody_answers_is_invalid(engine: str, look: Looker) -> None:
    capture = look(engine, "settle.html?gone", wait_for_timeout=1.0)
    assert "The browser shows its own error page" in capture.invalid
