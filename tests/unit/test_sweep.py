"""Many widths without a browser: breakpoints come from the page, ranges are narrowed by looking again, in one session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compatcheck.capture.fake import FakeDriver
from compatcheck.cli import widths
from compatcheck.errors import CaptureError
from compatcheck.layout.widths import read_look
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Page
from compatcheck.sweep import Sweep, at_width, breakpoints
from tests.unit.layout.build import capture, page, text
from tests.unit.layout.test_widths import look

PAGE = Page("shop", "http://shop.test/")
FOUND = {"collision": (700, 731), "wrapped": (480, 599)}


def test_breakpoints_are_the_widths_that_media_queries_name() -> None:
    model = page(
        text("p", 0, 0, 100, "Seeds"), media={"(min-width: 768px)": True, "screen and (max-width: 480px)": False}
    )
    seen = read_look(capture(model))
    assert seen is not None
    assert breakpoints([seen]) == [480, 481, 767, 768]


def test_a_sweep_finds_ranges_to_the_pixel_and_looks_at_no_width_twice() -> None:
    looked: list[int] = []

    def once(width: int) -> Capture:
        looked.append(width)
        return look(width)

    sweep = Sweep(once)
    for width in range(480, 801, 40):
        sweep.at(width)
    swept = sweep.finish(0.5)
    assert {one.divergence.kind: (one.low, one.high) for one in swept.ranges} == FOUND
    assert len(looked) < 40
    assert len(looked) == len(set(looked))
    assert swept.widths == tuple(sorted(looked))


def test_an_end_that_cannot_be_looked_at_leaves_the_range_as_it_was_seen() -> None:
    sweep = Sweep(lambda width: look(width) if width % 40 == 0 else _gone(width))
    for width in range(480, 801, 40):
        sweep.at(width)
    swept = sweep.finish(0.5)
    assert {one.divergence.kind: (one.low, one.high) for one in swept.ranges} == {
        "collision": (720, 720),
        "small-range": (720, 720),
        "wrapped": (480, 560),
    }
    assert "not exact" in swept.notes[0]


def _gone(width: int) -> Capture:
    raise CaptureError(f"the browser is gone at {width} px.")


def test_the_command_takes_all_its_looks_in_one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    class Here(FakeDriver):
        def open(self, device):  # type: ignore[no-untyped-def]
            opened.append(device.id)
            return super().open(device)

    class Looking:
        def look(self, shot):  # type: ignore[no-untyped-def]
            return look(round(shot.device.screen.viewport.width))

    monkeypatch.setattr("compatcheck.capture.fake.FakeSession.look", Looking.look)
    monkeypatch.setitem(__import__("compatcheck.capture").capture.DRIVERS, "fake", lambda: Here(lambda _: []))
    device = replace(capture(None).shot.device, id="reference", driver="fake")
    swept = widths.sweep(device, PAGE, range(480, 801, 40), 0.5)
    assert {one.divergence.kind: (one.low, one.high) for one in swept.ranges} == FOUND
    assert opened == ["reference-480"]
    assert at_width(at_width(device, 480), 500).id == "reference-500"
