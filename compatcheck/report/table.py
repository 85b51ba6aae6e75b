"""The run as CSV: one line per finding, and one for every outcome without any, for spreadsheets."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from compatcheck.model.run import Run
from compatcheck.report.files import write_whole
from compatcheck.report.records import BoxRecord, DivergenceRecord, OutcomeRecord, Results
from compatcheck.report.results import as_results

CSV_NAME = "findings.csv"

COLUMNS = (
    "page", "url", "device", "browser", "width", "height", "ratio", "reference", "twin", "verdict", "outcome_severity", "reason",
    "finding", "kind", "axis", "severity", "flags", "shared", "waived_by", "selector", "message", "cause",
    "x", "y", "box_width", "box_height",
)  # fmt: skip
"""The columns before the scores, which have a column each, named after the metric."""


class CsvReporter:
    """Writes `findings.csv`."""

    def write(self, run: Run | Results, folder: Path) -> Path:
        # The byte order mark makes Excel read the file as UTF-8.
        return write_whole(folder / CSV_NAME, "\ufeff" + render_csv(as_results(run)))


def render_csv(results: Results) -> str:
    """RFC 4180 text with a header line. Cells that a spreadsheet would take for a formula get a leading apostrophe."""
    metrics = list(dict.fromkeys(name for outcome in results.outcomes for name in outcome.scores))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *metrics])
    for outcome in results.outcomes:
        found: list[DivergenceRecord | None] = [*outcome.divergences] or [None]
        for divergence in found:
            cells = [*_cells(outcome, divergence), *(outcome.scores.get(name) for name in metrics)]
            writer.writerow([_safe(cell) for cell in cells])
    return text.getvalue()


def _cells(outcome: OutcomeRecord, found: DivergenceRecord | None) -> list[object]:
    device = outcome.device
    first = [
        outcome.page.id, outcome.page.url, device.id, device.browser, device.viewport.width, device.viewport.height,
        device.device_scale_factor, outcome.reference.id, outcome.reference.twin, outcome.verdict, outcome.severity, outcome.reason,
    ]  # fmt: skip
    if found is None:
        return [*first, *[None] * (len(COLUMNS) - len(first))]
    box = found.candidate_box or found.reference_box or BoxRecord(x=0, y=0, width=0, height=0)
    return [
        *first, found.id, found.kind, found.axis, found.severity, found.flags, found.shared, found.waived_by, found.selector,
        found.message, found.cause, box.x, box.y, box.width, box.height,
    ]  # fmt: skip


def _safe(cell: object) -> object:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, str):
        text = cell.replace("\0", "\ufffd")
        return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r") else text
    return cell
