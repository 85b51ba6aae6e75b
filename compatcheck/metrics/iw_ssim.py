"""Information-content-weighted SSIM: Wang and Li, IEEE Transactions on Image Processing 20(5), 2011."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.metrics.base import PairMetric
from compatcheck.metrics.ms_ssim import WEIGHTS, few_scales
from compatcheck.metrics.pair import PicturePair
from compatcheck.metrics.strips import STRIP
from compatcheck.metrics.structure import C1, C2, WINDOW, gaussian_window, scales_for
from compatcheck.model.verdict import Score

NOISE = 0.4
"""Variance of the visual noise in the paper's model of what an eye can tell apart."""

BLOCK = 3
"""Pixels a side of the neighbourhood whose information is measured."""

BINOMIAL = np.array([1, 4, 6, 4, 1]) / 16 * np.sqrt(2)
"""Burt and Adelson's filter as matlabPyrTools scales it: the paper's code builds its pyramid with it."""

TINY = 1e-8
"""Variances below it count as none. The authors have 1e-15, which lets rounding errors through where a page is flat (they are
near 1e-12): the result then depends on the order of additions. Real variances of 8-bit pictures are larger than this."""

Plane = NDArray[np.float64]


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
        first, second = pair.planes(grey=self.name.endswith(":luma"))
        scales = scales_for(*pair.size)
        values = [_of_channel(first[..., channel], second[..., channel], scales) for channel in range(first.shape[2])]
        return Score(self.name, float(np.mean(values)), self.direction, note=few_scales(scales))


def _of_channel(reference: NDArray[Any], candidate: NDArray[Any], scales: int) -> float:
    if np.array_equal(reference, candidate):
        return 1.0
    bands = _laplacian(candidate.astype(np.float64), scales)
    others = _laplacian(reference.astype(np.float64), scales)
    means = []
    for scale in range(scales):
        last = scale == scales - 1
        # The band above the coarsest one has no parent: the coarsest is a low-pass picture, no band.
        parent = bands[scale + 1] if scale < scales - 2 else None
        means.append(_weighted_mean(bands[scale], others[scale], parent, last=last))
    weights = np.array(WEIGHTS[:scales]) / sum(WEIGHTS[:scales])  # always: the five sum to 1.0001
    return float(np.prod(np.maximum(means, 0.0) ** weights))


def _laplacian(picture: Plane, scales: int) -> list[Plane]:
    """Band-pass pictures from fine to coarse, the last one low-pass; edges mirrored about the outermost pixel."""
    bands = []
    for _ in range(scales - 1):
        low = cv2.sepFilter2D(picture, cv2.CV_64F, BINOMIAL, BINOMIAL, borderType=cv2.BORDER_REFLECT_101)[::2, ::2]
        wide = np.zeros_like(picture)
        wide[::2, ::2] = low
        bands.append(picture - cv2.sepFilter2D(wide, cv2.CV_64F, BINOMIAL, BINOMIAL, borderType=cv2.BORDER_REFLECT_101))
        picture = np.ascontiguousarray(low)
    return [*bands, picture]


def _weighted_mean(modelled: Plane, other: Plane, parent: Plane | None, *, last: bool) -> float:
    """The mean of the contrast (of SSIM on the last scale) over all windows, weighted by information."""
    height, width = modelled.shape
    window = gaussian_window(height, width)
    rows = height - window.size + 1
    model = None if last else _Information(modelled, parent)
    total = weight = 0.0
    for top in range(0, rows, STRIP):
        bottom = min(rows, top + STRIP)
        part = slice(top, bottom + window.size - 1)
        values = _quality(modelled[part], other[part], window, with_luminance=last)
        if model is None:
            total, weight = total + float(values.sum()), weight + values.size
            continue
        weights = model.weights(modelled, other, top, bottom)
        total, weight = total + float((values * weights).sum()), weight + float(weights.sum())
    # No information anywhere, as between two flat bands: then no place counts more than another.
    return total / weight if weight > 0 else _plain_mean(modelled, other, window)


def _plain_mean(reference: Plane, candidate: Plane, window: NDArray[np.float64]) -> float:
    return float(_quality(reference, candidate, window, with_luminance=False).mean())


def _quality(reference: Plane, candidate: Plane, window: NDArray[np.float64], *, with_luminance: bool) -> Plane:
    """The contrast-structure part of SSIM per window inside the strip; times the luminance part when asked."""
    low = (window.size - 1) // 2
    high = window.size - 1 - low

    def smooth(plane: Plane) -> Plane:
        full = cv2.sepFilter2D(plane, cv2.CV_64F, window, window, anchor=(low, low), borderType=cv2.BORDER_REFLECT)
        return np.asarray(full[low : full.shape[0] - high, low : full.shape[1] - high])

    one, two = smooth(reference), smooth(candidate)
    covariance = smooth(reference * candidate) - one * two
    variance_one = np.maximum(smooth(reference * reference) - one * one, 0)
    variance_two = np.maximum(smooth(candidate * candidate) - two * two, 0)
    contrast = (2 * covariance + C2) / (variance_one + variance_two + C2)
    if with_luminance:
        contrast *= (2 * one * two + C1) / (one * one + two * two + C1)
    return np.asarray(contrast)


