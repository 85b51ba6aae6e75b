"""Mean squared error: the plainest distance between two pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from compatcheck.metrics.checks import check_pair
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Score, ScoreMap


def mean_squared_error(reference: RGB, candidate: RGB) -> float:
    """The mean of (a − b)² over all pixels and channels, in squared grey levels, 0–65025; exact."""
    return float(cv2.norm(reference, candidate, cv2.NORM_L2SQR)) / reference.size


def error_map(reference: RGB, candidate: RGB) -> ScoreMap:
    """The largest channel's absolute difference per pixel, over 255."""
    difference = cv2.absdiff(reference, candidate)
    red, green, blue = cv2.split(difference)
    return np.asarray(cv2.max(cv2.max(red, green), blue), dtype=np.float32) / np.float32(255)


@dataclass(frozen=True, slots=True)
class Mse:
    """Mean squared error over the three channels; range 0 to 65025, lower is better."""

    name: str = "mse"
    direction: Literal["lower"] = "lower"
    range: tuple[float, float] = (0.0, 65025.0)
    identical: float = 0.0
    meaning: str = "mean squared difference of the samples, in squared grey levels; says how much, not where or what"

    def score(self, reference: RGB, candidate: RGB, *, with_map: bool = True) -> Score:
        """Score two RGB pictures; the map is the largest channel's absolute difference. Raises PictureError."""
        reference, candidate = check_pair(reference, candidate)
        surface = error_map(reference, candidate) if with_map else None
        return Score(self.name, mean_squared_error(reference, candidate), self.direction, map=surface)
