"""The window statistics that SSIM and MS-SSIM are made of.

With s = a + b and d = a − b, filtering s, d, s² and d² by the Gaussian window gives everything the formula needs in four
filters instead of five: var(s) ± var(d) are twice the sum of the variances and four times the covariance. Identical parts
have d = 0 exactly, so their contrast and SSIM come out as exactly 1, and need not be computed.

`measure_structure` uses the C library where there is one, else OpenCV in strips (`strips.py`), with the same numbers.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.metrics.threads import in_parts
from compatcheck.native import library

WINDOW = 11
SIGMA = 1.5
K1, K2, PEAK = 0.01, 0.03, 255.0
C1, C2 = (K1 * PEAK) ** 2, (K2 * PEAK) ** 2
"""The constants of Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment", IEEE TIP 13(4), 2004."""

MOST_SCALES = 5
"""The scales of MS-SSIM: Wang, Simoncelli and Bovik, Asilomar Conference on Signals 2003."""

SMALLEST_PART = 200_000
"""Pixels below which a picture is not worth sharing out between threads."""


@dataclass(frozen=True, slots=True)
class Structure:
    """Means over all windows and channels of each scale, finest first: SSIM, and its contrast-structure part.

    `ssim` of scales but the last is NaN when nobody asked for it. `maps` are 1 − SSIM per window,
    mean of the channels, clipped to 0–1, float32 of shape (height − 10, width − 10) of the scale; empty when not wanted.
    """

    ssim: tuple[float, ...]
    contrast: tuple[float, ...]
    maps: tuple[NDArray[np.float32], ...] = ()


def scales_for(height: int, width: int) -> int:
    """How many of the five scales a picture has room for: the window must fit into the coarsest one; at least 1."""
    side, scales = min(height, width), 1
    while scales < MOST_SCALES and (side + 1) // 2 >= WINDOW:
        side, scales = (side + 1) // 2, scales + 1
    return scales


def sizes(height: int, width: int, scales: int) -> list[tuple[int, int]]:
    """Height and width of each scale: halved and rounded up."""
    found = [(height, width)]
    while len(found) < scales:
        found.append(((found[-1][0] + 1) // 2, (found[-1][1] + 1) // 2))
    return found


def measure_structure(
    reference: NDArray[np.uint8],
    candidate: NDArray[np.uint8],
    scales: int,
    *,
    finest_ssim: bool = True,
    with_maps: bool = False,
) -> Structure:
    """The statistics of two uint8 pictures of one shape (height, width, 1 or 3).

    `scales` must fit (`scales_for`). Windows that would stick out are left out ('valid' filtering).
    """
    reference, candidate = np.ascontiguousarray(reference), np.ascontiguousarray(candidate)
    loaded = library()
    if loaded is None or min(reference.shape[:2]) < WINDOW:
        from compatcheck.metrics.strips import structure_in_strips

        return structure_in_strips(reference, candidate, scales, with_maps=with_maps)
    return _natively(loaded, reference, candidate, scales, everywhere=finest_ssim or with_maps, with_maps=with_maps)


def _natively(
    loaded: ctypes.CDLL,
    reference: NDArray[np.uint8],
    candidate: NDArray[np.uint8],
    scales: int,
    *,
    everywhere: bool,
    with_maps: bool,
) -> Structure:
    height, width, channels = reference.shape
    grid = sizes(height, width, scales)
    maps = [np.zeros((rows - WINDOW + 1, columns - WINDOW + 1), np.float32) for rows, columns in grid if with_maps]
    pointers = (ctypes.c_void_p * scales)(*(each.ctypes.data for each in maps)) if with_maps else None

    def run(part: int, parts: int) -> NDArray[np.float64]:
        sums = np.zeros((2, scales))
        failed = loaded.cc_structure(
            reference.ctypes.data,
            candidate.ctypes.data,
            reference.strides[0],
            candidate.strides[0],
            height,
            width,
            channels,
            scales,
            everywhere,
            part,
            parts,
            sums[0].ctypes.data,
            sums[1].ctypes.data,
            pointers,
        )
        if failed:
            raise MemoryError("no memory for SSIM's statistics")
        return sums

    totals = np.sum(in_parts(run, height * width, SMALLEST_PART), axis=0)
    counts = [(rows - WINDOW + 1) * (columns - WINDOW + 1) * channels for rows, columns in grid]
    contrast, similarity = (totals / counts).tolist()
    if not everywhere:
        similarity[:-1] = [float("nan")] * (scales - 1)
    return Structure(tuple(similarity), tuple(contrast), tuple(maps))


def gaussian_window(height: int, width: int) -> NDArray[np.float64]:
    """The 1-D Gaussian of 11 taps, σ 1.5, that sums to 1; narrower, with σ in proportion, for a picture below 11 px.

    The narrowing is what the 2003 algorithm's reference code does (`size = min(11, height, width)`).
    """
    size = min(WINDOW, height, width)
    sigma = size * SIGMA / WINDOW
    places = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(places**2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def to_picture_size(windows: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """A map per window as a map per pixel: each window stands at its centre, the border is repeated outwards."""
    missing_rows, missing_columns = height - windows.shape[0], width - windows.shape[1]
    top, left = missing_rows // 2, missing_columns // 2
    bottom, right = missing_rows - top, missing_columns - left
    return np.asarray(cv2.copyMakeBorder(windows, top, bottom, left, right, cv2.BORDER_REPLICATE), dtype=np.float32)


def blend_maps(
    maps: Sequence[NDArray[np.float32]], weights: Sequence[float], height: int, width: int
) -> NDArray[np.float32]:
    """The scales' maps, each blown up to picture size, summed by their weights (which are scaled to sum to 1)."""
    grid = sizes(height, width, len(maps))
    blended: NDArray[np.float32] | None = None
    for scale in reversed(range(len(maps))):
        rows, columns = grid[scale]
        own = to_picture_size(maps[scale], rows, columns) * np.float32(weights[scale] / sum(weights))
        if blended is not None:
            wide = cv2.resize(blended, (blended.shape[1] * 2, blended.shape[0] * 2), interpolation=cv2.INTER_LINEAR)
            own += wide[:rows, :columns]
        blended = own
    assert blended is not None
    return blended
