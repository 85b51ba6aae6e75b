"""SSIM and MS-SSIM against the plain algorithms and against scikit-image."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from compatcheck.metrics import load_metric, structure
from compatcheck.metrics.pair import luma
from compatcheck.metrics.strips import halve, structure_in_strips
from compatcheck.metrics.structure import gaussian_window, measure_structure, scales_for
from tests.unit.metrics import plain
from tests.unit.metrics.samples import each_pair, flat, noisy, page


@pytest.fixture(params=["C", "OpenCV"])
def kernels(request, monkeypatch):
    """Both ways of computing the statistics; the first is skipped where it was not built."""
    if request.param == "OpenCV":
        monkeypatch.setattr(structure, "library", lambda: None)
    elif structure.library() is None:
        pytest.skip("the C library was not built")
    return request.param


@each_pair
def test_ssim_equals_the_plain_algorithm(kernels, reference, candidate):
    score = load_metric("ssim").score(reference, candidate)
    assert score.value == pytest.approx(plain.ssim_and_contrast(reference, candidate)[0], abs=5e-6)


@each_pair
def test_ms_ssim_equals_the_plain_algorithm(kernels, reference, candidate):
    score = load_metric("ms_ssim").score(reference, candidate)
    scales = scales_for(*reference.shape[:2])
    assert score.value == pytest.approx(plain.ms_ssim(reference, candidate, scales), abs=5e-6)


@each_pair
def test_ssim_equals_scikit_image(kernels, reference, candidate):
    if min(reference.shape[:2]) < 11:
        pytest.skip("scikit-image has no answer for pictures smaller than the window")
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    value, surface = structural_similarity(reference, candidate, channel_axis=2, full=True, **settings)
    score = load_metric("ssim").score(reference, candidate)
    assert score.value == pytest.approx(value, abs=5e-6)
    inside = slice(5, -5), slice(5, -5)
    assert np.allclose(score.map[inside], np.clip(1 - surface.mean(axis=2), 0, 1)[inside], atol=5e-4)


def test_luma_variants_work_on_grey():
    paper = page(200, 200)
    reference, candidate = paper, noisy(paper, 20)
    grey = [
        np.repeat(np.rint(each @ (0.299, 0.587, 0.114))[:, :, None], 3, axis=2).astype(np.uint8)
        for each in (reference, candidate)
    ]
    for name in ("ssim", "ms_ssim"):
        luma = load_metric(f"{name}:luma").score(reference, candidate).value
        assert luma == pytest.approx(load_metric(name).score(*grey).value, abs=1e-3)


@pytest.mark.parametrize(
    ("size", "scales"),
    [
        ((161, 400), 5),
        ((160, 400), 4),
        ((81, 81), 4),
        ((80, 81), 3),
        ((21, 22), 2),
        ((20, 20), 1),
        ((1, 1), 1),
        ((5000, 176), 5),
    ],
)
def test_small_pictures_use_fewer_scales_and_say_so(size, scales):
    assert scales_for(*size) == scales
    rng = np.random.default_rng(0)
    reference, candidate = rng.integers(0, 256, (2, *size, 3), dtype=np.uint8)
    note = load_metric("ms_ssim").score(reference, candidate, with_map=False).note
    assert (f"{scales} of 5 scales" in note) == (scales < 5)


def test_contrast_below_zero_counts_as_zero():
    """An inverted picture: the published formula would give NaN (a negative number to a fraction)."""
    random = np.random.default_rng(0).integers(0, 256, (200, 200, 3), dtype=np.uint8)
    for name in ("ms_ssim", "iw_ssim"):
        score = load_metric(name).score(random, 255 - random)
        assert score.value == 0.0
        assert score.note == "a scale's structure is opposed, a negative number: it counts as 0"
    small = load_metric("ms_ssim").score(random[:50, :50], 255 - random[:50, :50])
    assert small.note.endswith("sum to 1; a scale's structure is opposed, a negative number: it counts as 0")
    assert load_metric("ms_ssim").score(random, noisy(random, 9)).note == ""


def test_identical_parts_score_exactly_one(kernels):
    paper = page(300, 200)
    changed = paper.copy()
    changed[250:260] = 0
    surface = load_metric("ssim").score(paper, changed).map
    assert (surface[:240] == 0).all()
    assert surface[250:260].max() > 0.5


def test_halving_is_the_plain_algorithms_mean_and_decimation():
    from scipy.ndimage import convolve

    for shape in ((7, 9), (8, 6), (1, 5), (1, 1)):
        picture = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
        want = convolve(picture.astype(float), np.ones((2, 2, 1)) / 4, mode="reflect")[::2, ::2]
        assert np.array_equal(halve(picture), want)


def test_the_window_is_a_gaussian_that_sums_to_one():
    window = gaussian_window(100, 100)
    assert window.size == 11
    assert window.sum() == pytest.approx(1, abs=1e-15)
    assert window[0] / window[5] == pytest.approx(np.exp(-25 / 4.5))
    assert gaussian_window(4, 100).size == 4


@pytest.mark.parametrize(("first", "second"), [(0, 255), (254, 255), (128, 128), (0, 1)])
def test_flat_pairs_are_exact(kernels, first, second):
    sums = measure_structure(flat(first), flat(second), 1)
    luminance = (2 * first * second + plain.C1) / (first**2 + second**2 + plain.C1)
    assert sums.contrast[0] == pytest.approx(1, abs=1e-7)
    assert sums.ssim[0] == pytest.approx(luminance, abs=1e-7)


def test_both_kernels_agree_on_every_statistic_and_map():
    if structure.library() is None:
        pytest.skip("the C library was not built")
    paper = page(700, 613)
    candidates = [noisy(paper, 15), np.roll(paper, 2, axis=1), 255 - paper]
    candidates.append(paper.copy())
    candidates[-1][333:360, 100:140] = (255, 0, 0)
    for candidate in candidates:
        for channels in (3, 1):
            first, second = paper[..., :channels].copy(), candidate[..., :channels].copy()
            fast = measure_structure(first, second, 5, maps=5)
            slow = structure_in_strips(first, second, 5, maps=5)
            assert fast.contrast == pytest.approx(slow.contrast, abs=1e-5)
            assert fast.ssim == pytest.approx(slow.ssim, abs=1e-5)
            for mine, theirs in zip(fast.maps, slow.maps, strict=True):
                assert mine.shape == theirs.shape
                assert np.abs(mine - theirs).max() < 5e-4


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_sharing_the_work_out_changes_nothing(parts, monkeypatch):
    if structure.library() is None:
        pytest.skip("the C library was not built")
    paper = page(1700, 300)
    candidate = noisy(paper, 15)
    whole = measure_structure(paper, candidate, 5, maps=5)
    monkeypatch.setattr(
        structure, "in_parts", lambda run, pixels, smallest, pieces: [run(part, parts) for part in range(parts)]
    )
    shared = measure_structure(paper, candidate, 5, maps=5)
    assert shared.contrast == pytest.approx(whole.contrast, abs=1e-12)
    assert shared.ssim == pytest.approx(whole.ssim, abs=1e-12)
    assert all(np.array_equal(one, other) for one, other in zip(shared.maps, whole.maps, strict=True))


@pytest.mark.parametrize("parts", [1, 3])
def test_luma_made_where_it_is_looked_at_is_luma_made_before(parts, monkeypatch):
    if structure.library() is None:
        pytest.skip("the C library was not built")
    monkeypatch.setattr(
        structure, "in_parts", lambda run, pixels, smallest, pieces: [run(part, parts) for part in range(parts)]
    )
    paper = page(1301, 333)
    candidate = paper.copy()
    candidate[700:760, 40:300] = noisy(paper, 40)[700:760, 40:300]
    candidate[100, 10, 1] ^= 255
    made = measure_structure(paper, candidate, 5, maps=5, grey=True)
    before = measure_structure(luma(paper), luma(candidate), 5, maps=5)
    kept = structure.pyramid_of(luma(paper), 5)
    for other in (before, measure_structure(paper, candidate, 5, maps=5, grey=True, pyramid=kept)):
        assert made.contrast == pytest.approx(other.contrast, abs=1e-9)
        assert made.ssim == pytest.approx(other.ssim, abs=1e-9)
        assert all(np.allclose(one, two, atol=1e-6) for one, two in zip(made.maps, other.maps, strict=True))
