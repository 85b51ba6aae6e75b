"""Published numbers: every row of the reference table within its tolerance."""

from __future__ import annotations

import csv

import pytest

from compatcheck.errors import MetricUnavailable
from compatcheck.metrics import METRICS, load_metric
from compatcheck.picture import read
from compatcheck.weights import load_trunk
from tests.unit.metrics.samples import REFERENCE_DATA, needs_reference_data

NAMES = {"lpips-alex": "lpips", "lpips-vgg": "lpips:vgg"}


def rows():
    path = REFERENCE_DATA / "expected.csv"
    return list(csv.DictReader(path.read_text().splitlines())) if path.is_file() else []


@needs_reference_data
@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['metric']} {row['candidate']}")
def test_every_published_number_comes_out(row):
    name = NAMES.get(row["metric"], row["metric"])
    if row["settings"] == "luminance":
        name += ":luma"
    reference, candidate = (read(REFERENCE_DATA / row[side]) for side in ("reference", "candidate"))
    if name.startswith("lpips"):
        _need_weights({"lpips": "alex", "lpips:vgg": "vgg"}[name])
    score = METRICS[name]().score(reference, candidate)
    assert score.value == pytest.approx(float(row["expected"]), abs=float(row["tolerance"]))


@needs_reference_data
def test_shift_tolerant_lpips_gives_its_authors_example():
    """0.7777554988861084, from the README of the authors' package."""
    _need_weights("st_alex")
    reference, candidate = read(REFERENCE_DATA / "ex_ref.png"), read(REFERENCE_DATA / "ex_p0.png")
    assert load_metric("st_lpips").score(reference, candidate).value == pytest.approx(0.77775550, abs=1e-5)


def _need_weights(name):
    try:
        load_trunk(name)
    except MetricUnavailable as error:
        pytest.skip(str(error))
