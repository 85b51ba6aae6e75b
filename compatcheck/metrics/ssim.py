"""Structural similarity: Wang, Bovik, Sheikh and Simoncelli, IEEE Transactions on Image Processing 13(4), 2004."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from compatcheck.metrics.checks import check_pair, luma
from compatcheck.metrics.structure import WINDOW, scale_sums, to_picture_size
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Score


@dataclass(frozen=True, slots=True)
class Ssim:
    """Mean SSIM over all 11 × 11 Gaussian windows (σ 1.5, population covariance, K 0.01 and 0.03, no downsampling).

    `ssim` is the mean over the three channels, `ssim:luma` works on BT.601 luma. Windows that would stick out of the
    picture are left out, as in scikit-image's mean. A side below 11 px narrows the window, which the note says.
    """

    name: str = "ssim"
    direction: Literal["higher"] = "higher"
    range: tuple[float, float] = (-1.0, 1.0)
    identical: float = 1.0
    meaning: str = "local structure, 1 = same: falls where edges, text or boxes are different or displaced"

    def score(self, reference: RGB, candidate: RGB, *, with_map: bool = True) -> Score:
        """Score two RGB pictures; the map is 1 − SSIM per pixel, clipped to 0–1. Raises PictureError."""
        reference, candidate = check_pair(reference, candidate)
        height, width = reference.shape[:2]
        first, second = (luma(reference), luma(candidate)) if self.name.endswith(":luma") else (reference, candidate)
        sums = scale_sums(first, second, with_map=with_map)
        size = min(height, width, WINDOW)
        note = "" if size == WINDOW else f"the picture is small: window of {size} × {size} px"
        surface = None if sums.map is None else to_picture_size(sums.map, height, width)
        return Score(self.name, sums.ssim, self.direction, note=note, map=surface)
