"""`compatcheck selftest`: what would these settings catch on these pages?"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compatcheck.cli.run import MatrixFile, choose_pages
from compatcheck.errors import UsageError
from compatcheck.model.exits import EXIT_FAILED

if TYPE_CHECKING:
    from compatcheck.selftest.trials import Trial


def selftest(
    matrix: MatrixFile = Path("devices.yaml"),
    url: Annotated[list[str] | None, typer.Option("--url", "-u", help="A page to try; may be repeated.")] = None,
    device: Annotated[
        list[str] | None, typer.Option("--device", "-d", help="Only this device; may be repeated.")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", "-k", help="Only this kind of fault; may be repeated.")
    ] = None,
    per_kind: Annotated[int, typer.Option("--per-kind", min=1, max=50, help="Faults of each kind per page.")] = 1,
    seed: Annotated[int, typer.Option("--seed", help="Draws other elements and sizes.")] = 0,
) -> None:
    """Put known faults into pages, one at a time, and see which of them MATRIX's thresholds would catch.

    Every fault goes into the page as one device sees it; the real comparison runs. Faults that change no pixel are left out.
    Exit codes: 0 tried, 2 bad matrix or usage, 3 nothing could be tried.
    """
    from compatcheck.matrix import load_matrix
    from compatcheck.plan import make_plan
    from compatcheck.selftest.faults import RULES
    from compatcheck.selftest.trials import run_trials

    if unknown := sorted(set(kind or ()) - set(RULES)):
        raise UsageError(f"--kind {unknown[0]}: there is no such fault.", hint=f"The faults are: {', '.join(RULES)}.")
    loaded = load_matrix(matrix)
    plan = make_plan(loaded, choose_pages(loaded, url or [], None, []), devices=device or None)
    if all(pair.is_reference for pair in plan.pairs):
        raise UsageError("Only the reference device is left, which is held against nothing.", hint="Add a device.")
    trials = []
    kinds = tuple(kind) if kind else tuple(RULES)
    for trial in run_trials(loaded, plan, kinds=kinds, per_kind=per_kind, seed=seed, today=datetime.now(UTC).date()):
        trials.append(trial)
        typer.echo(_line(trial))
    typer.echo(summary(trials))
    if not any(trial.verdict for trial in trials):
        raise typer.Exit(EXIT_FAILED)


def _line(trial: Trial) -> str:
    what = trial.fault.kind if trial.fault else "untouched"
    where = f"{trial.device} {trial.page} {what}"
    if trial.verdict is None:
        return f"? {where}: {trial.note}"
    if trial.fault is not None and not trial.visible:
        return f"- {where}: changes nothing that can be seen"
    good = trial.flagged == (trial.fault is not None)
    said = f"{trial.verdict.name}, severity {trial.verdict.severity:.2f}"
    place = f" at {trial.fault.selector}" if trial.fault else ""
    return f"{'✓' if good else '✗'} {where}{place}: {said}"


def summary(trials: list[Trial]) -> str:
    """The rates: caught per kind of fault, and untouched looks that flag."""
    by_kind: dict[str, list[bool]] = defaultdict(list)
    for trial in trials:
        if trial.fault is not None and trial.verdict is not None and trial.visible:
            by_kind[trial.fault.kind].append(trial.flagged)
    whole = [trial.flagged for trial in trials if trial.fault is None and trial.verdict is not None]
    lines = [""]
    lines += [f"  {name:<16} {sum(caught):>3} of {len(caught):>3} caught" for name, caught in sorted(by_kind.items())]
    every = [caught for group in by_kind.values() for caught in group]
    if every:
        lines.append(f"  {'all':<16} {sum(every):>3} of {len(every):>3} caught ({sum(every) / len(every):.0%})")
    if whole:
        lines.append(f"  {'false alarms':<16} {sum(whole):>3} of {len(whole):>3} untouched looks flag")
    return "\n".join(lines)
