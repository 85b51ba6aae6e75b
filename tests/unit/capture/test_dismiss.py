"""When a dialog counts as dismissed: by whether it is gone, not by what a busy browser answered in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest

from compatcheck.capture.visit import dismiss
from compatcheck.capture.visit.dismiss import Dismissal
from compatcheck.capture.visit.steps import NotYet
from compatcheck.capture.wire import Wire
from compatcheck.errors import SessionLost
from compatcheck.model.visit import Step


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The selectors that show; a test takes them away."""
    selectors = {"#agree"}
    monkeypatch.setattr(dismiss, "is_visible", lambda _wire, selector: selector in selectors)
    return selectors


@pytest.fixture
def clicking(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Say what a click does."""

    def does(what: Callable[[], object]) -> None:
        def run_step(_wire: Wire, step: Step, _until: float) -> None:
            if step.action == "click":
                what()

        monkeypatch.setattr(dismiss, "run_step", run_step)

    return does


def dismissal() -> Dismissal:
    return Dismissal(cast(Wire, None), ["#agree"])


def test_a_dialog_that_went_away_although_the_click_was_answered_late(shown: set[str], clicking: Any) -> None:
    def late() -> None:
        shown.clear()
        raise NotYet("no element matched")

    clicking(late)
    one = dismissal()
    assert one.now()
    assert (one.done, one.notes) == (["#agree"], [])


def test_a_dialog_that_stays_is_told_until_it_has_gone(shown: set[str], clicking: Any) -> None:
    def covered() -> None:
        raise NotYet("div.veil lay over the element")

    clicking(covered)
    one = dismissal()
    assert not one.now()
    assert (one.done, one.notes) == ([], ["#agree could not be dismissed: div.veil lay over the element."])
    shown.clear()
    assert not one.now()
    assert (one.done, one.notes) == (["#agree"], [])


def test_a_browser_that_is_gone_is_no_dialog_that_stays(shown: set[str], clicking: Any) -> None:
    def lost() -> None:
        raise SessionLost("The browser has gone.")

    clicking(lost)
    with pytest.raises(SessionLost):
        dismissal().now()
    assert shown
