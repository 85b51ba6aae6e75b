"""Mean squared error: the plainest distance between two pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from compatcheck.metrics.base import PairMetric
from compatcheck.metrics.pair import PicturePair
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Score, ScoreMap


def error_map(reference: RGB, candidate: RGB) -> ScoreMap:
    """The largest channel's absolute difference per pixel, over 255."""
    difference = cv2.absdiff(reference, candidate)
    red, green, blue = cv2.split(difference)
    return np.asarray(cv2.max(cv2.max(red, green), blue), dtype=np.float32) / np.float32(255)


@dataclass(frozen=True, slots=True)
class Mse(PairMetric):
    """Mean squared error over the three channels; range 0 to 65025, lower is better."""

    name: str = "mse"
    direction: Literal["lower"] = "lower"
    range: tuple[float, float] = (0.0, 65025.0)
    identical: float = 0.0
    meaning: str = "mean squared difference of the samples, in squared grey levels; says how much, not where or what"

    def measure(self, pair: PicturePair) -> Score:
        """Score a pair of pictures; the map is the largest channel's absolute difference."""
        surface = error_map(pair.reference, pair.candidate) if pair.wants_map(self.name) else None
        return Score(self.name, pair.squared_error, self.direction, map=surface)
