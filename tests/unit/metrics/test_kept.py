"""What is computed of a reference alone: once for all its candidates, within a limit, and with the numbers unchanged."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from compatcheck.errors import UsageError
from compatcheck.metrics import METRICS, histogram, information, iw_ssim, kept, laplacian, pair, score_pair, structure
from tests.unit.metrics.samples import flat, noisy, page

WITHOUT_NETWORKS = [name for name in METRICS if "lpips" not in name]
REFERENCE = page(420, 360)
CANDIDATES = [
    noisy(REFERENCE, 9),
    np.roll(REFERENCE, 3, axis=0),
    cv2.GaussianBlur(REFERENCE, (5, 5), 1.5),
    np.where(np.arange(360)[None, :, None] > 300, 255 - REFERENCE, REFERENCE).astype(np.uint8),
]


@pytest.fixture(autouse=True)
def nothing_kept():
    kept.forget()
    kept.budget.cache_clear()
    yield
    kept.forget()
    kept.budget.cache_clear()


@pytest.fixture(params=["C", "OpenCV"])
def kernels(request, monkeypatch):
    """Both ways of computing; the first is skipped where it was not built."""
    if request.param == "OpenCV":
        for module in (information, structure):
            monkeypatch.setattr(module, "library", lambda: None)
    elif structure.library() is None:
        pytest.skip("the C library was not built")


@pytest.fixture
def built(monkeypatch):
    """Which pictures something was made of that can be kept: {what: [its first argument, …]}."""
    seen = {}

    def watch(module, name):
        compute = getattr(module, name)

        def watched(picture, *rest):
            seen.setdefault(f"{module.__name__}.{name}", []).append(picture.copy())
            return compute(picture, *rest)

        monkeypatch.setattr(module, name, watched)

    watch(pair, "luma")
    watch(structure, "pyramid_of")
    watch(iw_ssim, "pyramid_of")
    watch(histogram, "histograms")
    return seen


def of_the_reference(pictures):
    """How many of the pictures (RGB, one channel or luma) are the reference."""
    planes = [REFERENCE, cv2.cvtColor(REFERENCE, cv2.COLOR_RGB2GRAY)[..., None], *cv2.split(REFERENCE)]
    planes.append(planes[1][..., 0])
    return sum(any(np.array_equal(picture, plane) for plane in planes) for picture in pictures)


def scores_of(candidate, **options):
    scores = score_pair(REFERENCE, candidate, WITHOUT_NETWORKS, **options)
    return {name: (score.value, None if score.map is None else score.map.tobytes()) for name, score in scores.items()}


def test_kept_or_not_every_score_and_map_is_the_same_to_the_last_bit(kernels):
    alone = [scores_of(candidate) for candidate in CANDIDATES]
    assert [scores_of(candidate, keep=True) for candidate in CANDIDATES] == alone


def test_pyramids_luma_and_histograms_of_a_reference_are_made_once_for_all_its_candidates(kernels, built):
    for candidate in CANDIDATES:
        scores_of(candidate, keep=True)
    assert {what: of_the_reference(pictures) for what, pictures in built.items()} == {
        "compatcheck.metrics.pair.luma": 1,
        "compatcheck.metrics.structure.pyramid_of": 2,  # RGB and luma
        "compatcheck.metrics.iw_ssim.pyramid_of": 4,  # red, green, blue and luma
        "compatcheck.metrics.histogram.histograms": 1,
    }


def test_what_is_not_to_be_met_again_is_not_kept(built):
    for candidate in CANDIDATES[:2]:
        scores_of(candidate)
    assert of_the_reference(built["compatcheck.metrics.pair.luma"]) == 2
    assert not kept._entries


def test_a_reference_is_found_by_its_samples_not_by_its_array(built):
    once = score_pair(REFERENCE, CANDIDATES[0], ["ms_ssim"], keep=True)
    again = score_pair(REFERENCE.copy(), CANDIDATES[0], ["ms_ssim"], keep=True)
    assert once["ms_ssim"].value == again["ms_ssim"].value
    assert len(built["compatcheck.metrics.structure.pyramid_of"]) == 1
    painted = REFERENCE.copy()
    score_pair(painted, CANDIDATES[0], ["ms_ssim"], keep=True)
    painted[100, 100] ^= 1  # the same array holds another picture now
    after = score_pair(painted, CANDIDATES[0], ["ms_ssim"], keep=True)
    assert after["ms_ssim"].value == score_pair(painted, CANDIDATES[0], ["ms_ssim"])["ms_ssim"].value
    assert len(built["compatcheck.metrics.structure.pyramid_of"]) == 2


def test_what_does_not_fit_is_computed_again_with_the_same_numbers(monkeypatch, built):
    alone = [scores_of(candidate) for candidate in CANDIDATES]
    built.clear()
    monkeypatch.setattr(kept, "budget", lambda: 10_000)  # room for histograms alone
    assert [scores_of(candidate, keep=True) for candidate in CANDIDATES] == alone
    assert {what: of_the_reference(pictures) for what, pictures in built.items()} == {
        "compatcheck.metrics.pair.luma": 4,
        "compatcheck.metrics.structure.pyramid_of": 8,
        "compatcheck.metrics.iw_ssim.pyramid_of": 16,
        "compatcheck.metrics.histogram.histograms": 1,
    }
    assert sum(entry.size for entry in kept._entries.values()) <= 10_000


def test_sizes_are_told_as_they_are(kernels):
    height, width = REFERENCE.shape[:2]
    pyramid = structure.pyramid_of(REFERENCE, 5)
    assert sum(each.nbytes for each in pyramid) <= structure.pyramid_bytes(height, width, 3)
    bands = information.pyramid_of(np.ascontiguousarray(REFERENCE[..., 0]), 5)
    assert sum(each.nbytes for each in bands) == laplacian.pyramid_bytes(height, width, 5)


def test_the_longest_unused_goes_first(monkeypatch):
    monkeypatch.setattr(kept, "budget", lambda: 25)
    made = []

    def ask(index):
        return kept.kept("test", (index,), 10, lambda: made.append(index) or index)

    assert [ask(index) for index in (0, 1, 0, 2, 0, 1)] == [0, 1, 0, 2, 0, 1]
    assert made == [0, 1, 2, 1]


def test_what_every_candidate_had_its_use_of_is_let_go(built):
    for candidate in CANDIDATES[:3]:
        scores_of(candidate, keep=True, candidates=4)
    assert len(kept._entries) == 8  # luma, histograms, two pyramids of SSIM's, four of IW-SSIM's
    scores_of(CANDIDATES[3], keep=True, candidates=4)
    assert not kept._entries
    assert of_the_reference(built["compatcheck.metrics.structure.pyramid_of"]) == 2


def test_two_that_ask_at_once_wait_for_one_computation():
    made = []

    def slow():
        time.sleep(0.05)
        made.append(1)
        return "thing"

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: kept.kept("test", (1,), 10, slow), range(4)))
    assert found == ["thing"] * 4
    assert made == [1]
    with pytest.raises(ZeroDivisionError):
        kept.kept("broken", (1,), 10, lambda: 1 // 0)
    assert kept.kept("broken", (1,), 10, lambda: 7) == 7


def test_one_sample_makes_another_picture():
    picture = page(64, 60)
    for place in ((0, 0, 0), (63, 59, 2), (30, 7, 1)):
        other = picture.copy()
        other[place] ^= 1
        assert kept.identity(other) != kept.identity(picture)
    assert kept.identity(picture[:, ::-1][:, ::-1]) == kept.identity(picture)
    assert kept.identity(flat(7, (4, 9))) != kept.identity(flat(7, (9, 4)))


def test_the_limit_follows_from_the_machines_memory_or_from_the_environment(monkeypatch):
    monkeypatch.delenv(kept.ENVIRONMENT, raising=False)
    monkeypatch.setattr(kept, "_memory", lambda: 18 * 2**30)
    assert kept.budget() == 3 * 2**30
    kept.budget.cache_clear()
    monkeypatch.setattr(kept, "_memory", lambda: 2**29)
    assert kept.budget() == kept.LEAST
    for said, want in (("700", 700 * 2**20), ("0", 0)):
        kept.budget.cache_clear()
        monkeypatch.setenv(kept.ENVIRONMENT, said)
        assert kept.budget() == want
    kept.budget.cache_clear()
    monkeypatch.setenv(kept.ENVIRONMENT, "much")
    with pytest.raises(UsageError, match="COMPATCHECK_KEEP is 'much', no number of megabytes"):
        kept.budget()
