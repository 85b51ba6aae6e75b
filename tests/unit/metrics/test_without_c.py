"""Machines with no compiler and no C library: the same numbers from OpenCV and torch."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from compatcheck.metrics import METRICS, kept, load_metric, lpips, score_pair
from compatcheck.native import library
from tests.unit.metrics.samples import PAIRS, page

NAMES = [
    name for name in METRICS if name != "lpips:vgg"
]  # the dearest; its layers are of the kinds that the others have

FLAT = {"black and white", "almost white"}


def forget():
    for each in (library, lpips._network):
        each.cache_clear()
    kept.forget()


@pytest.fixture
def without_c(monkeypatch):
    """A switch: what follows is computed as on a machine without the C library."""

    def switch():
        monkeypatch.setenv("COMPATCHECK_NATIVE", "0")
        forget()
        assert library() is None

    yield switch
    monkeypatch.undo()
    forget()


def scored():
    return {
        (pair, name): score
        for pair, reference, candidate in PAIRS
        for name, score in score_pair(reference, candidate, NAMES).items()
    }


def test_every_metric_and_map_is_the_same(without_c):
    if library() is None:
        pytest.skip("the C library was not built")
    before = scored()
    without_c()
    after = scored()
    assert before.keys() == after.keys()
    assert len(before) == len(PAIRS) * len(NAMES)
    for (pair, name), score in before.items():
        other = after[pair, name]
        assert score.note == other.note, (pair, name)
        if score.value is None:
            assert other.value is None, (pair, name)
            continue
        tolerance = 1e-6 if pair in FLAT else 1e-5
        assert other.value == pytest.approx(score.value, abs=tolerance), (pair, name)
        assert (score.map is None) == (other.map is None), (pair, name)
        if score.map is not None and other.map is not None:
            assert score.map.shape == other.map.shape
            # One window in single precision: half a level of the 256 that a heat-map has.
            assert np.abs(score.map - other.map).max() < 2e-3, (pair, name)


def test_a_page_of_many_strips_is_the_same(without_c):
    """Taller than a strip, wider than a panel, with parts that are equal."""
    rng = np.random.default_rng(3)
    reference = np.full((700, 640, 3), 250, np.uint8)
    reference[40:300, 30:600] = rng.integers(0, 256, (260, 570, 3), dtype=np.uint8)
    candidate = reference.copy()
    candidate[250:520, 100:400] = rng.integers(0, 256, (270, 300, 3), dtype=np.uint8)
    names = ("ssim", "ms_ssim", "iw_ssim", "lpips")
    before = {name: score.value for name, score in score_pair(reference, candidate, names).items()}
    without_c()
    after = {name: score.value for name, score in score_pair(reference, candidate, names).items()}
    assert after == pytest.approx(before, abs=1e-5)
    assert load_metric("ssim").score(reference, reference.copy()).value == 1


@pytest.mark.parametrize(("name", "bytes_a_pixel"), [("ssim", 1), ("ms_ssim", 9), ("iw_ssim:luma", 10)])
def test_what_a_taller_page_takes_beside_its_pictures(without_c, name, bytes_a_pixel):
    """Strips: SSIM takes the same for any height, the others grow by their coarser scales alone."""
    without_c()
    metric = load_metric(name)
    peaks = []
    for height in (1000, 3000):
        reference = np.tile(page(500, 200), (height // 500, 1, 1))
        candidate = reference[:, ::-1].copy()
        metric.score(reference[:200], candidate[:200], with_map=False)  # what is imported and made ready once
        tracemalloc.start()
        metric.score(reference, candidate, with_map=False)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peaks[1] - peaks[0]) / (2000 * 200) < bytes_a_pixel
