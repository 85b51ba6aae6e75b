"""The colour of what is drawn: of two pieces that show the same word, is one in another colour, or faded?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FLAT = 14.0
"""Pixels this near to the commonest colour (0–255, worst channel) are ground."""
FLAT_SHARE = 0.35
"""A piece with less ground than this is a photograph: which of its colours is ink means nothing."""
INKED = 0.6
"""Pixels at least so far, of the farthest, from the ground are ink; thinner strokes are half ground."""
STRONG = 45.0
"""Ink nearer to its ground than this is too faint to have a colour of its own."""
HUE = 0.38
"""How far two inks may lean apart, each as its step from the ground divided by its largest channel."""
CLEAR = 75.0
"""Ink at least this far from its ground on one side can have faded; in photographs an edge sharpens or softens by less."""
FADED = 2.6
"""One ink may stand out so many times as much as the other; font weights and rasterisers stay below."""


def ink_step(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """How differently two equal-sized crops of one word are coloured: 0 alike, about 1 a different colour; lightly blurred RGB."""
    one, other = _ink(a), _ink(b)
    if one is None or other is None:
        return 0.0
    strong, weak = float(np.abs(one).max()), float(np.abs(other).max())
    if max(strong, weak) > max(CLEAR, FADED * min(strong, weak)):
        return min(1.0, max(strong, weak) / 120.0)
    if min(strong, weak) < STRONG:
        return 0.0
    away = float(np.abs(one / strong - other / weak).max())
    return away if away > HUE else 0.0


def _ink(crop: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """The mean step (per channel) from a crop's ground to its ink, None where no ground can be told."""
    pixels = crop.reshape(-1, 3)
    ground = np.median(pixels, axis=0)
    away = np.abs(pixels - ground)
    distance = away.max(axis=1)
    farthest = float(distance.max())
    if np.count_nonzero(distance < FLAT) < FLAT_SHARE * len(pixels) or farthest < 1.0:
        return None
    return np.asarray((pixels - ground)[distance >= INKED * farthest].mean(axis=0), dtype=np.float32)
