"""Sessions that wait for the next device: one browser for all that it can be, never more than are looked at at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from compatcheck.capture import session as module
from compatcheck.capture.fake import FakeDriver, stacked
from compatcheck.capture.idle import IdleSessions
from compatcheck.capture.session import open_camera
from compatcheck.errors import SessionLost
from compatcheck.geometry import Size
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot

PAGE = Page("home", "https://shop.example/")
WORKING = FakeDriver(stacked("Hello"))


def device(name: str, browser: str = "chromium", server: str | None = None) -> Device:
    return Device(name, browser, Screen(Size(int(name), 600)), driver="fake", server=server)  # type: ignore[arg-type]


@dataclass
class Browser:
    """A session that becomes every device of its browser, but those that it `dies` of."""

    stage: Stage
    device: Device

    def look(self, shot: Shot) -> Capture:
        assert shot.device == self.device
        with WORKING.open(shot.device) as session:
            return session.look(shot)

    def become(self, device: Device) -> bool:
        if device.id in self.stage.deadly:
            raise SessionLost("gone")
        if device.id in self.stage.refused:
            return False
        self.device = device
        return True


@dataclass
class Stage:
    """A driver that writes down which sessions are opened and closed, by the devices that they were then."""

    deadly: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    log: list[str] = field(default_factory=list)

    @contextmanager
    def open(self, device: Device) -> Iterator[Browser]:
        self.log.append(f"open {device.id}")
        browser = Browser(self, device)
        yield browser
        self.log.append(f"close {browser.device.id}")


def run(stage: Stage, devices: list[Device]) -> list[str]:
    """Look as one device after the other, as one thread of a run does; gives the log."""
    idle = IdleSessions(devices)
    for one in devices:
        with open_camera(one, driver=stage, idle=idle) as take:
            result = take(Shot(one, PAGE))
            assert isinstance(result, Capture), result
    assert stage.log.count("close") == 0
    idle.close()
    return stage.log


def test_one_browser_for_all_devices_that_it_can_be() -> None:
    assert run(Stage(), [device("800"), device("400"), device("600")]) == ["open 800", "close 600"]


def test_browser_ends_with_the_last_device_that_it_could_serve() -> None:
    devices = [device("800"), device("400"), device("600", "firefox"), device("700", "firefox")]
    assert run(Stage(), devices) == ["open 800", "close 400", "open 600", "close 700"]


def test_browser_that_waits_ends_before_another_is_opened() -> None:
    devices = [device("800"), device("600", "firefox"), device("400"), device("700", "firefox")]
    assert run(Stage(), devices) == [
        *("open 800", "close 800", "open 600", "close 600", "open 400", "close 400", "open 700", "close 700")
    ]


def test_session_that_cannot_be_the_next_device() -> None:
    assert run(Stage(refused=("400",)), [device("800"), device("400"), device("600")]) == [
        *("open 800", "close 800", "open 400", "close 600")
    ]


def test_session_that_died_while_it_waited() -> None:
    assert run(Stage(deadly=("400",)), [device("800"), device("400")]) == [
        *("open 800", "close 800", "open 400", "close 400")
    ]


def test_session_elsewhere_holds_no_slot_while_nobody_uses_it() -> None:
    far = "https://grid.example"
    assert run(Stage(), [device("800", server=far), device("400", server=far)]) == [
        *("open 800", "close 800", "open 400", "close 400")
    ]


def test_session_is_opened_anew_after_many_shots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOKS", 2)
    stage, one = Stage(), device("800")
    with open_camera(one, driver=stage) as take:
        assert all(isinstance(take(Shot(one, PAGE)), Capture) for _ in range(5))
    assert stage.log == ["open 800", "close 800"] * 3
