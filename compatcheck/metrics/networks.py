"""The trunks of LPIPS and ST-LPIPS as stages, built from the weights on this machine, with their linear heads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from compatcheck.metrics import convolution
from compatcheck.metrics.streaming import Stage, sizes
from compatcheck.model.matrix import Precision
from compatcheck.weights import load_heads, load_trunk

SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)
"""LPIPS v0.1's normalisation of RGB on a scale of −1 to 1 (ImageNet's mean and deviation on that scale)."""

SMALLEST = 32
"""Pixels a side below which AlexNet runs out of rows: smaller pictures are extended by their edge."""


@dataclass(frozen=True, slots=True)
class Network:
    """Stages on a device, and for every tap the weights of its channels, shape (channels,), float32."""

    name: str
    stages: tuple[Stage, ...]
    heads: tuple[Tensor, ...]
    device: torch.device
    dtype: torch.dtype

    def bytes_for(self, height: int, width: int) -> int:
        """What all features of a picture take."""
        rows, columns = sizes(self.stages, height), sizes(self.stages, width)
        samples = (head.numel() * down * across for head, down, across in zip(self.heads, rows, columns, strict=True))
        return int(sum(samples)) * int(self.dtype.itemsize)

    @property
    def in_c(self) -> bool:
        """Whether its layers are computed in C."""
        return self.dtype == torch.float32 and layers_in_c(self.name, self.device)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells its features from another network's."""
        return self.name, str(self.device), str(self.dtype)


def _convolution(
    weight: Tensor, bias: Tensor, *, stride: int = 1, padding: int = 0, tap: bool = False, relu: bool = True
) -> Stage:
    native = convolution.convolution(weight, bias, stride, padding, relu=relu)

    def run(rows: Tensor) -> Tensor:
        found = native(rows) if native else None
        if found is not None:
            return found
        result = functional.conv2d(rows, weight, bias, stride, (0, padding))
        return functional.relu_(result) if relu else result

    return Stage(run, weight.shape[2], stride, padding, multiple=native.side if native else 1, tap=tap)


def _pool(kernel: int, stride: int, *, partial: bool = False) -> Stage:
    def run(rows: Tensor) -> Tensor:
        if partial:  # across the page a last window may stick out as well; down the page it has been filled up
            over = (rows.shape[3] - kernel) % stride
            rows = functional.pad(rows, (0, stride - over if over else 0), value=float("-inf"))
        found = convolution.largest(rows, kernel, stride)
        return functional.max_pool2d(rows, kernel, stride) if found is None else found

    return Stage(run, kernel, stride, partial=partial)


def _blur_pool(channels: int, *, tap: bool = False, relu: bool = False) -> Stage:
    """ST-LPIPS's down-sampling: binomial [1 2 1]² / 16 at every second place, mirrored by two at the edges."""
    line = torch.tensor([1.0, 2.0, 1.0])
    weight = (line[:, None] * line / 16).repeat(channels, 1, 1, 1)

    def run(rows: Tensor) -> Tensor:
        wide = functional.pad(rows, (2, 2, 0, 0), mode="reflect")
        result = functional.conv2d(wide, weight.to(rows), stride=2, groups=channels)
        return functional.relu_(result) if relu else result

    return Stage(run, 3, 2, 2, mode="reflect", tap=tap)


def _alex(trunk: Mapping[str, Tensor]) -> tuple[Stage, ...]:
    def layer(place: int, *, padding: int, stride: int = 1) -> Stage:
        weight, bias = trunk[f"features.{place}.weight"], trunk[f"features.{place}.bias"]
        return _convolution(weight, bias, stride=stride, padding=padding, tap=True)

    return (
        layer(0, stride=4, padding=2),
        _pool(3, 2),
        layer(3, padding=2),
        _pool(3, 2),
        layer(6, padding=1),
        layer(8, padding=1),
        layer(10, padding=1),
    )


