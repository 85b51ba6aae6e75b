"""A network's layers in C, where the library was built and has code for the processor (AVX2, AVX-512): `native/network.c`.
Elsewhere torch does the same work, with the same numbers.

Features lie with a pixel's channels side by side (torch's `channels_last`), in float32, on the processor.
"""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from compatcheck.metrics import threads
from compatcheck.native import library

GROUP, PANEL, PATCH = 16, 32, 384
"""What the C code counts in: channels in, channels out, and the most samples of a patch."""

SMALLEST_PART = 1 << 22
"""Multiplications below which another thread is not worth its while."""

_POINTS = ((0.25, 0.0), (-1 / 6, 1.0), (-1 / 6, -1.0), (1 / 24, 2.0), (1 / 24, -2.0))
"""Factor and place of the points at which Winograd's polynomials are taken; the sixth is infinity."""

_own = threading.local()


@dataclass(frozen=True, slots=True)
class Convolution:
    """A convolution's weights as the C code takes them, shape (planes, channels out / 32, products, 32), and its bias."""

    weights: NDArray[np.float32]
    bias: Tensor
    into: int
    size: int
    stride: int
    padding: int
    relu: bool

    @property
    def side(self) -> int:
        """Rows of outputs that are computed together."""
        return 7 - self.size if len(self.weights) > 1 else 1

    def __call__(self, rows: Tensor) -> Tensor | None:
        """The layer's outputs; None where the rows are not what the C code takes."""
        loaded = _code()
        if loaded is None or not _is_plain(rows):
            return None
        pictures, _, height, width = rows.shape
        out = self.bias.numel()
        down, across = ((length - self.size) // self.stride + 1 for length in (height, width + 2 * self.padding))
        result = _empty(pictures, out, down, across)
        room = loaded.cc_convolve_room(len(self.weights), self.weights.shape[2], out)

        def run(part: int, parts: int) -> int:
            return int(
                loaded.cc_convolve(
                    rows.data_ptr(), pictures, rows.stride(0), height, width, self.into,
                    self.weights.ctypes.data, self.bias.data_ptr(), out, self.size, self.stride, self.padding,
                    int(self.relu), result.data_ptr(), result.stride(0), _room(room), part, parts,
                )
            )  # fmt: skip

        work = pictures * down * across * out * self.into * self.size**2
        if any(threads.in_parts(run, work, SMALLEST_PART)):
            raise MemoryError
        return result


def _code() -> ctypes.CDLL | None:
    loaded = library()
    return loaded if loaded is not None and loaded.cc_network_lanes() else None


def available() -> bool:
    """Whether layers can be computed in C here."""
    return _code() is not None


def convolution(weight: Tensor, bias: Tensor, stride: int, padding: int, *, relu: bool) -> Convolution | None:
    """The layer made ready for C; None where there is no library or the layer is of another kind."""
    out, into, size = weight.shape[:3]
    if not available() or weight.device.type != "cpu" or weight.dtype != torch.float32 or out % PANEL:
        return None
    kernel = weight.double().numpy()
    if stride == 1 and size in {3, 5} and into % GROUP == 0:
        places = np.array([[factor * place**power for power in range(size)] for factor, place in _POINTS])
        points = np.vstack([places, np.eye(size)[-1]])
        planes = np.einsum("ak,oikl,bl->abio", points, kernel, points).reshape(36, into, out)
    elif size * size * into <= PATCH:
        products = kernel.transpose(2, 3, 1, 0).reshape(1, -1, out)
        planes = np.pad(products, ((0, 0), (0, -products.shape[1] % GROUP), (0, 0)))
    else:
        return None
    panels = planes.reshape(len(planes), -1, out // PANEL, PANEL).transpose(0, 2, 1, 3)
    packed = np.ascontiguousarray(panels, dtype=np.float32)
    return Convolution(packed, bias.float().contiguous(), into, size, stride, padding, relu)


def largest(rows: Tensor, size: int, stride: int) -> Tensor | None:
    """The largest of every `size` × `size` pixels, in steps; None where the rows are not what the C code takes."""
    loaded = _code()
    if loaded is None or not _is_plain(rows):
        return None
    pictures, channels, height, width = rows.shape
    result = _empty(pictures, channels, (height - size) // stride + 1, (width - size) // stride + 1)

    def run(part: int, parts: int) -> int:
        return int(
            loaded.cc_largest(
                rows.data_ptr(), pictures, rows.stride(0), height, width, channels, size, stride,
                result.data_ptr(), result.stride(0), part, parts,
            )
        )  # fmt: skip

    threads.in_parts(run, result.numel() * size**2, SMALLEST_PART)
    return result


def unlike(first: Tensor, second: Tensor, head: Tensor, into: NDArray[np.float32]) -> bool:
    """Fill `into`, shape (rows, columns), with LPIPS's distance of two features of shape (channels, rows, columns).

    False, with nothing done, where the features are not what the C code takes.
    """
    loaded = _code()
    channels, height, width = first.shape
    if loaded is None or channels % GROUP or not all(_lies_well(each) for each in (first, second)):
        return False
    loaded.cc_unlike(
        first.data_ptr(), first.stride(1), second.data_ptr(), second.stride(1), height, width, channels,
        head.data_ptr(), into.ctypes.data, into.strides[0] // into.itemsize,
    )  # fmt: skip
    return True


def _lies_well(features: Tensor) -> bool:
    """A pixel's channels and a row's pixels side by side; rows may lie apart."""
    channels, _, width = features.shape
    return (
        features.device.type == "cpu"
        and features.dtype == torch.float32
        and features.stride(0) == 1
        and (width == 1 or features.stride(2) == channels)
    )


def _is_plain(rows: Tensor) -> bool:
    """The same of whole rows that follow one another, shape (pictures, channels, rows, columns)."""
    _, channels, height, width = rows.shape
    return _lies_well(rows[0]) and (height == 1 or rows.stride(2) == channels * width)


def _empty(pictures: int, channels: int, height: int, width: int) -> Tensor:
    return torch.empty((pictures, height, width, channels)).permute(0, 3, 1, 2)


def _room(floats: int) -> int:
    """The address of so many floats that are this thread's own."""
    held: NDArray[np.float32] | None = getattr(_own, "room", None)
    if held is None or held.size < floats:
        held = _own.room = np.empty(floats, np.float32)
    return int(held.ctypes.data)
