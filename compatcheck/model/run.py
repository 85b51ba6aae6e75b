"""A run: its record for the reporters, and the events that the pipeline yields while it works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from compatcheck.model.capture import RGB, Capture
from compatcheck.model.exits import EXIT_FAILED, EXIT_FLAGGED, EXIT_INTERRUPTED, EXIT_MATCH
from compatcheck.model.matrix import Matrix
from compatcheck.model.plan import Plan, Shot
from compatcheck.model.verdict import Outcome


@dataclass(frozen=True, slots=True)
class CaptureFailed:
    """A shot that could not be taken: one clear sentence, and what to do.

    `picture` shows what the browser showed then, where a step failed; `picture_path` is its file in the run folder, once it is
    written.
    """

    shot: Shot
    message: str
    hint: str = ""
    seconds: float = 0.0
    picture: RGB | None = field(default=None, compare=False, repr=False)
    picture_path: str | None = None


CaptureResult = Capture | CaptureFailed
"""What a shot comes to."""


@dataclass(frozen=True, slots=True)
class Run:
    """All the facts of one run, as the reporters get them. Timestamps are UTC ISO 8601, `seconds` is wall time.

    `versions` names the tool's, Python's and the libraries' versions. `interrupted` is True when the run was stopped before
    its end, and `outcomes` then holds what was finished. `limits` says from which severity a divergence flags, by sensitivity.
    """

    id: str
    started_at: str
    finished_at: str
    seconds: float
    matrix: Matrix
    outcomes: tuple[Outcome, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    interrupted: bool = False
    command: str = ""
    limits: Mapping[str, float] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """DESIGN.md's exit code: 130 interrupted, else 3 something failed or is invalid, else 1 flagged, else 0."""
        if self.interrupted:
            return EXIT_INTERRUPTED
        names = {outcome.verdict.name for outcome in self.outcomes}
        if names & {"failed", "invalid"}:
            return EXIT_FAILED
        return EXIT_FLAGGED if "flagged" in names else EXIT_MATCH


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The plan is made; nothing has been captured yet."""

    run_id: str
    plan: Plan
    matrix: Matrix


@dataclass(frozen=True, slots=True)
class ShotTaken:
    """A shot came to its end, well or not. `result` may be dropped from memory after the listeners have seen it."""

    shot: Shot
    result: CaptureResult
    seconds: float


@dataclass(frozen=True, slots=True)
class OutcomeReady:
    """A pair was compared and judged."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The last event: everything is in `run`."""

    run: Run


Event = RunStarted | ShotTaken | OutcomeReady | RunFinished
