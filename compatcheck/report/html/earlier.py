"""The runs before this one: what is new since, what is gone, and how the devices did over time.

They are the run's siblings in the same folder. The newest earlier one that looked at some of the same pages is *the* previous run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compatcheck.report.html.text import shown
from compatcheck.report.records import OutcomeRecord, Results

MOST_RUNS = 20
MOST_BYTES = 64_000_000
"""How far back the history reads, in runs and in bytes of `results.json`: the report has to stay quick to write."""

Place = tuple[str, str]
"""Page id and device id."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier runs say; empty when there is none.

    `found` holds the unwaived divergences of the previous run by page and device: {divergence id: (kind, selector)}.
    """

    previous: dict[str, str] | None = None
    found: dict[Place, dict[str, tuple[str, str]]] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)

    def is_new(self, outcome: OutcomeRecord, divergence_id: str) -> bool:
        """True when the previous run looked at the same place and did not find this."""
        before = self.found.get((outcome.page.id, outcome.device.id))
        return before is not None and divergence_id not in before

    def gone(self, results: Results, most: int = 500) -> list[tuple[str, str, str, str]]:
        """(page, device, kind, selector) of what the previous run found and this one, looking again, did not."""
        gone = []
        for outcome in results.outcomes:
            if outcome.verdict not in ("match", "flagged"):
                continue
            now = {item.id for item in outcome.divergences}
            for identity, (kind, selector) in self.found.get((outcome.page.id, outcome.device.id), {}).items():
                if identity not in now:
                    gone.append((outcome.page.id, outcome.device.id, kind, selector))
        return gone[:most]


def look_back(results: Results, folder: Path) -> Earlier:
    """Read the runs beside `folder` that started before this one. Files that cannot be read are passed over."""
    pages = {outcome.page.id for outcome in results.outcomes}
    previous: dict[str, str] | None = None
    found: dict[Place, dict[str, tuple[str, str]]] = {}
    history = []
    for run in _earlier_runs(results, folder):
        try:
            outcomes = [item for item in run["outcomes"] if item["page"]["id"] in pages]
            start = {"id": shown(run["run"]["id"]), "startedAt": shown(run["run"]["startedAt"])}
            if not outcomes:
                continue
            entry = start | {"devices": _by_device(outcomes)}
            if previous is None:
                found, previous = _found(outcomes), start
            history.append(entry)
        except (KeyError, TypeError, AttributeError):  # foreign or damaged: no news is better than wrong news
            continue
    return Earlier(previous, found, history[::-1])


def _found(outcomes: list[dict[str, Any]]) -> dict[Place, dict[str, tuple[str, str]]]:
    return {
        (item["page"]["id"], item["device"]["id"]): {
            each["id"]: (each["kind"], each["selector"]) for each in item["divergences"] if each["flags"]
        }
        for item in outcomes
        if item["verdict"] in ("match", "flagged")
    }


def _by_device(outcomes: list[dict[str, Any]]) -> dict[str, list[float]]:
    """{device: [pages looked at, pages that do not match, worst severity]}."""
    devices: dict[str, list[float]] = {}
    for item in outcomes:
        entry = devices.setdefault(shown(item["device"]["id"]), [0, 0, 0.0])
        entry[0] += 1
        entry[1] += item["verdict"] != "match"
        entry[2] = max(entry[2], float(item["severity"]))
    return devices


def _earlier_runs(results: Results, folder: Path) -> Iterator[dict[str, Any]]:
    """The parsed files of earlier runs, newest first, within the bounds."""
    candidates = []
    for file in folder.resolve().parent.glob("*/results.json"):
        if file.parent.is_symlink() or file.parent == folder.resolve():
            continue
        started = _started_at(file)
        if started and started < results.run.started_at:
            candidates.append((started, file))
    budget = MOST_BYTES
    for _, file in sorted(candidates, reverse=True)[:MOST_RUNS]:
        try:
            budget -= file.stat().st_size
            data = json.loads(file.read_bytes()) if budget > 0 else None
            if data and data["schemaVersion"] == 1 and isinstance(data["outcomes"], list):
                yield data
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue


def _started_at(file: Path) -> str:
    """The run's start, from the first kilobyte: reading whole files to sort them would take as long as using them."""
    try:
        with file.open("rb") as stream:
            head = stream.read(1024).decode(errors="replace")
    except OSError:
        return ""
    _, found, rest = head.partition('"startedAt"')
    return rest.split('"')[1] if found and rest.count('"') > 1 else ""
