"""SSIM's statistics with OpenCV in float64, a strip of rows at a time: where there is no C library, and for tiny pictures."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.metrics.structure import C1, C2, Pyramid, Structure, gaussian_window

STRIP = 64
"""Rows worked on at a time: the strip's temporaries stay in the processor's cache, and memory does not grow with height."""


def structure_in_strips(
    reference: NDArray[Any], candidate: NDArray[Any], scales: int, *, maps: int, pyramid: Pyramid = ()
) -> Structure:
    """As `measure_structure`, for pictures of any size."""
    ssim, contrast, surfaces = [], [], []
    for scale in range(scales):
        if scale:
            reference, candidate = pyramid[scale - 1] if pyramid else halve(reference), halve(candidate)
        similarity, contrast_, surface = _scale(reference, candidate, with_map=scale < maps)
        ssim.append(similarity)
        contrast.append(contrast_)
        if surface is not None:
            surfaces.append(_to_picture_size(surface, *reference.shape[:2]))
    return Structure(tuple(ssim), tuple(contrast), tuple(surfaces))


def _scale(
    reference: NDArray[Any], candidate: NDArray[Any], *, with_map: bool
) -> tuple[float, float, NDArray[np.float32] | None]:
    """Means of SSIM and of contrast over one scale, and the map of its windows."""
    height, width, channels = reference.shape
    window = gaussian_window(height, width)
    rows, columns = height - window.size + 1, width - window.size + 1
    surface = np.zeros((rows, columns), np.float32) if with_map else None
    ssim_total = contrast_total = 0.0
    for top in range(0, rows, STRIP):
        bottom = min(rows, top + STRIP)
        part = slice(top, bottom + window.size - 1)
        if np.array_equal(reference[part], candidate[part]):
            ssim_total += (bottom - top) * columns * channels
            contrast_total += (bottom - top) * columns * channels
            continue
        ssim, contrast = _strip(reference[part], candidate[part], window)
        ssim_total += float(ssim.sum())
        contrast_total += float(contrast.sum())
        if surface is not None:
            surface[top:bottom] = np.clip(1 - ssim.reshape(*ssim.shape[:2], -1).mean(axis=2), 0, 1)
    count = rows * columns * channels
    return ssim_total / count, contrast_total / count, surface


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


def _to_picture_size(windows: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """A map per window as a map per pixel: each window stands at its centre, the border is repeated outwards."""
    missing_rows, missing_columns = height - windows.shape[0], width - windows.shape[1]
    top, left = missing_rows // 2, missing_columns // 2
    bottom, right = missing_rows - top, missing_columns - left
    return np.asarray(cv2.copyMakeBorder(windows, top, bottom, left, right, cv2.BORDER_REPLICATE), dtype=np.float32)


def halved(picture: NDArray[Any], scales: int) -> Pyramid:
    """A picture's scales after the first, each made from the one before."""
    found = []
    for _ in range(scales - 1):
        picture = halve(picture)
        found.append(picture)
    return tuple(found)


def halve(picture: NDArray[Any]) -> NDArray[np.float32]:
    """The next coarser scale: means of 2 × 2 px; an odd last row or column is doubled first, as in the 2003 code.

    Exact: every sample stays a multiple of a power of 1/4 that float32 holds.
    """
    height, width, channels = picture.shape
    half = np.empty(((height + 1) // 2, (width + 1) // 2, channels), np.float32)
    for top in range(0, len(half), STRIP):
        rows: NDArray[Any] = picture[2 * top : 2 * (top + STRIP)].astype(np.float32)
        if rows.shape[0] % 2 or width % 2:
            rows = cv2.copyMakeBorder(rows, 0, rows.shape[0] % 2, 0, width % 2, cv2.BORDER_REPLICATE)
        size = rows.shape[1] // 2, rows.shape[0] // 2
        half[top : top + STRIP] = cv2.resize(rows, size, interpolation=cv2.INTER_AREA).reshape(
            size[1], size[0], channels
        )
    return half
