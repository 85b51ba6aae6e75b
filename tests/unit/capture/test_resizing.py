"""One session at many viewports: resized where it can be, opened anew where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from compatcheck.capture.fake import FakeDriver, FakeSession, stacked
from compatcheck.capture.session import open_camera
from compatcheck.errors import SessionLost
from compatcheck.geometry import Size
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot

PAGE = Page("home", "https://shop.example/")
WIDE = Device("wide", "chromium", Screen(Size(800, 600)), driver="fake")


def at(width: int) -> Device:
    return replace(WIDE, id=f"wide-{width}", screen=Screen(Size(width, 600)))


@dataclass
class Plain:
    """A session that only looks."""

    session: FakeSession

    def look(self, shot: Shot) -> Capture:
        return self.session.look(shot)


@dataclass
class Dying(Plain):
    """A browser that dies when it is resized."""

    def become(self, device: Device) -> bool:
        raise SessionLost(f"gone at {device.id}")


@dataclass
class Counting:
    """The fake driver; `opened` names the device of each session."""

    kind: type[Plain] | None = None
    opened: list[str] = field(default_factory=list)

    @contextmanager
    def open(self, device: Device) -> Iterator[FakeSession | Plain]:
        self.opened.append(device.id)
        with FakeDriver(stacked("Header", "Hello")).open(device) as session:
            yield session if self.kind is None else self.kind(session)


@pytest.mark.parametrize(
    ("kind", "opened"),
    [
        pytest.param(None, ["wide"], id="resized"),
        pytest.param(Plain, ["wide", "wide-390", "wide-1200"], id="opened-anew"),
        pytest.param(Dying, ["wide", "wide-390", "wide-1200"], id="died"),
    ],
)
def test_every_width_is_looked_at(kind: type[Plain] | None, opened: list[str]) -> None:
    driver = Counting(kind)
    with open_camera(WIDE, driver=driver) as take:
        captures = [take(Shot(device, PAGE)) for device in (WIDE, at(390), at(390), at(1200))]
    assert [one.picture.shape[1] for one in captures if isinstance(one, Capture)] == [800, 390, 390, 1200]
    assert [one.invalid for one in captures if isinstance(one, Capture)] == [""] * 4
    assert driver.opened == opened
