"""A run's facts as files: HTML for people, JSON and CSV for programs, JUnit and Markdown for CI.

The path inside: a `Run` becomes `Results` once (`results.py`, the models of `results.json`), and every reporter works from
`Results` alone, so that `compatcheck report RUN` can write all of them again from the file. The HTML report goes facts →
view data (`html/view.py`) → template (`html/templates/`) plus one script built from `ui/`. A new format is one file and
one entry in `REPORTERS`, and passes `tests/unit/report/test_reporters.py`.

Besides reporters: `decide.py` and `waivers_file.py` make and keep waivers, `review.py` serves a report whose buttons write them,
`pack_up.py` makes one file or a zip, `merge.py` joins shards, `again.py` finds runs and writes their reports again.

Everything that came from a captured page is untrusted: it is only ever written as text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from compatcheck.model.run import Run

if TYPE_CHECKING:
    from compatcheck.report.results import Results


class Reporter(Protocol):
    """One way of writing a run down."""

    def write(self, run: Run | Results, folder: Path) -> Path:
        """Write the report of `run` into the run folder, whole or not at all, and return the file to open.

        Pictures that `images` names already lie in the folder. Raises UsageError when the folder cannot be written to.
        """
        ...


def _html() -> Reporter:
    from compatcheck.report.html.write import HtmlReporter

    return HtmlReporter()


def _json() -> Reporter:
    from compatcheck.report.results import JsonReporter

    return JsonReporter()


def _junit() -> Reporter:
    from compatcheck.report.junit import JunitReporter

    return JunitReporter()


def _markdown() -> Reporter:
    from compatcheck.report.summary import MarkdownReporter

    return MarkdownReporter()


def _csv() -> Reporter:
    from compatcheck.report.table import CsvReporter

    return CsvReporter()


REPORTERS: dict[str, Callable[[], Reporter]] = {
    "json": _json,
    "junit": _junit,
    "markdown": _markdown,
    "csv": _csv,
    "html": _html,  # last: it links to the others
}
