"""IW-SSIM's weighted means by the C library (`native/information.c`), rows shared out between threads.

Only the Gaussian pyramid is kept, in single precision: 2.7 bytes a pixel for the two planes together. Bands and weights are
made row by row, in double precision.
"""

from __future__ import annotations

import ctypes

import numpy as np
from numpy.typing import NDArray

from compatcheck.metrics.information import BLOCK, Model, plain_mean
from compatcheck.metrics.laplacian import Band, Level, Pyramid
from compatcheck.metrics.structure import WINDOW
from compatcheck.metrics.threads import in_parts

SIZE = BLOCK * BLOCK + 1
"""Numbers to a neighbourhood: 3 × 3 pixels and the parent."""

SMALLEST_PART = 60_000
"""Pixels below which a scale is not worth sharing out between threads."""


def scale_means_natively(loaded: ctypes.CDLL, modelled: Pyramid, other: Pyramid) -> list[float]:
    """As `information.scale_means`."""
    scales, means = len(modelled), []
    for scale in range(scales - 1):
        coarsest = modelled[scale + 2] if scale < scales - 2 else None
        means.append(_weighted_mean(loaded, modelled[scale : scale + 2], other[scale : scale + 2], coarsest))
    return [*means, plain_mean(Band(modelled[-1]), Band(other[-1]), with_luminance=True)]


def gaussians_natively(loaded: ctypes.CDLL, plane: NDArray[np.uint8], scales: int) -> Pyramid:
    """As `laplacian.gaussians`."""
    levels: list[Level] = [plane]
    for _ in range(scales - 1):
        levels.append(_lower(loaded, levels[-1]))
    return tuple(levels)


def _lower(loaded: ctypes.CDLL, level: Level) -> Level:
    height, width = level.shape
    coarse = np.empty(((height + 1) // 2, (width + 1) // 2), np.float32)

    def run(part: int, parts: int) -> None:
        first, last = _share(len(coarse), part, parts)
        _check(loaded.cc_lower(level.ctypes.data, _floats(level), height, width, first, last, coarse.ctypes.data))

    in_parts(run, level.size, SMALLEST_PART)
    return coarse


def _weighted_mean(loaded: ctypes.CDLL, levels: Pyramid, others: Pyramid, coarsest: Level | None) -> float:
    """The mean of the contrast over all windows of the band between two levels, weighted by information."""
    (fine, coarse), (other, other_coarse) = levels, others
    height, width = fine.shape
    below = None if coarsest is None else coarsest.ctypes.data

    def multiply(part: int, parts: int) -> NDArray[np.float64]:
        sums = np.zeros(SIZE * (SIZE + 1) // 2)
        _check(
            loaded.cc_information_products(
                fine.ctypes.data,
                _floats(fine),
                height,
                width,
                coarse.ctypes.data,
                below,
                *_share(height - BLOCK + 1, part, parts),
                sums.ctypes.data,
            )
        )
        return sums

    upper = np.triu_indices(SIZE)
    products = np.zeros((SIZE, SIZE))
    products[upper] = np.sum(in_parts(multiply, fine.size, SMALLEST_PART), axis=0)
    products += np.triu(products, 1).T
    size = SIZE if coarsest is not None else SIZE - 1
    model = Model.of(products[:size, :size], height, width)
    inverse = np.zeros((SIZE, SIZE))
    inverse[:size, :size] = model.inverse
    packed = (2 * inverse - np.diag(np.diag(inverse)))[upper]  # each pair once, counted twice

    def weigh(part: int, parts: int) -> NDArray[np.float64]:
        sums = np.zeros(2)
        _check(
            loaded.cc_information_mean(
                fine.ctypes.data,
                other.ctypes.data,
                _floats(fine),
                height,
                width,
                coarse.ctypes.data,
                other_coarse.ctypes.data,
                below,
                model.values.ctypes.data,
                packed.ctypes.data,
                *_share(height - WINDOW + 1, part, parts),
                sums.ctypes.data,
            )
        )
        return sums

    total, weight = np.sum(in_parts(weigh, fine.size, SMALLEST_PART), axis=0).tolist()
    if weight > 0:
        return float(total / weight)
    # No information anywhere, as between two flat bands: then no place counts more than another.
    return plain_mean(Band(fine, coarse), Band(other, other_coarse), with_luminance=False)


def _share(rows: int, part: int, parts: int) -> tuple[int, int]:
    return rows * part // parts, rows * (part + 1) // parts


def _floats(level: Level) -> int:
    return int(level.dtype == np.float32)


def _check(failed: int) -> None:
    if failed:
        raise MemoryError("no memory for IW-SSIM's statistics")
