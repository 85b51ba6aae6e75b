"""The reference's features, kept for the next candidate of the same reference."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from compatcheck.metrics.networks import Network
from compatcheck.model.capture import RGB

BUDGET = 400_000_000
"""Bytes of features that are kept; those of a larger picture are not."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Rows `row` onwards of one tap's features at unit length over the channels: shape (channels, rows, columns)."""

    tap: int
    row: int
    unit: Tensor


_lock = threading.Lock()
_kept: tuple[tuple[object, ...], tuple[Feature, ...]] | None = None


def kept_features(
    network: Network, picture: RGB, strip: int, compute: Callable[[Network, RGB, int], Iterator[Feature]]
) -> Iterator[Feature]:
    """The features of a whole picture: those kept when they are of this picture, else computed, and kept if they may be.

    One picture's are kept per process, the last one's: candidates of one reference are compared one after the other.
    """
    global _kept  # noqa: PLW0603 - the one thing that this module is for
    key = (network.key, strip, picture.shape, _digest(picture))
    with _lock:
        found = _kept
    if found is not None and found[0] == key:
        yield from found[1]
        return
    features: list[Feature] | None = []
    size = 0
    for feature in compute(network, picture, strip):
        size += feature.unit.numel() * feature.unit.element_size()
        if size > BUDGET:
            features = None
        if features is not None:
            features.append(feature)
        yield feature
    if features is not None:
        with _lock:
            _kept = (key, tuple(features))


def forget() -> None:
    """Let go of what is kept."""
    global _kept  # noqa: PLW0603 - as above
    with _lock:
        _kept = None


def _digest(picture: RGB) -> bytes:
    return hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=16).digest()
