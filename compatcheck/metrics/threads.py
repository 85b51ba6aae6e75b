"""Sharing one picture's work out between threads; the C library and OpenCV let them run side by side."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import TypeVar

from compatcheck.native.together import cores, together

Result = TypeVar("Result")

_limit: ContextVar[int | None] = ContextVar("threads", default=None)
_working = 0
_lock = threading.Lock()


@contextmanager
def at_most(threads: int) -> Iterator[None]:
    """Within it, this thread's metrics use at most so many threads each."""
    token = _limit.set(threads)
    try:
        yield
    finally:
        _limit.reset(token)


@contextmanager
def working() -> Iterator[None]:
    """Within it, this thread counts as one of those that share the cores."""
    global _working  # noqa: PLW0603 - the cores are the process's
    with _lock:
        _working += 1
    try:
        yield
    finally:
        with _lock:
            _working -= 1


def share() -> int:
    """How many threads this thread's work may use now: its part of the cores, and never more than `at_most` allows."""
    return min(_limit.get() or cores(), max(1, cores() // max(1, _working)))


def in_parts(run: Callable[[int, int], Result], pixels: int, smallest: int) -> list[Result]:
    """`run(part, parts)` for every part of the work, on as many threads as `share` and `pixels / smallest` allow."""
    parts = max(1, min(share(), pixels // smallest))
    return together([partial(run, part, parts) for part in range(parts)])
