"""What a run prints: a progress bar on a terminal, plain lines otherwise, and a summary at the end."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import rich.console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from compatcheck.model.plan import Plan
from compatcheck.model.run import CaptureFailed, Event, OutcomeReady, Run, RunStarted, ShotTaken
from compatcheck.model.verdict import Outcome
from compatcheck.plan import estimate_cost

STYLE = {"match": "green", "flagged": "red", "invalid": "yellow", "failed": "magenta"}
SYMBOL = {"match": "✓", "flagged": "✗", "invalid": "?", "failed": "!"}
FINDINGS_SHOWN = 3


def _unavailable(run: Run) -> list[str]:
    """One line for each metric that could not be computed, saying what to do."""
    scores = (score for outcome in run.outcomes for score in outcome.scores.values() if score.value is None)
    return list(dict.fromkeys(f"{score.metric} was left out: {score.note}" for score in scores))


class Console:
    """Prints on standard error when `json` is asked for (standard output is then the document), else on standard output."""

    def __init__(self, *, quiet: bool, json: bool) -> None:
        self._quiet = quiet
        self._json = json
        # Wide when it is not a terminal: a log's lines are cut by nobody.
        stream = sys.stderr if json else sys.stdout
        self._out = rich.console.Console(
            file=stream, quiet=quiet, highlight=False, soft_wrap=True, width=None if stream.isatty() else 160
        )
        self._progress: Progress | None = None
        self._tasks: tuple[TaskID, TaskID] | None = None
        self._redact: Callable[[str], str] = str  # what came from the environment is not printed either

    @contextmanager
    def following(self, plan: Plan) -> Iterator[None]:
        """Show progress while the block runs."""
        if self._quiet or not self._out.is_terminal:
            yield
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._out, transient=True) as self._progress:
            self._tasks = (
                self._progress.add_task("looking", total=len(plan.shots)),
                self._progress.add_task("comparing", total=len(plan.outcomes())),
            )
            yield
        self._progress = None

    def show(self, event: Event) -> None:
        """Tell one event."""
        match event:
            case RunStarted():
                self._redact = event.matrix.redact
            case ShotTaken(result=CaptureFailed() as failed):
                self._advance(0)
                where = f"{failed.shot.page.id} · {failed.shot.device.id}"
                message = self._redact(f"{failed.message} {failed.hint}".rstrip())
                self._out.print(f"[magenta]![/] {escape(where)}: {escape(message)}")
            case ShotTaken():
                self._advance(0)
            case OutcomeReady():
                self._advance(1)
                if event.outcome.verdict.name != "failed":
                    self._outcome(event.outcome)

    def finished(self, run: Run, written: Mapping[str, Path]) -> None:
        """The summary and where the report is. With `json`, `results.json` goes to standard output."""
        counts = Counter(outcome.verdict.name for outcome in run.outcomes)
        told = ", ".join(f"{counts[name]} {name}" for name in ("flagged", "invalid", "failed", "match") if counts[name])
        self._out.print(
            f"\n{told or 'nothing was compared'}{' (interrupted)' if run.interrupted else ''} in {run.seconds:.1f} s"
        )
        for note in _unavailable(run):
            self._out.print(f"[yellow]–[/] {escape(note)}")
        self._out.print(f"report: {escape(str(written['html']))}")
        if self._json:
            sys.stdout.write(written["json"].read_text(encoding="utf-8"))
            sys.stdout.write("\n")

    def plan(self, plan: Plan, jobs: int) -> None:
        """The plan as a table, with what it will cost with so many devices at a time."""
        table = Table("page", "device", "browser", "viewport", "ratio", "compared with", box=None, pad_edge=False)
        for pair in plan.pairs:
            device = pair.candidate.device
            viewport = device.screen.viewport
            table.add_row(
                escape(pair.candidate.page.id),
                escape(device.id),
                device.browser,
                f"{viewport.width:g} × {viewport.height:g}",
                f"{device.screen.device_scale_factor:g}",
                "itself (the reference)" if pair.is_reference else escape(pair.baseline.device.id),
            )
        self._out.print(table)
        self._out.print(f"\n{estimate_cost(plan, jobs=jobs)}")

    def _outcome(self, outcome: Outcome) -> None:
        verdict = outcome.verdict
        style = STYLE[verdict.name]
        where = f"{outcome.page.id} · {outcome.device.id}"
        reason = f": {verdict.reason}" if verdict.reason else ""
        self._out.print(f"[{style}]{SYMBOL[verdict.name]} {verdict.name}[/] {escape(where + self._redact(reason))}")
        flagging = [divergence for divergence in verdict.divergences if divergence.flags]
        for divergence in flagging[:FINDINGS_SHOWN]:
            self._out.print(
                f"    {divergence.kind} {divergence.severity:.2f}  {escape(self._redact(divergence.message))}"
            )
        if len(flagging) > FINDINGS_SHOWN:
            self._out.print(f"    and {len(flagging) - FINDINGS_SHOWN} more")

    def _advance(self, which: int) -> None:
        if self._progress is not None and self._tasks is not None:
            self._progress.advance(self._tasks[which])
