"""Peak signal-to-noise ratio: mean squared error on a scale of decibels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from compatcheck.metrics.base import PairMetric
from compatcheck.metrics.pair import PicturePair
from compatcheck.model.verdict import Score

IDENTICAL = 150.0
"""What stands for the infinite PSNR of equal pictures, in dB, because JSON has no infinity.

Above every pair that differs: one sample off by one in the largest picture that is read gives 137.2 dB.
"""


@dataclass(frozen=True, slots=True)
class Psnr(PairMetric):
    """10·log₁₀(255² / MSE) in dB over the three channels; higher is better, 0 for black against white.

    Equal pictures score IDENTICAL and say so in the note.
    """

    name: str = "psnr"
    direction: Literal["higher"] = "higher"
    range: tuple[float, float] = (0.0, IDENTICAL)
    identical: float = IDENTICAL
    meaning: str = "size of the error in decibels: above 40 hard to see, below 20 plain; blind to structure"

    def measure(self, pair: PicturePair) -> Score:
        """Score a pair of pictures; there is no map (MSE has it)."""
        error = pair.squared_error
        if error == 0:
            return Score(
                self.name, IDENTICAL, self.direction, note=f"equal pictures: infinite, written as {IDENTICAL:g}"
            )
        return Score(self.name, max(0.0, 10 * math.log10(255**2 / error)), self.direction)
