"""Peak signal-to-noise ratio: mean squared error on a scale of decibels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from compatcheck.metrics.checks import check_pair
from compatcheck.metrics.mse import mean_squared_error
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Score

IDENTICAL = 150.0
"""What stands for the infinite PSNR of equal pictures, in dB, because JSON has no infinity.

Above every pair that differs: one sample off by one in the largest picture that is read gives 137.2 dB.
"""


@dataclass(frozen=True, slots=True)
class Psnr:
    """10·log₁₀(255² / MSE) in dB over the three channels; higher is better, 0 for black against white.

    Equal pictures score IDENTICAL and say so in the note.
    """

    name: str = "psnr"
    direction: Literal["higher"] = "higher"
    range: tuple[float, float] = (0.0, IDENTICAL)
    identical: float = IDENTICAL
    meaning: str = "size of the error in decibels: above 40 hard to see, below 20 plain; blind to structure"

    def score(self, reference: RGB, candidate: RGB, *, with_map: bool = True) -> Score:
        """Score two RGB pictures; there is no map (MSE has it). Raises PictureError."""
        del with_map
        reference, candidate = check_pair(reference, candidate)
        error = mean_squared_error(reference, candidate)
        if error == 0:
            return Score(
                self.name, IDENTICAL, self.direction, note=f"equal pictures: infinite, written as {IDENTICAL:g}"
            )
        return Score(self.name, max(0.0, 10 * math.log10(255**2 / error)), self.direction)
