"""LPIPS and its shift-tolerant kin: perceptual distance by a classification network's features."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from compatcheck.metrics.base import PairMetric
from compatcheck.metrics.pair import PicturePair
from compatcheck.model.verdict import Score

TRUNK_OF: dict[str, str] = {
    "lpips": "alex",
    "lpips:vgg": "vgg",
    "lpips:squeeze": "squeeze",
    "st_lpips": "st_alex",
}
"""Which trunk each metric of this family uses."""

STRIP = 128
"""Picture rows worked on at a time."""


@lru_cache(maxsize=4)
def _network(name: str, path: Path) -> object:
    del path  # part of the key: another folder of weights is another network
    import torch

    from compatcheck.metrics.networks import load_network

    return load_network(name, torch.device("cpu"))


@dataclass(frozen=True, slots=True)
class Lpips(PairMetric):
    """LPIPS v0.1 (`lpips` AlexNet, `lpips:vgg`, `lpips:squeeze`), or ST-LPIPS (`st_lpips`); 0 for equal, lower is better.

    The mean is over the whole page. Without the trunk's weights on this machine the metric is unavailable; nothing else is
    passed off as LPIPS, and nothing is downloaded here.
    """

    name: str = "lpips"
    direction: Literal["lower"] = "lower"
    range: tuple[float, float] = (0.0, float("inf"))
    identical: float = 0.0
    meaning: str = "how different people would find them, 0 = same; learned from 484 000 human judgements"

    def measure(self, pair: PicturePair) -> Score:
        """Score a pair of pictures; the map is LPIPS's spatial output. Raises MetricUnavailable."""
        import torch

        from compatcheck.metrics.networks import SMALLEST, Network
        from compatcheck.metrics.perceptual import distance
        from compatcheck.weights.store import path_of

        network = _network(TRUNK_OF[self.name], path_of(TRUNK_OF[self.name]))
        assert isinstance(network, Network)
        height, width = pair.size
        with torch.inference_mode():
            found = distance(network, pair.reference, pair.candidate, torch.device("cpu"), STRIP)
        small = min(height, width) < SMALLEST
        note = f"the picture is small: extended by its edge to {SMALLEST} px" if small else ""
        surface = (
            found.picture_map(max(height, SMALLEST), max(width, SMALLEST))[:height, :width]
            if pair.wants_map(self.name)
            else None
        )
        return Score(self.name, found.value, self.direction, note=note, map=surface)
