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
from typing import Any

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

PIECES = 4
"""Parts to a thread: where the pictures are identical there is next to nothing to do, so parts take unlike times."""

Pyramid = tuple[NDArray[Any], ...]
"""A picture's scales after the first: sums of 4, 16, 64 and 256 samples in 16 bits for C, means in float32 without it."""


@dataclass(frozen=True, slots=True)
class Structure:
    """Means over all windows and channels of each scale, finest first: SSIM, and its contrast-structure part.

    `ssim` is NaN on scales where nobody asked for it. `maps`, of the finest scales that they are wanted of, are 1 − SSIM at
    each window's centre, mean of the channels, clipped to 0–1, the border repeated: float32 of the scale's height and width.
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
    grey: bool = False,
    finest_ssim: bool = True,
    maps: int = 0,
    pyramid: Pyramid = (),
) -> Structure:
    """The statistics of two uint8 pictures of one shape (height, width, 1 or 3), and maps of the `maps` finest scales.

    `scales` must fit (`scales_for`). Windows that would stick out are left out ('valid' filtering). With `grey` they are those
    of RGB pictures' luma, which only `makes_luma` can. `pyramid` is the reference's where it was made before: the numbers are
    the same without, to the last digit.
    """
    reference, candidate = np.ascontiguousarray(reference), np.ascontiguousarray(candidate)
    loaded = _loaded(reference)
    if loaded is None:
        from compatcheck.metrics.strips import structure_in_strips

        return structure_in_strips(reference, candidate, scales, maps=maps, pyramid=pyramid)
    channels = 1 if grey else reference.shape[2]
    return _natively(
        loaded, reference, candidate, channels, scales, finest_ssim=finest_ssim, wanted=maps, pyramid=pyramid
    )


def makes_luma(picture: NDArray[np.uint8]) -> bool:
    """Whether `measure_structure` makes luma of such a picture itself: where it is looked at, and nowhere else."""
    return _loaded(picture) is not None


def pyramid_of(picture: NDArray[np.uint8], scales: int) -> Pyramid:
    """A picture's coarser scales, for `measure_structure` with all its candidates."""
    picture = np.ascontiguousarray(picture)
    loaded = _loaded(picture)
    if loaded is None:
        from compatcheck.metrics.strips import halved

        return halved(picture, scales)
    height, width, channels = picture.shape
    pyramid = tuple(np.empty((*size, channels), np.uint16) for size in sizes(height, width, scales)[1:])
    pointers = (ctypes.c_void_p * scales)(None, *(each.ctypes.data for each in pyramid))
    loaded.cc_scales(picture.ctypes.data, picture.strides[0], height, width, channels, scales, pointers)
    return pyramid


def pyramid_bytes(height: int, width: int, channels: int) -> int:
    """What a pyramid takes at most, whoever makes it."""
    return sum(rows * columns * channels * 4 for rows, columns in sizes(height, width, MOST_SCALES)[1:])


def _loaded(picture: NDArray[np.uint8]) -> ctypes.CDLL | None:
    """The C library, where there is one and the picture has room for its window."""
    return library() if min(picture.shape[:2]) >= WINDOW else None


def _natively(
    loaded: ctypes.CDLL,
    reference: NDArray[np.uint8],
    candidate: NDArray[np.uint8],
    channels: int,
    scales: int,
    *,
    finest_ssim: bool,
    wanted: int,
    pyramid: Pyramid,
) -> Structure:
    height, width, depth = reference.shape
    grid = sizes(height, width, scales)
    maps = [np.zeros(size, np.float32) for size in grid[:wanted]]
    pointers = (ctypes.c_void_p * scales)(*(each.ctypes.data for each in maps))
    whole = (ctypes.c_void_p * scales)(None, *(each.ctypes.data for each in pyramid)) if pyramid else None

    def run(part: int, parts: int) -> NDArray[np.float64]:
        sums = np.zeros((2, scales))
        failed = loaded.cc_structure(
            reference.ctypes.data,
            candidate.ctypes.data,
            reference.strides[0],
            candidate.strides[0],
            height,
            width,
            depth,
            channels,
            scales,
            finest_ssim,
            part,
            parts,
            sums[0].ctypes.data,
            sums[1].ctypes.data,
            pointers,
            whole,
        )
        if failed:
            raise MemoryError("no memory for SSIM's statistics")
        return sums

    totals = np.sum(in_parts(run, height * width, SMALLEST_PART, pieces=PIECES), axis=0)
    counts = [(rows - WINDOW + 1) * (columns - WINDOW + 1) * channels for rows, columns in grid]
    contrast, similarity = (totals / counts).tolist()
    for scale in range(max(wanted, int(finest_ssim)), scales - 1):
        similarity[scale] = float("nan")
    for surface in maps:
        _repeat_border(surface, WINDOW // 2)
    return Structure(tuple(similarity), tuple(contrast), tuple(maps))


def _repeat_border(surface: NDArray[np.float32], margin: int) -> None:
    """Fill so many rows and columns on every side with what lies next to them, in place."""
    surface[:margin], surface[-margin:] = surface[margin], surface[-margin - 1]
    surface[:, :margin], surface[:, -margin:] = surface[:, margin : margin + 1], surface[:, -margin - 1 : -margin]


def gaussian_window(height: int, width: int) -> NDArray[np.float64]:
    """The 1-D Gaussian of 11 taps, σ 1.5, that sums to 1; narrower, with σ in proportion, for a picture below 11 px.

    The narrowing is what the 2003 algorithm's reference code does (`size = min(11, height, width)`).
    """
    size = min(WINDOW, height, width)
    sigma = size * SIGMA / WINDOW
    places = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(places**2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def blend_maps(maps: Sequence[NDArray[np.float32]], weights: Sequence[float]) -> NDArray[np.float32]:
    """The scales' maps, each blown up to picture size, summed by their weights (which are scaled to sum to 1)."""
    blended: NDArray[np.float32] | None = None
    for surface, weight in zip(reversed(maps), reversed(weights), strict=True):
        own = surface * np.float32(weight / sum(weights))
        if blended is not None:
            wide = cv2.resize(blended, (blended.shape[1] * 2, blended.shape[0] * 2), interpolation=cv2.INTER_LINEAR)
            own += wide[: own.shape[0], : own.shape[1]]
        blended = own
    assert blended is not None
    return blended
