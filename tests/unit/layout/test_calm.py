"""The collector rests during a comparison and runs again after it."""

from __future__ import annotations

import gc

import pytest

from compatcheck.layout.calm import without_collecting


def test_collector_runs_again_when_the_last_has_ended() -> None:
    assert gc.isenabled()
    with pytest.raises(ValueError, match="broke"), without_collecting():  # noqa: PT012
        with without_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise ValueError("it broke")
    assert gc.isenabled()


def test_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        with without_collecting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
