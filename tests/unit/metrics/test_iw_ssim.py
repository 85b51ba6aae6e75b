from __future__ import annotations

import cv2
import numpy as np
import pytest

from compatcheck.metrics import load_metric
from tests.unit.metrics import plain
from tests.unit.metrics.samples import flat, noisy, page

RANDOM = np.random.default_rng(0).integers(0, 256, (2, 190, 211, 3), dtype=np.uint8)
PAPER = page(420, 360)


def value(reference, candidate, name="iw_ssim"):
    return load_metric(name).score(reference, candidate).value


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
def test_it_equals_the_plain_algorithm(reference, candidate):
    want = np.mean([plain.iw_ssim(candidate[..., channel], reference[..., channel]) for channel in range(3)])
    assert value(reference, candidate) == pytest.approx(want, abs=1e-5)


def test_blank_parts_hardly_weigh():
    """The same damage on a small text: a page with more blank paper around loses far more SSIM than IW-SSIM."""
    text = page(220, 240)
    damaged = cv2.GaussianBlur(text, (5, 5), 2)
    wide = [
        cv2.copyMakeBorder(each, 0, 660, 0, 720, cv2.BORDER_CONSTANT, value=(255, 255, 255)) for each in (text, damaged)
    ]
    assert 1 - value(*wide) > 0.5 * (1 - value(text, damaged))
    assert 1 - value(*wide, name="ssim") < 0.1 * (1 - value(text, damaged, name="ssim"))


def test_small_pictures_use_fewer_scales_and_say_so():
    score = load_metric("iw_ssim").score(RANDOM[0][:50, :60], RANDOM[1][:50, :60])
    assert "3 of 5 scales" in score.note
    want = np.mean([plain.iw_ssim(RANDOM[1][:50, :60, c], RANDOM[0][:50, :60, c], 3) for c in range(3)])
    assert score.value == pytest.approx(want, abs=1e-5)


@pytest.mark.parametrize(("first", "second"), [(0, 255), (254, 255), (128, 0)])
def test_flat_pairs_have_an_answer(first, second):
    score = value(flat(first, (200, 200)), flat(second, (200, 200)))
    luminance = (2 * first * second + plain.C1) / (first**2 + second**2 + plain.C1)
    # The coarsest scale is the picture at 16 times its level, so the constant matters less there.
    assert 0 <= score <= 1
    assert score == pytest.approx(luminance ** (0.1333 / 1.0001), abs=0.35)


def test_a_blank_candidate_is_no_match():
    assert value(PAPER, np.full_like(PAPER, 255)) < 0.1
