"""The information that each place of IW-SSIM's Laplacian pyramid holds: the paper's Gaussian scale mixture.

`scale_means` gives each scale's weighted mean. The C library does it in panels that stay in the processor's cache
(`information_native.py`); the same work in NumPy and OpenCV, a strip of rows at a time, is here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.metrics.laplacian import Band, Enlarged, Plane, Pyramid, gaussians
from compatcheck.metrics.strips import STRIP
from compatcheck.metrics.structure import C1, C2, WINDOW, gaussian_window
from compatcheck.native import library

NOISE = 0.4
"""Variance of the visual noise in the paper's model of what an eye can tell apart."""

BLOCK = 3
"""Pixels a side of the neighbourhood whose information is measured."""

MARGIN = (WINDOW - BLOCK) // 2
"""Places to either side that no quality window has its centre at."""

TINY = 1e-8
"""Variances below it count as none. The authors have 1e-15, which lets rounding errors through where a page is flat (theirs are
near 1e-12): the result then depends on the order of additions. Real variances of 8-bit pictures are larger than this."""


def pyramid_of(plane: NDArray[np.uint8], scales: int) -> Pyramid:
    """The pyramid of a contiguous plane (height, width) for `scale_means`; `scales` must fit (`structure.scales_for`)."""
    loaded = library()
    if loaded is None:
        return gaussians(plane, scales)
    from compatcheck.metrics.information_native import gaussians_natively

    return gaussians_natively(loaded, plane, scales)


def scale_means(modelled: Pyramid, other: Pyramid) -> list[float]:
    """Each scale's mean contrast (SSIM on the last), weighted by information, finest first.

    Two planes' pyramids, of one shape; `modelled` is the one whose statistics make the weights.
    """
    loaded = library()
    if loaded is not None:
        from compatcheck.metrics.information_native import scale_means_natively

        return scale_means_natively(loaded, modelled, other)
    scales, means = len(modelled), []
    for scale in range(scales - 1):
        band, following = (Band(*levels[scale : scale + 2]) for levels in (modelled, other))
        # The band above the coarsest one has no parent: the coarsest is a low-pass picture, no band.
        parent = None if scale == scales - 2 else Enlarged(Band(*modelled[scale + 1 : scale + 3]), *band.shape)
        means.append(_weighted_mean(band, following, parent))
    return [*means, plain_mean(Band(modelled[-1]), Band(other[-1]), with_luminance=True)]


def _weighted_mean(modelled: Band, other: Band, parent: Enlarged | None) -> float:
    """The mean of the contrast over all windows of a band, weighted by information."""
    height, width = modelled.shape
    window = gaussian_window(height, width)
    model = Model.of(_products(modelled, parent), height, width)
    total = weight = 0.0
    for top, bottom in _strips(height - window.size + 1):
        rows, others = (band.rows(top, bottom + window.size - 1) for band in (modelled, other))
        values = _quality(rows, others, window, with_luminance=False)
        middle = slice(MARGIN, MARGIN + bottom - top + BLOCK - 1)
        above = None if parent is None else parent.rows(top + MARGIN + 1, bottom + MARGIN + 1)
        weights = _information(model, rows[middle], others[middle], above)
        total, weight = total + float((values * weights).sum()), weight + float(weights.sum())
    # No information anywhere, as between two flat bands: then no place counts more than another.
    return total / weight if weight > 0 else plain_mean(modelled, other, with_luminance=False)


def plain_mean(modelled: Band, other: Band, *, with_luminance: bool) -> float:
    """The mean of the contrast over all windows, each counting the same; of SSIM with the luminance part."""
    height, width = modelled.shape
    window = gaussian_window(height, width)
    rows = height - window.size + 1
    total = 0.0
    for top, bottom in _strips(rows):
        one, two = (band.rows(top, bottom + window.size - 1) for band in (modelled, other))
        total += float(_quality(one, two, window, with_luminance=with_luminance).sum())
    return float(total / (rows * (width - window.size + 1)))


def _strips(rows: int) -> Iterator[tuple[int, int]]:
    for top in range(0, rows, STRIP):
        yield top, min(rows, top + STRIP)


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


@dataclass(frozen=True, slots=True)
class Model:
    """A band's statistics: eigenvalues of its neighbourhoods' covariance (9 or 10 numbers), and its inverse over their count."""

    values: NDArray[np.float64]
    inverse: NDArray[np.float64]

    @classmethod
    def of(cls, products: NDArray[np.float64], height: int, width: int) -> Model:
        """The model of a band of that size, from the sums of products of every two neighbours (9 × 9 or 10 × 10)."""
        size = len(products)
        values, directions = np.linalg.eigh(products / ((height - BLOCK + 1) * (width - BLOCK + 1)))
        positive = np.maximum(values, 0)
        if positive.sum() > 0:
            positive *= values.sum() / positive.sum()
        # A flat band has directions without any variance; there the inverse is taken as 0.
        usable = positive > positive.max(initial=0) * 1e-12
        inverse = np.where(usable, 1 / np.where(usable, positive, 1), 0)
        return cls(positive, (directions * inverse) @ directions.T / size)


def _vectors(rows: Plane, above: Plane | None) -> Plane:
    """All 3 × 3 neighbourhoods of some rows of a band, one a column: shape (9 or 10, places).

    `above` has the parent's samples at their middle rows, of all columns.
    """
    down, across = rows.shape[0] - BLOCK + 1, rows.shape[1] - BLOCK + 1
    parts = [rows[row : row + down, column : column + across] for row in range(BLOCK) for column in range(BLOCK)]
    if above is not None:
        parts.append(above[:, 1 : 1 + across])
    return np.stack([part.ravel() for part in parts])


def _products(band: Band, parent: Enlarged | None) -> Plane:
    """The sums of the products of every two neighbours over all places."""
    size = BLOCK * BLOCK + (parent is not None)
    sums = np.zeros((size, size))
    for top, bottom in _strips(band.shape[0] - BLOCK + 1):
        above = None if parent is None else parent.rows(top + 1, bottom + 1)
        vectors = _vectors(band.rows(top, bottom + BLOCK - 1), above)
        sums += vectors @ vectors.T
    return sums


def _information(model: Model, modelled: Plane, other: Plane, above: Plane | None) -> Plane:
    """The information at the centres of some rows of quality windows, in bits; the bands' rows reach one further both ways."""
    columns = modelled.shape[1] - BLOCK + 1
    vectors = _vectors(modelled, above)
    spread = (vectors * (model.inverse @ vectors)).sum(axis=0).reshape(-1, columns)
    gain, rest = _gain(modelled, other)
    base = 1 + rest / NOISE
    factor = (rest + (1 + gain * gain) * NOISE) * spread / NOISE**2
    product = np.ones_like(base)
    for value in model.values:  # the sum of logarithms is the logarithm of the product
        product *= base + factor * value
    bits = np.log2(product)
    bits[bits < TINY] = 0
    return np.asarray(bits[:, MARGIN : columns - MARGIN])


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
