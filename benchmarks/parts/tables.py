"""Results as tables: AUC, recall, precision, places, and every miss and false alarm by name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HANDFUL = 5
"""One broken thing is told by so many findings at most."""
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True, slots=True)
class Judged:
    """The worst finding of a look."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Result:
    """One look: its worst severity, how many findings flag, and how many of these lie on what the fault changed."""

    page: str
    device: str
    fault: str
    severity: float
    flagged: int
    placed: int
    seconds: float
    worst: Judged | None


def area_under_curve(broken: list[float], whole: list[float]) -> float:
    """The chance that a broken page is judged worse than a whole one; ties count half."""
    one, other = np.array(broken)[:, None], np.array(whole)[None, :]
    return float((one > other).mean() + 0.5 * (one == other).mean()) if one.size and other.size else float("nan")


def tables(name: str, results: list[Result], limit: float) -> str:
    """Markdown: one summary line, one row per kind of fault and per device, then what went wrong."""
    broken = [result for result in results if result.fault]
    whole = [result for result in results if not result.fault]
    hits = [result for result in broken if result.severity >= limit]
    alarms = [result for result in whole if result.severity >= limit]
    flagged, placed = sum(result.flagged for result in broken), sum(result.placed for result in broken)
    worst_whole = max((result.severity for result in whole), default=0.0)
    free = sum(result.severity > worst_whole for result in broken)
    lines = [
        f"### {name}",
        "",
        "| faults | untouched looks | AUC | recall | precision | untouched without alarm | recall at no false alarm | findings on the changed boxes |",
        "|---|---|---|---|---|---|---|---|",
        f"| {len(broken)} | {len(whole)} | {area_under_curve([r.severity for r in broken], [r.severity for r in whole]):.4f} "
        f"| {share(len(hits), len(broken))} | {share(len(hits), len(hits) + len(alarms))} | {share(len(whole) - len(alarms), len(whole))} "
        f"| {share(free, len(broken))} | {share(placed, flagged)} |",
        "",
    ]
    counts = [result.flagged for result in broken]
    lines += [
        f"More than {HANDFUL} findings flag on {sum(count > HANDFUL for count in counts)} of the {len(broken)} broken looks; "
        f"{max(counts, default=0)} at most, {sum(counts) / max(1, len(counts)):.1f} on average.",
        "",
    ]
    lines += _by("kind of fault", [(result.fault, result) for result in broken], limit)
    lines += _by("device", [(result.device, result) for result in broken], limit)
    if not name.endswith("alone"):
        lines += [f"* missed: {r.fault} on {r.page}, {r.device} ({_told(r)})" for r in broken if r.severity < limit]
        lines += [f"* false alarm: {r.page}, {r.device} ({_told(r)})" for r in alarms]
    return "\n".join(lines)


def _told(result: Result) -> str:
    if result.worst is None:
        return "nothing found"
    return f"worst {result.severity:.2f}, {result.worst.kind}: {result.worst.message[:90]}"


def _by(title: str, rows: list[tuple[str, Result]], limit: float) -> list[str]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for name, result in rows:
        groups[name].append(result)
    lines = [f"| {title} | found |", "|---|---|"]
    for name, group in sorted(groups.items()):
        lines.append(f"| {name} | {sum(result.severity >= limit for result in group)} of {len(group)} |")
    return [*lines, ""]


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f} ({part} of {whole})" if whole else "none"


def write_document(file: Path, told: list[str]) -> None:
    """Put the tables between the marks of a document; what people wrote around them stays."""
    text = file.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    file.write_text(f"{before}{BEGIN}\n" + "\n\n".join(told) + f"\n{END}{after}", encoding="utf-8")
