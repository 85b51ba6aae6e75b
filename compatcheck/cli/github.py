"""What a run leaves in GitHub Actions: a step summary and annotations. Does nothing anywhere else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from compatcheck.model.run import Run


def tell_github(run: Run) -> None:
    """Append the Markdown summary to the step's summary file and print one annotation per family of findings.

    See GitHub's documentation, "Workflow commands": `GITHUB_ACTIONS`, `GITHUB_STEP_SUMMARY`. Both standard streams are read
    for commands; standard error leaves `--json` alone.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return
    from compatcheck.report.results import as_results
    from compatcheck.report.summary import render_annotations, render_markdown

    results = as_results(run)
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(render_markdown(results))
    for line in render_annotations(results):
        sys.stderr.write(f"{line}\n")
