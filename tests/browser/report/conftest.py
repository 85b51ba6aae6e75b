"""One Chromium and one Firefox for all tests of the report, and a run with everything a report has to show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from compatcheck.report import REPORTERS
from tests.factories import make_full_run
from tests.report_browser import WIDE, ReportPage, open_browser


@pytest.fixture(scope="package")
def browsers() -> Iterator[Callable[[str], ReportPage]]:
    """A browser by name, started when it is first asked for and kept: starting Firefox takes longer than most tests."""
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(open_browser(name)))


@pytest.fixture(params=["chromium", "firefox"])
def page(request: pytest.FixtureRequest, browsers: Callable[[str], ReportPage]) -> ReportPage:
    """Each browser in turn, 1280 px wide, with nothing of the test before in it."""
    opened = browsers(request.param)
    opened.size(*WIDE)
    opened.errors()
    return opened


@pytest.fixture(scope="package")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run's folder, for reading only; a run before it lies beside it, in which nothing had moved."""
    folder = tmp_path_factory.mktemp("reports") / "run"
    earlier = make_full_run(id="before", started_at="2026-01-01T00:00:00Z")
    earlier = replace(
        earlier,
        outcomes=tuple(
            replace(outcome, verdict=replace(outcome.verdict, divergences=tuple(
                replace(item, path="body > old") if item.kind == "moved" else item for item in outcome.verdict.divergences
            )))
            for outcome in earlier.outcomes
        ),
    )  # fmt: skip
    before = folder.with_name("before")
    before.mkdir()
    REPORTERS["json"]().write(earlier, before)
    run = make_full_run(folder)
    for reporter in REPORTERS.values():
        reporter().write(run, folder)
    return folder
