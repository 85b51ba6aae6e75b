"""Running tasks: an executor takes work into named lanes and yields results as they finish.

A *lane* bounds how many tasks of one sort run at once (`capture`: browsers, `compare`: cores). A task is a generator: what it
yields comes back one by one, so that a device's second page is compared while its third is being captured. `EXECUTORS` is
the seam: local threads now, a distributed engine where one machine is not enough.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Yielded:
    """A task yielded `value`."""

    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class Broke:
    """A task ended with an exception that it should have handled itself."""

    key: str
    error: Exception


TaskResult = Yielded | Broke


class Executor(Protocol):
    """An open executor."""

    def submit(self, lane: str, key: str, work: Callable[[], Generator[Any, None, None]]) -> None:
        """Queue a task. May be called while `results` is being read. KeyError for an unknown lane."""
        ...

    def results(self) -> Iterator[TaskResult]:
        """Yield results as they come, until every submitted task has ended."""
        ...


def _threads(lanes: Mapping[str, int]) -> AbstractContextManager[Executor]:
    from compatcheck.execute.threads import Threads

    return Threads(lanes)


EXECUTORS: dict[str, Callable[[Mapping[str, int]], AbstractContextManager[Executor]]] = {"threads": _threads}
