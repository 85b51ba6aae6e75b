"""The path of the data: plan → capture → compare → judge, as events.

    for event in Check(matrix, plan, folder).events(): ...

Listeners (progress bar, reporters, history) read the events; nothing here knows them. One bad device never sinks a run:
whatever happens to a shot or a pair becomes an outcome.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

from compatcheck import metrics, runfolder
from compatcheck.capture.idle import IdleSessions
from compatcheck.capture.session import open_camera
from compatcheck.captures import CaptureStore
from compatcheck.errors import CaptureError
from compatcheck.execute import EXECUTORS, Broke, Executor
from compatcheck.judge import LIMITS
from compatcheck.layout.widths import WidthRange
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Matrix
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
from compatcheck.narrowing import Key, both_sides, narrowed, unsure
from compatcheck.over_widths import outcome_over_widths
from compatcheck.pairs import compare_pair
from compatcheck.queues import Pages, Sessions, can_be_shared, longest_shared, next_page, queues_of
from compatcheck.runfolder import RunFolder
from compatcheck.sweep import Sweep, Swept, added, at_width, finished, look_at_width
from compatcheck.versions import versions

logger = logging.getLogger(__name__)

IN_FLIGHT = 1
"""Captures that may wait to be written: writing is quicker than looking, and more would only pile up pictures in memory."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """A capture that is not on disk yet."""

    capture: Capture
    seconds: float


@dataclass(frozen=True, slots=True)
class _Judged:
    pair: Pair
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _SweptPage:
    """The device of `shot` has looked at its page at all its widths, and at more between them."""

    shot: Shot
    swept: Swept


@dataclass(frozen=True, slots=True)
class _Whole:
    """The outcome of several pairs: of all widths of one device."""

    pairs: tuple[Pair, ...]
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
    _swept: dict[tuple[str, str | None], Swept] = field(default_factory=dict, init=False)
    _wholes: dict[tuple[Pair, ...], Outcome] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._store = CaptureStore(self.folder, self.matrix)
        self._idle = IdleSessions(shots[0].device for shots in self.plan.sessions())
        repeated = self.plan.repeated()
        self._repeats: defaultdict[Shot, list[Shot]] = defaultdict(list)
        for repeat, first in repeated.items():
            self._repeats[first].append(repeat)
        self._sessions = Sessions(queues_of(self.plan.sessions(), repeated))
        self._slots = threading.Semaphore(IN_FLIGHT)
        self._stopping = threading.Event()
        self._pairs_of: defaultdict[Shot, list[Pair]] = defaultdict(list)
        for pair in self.plan.pairs:
            for shot in {pair.reference, pair.baseline, pair.candidate}:
                self._pairs_of[shot].append(pair)
        scored = [pair for pair in self.plan.pairs if not pair.is_reference]
        self._held_against = Counter(shot for pair in scored for shot in {pair.baseline, pair.reference})
        self._pairs_beside = {pair: pairs for pairs in self.plan.outcomes() for pair in pairs}
        self._started_at = runfolder.now()
        self._start = time.monotonic()

    def events(self) -> Iterator[Event]:
        """Run it. Closing the iterator early ends the sessions; `run(interrupted=True)` then tells what was finished."""
        yield RunStarted(self.folder.run_id, self.plan, self.matrix)
        with (
            closing(self._idle),
            metrics.keeping(),
            EXECUTORS[self.executor]({"capture": self.jobs, "compare": self.cores}) as executor,
        ):
            try:
                for work in (*[self._begin] * len(self._sessions.queues), *[self._help] * (self.jobs - 1)):
                    executor.submit("capture", "", work)
                for result in executor.results():
                    if isinstance(result, Broke):
                        raise result.error
                    yield from self._listen(result.value, executor)
                    del result  # as the next one may take its time
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
                for repeat in self._repeats[shot]:
                    executor.submit("compare", repeat.slug, partial(self._repeat, repeat, value))
                for pair in self._pairs_of[shot]:
                    if all(s in self._seconds for s in (pair.reference, pair.baseline, pair.candidate)):
                        executor.submit("compare", pair.candidate.slug, partial(self._compare, pair))
            case _Judged():
                self._outcomes[value.pair] = value.outcome
                if len(self._pairs_beside[value.pair]) == 1:
                    yield OutcomeReady(value.outcome)
                self._join(self._pairs_beside[value.pair], executor)
            case _SweptPage():
                self._swept[value.shot.page.id, value.shot.device.group] = value.swept
                for pairs in self.plan.outcomes():
                    if value.shot in (pair.candidate for pair in pairs):
                        self._join(pairs, executor)
            case _Whole():
                self._wholes[value.pairs] = value.outcome
                yield OutcomeReady(value.outcome)

    def _join(self, pairs: tuple[Pair, ...], executor: Executor) -> None:
        """Make one outcome of many widths, once all of them and what lies between them are there."""
        key = (pairs[0].candidate.page.id, pairs[0].candidate.device.group)
        if len(pairs) > 1 and key in self._swept and all(pair in self._outcomes for pair in pairs):
            swept, slug = self._swept[key], pairs[0].candidate.slug
            if ranges := unsure(self._by_width(pairs), {one.key for one in swept.ranges}):
                executor.submit("capture", slug, partial(self._narrow, pairs, swept, ranges))
            else:
                executor.submit("compare", slug, partial(self._over_widths, pairs, swept, {}))

    def run(self, *, interrupted: bool = False) -> Run:
        """The record of what is finished by now, in the plan's order."""
        return Run(
            id=self.folder.run_id,
            started_at=self._started_at,
            finished_at=runfolder.now(),
            seconds=round(time.monotonic() - self._start, 3),
            matrix=self.matrix,
            outcomes=tuple(self._finished()),
            versions=versions(),
            limits=dict(LIMITS.items()),
            interrupted=interrupted,
            command=self.command,
        )

    def _finished(self) -> Iterator[Outcome]:
        for pairs in self.plan.outcomes():
            known = self._outcomes.get(pairs[0]) if len(pairs) == 1 else self._wholes.get(pairs)
            if known is not None:
                yield known

    def _begin(self) -> Generator[ShotTaken | _Looked | _SweptPage, None, None]:
        with self._sessions.begun(self._idle.waits_for) as pages:
            yield from self._look(pages)

    def _help(self) -> Generator[ShotTaken | _Looked | _SweptPage, None, None]:
        """With no session left to begin: take some of the pages of one that has many left."""
        while not self._stopping.is_set() and (pages := longest_shared(self._sessions.queues)):
            yield from self._look(pages)
        self._idle.close()

    def _look(self, pages: Pages) -> Generator[ShotTaken | _Looked | _SweptPage, None, None]:
        """Take the shots of page after page in one session; a capture is handed on to be written off this thread."""
        mine = next_page(pages)
        if not mine:
            return
        with open_camera(mine[0].device, idle=self._idle) as take:
            while mine:
                if not can_be_shared(pages):
                    self._idle.passed(mine[0].device)
                sweep = Sweep(partial(self._look_between, take, mine[0])) if self._is_swept(mine) else None
                for shot in mine:
                    start = time.monotonic()
                    saved = self._store.get(shot) if self.resume and self._store.resumable(shot) else None
                    result = saved or take(shot)
                    if sweep is not None and isinstance(result, Capture):
                        sweep = added(sweep, shot, result)
                    if isinstance(result, CaptureFailed):
                        yield ShotTaken(shot, self._store.put_failed(result), time.monotonic() - start)
                    elif saved is not None:
                        yield ShotTaken(shot, result, time.monotonic() - start)
                    elif self._wait_for_slot():
                        yield _Looked(result, time.monotonic() - start)
                    else:
                        return
                    del result, saved  # pictures are large: none is held while the next one is taken
                if sweep is not None:
                    swept = finished(sweep, mine[0], self.matrix)
                    self._keep_shown(swept, take, mine)
                    yield _SweptPage(mine[0], swept)
                elif self._is_swept(mine):
                    nothing = "Between the widths nothing was looked at: a bug in compatcheck."
                    yield _SweptPage(mine[0], Swept(notes=(nothing,)))
                mine = next_page(pages)

    def _is_swept(self, shots: Sequence[Shot]) -> bool:
        """Several widths of one device that has outcomes: twins only keep up with theirs."""
        return len(shots) > 1 and shots[0].device.group is not None and shots[0].device.twin_of is None

    def _look_between(self, take: Callable[[Shot], CaptureResult], near: Shot, width: int) -> Capture:
        """One more look at a page, at a width that nobody asked for."""
        if self._stopping.is_set():
            raise CaptureError("the run was stopped.")
        return look_at_width(take, near, width)

    def _keep_shown(self, swept: Swept, take: Callable[[Shot], CaptureResult], shots: Sequence[Shot]) -> None:
        """Look again, for their pictures, at widths between those asked for at which findings are told."""
        asked = {round(shot.device.screen.viewport.width) for shot in shots}
        for width in sorted({one.width for one in swept.ranges} - asked):
            try:
                self._store.put(self._look_between(take, shots[0], width))
            except (CaptureError, OSError) as error:
                logger.warning("no picture of %s at %d px: %s", shots[0].page.id, width, error)

    def _wait_for_slot(self) -> bool:
        while not self._stopping.is_set():
            if self._slots.acquire(timeout=0.2):
                return True
        return False

    def _repeat(self, shot: Shot, taken: ShotTaken) -> Generator[ShotTaken, None, None]:
        """A shot of the same look as one that was taken: its result, kept under its own name too."""
        if isinstance(taken.result, CaptureFailed):
            yield ShotTaken(shot, replace(taken.result, shot=shot), taken.seconds)
        else:
            facts = replace(taken.result.facts, extra={**taken.result.facts.extra, "sameLookAs": taken.shot.slug})
            yield from self._put(_Looked(replace(taken.result, shot=shot, facts=facts), taken.seconds))

    def _keep(self, looked: _Looked) -> Generator[ShotTaken, None, None]:
        try:
            yield from self._put(looked)
        finally:
            self._slots.release()

    def _put(self, looked: _Looked) -> Generator[ShotTaken, None, None]:
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

    def _compare(self, pair: Pair) -> Generator[_Judged, None, None]:
        timings = {"capture": round(self._seconds[pair.candidate], 3)}
        today = datetime.now(UTC).date()
        outcome = compare_pair(pair, self._result, self.matrix, self.folder, timings, today, self._held_against)
        yield _Judged(pair, outcome)

    def _by_width(self, pairs: Sequence[Pair]) -> dict[int, Outcome]:
        return {round(pair.candidate.device.screen.viewport.width): self._outcomes[pair] for pair in pairs}

    def _narrow(
        self, pairs: tuple[Pair, ...], swept: Swept, ranges: Mapping[Key, list[WidthRange]]
    ) -> Generator[_Whole, None, None]:
        with both_sides(pairs[0], self._look_between, self._idle) as look:
            exact, notes = narrowed(ranges, look)
        yield from self._over_widths(pairs, replace(swept, notes=(*swept.notes, *notes)), exact)

    def _over_widths(
        self, pairs: tuple[Pair, ...], swept: Swept, exact: Mapping[Key, list[WidthRange]]
    ) -> Generator[_Whole, None, None]:
        outcomes = self._by_width(pairs)

        def images_at(width: int) -> Mapping[str, object]:
            if width in outcomes:
                return {side: outcomes[width].images.get(side) for side in ("reference", "candidate")}
            between = replace(pairs[0].candidate, device=at_width(pairs[0].candidate.device, width))
            name = self.folder.picture_name(between.slug)
            return {"candidate": name} if self.folder.file(name).is_file() else {}

        def baselines() -> Mapping[int, Capture]:
            looks = {width: self._result(pair.baseline) for width, pair in zip(outcomes, pairs, strict=True)}
            return {width: look for width, look in looks.items() if isinstance(look, Capture)}

        whole = outcome_over_widths(
            outcomes,
            swept,
            exact,
            images_at=images_at,
            baselines=baselines,
            matrix=self.matrix,
            today=datetime.now(UTC).date(),
        )
        yield _Whole(pairs, whole)

    def _result(self, shot: Shot) -> CaptureResult:
        if shot in self._failed:
            return self._failed[shot]
        return self._store.get(shot) or CaptureFailed(shot, "its saved capture can no longer be read.")
