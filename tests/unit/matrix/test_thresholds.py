"""Thresholds of the matrix, a page, a device and a part of the page, laid over one another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compatcheck.geometry import CssBox

from .writing import HEAD, load, problems

TEXT = f"""{HEAD}
  - {{id: phone, thresholds: {{sensitivity: strict, kinds: {{colour: never}}}}}}
  - {{id: wide, widths: {{from: 320, to: 440}}, thresholds: {{sensitivity: relaxed}}}}
thresholds:
  kinds: {{moved: 0.6, colour: 0.2}}
  regions: [{{selector: "#ads", sensitivity: relaxed}}]
pages:
  - {{id: home, url: "http://shop.test/"}}
  - id: news
    url: http://shop.test/news
    thresholds:
      sensitivity: relaxed
      kinds: {{moved: 0.9}}
      scores: {{ssim: 0.8}}
      regions: [{{box: {{x: 0, y: 0, width: 800, height: 60}}, kinds: {{text: never}}}}]
"""


def test_a_page_is_laid_over_the_matrix_and_a_device_over_both(tmp_path: Path) -> None:
    matrix = load(tmp_path, TEXT)
    plain, page = matrix.thresholds_for("desktop", "home"), matrix.thresholds_for("desktop", "news")
    assert (plain.sensitivity, plain.kinds, plain.scores) == ("normal", {"moved": 0.6, "colour": 0.2}, {})
    assert (page.sensitivity, page.kinds, page.scores) == ("relaxed", {"moved": 0.9, "colour": 0.2}, {"ssim": 0.8})
    device, both = matrix.thresholds_for("phone", "home"), matrix.thresholds_for("phone", "news")
    assert (device.sensitivity, device.kinds) == ("strict", {"moved": 0.6, "colour": 1.01})
    assert (both.sensitivity, both.kinds, both.scores) == ("strict", {"moved": 0.9, "colour": 1.01}, {"ssim": 0.8})
    assert [region.name for region in both.regions] == ["#ads", "box 0, 0, 800, 60"]
    assert both.regions[1].box == CssBox(0, 0, 800, 60)
    assert matrix.thresholds_for("wide-320") == matrix.thresholds_for("wide")


def test_pages_know_which_regions_to_measure(tmp_path: Path) -> None:
    text = TEXT.replace("sensitivity: strict, kinds", "regions: [{selector: .news, sensitivity: strict}], kinds")
    matrix = load(tmp_path, text)
    assert [page.threshold_regions for page in (*matrix.pages, matrix.visit)] == [("#ads", ".news")] * 3


def test_the_matrix_as_used_tells_them(tmp_path: Path) -> None:
    used = json.loads(json.dumps(load(tmp_path, TEXT).as_used))
    assert used["thresholds"]["regions"] == [{"selector": "#ads", "sensitivity": "relaxed", "kinds": {}}]
    assert "thresholds" not in used["pages"][0]
    assert used["pages"][1]["thresholds"]["kinds"] == {"moved": 0.9, "colour": 0.2}
    assert used["pages"][1]["thresholds"]["regions"][1]["box"] == {"x": 0, "y": 0, "width": 800, "height": 60}


@pytest.mark.parametrize(
    ("region", "told"),
    [
        ("{sensitivity: strict}", "must have exactly one of `selector` and `box`."),
        ("{selector: a, box: {x: 0, y: 0, width: 1, height: 1}, sensitivity: strict}", "must have exactly one of"),
        ("{selector: a}", "sets nothing. Give sensitivity, kinds, or both."),
        ("{selector: a, kinds: {color: 0.5}}", "Did you mean colour?"),
        ("{selector: a, scores: {ssim: 1}}", "there is no key `scores` here"),
    ],
)
def test_a_region_that_cannot_be_meant(tmp_path: Path, region: str, told: str) -> None:
    (problem,) = problems(tmp_path, f"{HEAD}thresholds: {{regions: [{region}]}}\n")
    assert told in problem
    assert "thresholds.regions[0]" in problem


def test_the_id_of_a_device_with_widths_is_taken(tmp_path: Path) -> None:
    text = f"{HEAD}  - {{id: wide, widths: {{from: 320, to: 440}}}}\n  - {{id: wide}}\n"
    assert problems(tmp_path, text) == [
        'devices.yaml:6:10: devices[2].id: the id "wide" is taken on line 5. Every id must be unique.'
    ]
