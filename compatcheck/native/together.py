"""Work side by side on threads that stay: starting one costs as much as decoding a small picture."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

Result = TypeVar("Result")


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(cores(), thread_name_prefix="compatcheck-together")


def together(works: Sequence[Callable[[], Result]]) -> list[Result]:
    """What each of the works gives, in their order; they run side by side and must not call this themselves.

    The first runs in the thread that asks, so a busy pool never leaves everybody waiting. An error of one is raised here.
    """
    if not works:
        return []
    others = [_pool().submit(work) for work in works[1:]]
    first = works[0]()
    return [first, *(other.result() for other in others)]
