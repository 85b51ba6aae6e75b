"""The window statistics that SSIM and MS-SSIM are made of, in strips, with OpenCV in float64.

With s = a + b and d = a − b, filtering s, d, s² and d² by the Gaussian window gives everything the formula needs in four
filters instead of five: var(s) ± var(d) are twice the sum of the variances and four times the covariance. Identical parts
have d = 0 exactly, so their contrast and SSIM come out as exactly 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

WINDOW = 11
SIGMA = 1.5
K1, K2, PEAK = 0.01, 0.03, 255.0
C1, C2 = (K1 * PEAK) ** 2, (K2 * PEAK) ** 2
"""The constants of Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment", IEEE TIP 13(4), 2004."""

STRIP = 64
"""Rows worked on at a time: the strip's temporaries stay in the processor's cache, and memory does not grow with height."""


@dataclass(frozen=True, slots=True)
class ScaleSums:
    """Means over one scale's windows: of SSIM and of its contrast-structure part; `map` is SSIM per window, or None.

    The map is float32 of shape (height − window + 1, width − window + 1), the mean over the channels.
    """

    ssim: float
    contrast: float
    map: NDArray[np.float32] | None


def gaussian_window(height: int, width: int) -> NDArray[np.float64]:
    """The 1-D Gaussian of 11 taps, σ 1.5, that sums to 1; narrower, with σ in proportion, for a picture below 11 px.

    The narrowing is what the 2003 algorithm's reference code does (`size = min(11, height, width)`).
    """
    size = min(WINDOW, height, width)
    sigma = size * SIGMA / WINDOW
    places = np.arange(size) - (size - 1) / 2
    weights = np.exp(-(places**2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def scale_sums(reference: NDArray[Any], candidate: NDArray[Any], *, with_map: bool = False) -> ScaleSums:
    """SSIM's statistics over all windows that lie inside two pictures of the same shape (height, width, channels).

    Samples are uint8 or floats on a scale of 0–255. Windows that would stick out are left out ('valid' filtering).
    """
    height, width = reference.shape[:2]
    channels = reference.shape[2] if reference.ndim == 3 else 1
    window = gaussian_window(height, width)
    rows, columns = height - window.size + 1, width - window.size + 1
    surface = np.empty((rows, columns), np.float32) if with_map else None
    ssim_total = contrast_total = 0.0
    for top in range(0, rows, STRIP):
        bottom = min(rows, top + STRIP)
        part = slice(top, bottom + window.size - 1)
        ssim, contrast = _strip(reference[part], candidate[part], window)
        ssim_total += float(ssim.sum())
        contrast_total += float(contrast.sum())
        if surface is not None:
            surface[top:bottom] = ssim.mean(axis=2) if ssim.ndim == 3 else ssim
    count = rows * columns * channels
    return ScaleSums(ssim_total / count, contrast_total / count, surface)


def _strip(
    first: NDArray[Any], second: NDArray[Any], window: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    total = cv2.add(first, second, dtype=cv2.CV_64F)
    difference = cv2.subtract(first, second, dtype=cv2.CV_64F)

    def smooth(plane: NDArray[Any]) -> NDArray[np.float64]:
        low = (window.size - 1) // 2
        high = window.size - 1 - low
        full = cv2.sepFilter2D(plane, cv2.CV_64F, window, window, anchor=(low, low), borderType=cv2.BORDER_REFLECT)
        return np.asarray(full[low : full.shape[0] - high, low : full.shape[1] - high])

    mean_total, mean_difference = smooth(total), smooth(difference)
    square_total, square_difference = mean_total**2, mean_difference**2
    variance_total = smooth(total * total) - square_total
    variance_difference = smooth(difference * difference) - square_difference
    contrast = ((variance_total - variance_difference) / 2 + C2) / ((variance_total + variance_difference) / 2 + C2)
    luminance = ((square_total - square_difference) / 2 + C1) / ((square_total + square_difference) / 2 + C1)
    return luminance * contrast, contrast


def halve(picture: NDArray[Any]) -> NDArray[np.float32]:
    """The next coarser scale: means of 2 × 2 px; an odd last row or column is doubled first, as in the 2003 code.

    Exact: every sample stays a multiple of a power of 1/4 that float32 holds.
    """
    height, width = picture.shape[:2]
    if height % 2 or width % 2:
        picture = cv2.copyMakeBorder(picture, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    plane = picture if picture.dtype == np.float32 else picture.astype(np.float32)
    half = cv2.resize(plane, (plane.shape[1] // 2, plane.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return np.asarray(half.reshape(half.shape[0], half.shape[1], -1), dtype=np.float32)


def to_picture_size(surface: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """A map of SSIM per window as a difference map per pixel: 1 − SSIM clipped to 0–1, the border repeated outwards."""
    difference = np.clip(1.0 - surface, 0.0, 1.0, dtype=np.float32)
    missing_rows, missing_columns = height - surface.shape[0], width - surface.shape[1]
    top, left = missing_rows // 2, missing_columns // 2
    return np.asarray(
        cv2.copyMakeBorder(difference, top, missing_rows - top, left, missing_columns - left, cv2.BORDER_REPLICATE),
        dtype=np.float32,
    )
