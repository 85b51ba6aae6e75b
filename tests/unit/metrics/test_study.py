from __future__ import annotations

import json
import re

import numpy as np
import pytest

from compatcheck.errors import UsageError
from compatcheck.metrics.study import run_study, write_study
from compatcheck.metrics.study.distortions import DISTORTIONS
from tests.unit.metrics.samples import page

NAMES = ["psnr", "ssim", "ssim:luma", "ms_ssim", "histogram"]


def coloured_page():
    picture = page(260, 240)
    picture[60:200, 40:200] = picture[60:200, 40:200] // 4 * 3 + np.array([0, 20, 60], np.uint8)
    picture[100:140, 60:120] = (200, 30, 40)
    return picture


@pytest.fixture(scope="module")
def study():
    return run_study(coloured_page(), NAMES)


def curves(study, name):
    (metric,) = (metric for metric in study.metrics if metric.name == name)
    return {curve.distortion: curve for curve in metric.curves}


@pytest.mark.parametrize("distortion", DISTORTIONS, ids=lambda each: each.name)
def test_distortions_grow_and_stay_pictures(distortion):
    picture = coloured_page()
    before = picture.copy()
    errors = []
    for strength in distortion.strengths:
        changed = distortion.apply(picture, strength)
        assert changed.shape == picture.shape
        assert changed.dtype == np.uint8
        errors.append(np.abs(changed.astype(int) - picture).mean())
        assert np.array_equal(distortion.apply(picture, strength), changed)  # nothing is left to chance
    assert errors == sorted(errors)
    assert errors[0] > 0
    assert np.array_equal(picture, before)


def test_every_metric_has_a_curve_for_every_distortion(study):
    for name in NAMES:
        assert list(curves(study, name)) == [each.name for each in DISTORTIONS]
        assert max(curve.reaction for curve in curves(study, name).values()) == 1


def test_it_says_what_each_metric_is_blind_to(study):
    assert curves(study, "ssim:luma")["saturation"].sight == "blind"
    assert "blind to" in next(metric.verdict() for metric in study.metrics if metric.name == "ssim:luma")
    assert curves(study, "ssim")["saturation"].reaction > curves(study, "ssim:luma")["saturation"].reaction
    assert curves(study, "histogram")["warp"].reaction < curves(study, "ssim")["warp"].reaction


def test_unavailable_metrics_are_listed_with_the_reason(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPATCHECK_WEIGHTS", str(tmp_path))
    found = run_study(page(200, 190), ["lpips", "psnr"], DISTORTIONS[:1])
    assert "compatcheck weights install" in found.metrics[0].verdict()
    assert found.metrics[0].curves == ()
    assert len(found.metrics[1].curves) == 1
    with pytest.raises(UsageError, match="beauty"):
        run_study(page(60, 60), ["beauty"])


def test_a_blank_picture_says_so_instead_of_naming_a_favourite():
    blank = np.full((60, 60, 3), 255, np.uint8)
    found = run_study(blank, ["ssim"], DISTORTIONS[:2])
    assert found.metrics[0].verdict() == "sees no difference in any of them"


def test_the_page_opens_from_disk_and_all_it_names_is_there(study, tmp_path):
    path = write_study(study, tmp_path / "out", "shop <home>")
    text = path.read_text()
    assert "shop &lt;home&gt;" in text
    assert "<home>" not in text
    assert not re.search(r"https?://", text)
    sources = re.findall(r'src="([^"]+)"', text)
    assert len(sources) == 1 + 6 * 5
    assert all((path.parent / source).is_file() for source in sources)
    assert text.count("<polyline") == len(NAMES) * 6
    assert "blind to" in text
    for name in NAMES:
        for value in curves(study, name)["blur"].values:
            assert f"<td>{value:.4g}</td>" in text
    facts = json.loads((path.parent / "study.json").read_text())
    assert list(facts["metrics"]) == NAMES
    assert facts["metrics"]["ssim"]["values"]["blur"] == list(curves(study, "ssim")["blur"].values)
    assert not list(path.parent.glob(".*"))
