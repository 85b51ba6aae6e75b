"""`compatcheck widths` without a browser: breakpoints come from the page, ranges are narrowed by looking again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compatcheck.cli import widths
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Page

from .build import capture, page, text
from .test_widths import look

PAGE = Page("shop", "http://shop.test/")


def test_breakpoints_are_the_widths_that_media_queries_name() -> None:
    model = page(
        text("p", 0, 0, 100, "Seeds"), media={"(min-width: 768px)": True, "screen and (max-width: 480px)": False}
    )
    assert widths.breakpoints([capture(model)]) == [480, 481, 767, 768]


def test_a_sweep_finds_ranges_to_the_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def looker(device: Device, page: Page) -> object:
        def once(width: int) -> Capture:
            looked.append(width)
            return look(width)

        return once

    monkeypatch.setattr(widths, "_looker", looker)
    device = replace(capture(None).shot.device, id="reference")
    ranges = widths.sweep(device, PAGE, range(480, 801, 40), 0.5)
    found = {one.divergence.kind: (one.low, one.high) for one in ranges}
    assert found == {"collision": (700, 731), "wrapped": (480, 599)}
    assert len(looked) < 40
