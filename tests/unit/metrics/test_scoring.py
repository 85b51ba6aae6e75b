from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from compatcheck.errors import PictureError, UsageError
from compatcheck.metrics import METRICS, heat_map, heatmap, score_pair, worst_map
from compatcheck.model.verdict import Score
from tests.unit.metrics.samples import noisy, page

PAPER = page(200, 190)


def test_scores_come_in_the_order_of_the_names():
    scores = score_pair(PAPER, noisy(PAPER, 9), ["ssim", "psnr", "ssim"])
    assert list(scores) == ["ssim", "psnr"]
    assert scores["ssim"].map.shape == (200, 190)
    assert score_pair(PAPER, noisy(PAPER, 9), ["ssim"], with_maps=False)["ssim"].map is None


def test_unknown_metrics_name_the_nearest_known_one():
    with pytest.raises(UsageError, match="Did you mean ms_ssim"):
        score_pair(PAPER, PAPER, ["ms-ssim"])
    with pytest.raises(UsageError, match="Known: psnr"):
        score_pair(PAPER, PAPER, ["beauty"])


def test_a_metric_without_weights_is_left_out_with_the_command_that_mends_it(monkeypatch, tmp_path):
    monkeypatch.setenv("COMPATCHECK_WEIGHTS", str(tmp_path))
    scores = score_pair(PAPER, noisy(PAPER, 9), ["lpips", "psnr"])
    assert scores["lpips"].value is None
    assert "compatcheck weights install alex" in scores["lpips"].note
    assert scores["psnr"].value is not None


def test_a_heat_map_dims_the_page_and_shows_heat_that_grows():
    surface = np.zeros((200, 190), np.float32)
    for column, heat in enumerate((0.1, 0.4, 0.7, 1.0)):
        surface[:, 100 + 20 * column : 120 + 20 * column] = heat
    white = np.full_like(PAPER, 255)
    picture = heat_map(white, surface)
    assert picture.shape == PAPER.shape
    assert picture.dtype == np.uint8
    assert np.ptp(picture[:, :100].astype(int), axis=2).max() == 0  # grey where nothing differs
    assert picture[:, :100].mean() == pytest.approx(0.35 * 255, abs=1)
    greens = [int(picture[0, 110 + 20 * column, 1]) for column in range(4)]
    assert greens[1:] == sorted(greens[1:])
    assert (picture[0, 170].astype(int) - picture[0, 110]).max() > 100


def test_a_heat_map_is_the_same_from_c_and_from_opencv(monkeypatch):
    if heatmap.library() is None:
        pytest.skip("the C library was not built")
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (90, 333, 3), dtype=np.uint8)
    surface = np.zeros((90, 333), np.float32)
    surface[20:40] = rng.random((20, 333))
    surface[50] = np.arange(333) / 510  # every half level, where rounding is decided
    surface[60, :40], surface[61, :40] = -1, 2
    fast = heat_map(picture, surface)
    monkeypatch.setattr(heatmap, "library", lambda: None)
    assert np.array_equal(fast, heat_map(picture, surface))


def test_a_heat_map_needs_its_pictures_size():
    with pytest.raises(PictureError, match="different sizes"):
        heat_map(PAPER, np.zeros((10, 10), np.float32))


def test_the_worst_map_is_the_one_that_shows_most():
    calm, wild = np.full((2, 2), 0.1, np.float32), np.full((2, 2), 0.6, np.float32)
    scores = {
        "psnr": Score("psnr", 30.0, "higher"),
        "ssim": Score("ssim", 0.9, "higher", map=calm),
        "mse": Score("mse", 10.0, "lower", map=wild),
    }
    assert worst_map(scores)[0] == "mse"
    assert worst_map({"psnr": scores["psnr"]}) is None


def test_importing_the_packages_loads_nothing_heavy():
    code = (
        "import sys, compatcheck.metrics, compatcheck.compare, compatcheck.weights;"
        "print([name for name in ('numpy', 'cv2', 'torch', 'scipy', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


NO_NETWORK = """
import sys

def refuse(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "urllib.Request"}:
        raise RuntimeError(f"the network was asked for: {event} {arguments}")

sys.addaudithook(refuse)
import numpy as np
from compatcheck.metrics import METRICS, score_pair
from compatcheck.weights import verify_weights

first, second = np.random.default_rng(0).integers(0, 256, (2, 40, 40, 3), dtype=np.uint8)
scores = score_pair(first, second, METRICS)
verify_weights()
for name, score in scores.items():
    print(name, score.value is not None, score.note)
import socket
try:
    socket.create_connection(("127.0.0.1", 9))
except RuntimeError:
    print("refused")
"""


@pytest.mark.parametrize("weights", ["as they are", "missing"])
def test_no_metric_asks_for_the_network_at_import_or_when_it_scores(weights, tmp_path):
    """With every way to a network refused all metrics give a value, or say what command brings their weights."""
    environment = {**os.environ, **({"COMPATCHECK_WEIGHTS": str(tmp_path)} if weights == "missing" else {})}
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    *lines, last = done.stdout.splitlines()
    assert last == "refused"
    assert [line.split()[0] for line in lines] == list(METRICS)
    for line in lines:
        name, there, note = line.split(" ", 2)
        assert there == "True" or ("lpips" in name and "compatcheck weights install" in note)
        assert weights == "as they are" or (there == "True") == ("lpips" not in name)


@pytest.mark.parametrize("with_maps", [True, False])
def test_a_metric_scores_the_same_alone_and_in_company(with_maps):
    """What metrics share of a pair must be no one's loss: SSIM beside MS-SSIM once came out as NaN."""
    reference = page(120, 160)
    candidate = noisy(reference, 12)
    names = ["psnr", "mse", "ssim", "ssim:luma", "ms_ssim", "ms_ssim:luma", "iw_ssim", "histogram"]
    together = score_pair(reference, candidate, names, with_maps=with_maps)
    for name in names:
        alone = score_pair(reference, candidate, [name], with_maps=with_maps)[name]
        assert alone.value is not None
        assert together[name].value == pytest.approx(alone.value, abs=1e-12), name
