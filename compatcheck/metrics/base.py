"""What the metrics have in common: scoring two pictures is measuring a pair that was made for it alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from compatcheck.metrics.pair import PicturePair
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Score


class PairMetric(ABC):
    """A metric that measures a `PicturePair`; `scales` is how many of its scales of structure it looks at."""

    __slots__ = ()

    scales: ClassVar[int] = 1

    @abstractmethod
    def measure(self, pair: PicturePair) -> Score:
        """Score a pair, sharing what other metrics of it have computed. Raises MetricUnavailable."""

    def score(self, reference: RGB, candidate: RGB, *, with_map: bool = True) -> Score:
        """Score two RGB pictures of one shape. Raises PictureError, MetricUnavailable."""
        return self.measure(PicturePair(reference, candidate, scales=self.scales, with_maps=with_map))
