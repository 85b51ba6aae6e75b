"""`compatcheck merge RUN…`: the shards of one run, made on several machines, become one run folder."""

from __future__ import annotations

import filecmp
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from compatcheck.errors import UsageError
from compatcheck.model.exits import EXIT_FAILED, EXIT_FLAGGED, EXIT_INTERRUPTED, EXIT_MATCH
from compatcheck.report.build import summarise
from compatcheck.report.html.text import picture_link
from compatcheck.report.pack_up import own_pictures
from compatcheck.report.records import DivergenceRecord, ImagesRecord, OutcomeRecord, Results
from compatcheck.report.results import read_results, write_results

_WORST_FIRST = ("failed", "invalid", "flagged", "match")


def merge_runs(folders: Sequence[Path], target: Path) -> Results:
    """Join runs into the folder `target`: pictures are copied, `results.json` is written; reporters can follow.

    A page × device that several shards hold (the reference device's own, usually) is kept once, the worst verdict first,
    and a note says so. Thresholds and waivers are the first run's. Raises UsageError when a run cannot be read, when
    `target` is one of the runs, or when the runs' thresholds differ (their verdicts would not be comparable).
    """
    if not folders:
        raise UsageError("Nothing to merge.", hint="Name two or more run folders.")
    if any(folder.resolve() == target.resolve() for folder in folders):
        raise UsageError(f"{target}: is one of the runs to merge.", hint="Name a new folder.")
    runs = [read_results(folder) for folder in folders]
    for folder, run in zip(folders, runs, strict=True):
        if run.thresholds != runs[0].thresholds:
            raise UsageError(
                f"{folder}: was judged by other thresholds than {folders[0]}.", hint="Run all shards with one matrix."
            )
    outcomes: dict[tuple[str, str], OutcomeRecord] = {}
    for number, (folder, run) in enumerate(zip(folders, runs, strict=True), start=1):
        copier = _Copier(folder, target, number)
        for outcome in run.outcomes:
            key = (outcome.page.id, outcome.device.id)
            moved = outcome.model_copy(
                update={
                    "images": copier.images(outcome.images),
                    "divergences": [copier.divergence(item) for item in outcome.divergences],
                }
            )
            outcomes[key] = _worse(outcomes[key], moved, run.run.id) if key in outcomes else moved
    merged = _joined(runs, list(outcomes.values()), target.name)
    write_results(merged, target)
    return merged


def _joined(runs: Sequence[Results], outcomes: list[OutcomeRecord], run_id: str) -> Results:
    summary = summarise(outcome.verdict for outcome in outcomes)
    interrupted = any(run.run.interrupted for run in runs)
    code = (
        EXIT_INTERRUPTED
        if interrupted
        else EXIT_FAILED
        if summary.failed or summary.invalid
        else EXIT_FLAGGED
        if summary.flagged
        else EXIT_MATCH
    )
    first = runs[0]
    record = first.run.model_copy(
        update={
            "id": run_id,
            "started_at": min(run.run.started_at for run in runs),
            "finished_at": max(run.run.finished_at for run in runs),
            # Shards run side by side: the time that was waited is the longest one's.
            "seconds": max(run.run.seconds for run in runs),
            "interrupted": interrupted,
            "exit_code": code,
            "command": " + ".join(dict.fromkeys(run.run.command for run in runs if run.run.command)),
        }
    )
    return first.model_copy(update={"run": record, "summary": summary, "outcomes": outcomes, "matrix": _devices(runs)})


def _devices(runs: Sequence[Results]) -> dict[str, Any]:
    """The first matrix, with the devices and pages that only later shards have."""
    matrix = dict(runs[0].matrix)
    for name in ("devices", "pages"):
        lists = [run.matrix.get(name) for run in runs]
        if all(isinstance(items, list) for items in lists if items is not None) and any(lists):
            known: dict[str, Any] = {}
            for item in (item for items in lists if items for item in items):
                known.setdefault(str(item.get("id") if isinstance(item, dict) else item), item)
            matrix[name] = list(known.values())
    return matrix


def _worse(one: OutcomeRecord, other: OutcomeRecord, run_id: str) -> OutcomeRecord:
    def badness(outcome: OutcomeRecord) -> tuple[int, float]:
        return -_WORST_FIRST.index(outcome.verdict), outcome.severity

    worse, rest = (other, one) if badness(other) > badness(one) else (one, other)
    if (worse.verdict, worse.severity) == (rest.verdict, rest.severity):
        return one
    note = f"Several shards looked at this; one said {rest.verdict}, {run_id} among them."
    return worse.model_copy(update={"notes": [*worse.notes, note]})


@dataclass(slots=True)
class _Copier:
    """Copies one shard's pictures, under another name where the target has a different picture of that name."""

    folder: Path
    target: Path
    number: int
    _done: dict[str, str] = field(default_factory=dict)

    def images(self, images: ImagesRecord) -> ImagesRecord:
        return ImagesRecord(
            reference=self._copy(images.reference),
            candidate=self._copy(images.candidate),
            direct=self._copy(images.direct),
            maps={name: copied for name, path in images.maps.items() if (copied := self._copy(path))},
        )

    def divergence(self, item: DivergenceRecord) -> DivergenceRecord:
        """The finding, with its own pictures copied where it has any."""
        own = own_pictures(item)
        if not own:
            return item
        copied = {name: self._copy(path) for name, path in own.items()}
        return item.model_copy(update={"extra": {**item.extra, "images": copied}})

    def _copy(self, path: str | None) -> str | None:
        if path is None or picture_link(path) is None or not (self.folder / path).is_file():
            return None
        if path not in self._done:
            self._done[path] = self._place(path)
        return self._done[path]

    def _place(self, path: str) -> str:
        source, name = self.folder / path, path
        taken = self.target / name
        if taken.exists() and not filecmp.cmp(source, taken, shallow=False):
            pure = PurePosixPath(path)
            name = pure.with_name(f"{pure.stem}~shard{self.number}{pure.suffix}").as_posix()
        destination = self.target / name
        try:
            destination.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, destination)
            model = source.with_suffix(".json")
            if model.is_file():
                shutil.copyfile(model, destination.with_suffix(".json"))
        except OSError as error:
            raise UsageError(f"{destination}: cannot be written: {error.strerror or error}.") from None
        return name
