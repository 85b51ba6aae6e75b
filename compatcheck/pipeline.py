"""The path of the data: plan → capture → compare → judge, as events.

    for event in Check(matrix, plan, folder).events(): ...

Listeners (progress bar, reporters, history) read the events; nothing here knows them. One bad device never sinks a run:
whatever happens to a shot or a pair becomes an outcome.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from compatcheck import runfolder
from compatcheck.capture.session import capture_shots
from compatcheck.captures import CaptureStore
from compatcheck.execute import EXECUTORS, Broke, Executor
from compatcheck.judge import LIMITS
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Matrix
from compatcheck.model.plan import Pair, Plan, Shot
from compatcheck.model.run import (
    CaptureFailed,
    CaptureResult,
    Event,
    OutcomeReady,
    Run,
    RunFinished,
    RunStarted,
    ShotTaken,
)
from compatcheck.model.verdict import Outcome
from compatcheck.pairs import compare_pair
from compatcheck.runfolder import RunFolder
from compatcheck.versions import versions

logger = logging.getLogger(__name__)

IN_FLIGHT = 4
"""Captures that may wait to be written: more would only pile up pictures in memory."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """A capture that is not on disk yet."""

    capture: Capture
    seconds: float


@dataclass(frozen=True, slots=True)
class _Judged:
    pair: Pair
    outcome: Outcome


@dataclass
class Check:
    """One run over a plan. `jobs` devices are captured at once, `cores` pairs compared at once.

    `resume` takes the captures that an interrupted run left in the same folder instead of looking again.
    """

    matrix: Matrix
    plan: Plan
    folder: RunFolder
    jobs: int = 2
    cores: int = 2
    command: str = ""
    resume: bool = False
    executor: str = "threads"
    _failed: dict[Shot, CaptureFailed] = field(default_factory=dict, init=False)
    _seconds: dict[Shot, float] = field(default_factory=dict, init=False)
    _outcomes: dict[Pair, Outcome] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._store = CaptureStore(self.folder, self.matrix)
        self._slots = threading.Semaphore(IN_FLIGHT)
        self._stopping = threading.Event()
        self._pairs_of: defaultdict[Shot, list[Pair]] = defaultdict(list)
        for pair in self.plan.pairs:
            for shot in {pair.reference, pair.baseline, pair.candidate}:
                self._pairs_of[shot].append(pair)
        self._started_at = runfolder.now()
        self._start = time.monotonic()

    def events(self) -> Iterator[Event]:
        """Run it. Closing the iterator early ends the sessions; `run(interrupted=True)` then tells what was finished."""
        yield RunStarted(self.folder.run_id, self.plan, self.matrix)
        with EXECUTORS[self.executor]({"capture": self.jobs, "compare": self.cores}) as executor:
            try:
                for device in self.plan.devices():
                    executor.submit("capture", device.id, partial(self._look, device))
                for result in executor.results():
                    if isinstance(result, Broke):
                        raise result.error
                    yield from self._listen(result.value, executor)
            finally:
                self._stopping.set()
        yield RunFinished(self.run())

    def _listen(self, value: object, executor: Executor) -> Iterator[Event]:
        match value:
            case _Looked():
                executor.submit("compare", value.capture.shot.slug, partial(self._keep, value))
            case ShotTaken(shot=shot):
                self._seconds[shot] = value.seconds
                if isinstance(value.result, CaptureFailed):
                    self._failed[shot] = value.result
                yield value
                for pair in self._pairs_of[shot]:
                    if all(s in self._seconds for s in (pair.reference, pair.baseline, pair.candidate)):
                        executor.submit("compare", pair.candidate.slug, partial(self._compare, pair))
            case _Judged():
                self._outcomes[value.pair] = value.outcome
                yield OutcomeReady(value.outcome)

    def run(self, *, interrupted: bool = False) -> Run:
        """The record of what is finished by now, in the plan's order."""
        return Run(
            id=self.folder.run_id,
            started_at=self._started_at,
            finished_at=runfolder.now(),
            seconds=round(time.monotonic() - self._start, 3),
            matrix=self.matrix,
            outcomes=tuple(self._outcomes[pair] for pair in self.plan.pairs if pair in self._outcomes),
            versions=versions(),
            limits=dict(LIMITS.items()),
            interrupted=interrupted,
            command=self.command,
        )

    def _look(self, device: Device) -> Generator[ShotTaken | _Looked, None, None]:
        """Take all of a device's shots in one session; a capture is handed on to be written off this thread."""
        todo = []
        for shot in self.plan.shots_of(device):
            saved = self._store.get(shot) if self.resume and self._store.resumable(shot) else None
            if saved is not None:
                yield ShotTaken(shot, saved, 0.0)
            else:
                todo.append(shot)
        start = time.monotonic()
        with contextlib.closing(capture_shots(device, tuple(todo))) as results:
            for result in results:
                seconds, start = time.monotonic() - start, time.monotonic()
                if isinstance(result, CaptureFailed):
                    yield ShotTaken(result.shot, result, seconds)
                elif self._wait_for_slot():
                    yield _Looked(result, seconds)
                else:
                    return

    def _wait_for_slot(self) -> bool:
        while not self._stopping.is_set():
            if self._slots.acquire(timeout=0.2):
                return True
        return False

    def _keep(self, looked: _Looked) -> Generator[ShotTaken, None, None]:
        shot, result = looked.capture.shot, looked.capture
        try:
            self._store.put(result)
        except OSError as error:
            reason = f"the capture could not be written to {self.folder.path}: {error.strerror or error}."
            yield ShotTaken(shot, CaptureFailed(shot, reason, "Is the disk full?"), looked.seconds)
        except Exception as error:  # a capture that nobody expected must not sink the run
            logger.exception("keeping %s broke", shot.slug)
            reason = f"the capture could not be kept: {type(error).__name__}: {error} (a bug in compatcheck)."
            yield ShotTaken(shot, CaptureFailed(shot, reason), looked.seconds)
        else:
            yield ShotTaken(shot, result, looked.seconds)
        finally:
            self._slots.release()

    def _compare(self, pair: Pair) -> Generator[_Judged, None, None]:
        timings = {"capture": round(self._seconds[pair.candidate], 3)}
        today = datetime.now(UTC).date()
        yield _Judged(pair, compare_pair(pair, self._result, self.matrix, self.folder, timings, today))

    def _result(self, shot: Shot) -> CaptureResult:
        if shot in self._failed:
            return self._failed[shot]
        return self._store.get(shot) or CaptureFailed(shot, "its saved capture can no longer be read.")
