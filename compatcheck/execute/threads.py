"""The default executor: threads of this process. The work is browsers and libraries that release the GIL."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from typing import Any, Self, cast

from compatcheck.execute import Broke, TaskResult, Yielded

Work = Callable[[], Generator[Any, None, None]]
_STOP = object()


class Threads:
    """A context manager; leaving it early closes every running task's generator, so that sessions are ended."""

    def __init__(self, lanes: Mapping[str, int]) -> None:
        if any(size < 1 for size in lanes.values()):
            raise ValueError("a lane needs at least one thread")
        self._todo: dict[str, queue.SimpleQueue[Any]] = {lane: queue.SimpleQueue() for lane in lanes}
        self._done: queue.SimpleQueue[TaskResult | object] = queue.SimpleQueue()
        self._open = 0
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._serve, args=(lane,), name=f"{lane}-{number}", daemon=True)
            for lane, size in lanes.items()
            for number in range(size)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stopping.set()
        for todo in self._todo.values():
            for _ in self._threads:
                todo.put(_STOP)
        for thread in self._threads:
            thread.join()

    def submit(self, lane: str, key: str, work: Work) -> None:
        """See `Executor.submit`; to be called from the thread that reads `results`."""
        self._open += 1
        self._todo[lane].put((key, work))

    def results(self) -> Iterator[TaskResult]:
        """See `Executor.results`."""
        while self._open:
            result = self._done.get()
            if result is _STOP:
                self._open -= 1
            else:
                yield cast(TaskResult, result)
            del result  # it may be large, and the next one may take its time

    def _serve(self, lane: str) -> None:
        while (task := self._todo[lane].get()) is not _STOP:
            if not self._stopping.is_set():
                self._perform(*task)
            self._done.put(_STOP)

    def _perform(self, key: str, work: Work) -> None:
        try:
            iterator = work()
            with closing(iterator):
                for value in iterator:
                    self._done.put(Yielded(key, value))
                    del value  # as above
                    if self._stopping.is_set():
                        return
        except Exception as error:  # the task's own handling failed: told as an outcome, not lost
            self._done.put(Broke(key, error))
