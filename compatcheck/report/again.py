"""Finding a run and writing its reports again: what `compatcheck report` and `compatcheck show` do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from compatcheck.errors import UsageError
from compatcheck.report import REPORTERS
from compatcheck.report.html.write import INDEX_NAME
from compatcheck.report.results import RESULTS_NAME, read_results


def rewrite_reports(folder: Path, formats: Sequence[str] = ("html", "junit")) -> list[Path]:
    """Write the reports of a run folder again from its `results.json`; returns the files written.

    Raises UsageError when the run cannot be read or a format is unknown.
    """
    unknown = [name for name in formats if name not in REPORTERS]
    if unknown:
        raise UsageError(f"{unknown[0]}: there is no such report.", hint=f"One of {', '.join(REPORTERS)}.")
    results = read_results(folder)
    return [load().write(results, folder) for name, load in REPORTERS.items() if name in formats]


def latest_run(root: Path) -> Path:
    """The newest run folder under `root` (`latest` where it is kept, else by start). Raises UsageError when there is none."""
    link = root / "latest"
    if link.is_file():  # where links cannot be made it is a text file with the run's name
        link = root / link.read_text(encoding="utf-8").strip()
    if (link / RESULTS_NAME).is_file():
        return link.resolve()
    runs = sorted(root.glob(f"*/{RESULTS_NAME}"), key=lambda file: (file.stat().st_mtime, file.parent.name))
    if not runs:
        raise UsageError(f"{root}: holds no finished run.", hint="Run `compatcheck run` first, or name another folder.")
    return runs[-1].parent.resolve()


def find_index(path: Path) -> Path:
    """The `index.html` of a run folder or of the newest run under `path`, written anew when it is missing."""
    folder = path if (path / RESULTS_NAME).is_file() else latest_run(path)
    index = folder / INDEX_NAME
    return index if index.is_file() else rewrite_reports(folder, ("html",))[0]
