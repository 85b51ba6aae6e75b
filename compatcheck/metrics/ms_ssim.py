"""Multi-scale structural similarity: Wang, Simoncelli and Bovik, Asilomar Conference on Signals 2003."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from compatcheck.metrics.base import PairMetric
from compatcheck.metrics.pair import PicturePair
from compatcheck.metrics.structure import MOST_SCALES, Structure, blend_maps
from compatcheck.model.verdict import Score

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""The 2003 paper's weight of each scale, finest first."""


def weights_of(scales: int) -> Sequence[float]:
    """The paper's weights; with fewer than five scales they are scaled up to sum to 1."""
    return WEIGHTS if scales == MOST_SCALES else [weight / sum(WEIGHTS[:scales]) for weight in WEIGHTS[:scales]]


def means_of(structure: Structure) -> list[float]:
    """What the product is made of: contrast of every scale but the last, and SSIM of the last."""
    return [*structure.contrast[:-1], structure.ssim[-1]]


def combine(structure: Structure) -> float:
    """The 2003 product of the means, each to its scale's weight.

    A negative mean is taken as 0, as TensorFlow does: the published formula has no real value there.
    """
    means = means_of(structure)
    return float(np.prod(np.maximum(means, 0.0) ** np.array(weights_of(len(means)))))


@dataclass(frozen=True, slots=True)
class MsSsim(PairMetric):
    """MS-SSIM with the 2003 weights: 11 × 11 Gaussian windows inside the picture, scales made by 2 × 2 means.

    The means of each scale are over all windows and channels together, as in the 2003 algorithm's reference code.
    `ms_ssim` works on the three channels, `ms_ssim:luma` on BT.601 luma. A picture below 161 px on a side has fewer than
    five scales: the weights are scaled up to sum to 1, which the note says. The map is the weighted mean of the scales'
    1 − SSIM.
    """

    name: str = "ms_ssim"
    direction: Literal["higher"] = "higher"
    range: tuple[float, float] = (0.0, 1.0)
    identical: float = 1.0
    meaning: str = "structure at five scales, 1 = same: forgives fine noise, falls when blocks move or go missing"

    scales: ClassVar[int] = MOST_SCALES

    def measure(self, pair: PicturePair) -> Score:
        """Score a pair of pictures."""
        structure = pair.structure(grey=self.name.endswith(":luma"))
        scales = len(structure.ssim)
        note = said_of(scales, means_of(structure))
        surface = blend_maps(structure.maps, WEIGHTS[:scales]) if pair.wants_map(self.name) else None
        return Score(self.name, combine(structure), self.direction, note=note, map=surface)


def said_of(scales: int, means: Sequence[float]) -> str:
    """What to say about a picture that has no room for all scales, and about scales whose mean is negative; else empty."""
    said = []
    if scales < MOST_SCALES:
        said.append(f"the picture is small: {scales} of {MOST_SCALES} scales, weights scaled to sum to 1")
    if min(means) < 0:
        said.append("a scale's structure is opposed, a negative number: it counts as 0")
    return "; ".join(said)
