"""Carrying a plan out: the pipeline's events go to the console, its end to the reporters, its verdicts to the exit code."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from compatcheck.capture.processes import reap_all
from compatcheck.capture.verdicts import send_verdicts
from compatcheck.cli.console import Console
from compatcheck.cli.github import tell_github
from compatcheck.cli.run import CORES
from compatcheck.errors import UsageError
from compatcheck.model.matrix import Matrix
from compatcheck.model.plan import Plan
from compatcheck.model.run import Run, RunFinished
from compatcheck.pipeline import Check
from compatcheck.report import REPORTERS
from compatcheck.runfolder import LATEST, RunFolder


def execute(
    matrix: Matrix,
    plan: Plan,
    output: Path,
    *,
    jobs: int,
    resume: str | None = None,
    quiet: bool = False,
    json: bool = False,
    command: str = "",
) -> int:
    """Run a plan, write its reports under `output`, print what a person needs to know. Returns the exit code."""
    folder = RunFolder.create(output) if resume is None else _existing(output, resume)
    console = Console(quiet=quiet, json=json)
    check = Check(matrix, plan, folder, jobs=jobs, cores=CORES, command=command, resume=resume is not None)
    run: Run | None = None
    with interruptible():
        try:
            with console.following(plan):
                for event in check.events():
                    console.show(event)
                    if isinstance(event, RunFinished):
                        run = event.run
        except KeyboardInterrupt:
            run = check.run(interrupted=True)
    assert run is not None  # the last event is RunFinished, or we were interrupted
    written = {name: load().write(run, folder.path) for name, load in REPORTERS.items()}
    folder.point_latest()
    console.finished(run, written)
    tell_github(run)
    for trouble in send_verdicts(run.outcomes, matrix.redact):
        print(trouble, file=sys.stderr)
    return run.exit_code


def _existing(output: Path, name: str) -> RunFolder:
    """The folder of an earlier run, for going on with it."""
    path = (output / name).resolve()
    if not (path / "captures").is_dir():
        hint = f"{LATEST} means the newest run in {output}." if name == LATEST else "Look into the folder for its runs."
        raise UsageError(f"--resume {name}: there is no run with captures at {path}.", hint=hint)
    return RunFolder(path.parent, path.name)


@contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C and SIGTERM end every browser first, so that no thread waits for one, and then interrupt the main thread.

    A second signal is not needed, and does no harm.
    """

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        reap_all(for_good=True)
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
