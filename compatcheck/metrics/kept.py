"""What was computed of a reference, kept for its other candidates: found by the picture's samples, bounded in bytes."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from compatcheck.model.capture import RGB

Thing = TypeVar("Thing")

BUDGET = 512 * 2**20
"""Bytes that are kept in all; the longest unused goes first."""


@dataclass(slots=True)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    thing: Any = None
    size: int = 0


_entries: OrderedDict[Hashable, _Entry] = OrderedDict()
_lock = threading.Lock()


def kept(kind: Hashable, picture: RGB, size: int, compute: Callable[[], Thing]) -> Thing:
    """What `compute` gives for a picture, computed once while it is kept; `size` is what it takes, in bytes.

    `kind` tells different things of one picture apart. Two threads that ask at once wait for one computation.
    """
    key = (kind, picture.shape, fingerprint(picture))
    with _lock:
        entry = _entries.setdefault(key, _Entry())
        _entries.move_to_end(key)
    with entry.lock:
        if entry.thing is None:
            try:
                entry.thing = compute()
            except BaseException:
                _drop(key)
                raise
            entry.size = size
            _make_room(key)
        thing: Thing = entry.thing
        return thing


def _make_room(newest: Hashable) -> None:
    with _lock:
        used = sum(entry.size for entry in _entries.values())
        for key in [key for key in _entries if key != newest]:
            if used <= BUDGET:
                return
            used -= _entries.pop(key).size


def _drop(key: Hashable) -> None:
    with _lock:
        _entries.pop(key, None)


def forget() -> None:
    """Let go of all that is kept."""
    with _lock:
        _entries.clear()


def fingerprint(picture: RGB) -> bytes:
    """A digest of the samples: two pictures of one shape with one fingerprint are equal."""
    return hashlib.blake2b(np.ascontiguousarray(picture).data, digest_size=16).digest()
