"""The published algorithms written as plainly as can be, in float64: what the fast code must equal.

`ms_ssim` follows the 2003 algorithm's widely used reference code: windows inside the picture, 2 × 2 means, decimation.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import convolve
from scipy.signal import fftconvolve

WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def window(size, sigma):
    places = np.arange(size) - (size - 1) / 2
    rows, columns = np.meshgrid(places, places)
    weights = np.exp(-(rows**2 + columns**2) / (2 * sigma**2))
    return weights / weights.sum()


def ssim_and_contrast(first, second):
    """Means over windows and channels of two (height, width, channels) pictures on 0–255, and the map of SSIM."""
    first, second = first.astype(np.float64), second.astype(np.float64)
    size = min(11, *first.shape[:2])
    kernel = window(size, size * 1.5 / 11)[:, :, None]
    mean = lambda plane: fftconvolve(plane, kernel, mode="valid", axes=(0, 1))  # noqa: E731
    one, two = mean(first), mean(second)
    variance_one, variance_two = mean(first**2) - one**2, mean(second**2) - two**2
    covariance = mean(first * second) - one * two
    contrast = (2 * covariance + C2) / (variance_one + variance_two + C2)
    ssim = (2 * one * two + C1) / (one**2 + two**2 + C1) * contrast
    return ssim.mean(), contrast.mean(), ssim


def ms_ssim(first, second, scales=5):
    first, second = first.astype(np.float64), second.astype(np.float64)
    weights = WEIGHTS[:scales] / (WEIGHTS[:scales].sum() if scales < 5 else 1)
    parts = []
    for _ in range(scales):
        ssim, contrast, _ = ssim_and_contrast(first, second)
        parts.append((ssim, contrast))
        halves = [convolve(each, np.ones((2, 2, 1)) / 4, mode="reflect")[::2, ::2] for each in (first, second)]
        first, second = halves
    means = np.array([contrast for _, contrast in parts[:-1]] + [parts[-1][0]])
    return float(np.prod(np.maximum(means, 0) ** weights))


def iw_ssim(modelled, other, scales=5):
    """Wang and Li 2011 after the authors' MATLAB, for one channel; blank blocks are told by 1e-8 instead of 1e-15."""
    bands, others = laplacian(modelled, scales), laplacian(other, scales)
    means = []
    for scale in range(scales):
        kernel = window(11, 1.5)
        mean = lambda plane, kernel=kernel: fftconvolve(plane, kernel, mode="valid")  # noqa: E731
        one, two = bands[scale], others[scale]
        mean_one, mean_two = mean(one), mean(two)
        covariance = mean(one * two) - mean_one * mean_two
        variances = np.maximum(mean(one**2) - mean_one**2, 0) + np.maximum(mean(two**2) - mean_two**2, 0)
        quality = (2 * covariance + C2) / (variances + C2)
        if scale == scales - 1:
            quality *= (2 * mean_one * mean_two + C1) / (mean_one**2 + mean_two**2 + C1)
            means.append(quality.mean())
            continue
        bits = information(one, two, bands[scale + 1] if scale < scales - 2 else None)[4:-4, 4:-4]
        means.append((quality * bits).sum() / bits.sum())
    weights = WEIGHTS[:scales] / WEIGHTS[:scales].sum()
    return float(np.prod(np.maximum(means, 0) ** weights))


def laplacian(picture, scales):
    line = np.array([1, 4, 6, 4, 1]) / 16 * np.sqrt(2)
    kernel = np.outer(line, line)
    bands, picture = [], picture.astype(np.float64)
    for _ in range(scales - 1):
        low = convolve(picture, kernel, mode="mirror")[::2, ::2]
        wide = np.zeros_like(picture)
        wide[::2, ::2] = low
        bands.append(picture - convolve(wide, kernel, mode="mirror"))
        picture = low
    return [*bands, picture]


def information(one, two, parent, noise=0.4, tiny=1e-8):
    kernel = np.ones((3, 3)) / 9
    mean = lambda plane: fftconvolve(plane, kernel, mode="valid")  # noqa: E731
    covariance = mean(one * two) - mean(one) * mean(two)
    variance, other = (np.maximum(mean(band**2) - mean(band) ** 2, 0) for band in (one, two))
    gain = np.where((variance < tiny) | (other < tiny), 0, covariance / (variance + tiny))
    rest = np.where(variance < tiny, other, other - gain * covariance)
    rest = np.where(other < tiny, 0, rest)
    height, width = one.shape[0] - 2, one.shape[1] - 2
    parts = [one[row : row + height, column : column + width] for row in range(3) for column in range(3)]
    if parent is not None:
        parts.append(enlarged(parent)[1 : 1 + height, 1 : 1 + width])
    vectors = np.stack([part.ravel() for part in parts])
    model = vectors @ vectors.T / vectors.shape[1]
    values = np.linalg.eigvalsh(model)
    spread = (vectors * np.linalg.solve(model, vectors)).sum(axis=0).reshape(height, width) / len(parts)
    terms = ((rest + (1 + gain**2) * noise) * spread)[..., None] * values + noise * rest[..., None]
    return np.log2(1 + terms / noise**2).sum(axis=2)


def enlarged(band):
    """Bilinear to four times less three, one more sample extrapolated all round, every second one taken."""
    for axis in (0, 1):
        band = np.moveaxis(band, axis, 0)
        size = len(band)
        places = np.clip((np.arange(4 * size - 3) + 0.5) * size / (4 * size - 3) - 0.5, 0, size - 1)
        low = np.minimum(places.astype(int), size - 2)
        share = (places - low).reshape(-1, *[1] * (band.ndim - 1))
        wide = band[low] * (1 - share) + band[low + 1] * share
        wide = np.concatenate([2 * wide[:1] - wide[1:2], wide, 2 * wide[-1:] - wide[-2:-1]])
        band = np.moveaxis(wide[::2], 0, axis)
    return band
