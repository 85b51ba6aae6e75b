"""Pages that several browsers share: each is taken once, and a phone's never by a second session."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from compatcheck.capture import DRIVERS
from compatcheck.capture.fake import Block, FakeDriver, FakeSession, stacked
from compatcheck.geometry import Size
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Matrix, Page, Screen
from compatcheck.model.plan import Plan, Shot
from compatcheck.model.run import ShotTaken
from compatcheck.pipeline import Check
from compatcheck.queues import Sessions, can_be_shared, longest_shared, next_page, queues_of
from compatcheck.runfolder import RunFolder


def shots_of(name: str, pages: int, driver: str = "selenium") -> list[Shot]:
    device = Device(name, "chromium", Screen(Size(400, 300)), driver=driver)
    return [Shot(device, Page(f"p{number}", f"https://shop.example/{number}")) for number in range(pages)]


def test_longest_queue_is_shared_and_short_ones_and_phones_are_not() -> None:
    long, longer, short = shots_of("long", 4), shots_of("longer", 5), shots_of("short", 2)
    queues = queues_of([long, shots_of("phone", 9, "appium"), longer, short], ())
    assert longest_shared(queues) is queues[2]
    for _ in range(3):
        next_page(queues[2])
    assert longest_shared(queues) is queues[0]
    assert [can_be_shared(pages) for pages in queues] == [True, False, False, False]


def test_queue_ends_with_nothing_and_leaves_out_what_is_taken_elsewhere() -> None:
    one, two, three = shots_of("one", 3)
    (pages,) = queues_of([[one, two, three], [two]], {two})
    assert [next_page(pages) for _ in range(3)] == [(one,), (three,), ()]


def test_browsers_of_different_kinds_work_beside_each_other_and_an_open_one_goes_on() -> None:
    devices = [
        Device(name, browser, Screen(Size(400, 300)))  # type: ignore[arg-type]
        for name, browser in [("c1", "chromium"), ("c2", "chromium"), ("f1", "firefox"), ("f2", "firefox")]
    ]
    sessions = Sessions(queues_of([[Shot(device, Page("p", "https://shop.example/"))] for device in devices], ()))

    def nobody(device: Device) -> bool:
        return False

    def begun(idle: Callable[[Device], bool] = nobody) -> str:
        return opened.enter_context(sessions.begun(idle))[0][0].device.id

    with ExitStack() as opened:
        assert [begun(), begun()] == ["c1", "f1"]
        assert begun(lambda device: device.browser == "firefox") == "f2"
        assert begun() == "c2"


@dataclass
class Waiting:
    """A driver whose looks wait, for a while, until as many sessions are open as are hoped for."""

    hoped: int
    opened: int = 0
    there: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def open(self, device: Device) -> Iterator[FakeSession]:
        self.opened += 1
        if self.opened == self.hoped:
            self.there.set()
        with FakeDriver(self.scene).open(device) as session:
            yield session

    def scene(self, shot: Shot) -> Sequence[Block]:
        assert self.there.wait(20)
        return stacked("Hello")(shot)


@pytest.mark.parametrize(("driver", "sessions"), [("selenium", 2), ("appium", 1)])
def test_last_session_is_helped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, driver: str, sessions: int) -> None:
    waiting = Waiting(sessions)
    monkeypatch.setitem(DRIVERS, driver, lambda: waiting)
    shots = shots_of("wide", 8, driver)
    device = shots[0].device
    matrix = Matrix((device,), dict.fromkeys(("desktop", "tablet", "phone"), device.id))
    check = Check(matrix, Plan(tuple(shots), ()), RunFolder.create(tmp_path, "run"), jobs=2)
    taken = [event for event in check.events() if isinstance(event, ShotTaken)]
    assert sorted(event.shot.page.id for event in taken) == [f"p{number}" for number in range(8)]
    assert all(isinstance(event.result, Capture) for event in taken)
    assert waiting.opened == sessions
