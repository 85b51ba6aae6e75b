"""Colour histograms: which colours there are, wherever they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.metrics.base import PairMetric
from compatcheck.metrics.pair import PicturePair
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Score

BINS = 256


def histograms(picture: RGB) -> NDArray[np.float64]:
    """The share of pixels at each of the 256 levels, per channel: shape (3, 256), each row sums to 1."""
    counts = [cv2.calcHist([picture], [channel], None, [BINS], [0, 256]).ravel() for channel in range(3)]
    # OpenCV counts in integers but gives float32, off by one in 2**24 for a huge flat page: the sum is taken as the whole.
    shares = np.array(counts, dtype=np.float64)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), dtype=np.float64)


def _of(pair: PicturePair) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both pictures' histograms."""
    size = 3 * BINS * np.dtype(np.float64).itemsize
    return pair.of_reference("histogram", size, lambda: histograms(pair.reference)), histograms(pair.candidate)


@dataclass(frozen=True, slots=True)
class HistogramIntersection(PairMetric):
    """Swain and Ballard's intersection (1991): the common area of the two histograms, mean of the channels; 0–1."""

    name: str = "histogram"
    direction: Literal["higher"] = "higher"
    range: tuple[float, float] = (0.0, 1.0)
    identical: float = 1.0
    meaning: str = "share of pixels whose colour level has a partner anywhere, 1 = same colours; blind to place"

    def measure(self, pair: PicturePair) -> Score:
        """Score a pair of pictures; there is no map."""
        common = np.minimum(*_of(pair)).sum(axis=1).mean()
        return Score(self.name, min(1.0, float(common)), self.direction)


@dataclass(frozen=True, slots=True)
class HistogramChiSquare(PairMetric):
    """Symmetric χ² distance ½ Σ (p − q)² / (p + q), mean of the channels; 0–1, lower is better."""

    name: str = "histogram:chi2"
    direction: Literal["lower"] = "lower"
    range: tuple[float, float] = (0.0, 1.0)
    identical: float = 0.0
    meaning: str = "χ² distance of the colour histograms, 0 = same colours: rare levels weigh more; blind to place"

    def measure(self, pair: PicturePair) -> Score:
        """Score a pair of pictures; there is no map."""
        first, second = _of(pair)
        whole = first + second
        distance = 0.5 * ((first - second) ** 2 / np.where(whole > 0, whole, 1.0)).sum(axis=1).mean()
        return Score(self.name, min(1.0, float(distance)), self.direction)


HISTOGRAMS: dict[str, Callable[[], HistogramIntersection | HistogramChiSquare]] = {
    "histogram": HistogramIntersection,
    "histogram:chi2": HistogramChiSquare,
}
