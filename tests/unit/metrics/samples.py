"""Pairs of pictures of every awkward kind, for the metrics' tests."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.unit.compare.pages import page

REFERENCE_DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "metric-reference"
"""Published pairs, kept beside the repository where it is developed; their tests are skipped elsewhere."""

needs_reference_data = pytest.mark.skipif(not REFERENCE_DATA.is_dir(), reason="the published pairs are not here")


def flat(level, shape=(64, 80)):
    return np.full((*shape, 3), level, np.uint8)


def noisy(picture, amount, seed=0):
    rng = np.random.default_rng(seed)
    return np.clip(picture + rng.normal(0, amount, picture.shape), 0, 255).astype(np.uint8)


def pairs():
    """(name, reference, candidate)"""
    rng = np.random.default_rng(7)
    random = rng.integers(0, 256, (2, 190, 211, 3), dtype=np.uint8)
    paper = page(420, 360)
    moved = np.roll(paper, 3, axis=0)
    one_pixel = paper.copy()
    one_pixel[200, 100] = (255, 0, 0)
    yield "random", random[0], random[1]
    yield "page and noise", paper, noisy(paper, 12)
    yield "page moved", paper, moved
    yield "page blurred", paper, cv2.GaussianBlur(paper, (5, 5), 1.5)
    yield "one pixel", paper, one_pixel
    yield "transposed", paper.transpose(1, 0, 2), moved.transpose(1, 0, 2)
    yield "black and white", flat(0), flat(255)
    yield "almost white", flat(254), flat(255)
    yield "inverted", random[0], 255 - random[0]
    yield "page and white", paper, np.full_like(paper, 255)
    yield "odd sides", random[0][:177, :165], random[1][:177, :165]
    yield "small", random[0][:40, :23], random[1][:40, :23]
    yield "10 x 10", random[0][:10, :10], random[1][:10, :10]
    yield "low", random[0][:4], random[1][:4]
    yield "one by one", random[0][:1, :1], random[1][:1, :1]


PAIRS = list(pairs())
each_pair = pytest.mark.parametrize(
    ("reference", "candidate"), [pair[1:] for pair in PAIRS], ids=[pair[0] for pair in PAIRS]
)
