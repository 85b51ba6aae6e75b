"""Multi-scale structural similarity: Wang, Simoncelli and Bovik, Asilomar Conference on Signals 2003."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.metrics.checks import check_pair, luma
from compatcheck.metrics.structure import WINDOW, ScaleSums, halve, scale_sums, to_picture_size
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Score, ScoreMap

WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""The 2003 paper's weight of each scale, finest first."""


def scales_for(height: int, width: int) -> int:
    """How many of the five scales a picture has room for: the window must fit into the coarsest one; at least 1."""
    side, scales = min(height, width), 1
    while scales < len(WEIGHTS) and (side + 1) // 2 >= WINDOW:
        side, scales = (side + 1) // 2, scales + 1
    return scales


def combine(sums: list[ScaleSums]) -> float:
    """The 2003 product: contrast of every scale but the last and SSIM of the last, each to its weight.

    With fewer than five scales the weights are scaled to sum to 1. A negative mean is taken as 0, as TensorFlow does: the
    published formula has no real value there.
    """
    weights = np.array(WEIGHTS[: len(sums)])
    if len(sums) < len(WEIGHTS):
        weights /= weights.sum()
    means = np.array([scale.contrast for scale in sums[:-1]] + [sums[-1].ssim])
    return float(np.prod(np.maximum(means, 0.0) ** weights))


@dataclass(frozen=True, slots=True)
class MsSsim:
    """MS-SSIM with the 2003 weights: 11 × 11 Gaussian windows inside the picture, scales made by 2 × 2 means.

    The means of each scale are over all windows and channels together, as in the 2003 algorithm's reference code.
    `ms_ssim` works on the three channels, `ms_ssim:luma` on BT.601 luma. A picture below 161 px on a side has fewer than
    five scales: the weights are scaled up to sum to 1, which the note says.
    """

    name: str = "ms_ssim"
    direction: Literal["higher"] = "higher"
    range: tuple[float, float] = (0.0, 1.0)
    identical: float = 1.0
    meaning: str = "structure at five scales, 1 = same: forgives fine noise, falls when blocks move or go missing"

    def score(self, reference: RGB, candidate: RGB, *, with_map: bool = True) -> Score:
        """Score two RGB pictures; the map is the weighted mean of the scales' difference maps. Raises PictureError."""
        reference, candidate = check_pair(reference, candidate)
        height, width = reference.shape[:2]
        first: NDArray[Any]
        second: NDArray[Any]
        first, second = (luma(reference), luma(candidate)) if self.name.endswith(":luma") else (reference, candidate)
        scales = scales_for(height, width)
        sums = []
        for scale in range(scales):
            if scale:
                first, second = halve(first), halve(second)
            sums.append(scale_sums(first, second, with_map=with_map))
        note = (
            "" if scales == len(WEIGHTS) else f"the picture is small: {scales} of 5 scales, weights scaled to sum to 1"
        )
        surface = _map(sums, height, width) if with_map else None
        return Score(self.name, combine(sums), self.direction, note=note, map=surface)


def _map(sums: list[ScaleSums], height: int, width: int) -> ScoreMap:
    """The scales' difference maps, each blown up to picture size, summed by their weights from the coarsest down."""
    weights = np.array(WEIGHTS[: len(sums)]) / sum(WEIGHTS[: len(sums)])
    surface: NDArray[np.float32] | None = None
    for scale in reversed(range(len(sums))):
        rows, columns = -(-height // 2**scale), -(-width // 2**scale)
        windows = sums[scale].map
        assert windows is not None
        own = to_picture_size(windows, rows, columns) * np.float32(weights[scale])
        if surface is not None:
            wide = cv2.resize(surface, (surface.shape[1] * 2, surface.shape[0] * 2), interpolation=cv2.INTER_LINEAR)
            own += wide[:rows, :columns]
        surface = own
    assert surface is not None
    return surface
