"""What was computed of a reference alone, kept for its other candidates: found by its samples, bounded in bytes."""

from __future__ import annotations

import os
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psutil
from numpy.typing import NDArray

from compatcheck.errors import UsageError
from compatcheck.model.capture import RGB

Thing = TypeVar("Thing")

Identity = tuple[Hashable, ...]
"""What tells one picture from every other: see `identity`."""

ENVIRONMENT = "COMPATCHECK_KEEP"
"""The environment variable that says how many megabytes are kept in all."""

PART_OF_MEMORY = 6
"""Where nothing is said, a sixth of the machine's memory is kept at most: with 8 GB, LPIPS's features of 2560 × 10 000 px …"""

LEAST = 256 * 2**20
"""… and never less than this, in bytes: two phone pages' features."""


@dataclass(slots=True)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    thing: Any = None
    size: int = 0
    uses: int = 0


_entries: OrderedDict[Hashable, _Entry] = OrderedDict()
_lock = threading.Lock()


def kept(kind: Hashable, picture: Identity, size: int, compute: Callable[[], Thing], uses: int = 0) -> Thing:
    """What `compute` gives for a picture, computed once while it is kept; `size` is what it takes, in bytes.

    `kind` tells different things of one picture apart. It is let go when it was asked for `uses` times (0: nobody knows how
    often it will be). The longest unused goes first when there is no room; what alone is larger than `budget` is not kept.
    Two threads that ask at once wait for one computation.
    """
    if size > budget():
        return compute()
    key = (kind, picture)
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
        entry.uses += 1
        if entry.uses == uses:
            _drop(key)
        return thing


def _make_room(newest: Hashable) -> None:
    with _lock:
        used = sum(entry.size for entry in _entries.values())
        for key in [key for key in _entries if key != newest]:
            if used <= budget():
                return
            used -= _entries.pop(key).size


def _drop(key: Hashable) -> None:
    with _lock:
        _entries.pop(key, None)


def forget() -> None:
    """Let go of all that is kept."""
    with _lock:
        _entries.clear()


@contextmanager
def keeping() -> Iterator[None]:
    """A run: what is kept of its references is let go at its end."""
    try:
        yield
    finally:
        forget()


def identity(picture: RGB) -> Identity:
    """A picture's shape and two checksums of its samples, 64 bits in all.

    Two references of one run would be taken for one another by chance once in some 10¹⁸ runs. A cryptographic digest takes
    longer than what it would save (27 ms for 1280 × 5000 px, these two together under 1 ms).
    """
    samples = np.ascontiguousarray(picture)
    sums: Any = zlib
    with suppress(ImportError):
        import deflate as sums  # libdeflate's are ten times as fast as zlib's, and the same sums
    return (*picture.shape, sums.crc32(samples.data), sums.adler32(samples.data))


def bytes_of(arrays: tuple[NDArray[Any], ...]) -> int:
    """What arrays take."""
    return sum(array.nbytes for array in arrays)


@lru_cache(maxsize=1)
def budget() -> int:
    """Bytes that are kept in all. Raises UsageError when COMPATCHECK_KEEP is no number of megabytes."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        if not named.isdecimal():
            raise UsageError(
                f"{ENVIRONMENT} is {named!r}, no number of megabytes.", hint="Write 512, or 0 for nothing."
            )
        return int(named) * 2**20
    return max(LEAST, _memory() // PART_OF_MEMORY)


def _memory() -> int:
    """The machine's memory in bytes, or what the container may take of it."""
    whole = int(psutil.virtual_memory().total)
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return whole
    return min(whole, int(limit)) if limit.isdecimal() else whole