class _Information:
    """How much a place of one band tells: the paper's Gaussian scale mixture over 3 × 3 neighbours and the parent."""

    def __init__(self, band: Plane, parent: Plane | None) -> None:
        height, width = band.shape
        self.parent = None if parent is None else _enlarged(parent)[:height, :width]
        size = BLOCK * BLOCK + (parent is not None)
        products = np.zeros((size, size))
        for top in range(0, height - BLOCK + 1, STRIP):
            vectors = self._vectors(band, top, min(height - BLOCK + 1, top + STRIP))
            products += vectors @ vectors.T
        count = (height - BLOCK + 1) * (width - BLOCK + 1)
        values, directions = np.linalg.eigh(products / count)
        positive = np.maximum(values, 0)
        if positive.sum() > 0:
            positive *= values.sum() / positive.sum()
        self.values = positive
        # A flat band has directions without any variance; there the inverse is taken as 0.
        usable = positive > positive.max(initial=0) * 1e-12
        inverse = np.where(usable, 1 / np.where(usable, positive, 1), 0)
        self.inverse = (directions * inverse) @ directions.T / size

    def _vectors(self, band: Plane, top: int, bottom: int) -> Plane:
        """The neighbourhoods whose upper row is `top` to `bottom`, one a column: shape (9 or 10, places)."""
        columns = band.shape[1] - BLOCK + 1
        parts = [
            band[top + row : bottom + row, column : column + columns]
            for row in reversed(range(BLOCK))
            for column in reversed(range(BLOCK))
        ]
        if self.parent is not None:
            parts.append(self.parent[top + 1 : bottom + 1, 1 : 1 + columns])
        return np.stack([part.ravel() for part in parts])

    def weights(self, modelled: Plane, other: Plane, top: int, bottom: int) -> Plane:
        """The information at the centres of the quality windows `top` to `bottom`, in bits."""
        margin = (WINDOW - 1) // 2 - (BLOCK - 1) // 2
        first, last = top + margin, bottom + margin
        columns = modelled.shape[1] - BLOCK + 1
        vectors = self._vectors(modelled, first, last)
        spread = (vectors * (self.inverse @ vectors)).sum(axis=0).reshape(last - first, columns)
        rows = slice(first, last + BLOCK - 1)
        gain, rest = _gain(modelled[rows], other[rows])
        base = 1 + rest / NOISE
        factor = (rest + (1 + gain * gain) * NOISE) * spread / NOISE**2
        product = np.ones_like(base)
        for value in self.values:  # the sum of logarithms is the logarithm of the product
            product *= base + factor * value
        bits = np.log2(product)
        bits[bits < TINY] = 0
        return np.asarray(bits[:, margin : columns - margin])


def _gain(modelled: Plane, following: Plane) -> tuple[Plane, Plane]:
    """How one band follows the modelled one in each 3 × 3 block: factor, and variance that it does not explain."""

    def mean(plane: Plane) -> Plane:
        return np.asarray(cv2.blur(plane, (BLOCK, BLOCK))[1:-1, 1:-1])

    one, two = mean(modelled), mean(following)
    covariance = mean(modelled * following) - one * two
    variance = np.maximum(mean(modelled * modelled) - one * one, 0)
    other = np.maximum(mean(following * following) - two * two, 0)
    gain = covariance / (variance + TINY)
    rest = other - gain * covariance
    blank, blank_other = variance < TINY, other < TINY
    gain[blank | blank_other] = 0
    rest[blank] = other[blank]
    rest[blank_other] = 0
    return gain, rest


def _enlarged(band: Plane) -> Plane:
    """A band at twice its size less one, as the authors' `imenlarge2`: four times by bilinear steps, then every second."""
    height, width = band.shape
    inner = cv2.resize(band, (4 * width - 3, 4 * height - 3), interpolation=cv2.INTER_LINEAR)
    full = np.zeros((4 * height - 1, 4 * width - 1))
    full[1:-1, 1:-1] = inner
    full[0], full[-1] = 2 * full[1] - full[2], 2 * full[-2] - full[-3]
    full[:, 0], full[:, -1] = 2 * full[:, 1] - full[:, 2], 2 * full[:, -2] - full[:, -3]
    return np.ascontiguousarray(full[::2, ::2])
