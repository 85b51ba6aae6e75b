"""Computed CSS colours as numbers."""

from __future__ import annotations

import re
from functools import lru_cache

Colour = tuple[float, float, float, float]
"""Red, green, blue 0–255 and alpha 0–1."""

_NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?%?")


@lru_cache(maxsize=4096)
def parse_colour(text: str) -> Colour | None:
    """What engines compute: `rgb(…)`, `rgba(…)`, `color(srgb …)`, `transparent`; None for anything else."""
    text = text.strip().lower()
    if text == "transparent":
        return (0.0, 0.0, 0.0, 0.0)
    if text.startswith("rgb"):
        numbers = _NUMBER.findall(text)
        if len(numbers) < 3:
            return None
        red, green, blue = (_channel(number, 255.0) for number in numbers[:3])
        return (red, green, blue, _channel(numbers[3], 1.0) if len(numbers) > 3 else 1.0)
    if text.startswith("color(srgb "):
        numbers = _NUMBER.findall(text[len("color(srgb ") :])
        if len(numbers) < 3:
            return None
        red, green, blue = (255 * _channel(number, 1.0) for number in numbers[:3])
        return (red, green, blue, _channel(numbers[3], 1.0) if len(numbers) > 3 else 1.0)
    return None


def _channel(number: str, whole: float) -> float:
    value = float(number.rstrip("%")) * (whole / 100 if number.endswith("%") else 1.0)
    return min(max(value, 0.0), whole)


def distance(one: Colour, other: Colour) -> float:
    """How far apart two colours are, 0–255: the largest difference of a channel on white or of the alpha."""
    a, b = (tuple(255 + (channel - 255) * colour[3] for channel in colour[:3]) for colour in (one, other))
    return max(255 * abs(one[3] - other[3]), *(abs(x - y) for x, y in zip(a, b, strict=True)))


def alpha_of(colour: str) -> float:
    """The alpha of a computed CSS colour, 0–1; 1 for anything that names none, 0 for an empty one."""
    if not colour or colour == "transparent":
        return 0.0
    found = re.search(r"/\s*([\d.]+)(%?)\s*\)$", colour) or re.match(r"rgba\([^)]*,\s*([\d.]+)(%?)\)$", colour)
    if not found:
        return 1.0
    return float(found[1]) / (100 if found[2] else 1)
