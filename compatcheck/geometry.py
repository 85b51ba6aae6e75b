"""Boxes and the two pixel spaces. Converting between them happens only here.

Two spaces, two types: a `CssBox` is in CSS px of the whole page (origin at the document's top-left corner, floats), a
`PixelBox` is in device px of one picture (whole numbers, half-open). Scalars that cross a stage boundary are branded
`CssPx` or `DevicePx`, so that a type checker refuses to mix them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NewType

CssPx = NewType("CssPx", float)
"""A length in CSS px."""

DevicePx = NewType("DevicePx", int)
"""A length in device px of one picture."""


@dataclass(frozen=True, slots=True)
class Size:
    """A viewport's or document's width and height, in CSS px."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class CssBox:
    """A rectangle in CSS px of the whole page; `width` and `height` are never negative."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def centre_x(self) -> float:
        return self.x + self.width / 2

    @property
    def centre_y(self) -> float:
        return self.y + self.height / 2

    def is_finite(self) -> bool:
        """False when any number is NaN or infinite, as hostile or mutating pages can produce."""
        return all(math.isfinite(value) for value in (self.x, self.y, self.width, self.height))

    def intersection(self, other: CssBox) -> CssBox:
        """The common rectangle; zero-sized (at the nearest edge) where the two do not meet."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        return CssBox(x, y, max(0.0, min(self.right, other.right) - x), max(0.0, min(self.bottom, other.bottom) - y))

    def union(self, other: CssBox) -> CssBox:
        """The smallest rectangle that holds both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return CssBox(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def contains(self, other: CssBox, tolerance: float = 0.0) -> bool:
        """True when `other` lies inside, give or take `tolerance` CSS px on every side."""
        return (
            other.x >= self.x - tolerance
            and other.y >= self.y - tolerance
            and other.right <= self.right + tolerance
            and other.bottom <= self.bottom + tolerance
        )

    def translated(self, dx: float, dy: float) -> CssBox:
        return CssBox(self.x + dx, self.y + dy, self.width, self.height)

    def grown(self, margin: float) -> CssBox:
        """The same rectangle with `margin` CSS px added on every side (negative shrinks, never below zero size)."""
        return CssBox(
            self.x - margin, self.y - margin, max(0.0, self.width + 2 * margin), max(0.0, self.height + 2 * margin)
        )

    def as_dict(self) -> dict[str, float]:
        """`{x, y, width, height}` rounded to hundredths, as `results.json` writes it."""
        return {
            "x": round(self.x, 2),
            "y": round(self.y, 2),
            "width": round(self.width, 2),
            "height": round(self.height, 2),
        }


@dataclass(frozen=True, slots=True)
class PixelBox:
    """A half-open rectangle of device px: rows `top:bottom`, columns `left:right` of a picture array."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return max(0, self.right - self.left)

    @property
    def height(self) -> int:
        return max(0, self.bottom - self.top)

    def is_empty(self) -> bool:
        return self.right <= self.left or self.bottom <= self.top

    def slices(self) -> tuple[slice, slice]:
        """Index a picture array with it: `picture[box.slices()]`."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def to_device_px(length: CssPx, ratio: float) -> DevicePx:
    """A CSS length as a whole number of device px at a device pixel ratio, rounded half up."""
    return DevicePx(math.floor(length * ratio + 0.5))


def to_css_px(length: DevicePx, ratio: float) -> CssPx:
    """A device px length in CSS px at a device pixel ratio."""
    return CssPx(length / ratio)


def to_pixel_box(box: CssBox, ratio: float, width: int, height: int) -> PixelBox:
    """The device px of a `height` × `width` picture that `box` touches, clamped to the picture (perhaps empty)."""
    left = min(max(math.floor(box.x * ratio + 1e-6), 0), width)
    top = min(max(math.floor(box.y * ratio + 1e-6), 0), height)
    right = min(max(math.ceil(box.right * ratio - 1e-6), left), width)
    bottom = min(max(math.ceil(box.bottom * ratio - 1e-6), top), height)
    return PixelBox(left, top, right, bottom)


def to_css_box(box: PixelBox, ratio: float) -> CssBox:
    """A picture's rectangle in CSS px of the page, when the picture begins at the page's origin."""
    return CssBox(box.left / ratio, box.top / ratio, box.width / ratio, box.height / ratio)
