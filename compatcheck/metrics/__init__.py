"""Scores: one file per metric, one Protocol, one dict.

A metric gets two aligned RGB pictures and gives a value, with its direction and range stated, and a map where it has one.
A new metric is one file and one entry in `METRICS`, and passes `tests/contract/test_metrics.py`. Nothing heavy is imported
before a metric is loaded.
"""

from __future__ import annotations

from typing import Protocol

from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Direction, Score


class Metric(Protocol):
    """One way of scoring two aligned pictures."""

    name: str
    direction: Direction
    range: tuple[float, float]
    meaning: str

    def score(self, reference: RGB, candidate: RGB) -> Score:
        """Score two RGB pictures of the same shape (height, width, 3), uint8.

        Raises MetricUnavailable when it cannot be computed on this machine, PictureError when the shapes differ.
        """
        ...
