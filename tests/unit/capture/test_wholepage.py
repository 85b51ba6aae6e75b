"""Putting a page's picture together from strips."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compatcheck.capture.wholepage import MAX_HEIGHT, MAX_PIXELS, fitted, pictured_size, strip_tops, whole_page
from compatcheck.errors import CaptureError
from compatcheck.geometry import CssBox, CssPx, Size, to_device_px
from compatcheck.model.capture import RGB


@dataclass
class Painter:
    """Eyes on a document whose every device row has an own colour; `floor` rounds sizes as Firefox does."""

    ratio: float
    strip_height: int
    floor: bool = False
    asked: list[CssBox] = field(default_factory=list)

    def strip(self, box: CssBox) -> RGB:
        self.asked.append(box)
        scaled = (box.height * self.ratio, box.width * self.ratio)
        rows, columns = (int(value) if self.floor else int(value + 0.5) for value in scaled)
        numbers = np.arange(rows) + round(box.y * self.ratio)
        row = np.stack([numbers % 256, numbers // 256 % 256, numbers // 65536], axis=1).astype(np.uint8)
        return np.repeat(row[:, None, :], columns, axis=1)


def row_numbers(picture: RGB) -> np.ndarray:
    return picture[:, 0].astype(int) @ np.array([1, 256, 65536])


@pytest.mark.parametrize("ratio", [1, 1.5, 2, 2.625, 2.75, 3])
@pytest.mark.parametrize("floor", [False, True])
def test_no_row_is_missing_or_there_twice(ratio: float, floor: bool) -> None:
    eyes = Painter(ratio, strip_height=1000, floor=floor)
    picture = whole_page(eyes, Size(7, 3001), ratio)  # type: ignore[arg-type]
    height = to_device_px(CssPx(3001), ratio)
    assert picture.shape == (height, to_device_px(CssPx(7), ratio), 3)
    rows = row_numbers(picture)
    assert rows[0] == 0
    assert set(np.diff(rows[:-1])) == {1}
    assert rows[-1] in {height - 1, height - 2}  # an engine that rounds down leaves the last row to be repeated
    assert len(eyes.asked) > 2
    assert all(box.height * ratio <= 1000 for box in eyes.asked)


@given(
    height=st.integers(1, 30_000),
    ratio=st.sampled_from([1, 1.25, 1.5, 2, 2.5, 2.625, 3, 3.5]),
    strip=st.integers(200, 16_000),
)
@example(height=30_000, ratio=2.625, strip=200)
def test_strips_begin_at_whole_device_px(height: int, ratio: float, strip: int) -> None:
    tops = strip_tops(height, ratio, strip)
    assert tops[0] == 0
    assert tops[-1] < height
    assert all((top * ratio).is_integer() for top in tops)
    steps = set(np.diff([*tops, height]))
    assert all(0 < step * ratio <= strip for step in steps)


def test_strips_are_as_few_and_as_even_as_can_be() -> None:
    assert strip_tops(15_000, 1, 16_000) == [0]
    assert strip_tops(20_000, 1, 16_000) == [0, 10_000]
    assert strip_tops(20_000, 2.625, 16_000) == [0, 5000, 10_000, 15_000]


def test_strip_of_another_size_is_an_error() -> None:
    strip = np.zeros((100, 50, 3), np.uint8)
    assert fitted(strip, 100, 50) is not None
    assert fitted(strip, 101, 52).shape == (101, 52, 3)
    assert fitted(strip, 99, 49).shape == (99, 49, 3)
    with pytest.raises(CaptureError, match="50 × 100 px where 50 × 200 px"):
        fitted(strip, 200, 50)


def test_what_is_left_out_is_said() -> None:
    assert pictured_size(Size(1280, 5000), 1) == (Size(1280, 5000), [])
    size, notes = pictured_size(Size(1280, MAX_HEIGHT + 1), 1)
    assert size == Size(1280, MAX_HEIGHT)
    assert f"{MAX_HEIGHT + 1} px tall; only its first {MAX_HEIGHT} px" in notes[0]


def test_pixel_budget_bounds_wide_pages_of_high_ratio() -> None:
    size, notes = pictured_size(Size(1280, 29_000), 3)
    assert size.width * size.height * 9 <= MAX_PIXELS
    assert notes
