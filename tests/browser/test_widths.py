"""A device with `widths` in a whole run: one browser, one finding, its range to the pixel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compatcheck.capture.find import browser_report
from compatcheck.matrix import load_matrix
from compatcheck.model.run import RunFinished
from compatcheck.pipeline import Check
from compatcheck.plan import make_plan
from compatcheck.report import REPORTERS
from compatcheck.runfolder import RunFolder

pytestmark = pytest.mark.browser

MATRIX = """
version: 1
reference: desktop
metrics: []
defaults: {{readiness: fast}}
devices:
  - {{id: desktop, browser: chromium, viewport: {{width: 1000, height: 600}}}}
  - {{id: chromium-widths, browser: chromium, widths: {{from: 700, to: 840, step: 70}}}}
  - {{id: firefox-widths, browser: firefox, widths: {{from: 700, to: 840, step: 70}}}}
pages: [{{id: between, url: "{site}/between.html"}}]
"""


@pytest.fixture(scope="module")
def outcomes(site: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    if not all(report.ready for report in browser_report(["chromium", "firefox"])):
        pytest.skip("Chromium or Firefox is missing")
    folder = tmp_path_factory.mktemp("widths")
    (folder / "devices.yaml").write_text(MATRIX.format(site=site), encoding="utf-8")
    matrix = load_matrix(folder / "devices.yaml", environ={})
    run_folder = RunFolder.create(folder, "run")
    *_, last = Check(matrix, make_plan(matrix, matrix.pages), run_folder).events()
    assert isinstance(last, RunFinished)
    written = REPORTERS["json"]().write(last.run, run_folder.path)
    results = json.loads(Path(written).read_text(encoding="utf-8"))
    return {outcome["device"]["id"]: {**outcome, "folder": run_folder.path} for outcome in results["outcomes"]}


@pytest.mark.parametrize("device", ["chromium-widths", "firefox-widths"])
def test_one_finding_with_its_range_to_the_pixel(outcomes: dict[str, dict[str, Any]], device: str) -> None:
    assert set(outcomes) == {"desktop", "chromium-widths", "firefox-widths"}
    outcome = outcomes[device]
    (finding,) = (one for one in outcome["divergences"] if one["flags"])
    assert finding["kind"] == "collision"
    assert finding["extra"]["widths"] == [[740, 791]]
    assert finding["message"].endswith("on the reference too (broken from 740 to 791 px).")
    assert finding["shared"]
    assert outcome["verdict"] == "flagged"
    assert outcome["device"]["widths"] == [700, 770, 840]


def test_the_picture_is_of_a_width_that_shows_it(outcomes: dict[str, dict[str, Any]]) -> None:
    outcome = outcomes["chromium-widths"]
    assert outcome["facts"]["viewport"]["width"] == 770
    assert outcome["images"]["candidate"] == "captures/between/chromium-widths-770.png"
    assert (outcome["folder"] / outcome["images"]["candidate"]).is_file()


def test_at_the_reference_s_own_width_nothing_is_wrong(outcomes: dict[str, dict[str, Any]]) -> None:
    assert outcomes["desktop"]["verdict"] == "match"
