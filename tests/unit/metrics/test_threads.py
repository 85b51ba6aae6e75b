"""Sharing work out: every part once, in order, on no more threads than there is work for."""

from __future__ import annotations

import threading
import time

import pytest

from compatcheck.metrics import threads
from compatcheck.metrics.threads import at_most, in_parts
from compatcheck.native import together


def test_every_part_is_done_once_and_comes_back_in_its_place(monkeypatch):
    monkeypatch.setattr(threads, "cores", lambda: 2)
    done = []

    def run(part, parts):
        time.sleep(0.01 if part == 0 else 0)  # the others are done before the first
        done.append(part)
        return part, parts

    assert in_parts(run, 1000, 100, pieces=4) == [(part, 8) for part in range(8)]
    assert sorted(done) == list(range(8))


def test_small_work_and_a_limit_of_one_stay_in_this_thread():
    def run(part, parts):
        return part, parts, threading.get_ident()

    assert in_parts(run, 99, 100, pieces=4) == [(0, 1, threading.get_ident())]
    with at_most(1):
        assert in_parts(run, 10_000, 100, pieces=4) == [(0, 1, threading.get_ident())]


def test_an_error_of_a_part_is_raised():
    def run(part, parts):
        raise MemoryError(f"{part} of {parts}")

    with pytest.raises(MemoryError, match="0 of 1"):
        in_parts(run, 1, 100)


def test_works_side_by_side_come_back_in_their_order():
    assert together.together([]) == []
    assert together.together([lambda value=value: value * value for value in range(20)]) == [n * n for n in range(20)]
