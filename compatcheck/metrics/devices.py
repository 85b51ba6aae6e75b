"""Where networks run: what `networks` in the matrix comes to on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, get_args

from compatcheck.errors import MetricUnavailable, UsageError
from compatcheck.model.matrix import NetworkDevice, Networks, Precision

if TYPE_CHECKING:
    import torch

DEVICES: tuple[NetworkDevice, ...] = get_args(NetworkDevice)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)


def networks_by_name(device: str, precision: str) -> Networks:
    """The choice that two words make. Raises UsageError for a word that is not known."""
    for name in DEVICES:
        for exactness in PRECISIONS:
            if (device, precision) == (name, exactness):
                return Networks(name, exactness)
    what, word, known = ("precision", precision, PRECISIONS) if device in DEVICES else ("device", device, DEVICES)
    raise UsageError(f"there is no {what} called {word!r}.", hint=f"Known: {', '.join(known)}.")


def torch_device(networks: Networks) -> torch.device:
    """The device that the choice comes to here. Raises MetricUnavailable when the one named is not there."""
    import torch

    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if networks.device == "auto":
        return torch.device(next(name for name, is_there in there.items() if is_there))
    if not there[networks.device]:
        raise MetricUnavailable(f"the device {networks.device} is not there.", hint="Choose device auto or cpu.")
    return torch.device(networks.device)


@contextmanager
def inference(device: torch.device) -> Iterator[None]:
    """Networks are only used, and float32 is float32: CUDA's default would round the factors of convolutions to 10 bits."""
    import torch

    with torch.inference_mode():
        if device.type == "cuda":
            with torch.backends.cudnn.flags(allow_tf32=False):
                yield
        else:
            yield


def is_out_of_memory(error: RuntimeError) -> bool:
    """Whether a device said that its memory is full (CUDA has an exception for it, MPS only words)."""
    import torch

    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error)
