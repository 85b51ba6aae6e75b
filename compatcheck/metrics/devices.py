"""Where networks run, and how exactly: chosen once for the process, by `configure` or by the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from compatcheck.errors import MetricUnavailable, UsageError

if TYPE_CHECKING:
    import torch

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["exact", "fast"]
DEVICES: tuple[DeviceName, ...] = get_args(DeviceName)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)

DEVICE_VARIABLE, PRECISION_VARIABLE = "COMPATCHECK_DEVICE", "COMPATCHECK_PRECISION"


@dataclass(frozen=True, slots=True)
class Settings:
    """`device`: `auto` takes CUDA, then Apple's MPS, then the processor. `precision`: `exact` is float32, `fast` bfloat16.

    bfloat16 errs by up to about 0.4 % of the distance; the results say when it was used.
    """

    device: DeviceName = "auto"
    precision: Precision = "exact"


_chosen: Settings | None = None


def configure(*, device: str | None = None, precision: str | None = None) -> None:
    """Choose for this process; None leaves a choice as it is. Raises UsageError for a word that is not known."""
    global _chosen  # noqa: PLW0603 - a choice for the whole process
    settings_ = settings()
    if device is not None:
        settings_ = replace(settings_, device=_device(device, "device"))
    if precision is not None:
        settings_ = replace(settings_, precision=_precision(precision, "precision"))
    _chosen = settings_


def settings() -> Settings:
    """What was chosen, else what the environment says, else the default. Raises UsageError for an unknown word there."""
    if _chosen is not None:
        return _chosen
    device = _device(os.environ.get(DEVICE_VARIABLE, "auto"), DEVICE_VARIABLE)
    return Settings(device, _precision(os.environ.get(PRECISION_VARIABLE, "exact"), PRECISION_VARIABLE))


def _device(word: str, what: str) -> DeviceName:
    for name in DEVICES:
        if word == name:
            return name
    raise UsageError(f"{what}: {word!r} is not known.", hint=f"Known: {', '.join(DEVICES)}.")


def _precision(word: str, what: str) -> Precision:
    for name in PRECISIONS:
        if word == name:
            return name
    raise UsageError(f"{what}: {word!r} is not known.", hint=f"Known: {', '.join(PRECISIONS)}.")


def chosen_device() -> torch.device:
    """The device that the settings come to on this machine. Raises MetricUnavailable when the one named is not there."""
    import torch

    wanted = settings().device
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(name for name, is_there in there.items() if is_there))
    if not there[wanted]:
        raise MetricUnavailable(f"the device {wanted} is not there.", hint="Choose device auto or cpu.")
    return torch.device(wanted)
