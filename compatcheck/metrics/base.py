"""What the metrics have in common: scoring two pictures is measuring a pair that was made for it alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from compatcheck.metrics.pair import PicturePair
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Score


class PairMetric(ABC):
    """A metric that measures a `PicturePair`; `scales` is how many of its scales of structure it looks at.

    `finest_ssim` says that it needs SSIM itself on the finest scale, not its contrast part alone.
    """

    __slots__ = ()

    name: str

    scales: ClassVar[int] = 1
    finest_ssim: ClassVar[bool] = False

    @abstractmethod
    def measure(self, pair: PicturePair) -> Score:
        """Score a pair, sharing what other metrics of it have computed. Raises MetricUnavailable."""

    def score(self, reference: RGB, candidate: RGB, *, with_map: bool = True) -> Score:
        """Score two RGB pictures of one shape. Raises PictureError, MetricUnavailable."""
        pair = PicturePair(
            reference,
            candidate,
            scales=self.scales,
            finest_ssim=self.finest_ssim,
            maps=(self.name,) if with_map else (),
        )
        return self.measure(pair)