def _vgg(trunk: Mapping[str, Tensor]) -> tuple[Stage, ...]:
    stages: list[Stage] = []
    for block in ((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28)):
        if stages:
            stages.append(_pool(2, 2))
        for place in block:
            weight, bias = trunk[f"features.{place}.weight"], trunk[f"features.{place}.bias"]
            stages.append(_convolution(weight, bias, padding=1, tap=place == block[-1]))
    return tuple(stages)


def _squeeze(trunk: Mapping[str, Tensor]) -> tuple[Stage, ...]:
    """SqueezeNet 1.1: a fire module is a 1 × 1 convolution, then 1 × 1 and 3 × 3 ones side by side."""

    def fire(place: int, *, tap: bool) -> tuple[Stage, Stage]:
        names = ("squeeze", "expand1x1", "expand3x3")
        (thin, thin_bias), (one, one_bias), (three, three_bias) = (
            (trunk[f"features.{place}.{name}.weight"], trunk[f"features.{place}.{name}.bias"]) for name in names
        )

        def expand(rows: Tensor) -> Tensor:
            sides = (
                functional.conv2d(rows[:, :, 1:-1], one, one_bias),
                functional.conv2d(rows, three, three_bias, 1, (0, 1)),
            )
            return functional.relu_(torch.cat(sides, 1))

        return _convolution(thin, thin_bias), Stage(expand, 3, padding=1, tap=tap)

    first = _convolution(trunk["features.0.weight"], trunk["features.0.bias"], stride=2, tap=True)
    stages: list[Stage] = [first]
    for place in (3, 4, 6, 7, 9, 10, 11, 12):
        if place in {3, 6, 9}:
            stages.append(_pool(3, 2, partial=True))
        stages += fire(place, tap=place not in {3, 6})
    return tuple(stages)


def _shift_tolerant(trunk: Mapping[str, Tensor]) -> tuple[Stage, ...]:
    """AlexNet with stride 1 and binomial down-sampling: Ghildyal and Liu, ECCV 2022."""

    def layer(slice_: int, place: int, padding: int, *, tap: bool = True, relu: bool = True) -> Stage:
        name = f"net.slice{slice_}.{place}"
        return _convolution(trunk[f"{name}.weight"], trunk[f"{name}.bias"], padding=padding, tap=tap, relu=relu)

    return (
        layer(1, 0, 2, tap=False, relu=False),
        _blur_pool(64, tap=True, relu=True),
        _pool(3, 1),
        _blur_pool(64),
        layer(2, 5, 2),
        _pool(3, 1),
        _blur_pool(192),
        layer(3, 9, 1),
        layer(4, 11, 1),
        layer(5, 13, 1),
    )


_BUILDERS: dict[str, Callable[[Mapping[str, Tensor]], tuple[Stage, ...]]] = {
    "alex": _alex,
    "vgg": _vgg,
    "squeeze": _squeeze,
    "st_alex": _shift_tolerant,
}


def layers_in_c(name: str, device: torch.device) -> bool:
    """Whether a network's float32 layers are computed in C; SqueezeNet's are torch's."""
    return device.type == "cpu" and name != "squeeze" and convolution.available()


def dtype_for(name: str, device: torch.device, precision: Precision) -> torch.dtype:
    """What a network computes in: bfloat16 for `fast`, but for those whose float32 layers in C are faster still."""
    return torch.float32 if precision == "exact" or layers_in_c(name, device) else torch.bfloat16


def load_network(name: str, device: torch.device, dtype: torch.dtype = torch.float32) -> Network:
    """The trunk of that name with its heads on a device. Raises MetricUnavailable when its weights are not here."""
    trunk = {key: torch.from_numpy(array) for key, array in load_trunk(name).items()}
    heads = trunk if name == "st_alex" else load_heads(name)
    placed = {
        key: value.to(device, dtype, memory_format=torch.channels_last if value.ndim == 4 else torch.preserve_format)
        for key, value in trunk.items()
    }
    stages = _BUILDERS[name](placed)
    taps = sum(stage.tap for stage in stages)
    weights = tuple(heads[f"lin{tap}.model.1.weight"].reshape(-1).to(device, torch.float32) for tap in range(taps))
    return Network(name, stages, weights, device, dtype)
