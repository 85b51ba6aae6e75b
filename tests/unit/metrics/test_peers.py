"""The same numbers from piq and pytorch-msssim, where their definitions are the same as ours.

Both mean MS-SSIM over the channels after the product, so they are compared on one channel; piq's IW-SSIM mirrors odd edges
in another way than the authors, so it is compared where every scale is even.
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from compatcheck.metrics import load_metric
from tests.unit.metrics import peers
from tests.unit.metrics.samples import REFERENCE_DATA, flat, noisy, page

RANDOM = np.random.default_rng(5).integers(0, 256, (2, 192, 224, 3), dtype=np.uint8)
PAPER = page(352, 304)
ONE_PIXEL = PAPER.copy()
ONE_PIXEL[100, 100] = (0, 200, 0)
PAIRS = {
    "random": (RANDOM[0], RANDOM[1]),
    "page and noise": (PAPER, noisy(PAPER, 15)),
    "page blurred": (PAPER, cv2.GaussianBlur(PAPER, (5, 5), 1.5)),
    "page moved": (PAPER, np.roll(PAPER, 2, axis=0)),
    "transposed": (PAPER.transpose(1, 0, 2), np.roll(PAPER, 2, axis=0).transpose(1, 0, 2)),
    "one pixel": (PAPER, ONE_PIXEL),
    "flat": (flat(254, (192, 192)), flat(255, (192, 192))),
}


def grey(pair):
    return [np.repeat(each[..., :1], 3, axis=2) for each in pair]


@pytest.mark.parametrize("name", PAIRS)
def test_ssim_equals_piq(name):
    reference, candidate = PAIRS[name]
    piq = peers.piq_module("ssim")
    want = piq.ssim(peers.tensor(reference), peers.tensor(candidate), data_range=255.0, downsample=False).item()
    assert load_metric("ssim").score(reference, candidate).value == pytest.approx(want, abs=5e-6)


@pytest.mark.parametrize("name", PAIRS)
def test_ms_ssim_equals_pytorch_msssim(name):
    peer = pytest.importorskip("pytorch_msssim")
    reference, candidate = grey(PAIRS[name])
    first, second = peers.tensor(reference[..., :1]).float(), peers.tensor(candidate[..., :1]).float()
    want = peer.ms_ssim(first, second, data_range=255).item()
    # It computes in float32 without regard to cancellation: its own error on flat parts is of this size.
    assert load_metric("ms_ssim").score(reference, candidate).value == pytest.approx(want, abs=5e-4)


@pytest.mark.parametrize("name", ["page and noise", "page blurred"])  # piq takes the size of a negative mean, not 0
def test_iw_ssim_equals_piq(name):
    reference, candidate = grey(PAIRS[name])
    piq = peers.piq_module("iw_ssim")
    tensors = [peers.tensor(each[..., :1]) for each in (reference, candidate)]
    want = piq.information_weighted_ssim(*tensors, data_range=255).item()
    assert load_metric("iw_ssim").score(reference, candidate).value == pytest.approx(want, abs=2e-4)


@pytest.mark.skipif(not REFERENCE_DATA.is_dir(), reason="the published pairs are not here")
@pytest.mark.parametrize(
    "names", [("goldhill.gif", "goldhill_jpeg.gif"), ("lena512gray.tiff", "lena512gray_noise.tiff")]
)
def test_photographs_give_the_same_everywhere(names):
    from compatcheck.picture import read

    reference, candidate = (read(REFERENCE_DATA / name) for name in names)
    tensors = [peers.tensor(each[..., :1]) for each in (reference, candidate)]
    iw = peers.piq_module("iw_ssim").information_weighted_ssim(*tensors, data_range=255).item()
    assert load_metric("iw_ssim").score(reference, candidate).value == pytest.approx(iw, abs=1e-5)
    ssim = peers.piq_module("ssim").ssim(*tensors, data_range=255.0, downsample=False).item()
    assert load_metric("ssim").score(reference, candidate).value == pytest.approx(ssim, abs=5e-6)
