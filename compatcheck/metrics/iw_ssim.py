"""Information-content-weighted SSIM: Wang and Li, IEEE Transactions on Image Processing 20(5), 2011."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from compatcheck.metrics.base import PairMetric
from compatcheck.metrics.information import pyramid_of, scale_means
from compatcheck.metrics.laplacian import pyramid_bytes
from compatcheck.metrics.ms_ssim import WEIGHTS, said_of
from compatcheck.metrics.pair import PicturePair
from compatcheck.metrics.structure import scales_for
from compatcheck.model.verdict import Score


@dataclass(frozen=True, slots=True)
class IwSsim(PairMetric):
    """IW-SSIM: MS-SSIM on a Laplacian pyramid, every place weighted by the information that it holds.

    `iw_ssim` is the mean over the three channels, `iw_ssim:luma` the published setting, on BT.601 luma. The weights model
    the statistics of one picture, so the two are not interchangeable: it is the candidate here, because that order gives
    both published values (within 0.0001; the other misses one of them by 0.0006). A picture below 161 px on a side has
    fewer scales, with weights scaled to sum to 1; a scale whose weighted mean is negative counts as 0.
    """

    name: str = "iw_ssim"
    direction: Literal["higher"] = "higher"
    range: tuple[float, float] = (0.0, 1.0)
    identical: float = 1.0
    meaning: str = "MS-SSIM that counts most where most is to be seen, 1 = same: blank parts of a page hardly weigh"

    def measure(self, pair: PicturePair) -> Score:
        """Score a pair of pictures; there is no map."""
        grey = self.name.endswith(":luma")
        channels = range(1 if grey else 3)
        scales = scales_for(*pair.size)
        means = np.array([_means_of(pair, channel, scales, grey=grey) for channel in channels])
        weights = np.array(WEIGHTS[:scales]) / sum(WEIGHTS[:scales])  # always: the five sum to 1.0001
        value = float(np.prod(np.maximum(means, 0.0) ** weights, axis=1).mean())
        return Score(self.name, value, self.direction, note=said_of(scales, means.ravel().tolist()))


def _means_of(pair: PicturePair, channel: int, scales: int, *, grey: bool) -> list[float]:
    """Each scale's weighted mean of one plane, finest first; the reference's pyramid is kept."""
    reference, candidate = (
        np.asarray(cv2.extractChannel(plane, channel), dtype=np.uint8) for plane in pair.planes(grey=grey)
    )
    if np.array_equal(reference, candidate):
        return [1.0] * scales
    kind = ("bands", grey, channel, scales)
    other = pair.of_reference(kind, pyramid_bytes(*pair.size, scales), lambda: pyramid_of(reference, scales))
    return scale_means(pyramid_of(candidate, scales), other)
