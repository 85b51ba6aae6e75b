"""Executors: every entry of EXECUTORS keeps the same promises."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from compatcheck.execute import EXECUTORS, Broke, Yielded


@pytest.fixture(params=sorted(EXECUTORS))
def open_executor(request: pytest.FixtureRequest):
    return EXECUTORS[request.param]


def count(number: int) -> Generator[int, None, None]:
    yield from range(number)


def test_every_value_of_every_task_comes_back(open_executor):
    with open_executor({"a": 2, "b": 1}) as executor:
        executor.submit("a", "three", lambda: count(3))
        executor.submit("b", "two", lambda: count(2))
        results = list(executor.results())
    assert sorted((result.key, result.value) for result in results) == [
        ("three", 0), ("three", 1), ("three", 2), ("two", 0), ("two", 1),
    ]  # fmt: skip


def test_tasks_submitted_while_reading_are_run(open_executor):
    seen = []
    with open_executor({"a": 1}) as executor:
        executor.submit("a", "first", lambda: count(1))
        for result in executor.results():
            seen.append(result.key)
            if result.key == "first":
                executor.submit("a", "second", lambda: count(1))
    assert seen == ["first", "second"]


def test_a_broken_task_is_told_and_the_others_go_on(open_executor):
    def broken() -> Generator[int, None, None]:
        yield 1
        raise ValueError("no")

    with open_executor({"a": 1}) as executor:
        executor.submit("a", "broken", broken)
        executor.submit("a", "fine", lambda: count(1))
        results = list(executor.results())
    assert [type(result) for result in results] == [Yielded, Broke, Yielded]
    assert str(results[1].error) == "no"


def test_a_lane_bounds_how_many_run_at_once(open_executor):
    running, most, lock = 0, 0, threading.Lock()
    both = threading.Barrier(2, timeout=5)

    def work() -> Generator[int, None, None]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        both.wait()  # two must be inside at once, or this breaks
        with lock:
            running -= 1
        yield 0

    with open_executor({"a": 2}) as executor:
        for number in range(6):
            executor.submit("a", str(number), work)
        assert all(isinstance(result, Yielded) for result in executor.results())
    assert most == 2


def test_leaving_early_closes_the_running_tasks(open_executor):
    closed = threading.Event()

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                yield 0
        finally:
            closed.set()

    with open_executor({"a": 1}) as executor:
        executor.submit("a", "endless", endless)
        executor.submit("a", "never starts", lambda: pytest.fail("it was started"))
        next(executor.results())
    assert closed.wait(5)


def test_an_unknown_lane_is_an_error(open_executor):
    with open_executor({"a": 1}) as executor, pytest.raises(KeyError):
        executor.submit("b", "x", lambda: count(1))
