"""Structural similarity: Wang, Bovik, Sheikh and Simoncelli, IEEE Transactions on Image Processing 13(4), 2004."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from compatcheck.metrics.base import PairMetric
from compatcheck.metrics.pair import PicturePair
from compatcheck.metrics.structure import WINDOW
from compatcheck.model.verdict import Score


@dataclass(frozen=True, slots=True)
class Ssim(PairMetric):
    """Mean SSIM over all 11 × 11 Gaussian windows (σ 1.5, population covariance, K 0.01 and 0.03, no downsampling).

    `ssim` is the mean over the three channels, `ssim:luma` works on BT.601 luma. Windows that would stick out of the
    picture are left out, as in scikit-image's mean. A side below 11 px narrows the window, which the note says. The map is
    1 − SSIM per pixel, clipped to 0–1.
    """

    name: str = "ssim"
    direction: Literal["higher"] = "higher"
    range: tuple[float, float] = (-1.0, 1.0)
    identical: float = 1.0
    meaning: str = "local structure, 1 = same: falls where edges, text or boxes are different or displaced"

    finest_ssim: ClassVar[bool] = True

    def measure(self, pair: PicturePair) -> Score:
        """Score a pair of pictures."""
        structure = pair.structure(grey=self.name.endswith(":luma"))
        size = min(*pair.size, WINDOW)
        note = "" if size == WINDOW else f"the picture is small: window of {size} × {size} px"
        surface = structure.maps[0] if pair.wants_map(self.name) else None
        return Score(self.name, structure.ssim[0], self.direction, note=note, map=surface)
