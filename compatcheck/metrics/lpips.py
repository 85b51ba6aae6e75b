"""LPIPS and its shift-tolerant kin: perceptual distance by a classification network's features."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from compatcheck.metrics.base import PairMetric
from compatcheck.metrics.devices import inference, is_out_of_memory, torch_device
from compatcheck.metrics.pair import PicturePair
from compatcheck.model.matrix import Precision
from compatcheck.model.verdict import Score

if TYPE_CHECKING:
    import torch

    from compatcheck.metrics.networks import Network
    from compatcheck.metrics.perceptual import Distance

TRUNK_OF: dict[str, str] = {
    "lpips": "alex",
    "lpips:vgg": "vgg",
    "lpips:squeeze": "squeeze",
    "st_lpips": "st_alex",
}
"""Which trunk each metric of this family uses."""

STRIP = 128
"""Picture rows worked on at a time on a processor: the temporaries of a strip stay in its cache."""

DEVICE_STRIP = 2048
"""The same on an accelerator, which wants large pieces; halved when its memory runs out."""

SMALLEST_STRIP = 64

FAST = "bfloat16: errs by up to about 0.4 %"
"""What the note says of `precision: fast`."""

FASTER = "float32, which is faster than bfloat16 on this processor"
"""The same where the layers in C are faster."""


@lru_cache(maxsize=4)
def _network(name: str, path: Path, device: torch.device, precision: Precision) -> Network:
    del path  # part of the key: another folder of weights is another network
    from compatcheck.metrics.networks import dtype_for, load_network

    return load_network(name, device, dtype_for(name, device, precision))


def _distance(trunk: str, pair: PicturePair) -> tuple[Distance, list[str]]:
    """The pair's distance, and what there is to say about how it was come by.

    An accelerator without memory gets ever smaller pieces; when none is small enough, the processor does the work.
    """
    import torch

    device = torch_device(pair.networks)
    said = _said_of_precision(device, trunk, pair)
    if device.type == "cpu":
        return _measure_on(device, trunk, pair, STRIP), said
    strip = DEVICE_STRIP
    while strip >= SMALLEST_STRIP:
        try:
            found = _measure_on(device, trunk, pair, strip)
        except RuntimeError as error:
            if not is_out_of_memory(error):
                raise
        else:
            if strip < DEVICE_STRIP:
                said.append(f"{device.type} ran short of memory: computed in pieces of {strip} rows")
            return found, said
        _make_room(device)  # out here, where the failed attempt's tensors are no longer held by its exception
        strip //= 2
    processor = torch.device("cpu")
    said = [*_said_of_precision(processor, trunk, pair), f"{device.type} ran out of memory: computed on the processor"]
    return _measure_on(processor, trunk, pair, STRIP), said


def _said_of_precision(device: torch.device, trunk: str, pair: PicturePair) -> list[str]:
    import torch

    from compatcheck.metrics.networks import dtype_for

    precision = pair.networks.precision
    if precision == "exact":
        return []
    return [FAST if dtype_for(trunk, device, precision) == torch.bfloat16 else FASTER]


def _measure_on(device: torch.device, trunk: str, pair: PicturePair, strip: int) -> Distance:
    from compatcheck.metrics.perceptual import distance
    from compatcheck.weights.store import path_of

    with inference(device):
        network = _network(trunk, path_of(trunk), device, pair.networks.precision)
        keeper = pair.of_reference if pair.keep else None
        return distance(network, pair.reference, pair.candidate, strip, keeper)


def _make_room(device: torch.device) -> None:
    import torch

    from compatcheck.metrics import kept

    kept.forget()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


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
        found, said = _distance(TRUNK_OF[self.name], pair)
        from compatcheck.metrics.networks import SMALLEST

        height, width = pair.size
        if min(height, width) < SMALLEST:
            said.append(f"the picture is small: extended by its edge to {SMALLEST} px")
        surface = None
        if pair.wants_map(self.name):
            surface = found.picture_map(max(height, SMALLEST), max(width, SMALLEST))[:height, :width]
        return Score(self.name, found.value, self.direction, note="; ".join(said), map=surface)
