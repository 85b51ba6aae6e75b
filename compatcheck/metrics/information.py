"""IW-SSIM's Laplacian pyramid and the information that each of its places holds: the paper's Gaussian scale mixture.

`scale_means` gives each scale's weighted mean. The C library does it in panels that stay in the processor's cache
(`information_native.py`); the same work in NumPy and OpenCV, a strip of rows at a time, is here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.metrics.strips import STRIP
from compatcheck.metrics.structure import C1, C2, WINDOW, gaussian_window, sizes
from compatcheck.native import library

NOISE = 0.4
"""Variance of the visual noise in the paper's model of what an eye can tell apart."""

BLOCK = 3
"""Pixels a side of the neighbourhood whose information is measured."""

DOWN, ACROSS = np.array([1, 4, 6, 4, 1]) / 8, np.array([1, 4, 6, 4, 1]) / 16
"""Burt and Adelson's filter as matlabPyrTools scales it (√2 a direction, here 2 down and 1 across, so that every weight is a
fraction that doubles hold and flat parts of a band are exactly zero): the paper's code builds its pyramid with it."""

TINY = 1e-8
"""Variances below it count as none. The authors have 1e-15, which lets rounding errors through where a page is flat (theirs are
near 1e-12): the result then depends on the order of additions. Real variances of 8-bit pictures are larger than this."""

Plane = NDArray[np.float64]


Pyramid = tuple[NDArray[Any], ...]
"""What is made of one plane alone, finest first: its Gaussian scales for C (the plane itself, then float32), else Laplacian
bands (float64)."""


def pyramid_of(plane: NDArray[np.uint8], scales: int) -> Pyramid:
    """The pyramid of a contiguous plane (height, width) for `scale_means`; `scales` must fit (`structure.scales_for`)."""
    loaded = library()
    if loaded is None:
        return tuple(laplacian(plane.astype(np.float64), scales))
    from compatcheck.metrics.information_native import gaussians

    return gaussians(loaded, plane, scales)


def pyramid_bytes(height: int, width: int, scales: int) -> int:
    """What such a pyramid takes."""
    finest, *coarser = (rows * columns for rows, columns in sizes(height, width, scales))
    return 8 * (finest + sum(coarser)) if library() is None else finest + 4 * sum(coarser)


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
        # The band above the coarsest one has no parent: the coarsest is a low-pass picture, no band.
        parent = modelled[scale + 1] if scale < scales - 2 else None
        means.append(_weighted_mean(modelled[scale], other[scale], parent))
    return [*means, plain_mean(modelled[-1], other[-1], with_luminance=True)]


def laplacian(picture: Plane, scales: int) -> list[Plane]:
    """Band-pass pictures from fine to coarse, the last one low-pass; edges mirrored about the outermost pixel."""
    bands = []
    for _ in range(scales - 1):
        low = _smooth(picture)[::2, ::2]
        wide = np.zeros_like(picture)
        wide[::2, ::2] = low
        bands.append(picture - _smooth(wide))
        picture = np.ascontiguousarray(low)
    return [*bands, picture]


def _smooth(picture: Plane) -> Plane:
    return np.asarray(cv2.sepFilter2D(picture, cv2.CV_64F, ACROSS, DOWN, borderType=cv2.BORDER_REFLECT_101))


def _weighted_mean(modelled: Plane, other: Plane, parent: Plane | None) -> float:
    """The mean of the contrast over all windows of a band, weighted by information."""
    height, width = modelled.shape
    window = gaussian_window(height, width)
    rows = height - window.size + 1
    places = _Places(modelled, parent)
    model = Model.of(places.products(), height, width)
    total = weight = 0.0
    for top in range(0, rows, STRIP):
        bottom = min(rows, top + STRIP)
        part = slice(top, bottom + window.size - 1)
        values = _quality(modelled[part], other[part], window, with_luminance=False)
        weights = _information(model, places, modelled, other, top, bottom)
        total, weight = total + float((values * weights).sum()), weight + float(weights.sum())
    # No information anywhere, as between two flat bands: then no place counts more than another.
    return total / weight if weight > 0 else plain_mean(modelled, other, with_luminance=False)


def plain_mean(modelled: Plane, other: Plane, *, with_luminance: bool) -> float:
    """The mean of the contrast over all windows, each counting the same; of SSIM with the luminance part."""
    window = gaussian_window(*modelled.shape)
    rows = modelled.shape[0] - window.size + 1
    total = 0.0
    for top in range(0, rows, STRIP):
        part = slice(top, min(rows, top + STRIP) + window.size - 1)
        total += float(_quality(modelled[part], other[part], window, with_luminance=with_luminance).sum())
    return float(total / (rows * (modelled.shape[1] - window.size + 1)))


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


class _Places:
    """A band's neighbourhoods: 3 × 3 pixels and, where there is one, the parent's sample at the middle."""

    def __init__(self, band: Plane, parent: Plane | None) -> None:
        self.band = band
        self.parent = None if parent is None else _enlarged(parent)[: band.shape[0], : band.shape[1]]

    def vectors(self, top: int, bottom: int) -> Plane:
        """The neighbourhoods whose upper row is `top` to `bottom`, one a column: shape (9 or 10, places)."""
        columns = self.band.shape[1] - BLOCK + 1
        parts = [
            self.band[top + row : bottom + row, column : column + columns]
            for row in range(BLOCK)
            for column in range(BLOCK)
        ]
        if self.parent is not None:
            parts.append(self.parent[top + 1 : bottom + 1, 1 : 1 + columns])
        return np.stack([part.ravel() for part in parts])

    def products(self) -> Plane:
        """The sums of the products of every two neighbours over all places."""
        rows = self.band.shape[0] - BLOCK + 1
        strips = (self.vectors(top, min(rows, top + STRIP)) for top in range(0, rows, STRIP))
        return np.asarray(sum(vectors @ vectors.T for vectors in strips))


def _information(model: Model, places: _Places, modelled: Plane, other: Plane, top: int, bottom: int) -> Plane:
    """The information at the centres of the quality windows `top` to `bottom`, in bits."""
    margin = (WINDOW - 1) // 2 - (BLOCK - 1) // 2
    first, last = top + margin, bottom + margin
    columns = modelled.shape[1] - BLOCK + 1
    vectors = places.vectors(first, last)
    spread = (vectors * (model.inverse @ vectors)).sum(axis=0).reshape(last - first, columns)
    rows = slice(first, last + BLOCK - 1)
    gain, rest = _gain(modelled[rows], other[rows])
    base = 1 + rest / NOISE
    factor = (rest + (1 + gain * gain) * NOISE) * spread / NOISE**2
    product = np.ones_like(base)
    for value in model.values:  # the sum of logarithms is the logarithm of the product
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
