"""One session per device: kept, opened again when it dies, closed whatever happens; every failure a result."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

import pytest
import tenacity

from compatcheck.capture import session as module
from compatcheck.capture.fake import FakeDriver, stacked
from compatcheck.capture.session import capture_shots
from compatcheck.errors import CaptureError, DriverMissing, SessionLost
from compatcheck.geometry import Size
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot
from compatcheck.model.run import CaptureFailed

DEVICE = Device("phone", "chromium", Screen(Size(100, 100)))
SHOTS = [Shot(DEVICE, Page(name, f"http://shop/{name}")) for name in ("home", "list", "cart")]
WORKING = FakeDriver(stacked("text"))


@dataclass
class Stage:
    """A driver that plays a script: what each look and each opening comes to, in order; then everything works."""

    looks: list[Exception | None] = field(default_factory=list)
    openings: list[Exception | None] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    @contextmanager
    def open(self, device: Device) -> Iterator[Stage]:
        self.log.append("open")
        if self.openings and (error := self.openings.pop(0)):
            raise error
        try:
            yield self
        finally:
            self.log.append("close")

    def look(self, shot: Shot) -> Capture:
        self.log.append(shot.page.id)
        if self.looks and (error := self.looks.pop(0)):
            raise error
        with WORKING.open(shot.device) as session:
            return session.look(shot)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tenacity.nap.time, "sleep", lambda _: None)


def results(stage: Stage, retries: int = 1) -> list[str]:
    """What each shot came to: "ok" or the message."""
    taken = list(capture_shots(DEVICE, SHOTS, retries=retries, driver=stage))
    return [one.message if isinstance(one, CaptureFailed) else "ok" for one in taken]


def test_one_session_for_all_shots() -> None:
    stage = Stage()
    assert results(stage) == ["ok"] * 3
    assert stage.log == ["open", "home", "list", "cart", "close"]


def test_bad_page_fails_alone() -> None:
    stage = Stage(looks=[None, CaptureError("no such host", hint="look again")])
    assert results(stage) == ["ok", "no such host", "ok"]
    assert stage.log == ["open", "home", "list", "cart", "close"]


def test_lost_session_is_opened_again_for_the_same_shot() -> None:
    stage = Stage(looks=[None, SessionLost("crashed")])
    assert results(stage) == ["ok"] * 3
    assert stage.log == ["open", "home", "list", "close", "open", "list", "cart", "close"]


def test_retries_are_bounded_per_shot() -> None:
    stage = Stage(looks=[SessionLost("one"), SessionLost("two"), None, SessionLost("three")])
    assert results(stage) == ["two", "ok", "ok"]
    assert stage.log.count("open") == 4


def test_no_retries() -> None:
    assert results(Stage(looks=[SessionLost("gone")]), retries=0) == ["gone", "ok", "ok"]


def test_missing_browser_fails_every_shot_and_is_looked_for_once() -> None:
    stage = Stage(openings=[DriverMissing("Firefox was not found.", hint="apt-get install firefox-esr")])
    taken = list(capture_shots(DEVICE, SHOTS, driver=stage))
    assert [one.message for one in taken if isinstance(one, CaptureFailed)] == ["Firefox was not found."] * 3
    assert taken[0].hint == "apt-get install firefox-esr"  # type: ignore[union-attr]
    assert stage.log == ["open"]


def test_browser_that_starts_only_at_the_second_try() -> None:
    stage = Stage(openings=[SessionLost("did not start")])
    assert results(stage) == ["ok"] * 3


def test_unexpected_error_is_a_result_and_the_session_is_not_trusted_any_more() -> None:
    stage = Stage(looks=[ZeroDivisionError("by zero")])
    messages = results(stage)
    assert messages == ["Looking at http://shop/home as phone failed: ZeroDivisionError: by zero", "ok", "ok"]
    assert stage.log == ["open", "home", "close", "open", "list", "cart", "close"]


def test_generator_closed_early_closes_the_session() -> None:
    stage = Stage()
    taking = capture_shots(DEVICE, SHOTS, driver=stage)
    assert len(list(islice(taking, 1))) == 1
    assert stage.log == ["open", "home"]
    taking.close()  # type: ignore[attr-defined]
    assert stage.log == ["open", "home", "close"]


def test_interrupt_goes_through_and_closes_the_session() -> None:
    stage = Stage(looks=[None, KeyboardInterrupt()])  # type: ignore[list-item]
    taking = capture_shots(DEVICE, SHOTS, driver=stage)
    next(taking)
    with pytest.raises(KeyboardInterrupt):
        next(taking)
    assert stage.log[-1] == "close"


def test_unknown_driver_names_the_known_ones() -> None:
    device = Device("odd", "chromium", Screen(Size(100, 100)), driver="telepathy")
    (result,) = capture_shots(device, [Shot(device, Page("home", "http://shop/"))])
    assert isinstance(result, CaptureFailed)
    assert "telepathy" in result.message
    assert "selenium" in result.hint


def test_nothing_is_opened_for_no_shots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_load_driver", lambda _: pytest.fail("opened"))
    assert list(capture_shots(DEVICE, [])) == []
