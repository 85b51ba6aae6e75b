"""PSNR, MSE and the histograms."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import mean_squared_error, peak_signal_noise_ratio

from compatcheck.metrics import load_metric, pair
from compatcheck.metrics.pair import PicturePair
from compatcheck.metrics.psnr import IDENTICAL
from compatcheck.picture import MAX_PIXELS
from tests.unit.metrics.samples import each_pair, flat


def value(name, reference, candidate):
    return load_metric(name).score(reference, candidate).value


@each_pair
def test_psnr_and_mse_equal_scikit_image(reference, candidate):
    assert value("mse", reference, candidate) == pytest.approx(mean_squared_error(reference, candidate), rel=1e-12)
    want = peak_signal_noise_ratio(reference, candidate, data_range=255)
    assert value("psnr", reference, candidate) == pytest.approx(want, abs=1e-9)


def test_black_against_white():
    assert value("psnr", flat(0), flat(255)) == 0
    assert value("mse", flat(0), flat(255)) == 65025
    assert value("histogram", flat(0), flat(255)) == 0
    assert value("histogram:chi2", flat(0), flat(255)) == 1


def test_equal_pictures_have_a_finite_psnr_above_every_pair_that_differs():
    score = load_metric("psnr").score(flat(3), flat(3))
    assert score.value == IDENTICAL
    assert "infinite" in score.note
    least = 10 * np.log10(255**2 / (1 / (3 * MAX_PIXELS)))
    assert least < IDENTICAL


def test_the_error_map_is_the_largest_channels_difference():
    first, second = flat(10), flat(10)
    second[3, 4] = (10, 61, 20)
    surface = load_metric("mse").score(first, second).map
    assert surface[3, 4] == pytest.approx(51 / 255)
    assert np.count_nonzero(surface) == 1


@each_pair
def test_histograms_equal_the_definition(reference, candidate):
    shares = [
        np.array([np.bincount(each[..., channel].ravel(), minlength=256) / each[..., 0].size for channel in range(3)])
        for each in (reference, candidate)
    ]
    assert value("histogram", reference, candidate) == pytest.approx(np.minimum(*shares).sum() / 3, abs=1e-6)
    whole = shares[0] + shares[1]
    terms = np.divide((shares[0] - shares[1]) ** 2, whole, out=np.zeros_like(whole), where=whole > 0)
    assert value("histogram:chi2", reference, candidate) == pytest.approx(terms.sum() / 6, abs=1e-6)


def test_histograms_are_blind_to_place():
    rng = np.random.default_rng(0)
    first = rng.integers(0, 256, (40, 50, 3), dtype=np.uint8)
    second = rng.permutation(first.reshape(-1, 3)).reshape(first.shape)
    assert value("histogram", first, second) == 1
    assert value("histogram:chi2", first, second) == 0


def test_the_error_of_large_pictures_is_summed_up_in_parts_to_the_same_number(monkeypatch):
    rng = np.random.default_rng(3)
    for shape in ((1, 1000, 3), (7, 90, 3), (200, 31, 3)):
        one, two = (rng.integers(0, 256, shape, dtype=np.uint8) for _ in range(2))
        whole = PicturePair(one, two).squared_error
        assert whole == pytest.approx(np.mean((one.astype(float) - two) ** 2), rel=1e-12)
        with monkeypatch.context() as patch:
            patch.setattr(pair, "in_parts", lambda run, pixels, smallest: [run(part, 5) for part in range(5)])
            assert PicturePair(one, two).squared_error == whole
