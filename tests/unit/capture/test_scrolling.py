"""A picture put together from screens: nothing twice, nothing lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from compatcheck.capture.scrolling import strip_by_scrolling
from compatcheck.geometry import CssBox, Size
from compatcheck.model.capture import RGB


class Scrolled:
    """A page whose every pixel tells its row and column, with a bar that is fixed to the left side of the window."""

    def __init__(self, page: Size, window: Size, ratio: int) -> None:
        self.page, self.window, self.ratio = page, window, ratio
        self.at, self.bar = (0.0, 0.0), True
        self.wire = self

    def page_script(self, name: str, wish: dict[str, Any]) -> list[float] | None:
        if name == "scripts/stow.js":
            self.bar = wish.get("fixed") != "hide"
            return None
        self.at = (
            min(wish["left"], max(0.0, self.page.width - self.window.width)),
            min(wish["top"], max(0.0, self.page.height - self.window.height)),
        )
        return [self.at[1], 0.0, self.window.height, self.at[0], self.window.width]

    def glance(self) -> RGB:
        x, y = (int(value * self.ratio) for value in self.at)
        width, height = int(self.window.width * self.ratio), int(self.window.height * self.ratio)
        seen = self.whole()[y : y + height, x : x + width].copy()
        if self.bar:
            seen[:, : 10 * self.ratio] = 7
        return seen

    def whole(self) -> RGB:
        rows, columns = int(self.page.height * self.ratio), int(self.page.width * self.ratio)
        picture = np.full((rows, columns, 3), 200, np.uint8)
        picture[:, :, 1] = (np.arange(rows) % 199)[:, None]
        picture[:, :, 2] = (np.arange(columns) % 197)[None, :]
        return picture


@pytest.mark.parametrize("ratio", [1, 2])
@pytest.mark.parametrize(("width", "height"), [(120, 130), (120, 100), (120, 430), (300, 250)])
def test_what_is_fixed_is_pictured_whole_and_once(width: int, height: int, ratio: int) -> None:
    page = Scrolled(Size(width, height), Size(120, 100), ratio)
    picture = strip_by_scrolling(page, CssBox(0, 0, width, height), ratio)  # type: ignore[arg-type]
    expected = page.whole()
    expected[: 100 * ratio, : 10 * ratio] = 7
    if width > 120:  # a window that is scrolled to the side takes the bar along
        picture, expected = picture[:, : 120 * ratio], expected[:, : 120 * ratio]
    assert np.array_equal(picture, expected)


def test_a_part_of_the_page_begins_where_it_was_asked_for() -> None:
    page = Scrolled(Size(120, 430), Size(120, 100), 1)
    picture = strip_by_scrolling(page, CssBox(0, 150, 120, 230), 1.0)  # type: ignore[arg-type]
    assert np.array_equal(picture, page.whole()[150:380])
