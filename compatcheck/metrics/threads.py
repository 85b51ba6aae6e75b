"""Sharing one picture's work out between threads; the C library and OpenCV let them run side by side."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TypeVar

Result = TypeVar("Result")

_limit: ContextVar[int | None] = ContextVar("threads", default=None)
_working = 0
_lock = threading.Lock()


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="compatcheck-metrics")


def in_parts(run: Callable[[int, int], Result], pixels: int, smallest: int) -> list[Result]:
    """`run(part, parts)` for every part of the work, on as many threads as `share` and `pixels / smallest` allow."""
    parts = max(1, min(share(), pixels // smallest))
    if parts == 1:
        return [run(0, 1)]
    others = [_pool().submit(run, part, parts) for part in range(1, parts)]
    first = run(0, parts)  # this thread works too, so a busy pool never leaves everybody waiting
    return [first, *(other.result() for other in others)]
