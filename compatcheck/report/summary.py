"""The run as Markdown for a pull request or a step summary, and as workflow annotations for GitHub."""

from __future__ import annotations

import re
from pathlib import Path

from compatcheck.model.run import Run
from compatcheck.report.files import write_whole
from compatcheck.report.html.families import find_families
from compatcheck.report.html.text import shown
from compatcheck.report.records import OutcomeRecord, Results
from compatcheck.report.results import as_results

MARKDOWN_NAME = "summary.md"
SIGNS = {"match": "✅", "flagged": "❌", "invalid": "⚠️", "failed": "🚫"}
MOST_FAMILIES = 25
MOST_DEVICES = 8
MOST_ANNOTATIONS = 10
"""GitHub shows ten errors of a step and drops the rest."""

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|<>~&$@:-])")
_ORDER = ("flagged", "failed", "invalid", "match")


class MarkdownReporter:
    """Writes `summary.md`."""

    def write(self, run: Run | Results, folder: Path) -> Path:
        return write_whole(folder / MARKDOWN_NAME, render_markdown(as_results(run)))


def render_markdown(results: Results) -> str:
    """Counts, then the families, worst first, in GitHub's Markdown. Untrusted text is escaped character by character."""
    run, summary = results.run, results.summary
    lines = [
        f"## compatcheck: {_verdict_line(results)}",
        "",
        "| " + " | ".join(f"{SIGNS[name]} {name}" for name in _ORDER) + " | total |",
        "|" + "---:|" * 5,
        "| " + " | ".join(str(getattr(summary, name)) for name in (*_ORDER, "total")) + " |",
        "",
        f"Run {escape(run.id)}, started {run.started_at}, took {run.seconds:.0f} s."
        + (" **Interrupted**: only what was finished is counted." if run.interrupted else ""),
        "",
    ]
    families = find_families(results.outcomes)
    if families:
        lines += ["| | page | devices | worst finding |", "|---|---|---|---|"]
    for family in families[:MOST_FAMILIES]:
        members = [results.outcomes[place] for place in family.members]
        devices = list(dict.fromkeys(member.device.id for member in members))
        pages = list(dict.fromkeys(member.page.id for member in members))
        names = ", ".join(escape(device) for device in devices[:MOST_DEVICES])
        more = f" and {len(devices) - MOST_DEVICES} more" if len(devices) > MOST_DEVICES else ""
        page = escape(pages[0]) + (f" and {len(pages) - 1} more" if len(pages) > 1 else "")
        lines.append(f"| {SIGNS[family.verdict]} | {page} | {names}{more} | {_worst(members[0])} |")
    if len(families) > MOST_FAMILIES:
        lines += ["", f"And {len(families) - MOST_FAMILIES} more kinds of breakage: see the report."]
    return "\n".join(lines) + "\n"


def render_annotations(results: Results) -> list[str]:
    """GitHub workflow commands, one per family, worst first, to be printed to standard output."""
    commands = []
    for family in find_families(results.outcomes)[:MOST_ANNOTATIONS]:
        worst = results.outcomes[family.members[0]]
        devices = list(dict.fromkeys(results.outcomes[place].device.id for place in family.members))
        more = f" and {len(devices) - 1} more" if len(devices) > 1 else ""
        title = f"{worst.page.id} on {devices[0]}{more}: {family.verdict}"
        level = "error" if family.verdict == "flagged" else "warning"
        commands.append(f"::{level} title={_property(shown(title, 200))}::{_data(_sentence(worst))}")
    return commands


def escape(text: str, limit: int = 200) -> str:
    """Untrusted text as Markdown that shows just that text, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(shown(text, limit).split())).replace("\\<", "&lt;").replace("\\&", "&amp;")


def _verdict_line(results: Results) -> str:
    summary = results.summary
    if summary.total == 0:
        return "nothing was compared"
    if summary.match == summary.total:
        return f"all {summary.total} match"
    return ", ".join(f"{getattr(summary, name)} {name}" for name in _ORDER[:3] if getattr(summary, name))


def _sentence(outcome: OutcomeRecord) -> str:
    worst = next((item for item in outcome.divergences if item.flags), None)
    return f"{worst.kind}: {worst.message}" if worst else outcome.reason


def _worst(outcome: OutcomeRecord) -> str:
    worst = next((item for item in outcome.divergences if item.flags), None)
    return f"{worst.severity:.2f} **{escape(worst.kind)}** {escape(worst.message)}" if worst else escape(outcome.reason)


def _data(text: str) -> str:
    return shown(text, 1_000).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
