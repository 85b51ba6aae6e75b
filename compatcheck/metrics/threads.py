"""Sharing one picture's work out between threads; the C library and OpenCV let them run side by side."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import chain
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


def in_parts(run: Callable[[int, int], Result], pixels: int, smallest: int, *, pieces: int = 1) -> list[Result]:
    """`run(part, parts)` for every part of the work, on as many threads as `share` and `pixels / smallest` allow.

    With `pieces`, there are so many parts to a thread, and who is ready takes the next: where some parts are harder.
    """
    threads = max(1, min(share(), pixels // smallest))
    if threads == 1:
        return [run(0, 1)]
    parts = threads * pieces
    left = deque(range(parts))

    def work() -> list[tuple[int, Result]]:
        done = []
        while left:
            try:
                part = left.popleft()
            except IndexError:  # another thread was quicker
                break
            done.append((part, run(part, parts)))
        return done

    found = dict(chain.from_iterable(together([work] * threads)))
    return [found[part] for part in range(parts)]
