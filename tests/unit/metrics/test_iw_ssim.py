from __future__ import annotations

import cv2
import numpy as np
import pytest

from compatcheck.metrics import information, information_native, load_metric
from compatcheck.metrics.structure import scales_for
from tests.unit.metrics import plain
from tests.unit.metrics.samples import each_pair, flat, noisy, page

RANDOM = np.random.default_rng(0).integers(0, 256, (2, 190, 211, 3), dtype=np.uint8)
PAPER = page(420, 360)


def value(reference, candidate, name="iw_ssim"):
    return load_metric(name).score(reference, candidate).value


@pytest.fixture(params=["C", "OpenCV"])
def kernels(request, monkeypatch):
    """Both ways of computing it; the first is skipped where it was not built."""
    if request.param == "OpenCV":
        monkeypatch.setattr(information, "library", lambda: None)
    elif information.library() is None:
        pytest.skip("the C library was not built")
    return request.param


@pytest.mark.parametrize(
    ("reference", "candidate"),
    [
        (RANDOM[0], RANDOM[1]),
        (RANDOM[0], noisy(RANDOM[0], 20)),
        (PAPER, noisy(PAPER, 12)),
        (PAPER, cv2.GaussianBlur(PAPER, (5, 5), 1.5)),
        (PAPER, np.roll(PAPER, 3, axis=0)),
        (PAPER.transpose(1, 0, 2), np.roll(PAPER, 3, axis=0).transpose(1, 0, 2)),
    ],
    ids=["random", "random and noise", "page and noise", "page blurred", "page moved", "transposed"],
)
def test_it_equals_the_plain_algorithm(kernels, reference, candidate):
    want = np.mean([plain.iw_ssim(candidate[..., channel], reference[..., channel]) for channel in range(3)])
    assert value(reference, candidate) == pytest.approx(want, abs=1e-5)


def test_blank_parts_hardly_weigh(kernels):
    """The same damage on a small text: a page with more blank paper around loses far more SSIM than IW-SSIM."""
    text = page(220, 240)
    damaged = cv2.GaussianBlur(text, (5, 5), 2)
    wide = [
        cv2.copyMakeBorder(each, 0, 660, 0, 720, cv2.BORDER_CONSTANT, value=(255, 255, 255)) for each in (text, damaged)
    ]
    assert 1 - value(*wide) > 0.5 * (1 - value(text, damaged))
    assert 1 - value(*wide, name="ssim") < 0.1 * (1 - value(text, damaged, name="ssim"))


def test_small_pictures_use_fewer_scales_and_say_so(kernels):
    score = load_metric("iw_ssim").score(RANDOM[0][:50, :60], RANDOM[1][:50, :60])
    assert "3 of 5 scales" in score.note
    want = np.mean([plain.iw_ssim(RANDOM[1][:50, :60, c], RANDOM[0][:50, :60, c], 3) for c in range(3)])
    assert score.value == pytest.approx(want, abs=1e-5)


@pytest.mark.parametrize(("first", "second"), [(0, 255), (254, 255), (128, 0)])
def test_flat_pairs_have_an_answer(kernels, first, second):
    score = value(flat(first, (200, 200)), flat(second, (200, 200)))
    luminance = (2 * first * second + plain.C1) / (first**2 + second**2 + plain.C1)
    # The coarsest scale is the picture at 16 times its level, so the constant matters less there.
    assert 0 <= score <= 1
    assert score == pytest.approx(luminance ** (0.1333 / 1.0001), abs=0.35)


def test_a_blank_candidate_is_no_match():
    assert value(PAPER, np.full_like(PAPER, 255)) < 0.1


def planes(picture, channel=1):
    return np.ascontiguousarray(picture[..., channel])


def means(reference, candidate):
    scales = scales_for(*reference.shape[:2])
    return information.scale_means(*(information.pyramid_of(planes(each), scales) for each in (candidate, reference)))


@each_pair
def test_both_kernels_agree_on_every_scale(monkeypatch, reference, candidate):
    if information.library() is None:
        pytest.skip("the C library was not built")
    fast = means(reference, candidate)
    monkeypatch.setattr(information, "library", lambda: None)
    assert fast == pytest.approx(means(reference, candidate), abs=2e-6)


def test_both_kernels_agree_on_pages_wider_than_a_panel_with_blank_parts(monkeypatch):
    if information.library() is None:
        pytest.skip("the C library was not built")
    paper = np.full(
        (700, 1301, 3), 255, np.uint8
    )  # the C library works on 512 columns at a time, and skips what is blank
    paper[40:460, 300:660] = page(420, 360)
    paper[600:690, 1000:1300] = page(90, 300)
    spot = paper.copy()
    spot[300:320, 505:520] = (255, 0, 0)
    gradient = np.tile(np.linspace(0, 255, 1301).astype(np.uint8)[None, :, None], (700, 1, 3))
    for reference, candidate in ((paper, noisy(paper, 5)), (paper, spot), (spot, paper), (gradient, 255 - gradient)):
        with monkeypatch.context() as patch:
            fast = means(reference, candidate)
            patch.setattr(information, "library", lambda: None)
            assert fast == pytest.approx(means(reference, candidate), abs=1e-6)


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_sharing_the_work_out_changes_nothing(parts, monkeypatch):
    if information.library() is None:
        pytest.skip("the C library was not built")
    paper = page(420, 360)
    whole = means(paper, noisy(paper, 15))
    shared = lambda run, pixels, smallest: [run(part, parts) for part in range(parts)]  # noqa: E731
    monkeypatch.setattr(information_native, "in_parts", shared)
    assert means(paper, noisy(paper, 15)) == pytest.approx(whole, abs=1e-12)
