"""The report's main facts for a browser without script: counts, and the worst outcomes with their pictures."""

from __future__ import annotations

from dataclasses import dataclass

from compatcheck.report.html.text import picture_link, shown
from compatcheck.report.records import OutcomeRecord, Results

MOST = 200
"""Outcomes that the plain form lists; results.json has them all."""

_MARKS = {"match": "✓", "flagged": "!", "invalid": "∅", "failed": "✕"}
_WORDS = {"match": "match", "flagged": "flagged", "invalid": "invalid", "failed": "failed"}
_ORDER = {"flagged": 0, "failed": 1, "invalid": 2, "match": 3}


@dataclass(frozen=True, slots=True)
class PlainRow:
    """One outcome in words."""

    mark: str
    verdict: str
    page: str
    device: str
    reason: str
    findings: list[str]
    reference: str | None
    candidate: str | None


@dataclass(frozen=True, slots=True)
class Plain:
    """The page without script."""

    run: str
    started: str
    interrupted: bool
    counts: list[tuple[str, str, int]]
    rows: list[PlainRow]
    left_out: int


def build_plain(results: Results) -> Plain:
    """Counts by verdict, and the worst `MOST` outcomes that do not match (all of them where that is fewer)."""
    worst = sorted(
        (outcome for outcome in results.outcomes if outcome.verdict != "match"),
        key=lambda outcome: (_ORDER[outcome.verdict], -outcome.severity),
    )
    summary = results.summary
    return Plain(
        run=shown(results.run.id),
        started=results.run.started_at,
        interrupted=results.run.interrupted,
        counts=[(_MARKS[name], _WORDS[name], getattr(summary, name)) for name in _ORDER],
        rows=[_row(outcome) for outcome in worst[:MOST]],
        left_out=max(0, len(worst) - MOST),
    )


def _row(outcome: OutcomeRecord) -> PlainRow:
    return PlainRow(
        mark=_MARKS[outcome.verdict],
        verdict=_WORDS[outcome.verdict],
        page=shown(outcome.page.id),
        device=shown(outcome.device.id),
        reason=shown(outcome.reason),
        findings=[f"{item.severity:.2f} {item.kind}: {shown(item.message)}" for item in outcome.divergences[:20]],
        reference=picture_link(outcome.images.reference),
        candidate=picture_link(outcome.images.candidate),
    )
