"""`junit.xml`: one test case per page × device, the findings as text, the pictures attached.

Attachments follow the convention that Jenkins' and GitLab's readers share, one `[[ATTACHMENT|path]]` a line in `system-out`; GitLab wants
the path relative to the project, so it is given relative to the working directory where the run folder lies inside it.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from compatcheck.model.run import Run
from compatcheck.report.files import write_whole
from compatcheck.report.records import DivergenceRecord, OutcomeRecord, Results
from compatcheck.report.results import as_results

JUNIT_NAME = "junit.xml"

# XML 1.0 has no form, not even an escaped one, for these; nor for lone surrogates and the two non-characters.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class JunitReporter:
    """Writes `junit.xml`."""

    def write(self, run: Run | Results, folder: Path) -> Path:
        return write_whole(folder / JUNIT_NAME, render_junit(as_results(run), folder))


def render_junit(results: Results, folder: Path) -> bytes:
    """The XML document: one suite per page in the run's order."""
    root = ElementTree.Element("testsuites", {"name": "compatcheck"} | _counts(results.outcomes))
    by_page: dict[str, list[OutcomeRecord]] = {}
    for outcome in results.outcomes:
        by_page.setdefault(outcome.page.id, []).append(outcome)
    for page, outcomes in by_page.items():
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            {"name": _text(page), "timestamp": results.run.started_at[:19]} | _counts(outcomes),
        )
        for outcome in outcomes:
            _add_case(suite, outcome, _shown_folder(folder))
    ElementTree.indent(root, " ")
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def describe_finding(divergence: DivergenceRecord) -> str:
    """One divergence as one plain line: severity, kind, message, selector, and what became of it."""
    marks = [
        word
        for word, holds in (
            ("shared with the reference", divergence.shared),
            (f"waived by {divergence.waived_by}", divergence.waived_by),
            ("does not flag", not divergence.flags and not divergence.waived_by),
        )
        if holds
    ]
    ending = f" [{', '.join(marks)}]" if marks else ""
    return f"{divergence.severity:.2f} {divergence.kind}: {divergence.message} ({divergence.selector}){ending}"


def _counts(outcomes: list[OutcomeRecord]) -> dict[str, str]:
    return {
        "tests": str(len(outcomes)),
        "failures": str(sum(outcome.verdict == "flagged" for outcome in outcomes)),
        "errors": str(sum(outcome.verdict in ("failed", "invalid") for outcome in outcomes)),
        "skipped": "0",
        "time": f"{sum(_seconds(outcome) for outcome in outcomes):.3f}",
    }


def _seconds(outcome: OutcomeRecord) -> float:
    return outcome.timings.get("total", sum(outcome.timings.values()))


def _shown_folder(folder: Path) -> Path:
    absolute = folder.resolve()
    return absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute


def _add_case(suite: ElementTree.Element, outcome: OutcomeRecord, folder: Path) -> None:
    case = ElementTree.SubElement(
        suite,
        "testcase",
        {
            "classname": _text(outcome.page.id),
            "name": _text(outcome.device.id),
            "time": f"{_seconds(outcome):.3f}",
        },
    )
    if outcome.scores:
        properties = ElementTree.SubElement(case, "properties")
        for metric, value in outcome.scores.items():
            if value is not None:
                ElementTree.SubElement(properties, "property", {"name": _text(metric), "value": f"{value:.6g}"})
    findings = "\n".join(describe_finding(divergence) for divergence in outcome.divergences)
    if outcome.verdict == "flagged":
        _add_problem(case, "failure", outcome, findings)
    elif outcome.verdict in ("failed", "invalid"):
        _add_problem(case, "error", outcome, findings)
    lines = [f"page: {outcome.page.url}", f"held against: {outcome.reference.id}"]
    if findings and outcome.verdict == "match":
        lines.append(findings)
    lines += [*outcome.notes]
    images = outcome.images
    lines += [
        f"[[ATTACHMENT|{(folder / path).as_posix()}]]"
        for path in (images.candidate, images.reference, *images.maps.values())
        if path
    ]
    ElementTree.SubElement(case, "system-out").text = _text("\n".join(lines))


def _add_problem(case: ElementTree.Element, tag: str, outcome: OutcomeRecord, findings: str) -> None:
    reason = outcome.reason or outcome.verdict
    problem = ElementTree.SubElement(case, tag, {"message": _text(reason), "type": outcome.verdict})
    problem.text = _text("\n".join(part for part in (reason, findings) if part))


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
