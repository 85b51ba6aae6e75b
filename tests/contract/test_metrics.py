"""What every metric promises, run for each entry of METRICS that can be computed on this machine."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from compatcheck.errors import MetricUnavailable, PictureError
from compatcheck.metrics import METRICS, load_metric, score_pair
from tests.unit.metrics.samples import flat, noisy, page

BLIND_TO_COLOUR = {name for name in METRICS if name.endswith(":luma")}
SLOW = {name for name in METRICS if "lpips" in name}
ONE_SIDED = {"iw_ssim", "iw_ssim:luma"}
"""Metrics whose definition treats the two pictures differently."""

PAPER = page(200, 190)


@pytest.fixture(params=list(METRICS))
def metric(request):
    loaded = load_metric(request.param)
    try:
        loaded.score(flat(1, (32, 32)), flat(2, (32, 32)))
    except MetricUnavailable as error:
        pytest.skip(str(error))
    return loaded


def in_range(metric, value):
    low, high = metric.range
    return low <= value <= high and math.isfinite(value)


def better(metric, first, second):
    return first > second if metric.direction == "higher" else first < second


def test_it_says_what_it_is(metric):
    assert METRICS[metric.name]().name == metric.name
    assert metric.direction in {"higher", "lower"}
    assert metric.range[0] < metric.range[1]
    assert in_range(metric, metric.identical)
    assert len(metric.meaning) > 20


def test_equal_pictures_score_the_best_there_is(metric):
    assert metric.score(PAPER, PAPER.copy()).value == pytest.approx(metric.identical, abs=1e-9)
    best = metric.range[1] if metric.direction == "higher" else metric.range[0]
    assert metric.identical == best


def test_it_sees_noise_grow(metric):
    pale = PAPER // 3 + 80  # far from black and white, where noise would be cut off
    values = [metric.score(pale, noisy(pale, amount), with_map=False).value for amount in (1, 6, 24)]
    assert all(in_range(metric, value) for value in values)
    assert better(metric, values[0], values[1])
    assert better(metric, values[1], values[2])
    assert better(metric, metric.identical, values[0])


def test_the_order_of_the_two_does_not_matter(metric):
    other = noisy(PAPER, 25)
    tolerance = 0.05 if metric.name in ONE_SIDED else 1e-5
    assert metric.score(PAPER, other).value == pytest.approx(metric.score(other, PAPER).value, abs=tolerance)


def test_maps_have_the_pictures_size_and_say_where(metric):
    changed = PAPER.copy()
    changed[20:60, 30:70] = (200, 0, 60)
    for height, width in ((200, 190), (177, 61), (9, 12), (1, 1)):
        surface = metric.score(PAPER[:height, :width], changed[:height, :width]).map
        if surface is None:
            assert metric.score(PAPER, changed, with_map=True).map is None
            return
        assert surface.shape == (height, width)
        assert surface.dtype == np.float32
        assert surface.min() >= 0
        assert surface.max() <= 1
    surface = metric.score(PAPER, changed).map
    assert surface[25:55, 35:65].mean() > 10 * surface[150:, :].mean()
    assert metric.score(PAPER, changed, with_map=False).map is None


def test_a_pair_that_differs_only_in_colour_is_caught(metric):
    """Red 100 and green 51 have the same luma, 30: in grey the two pictures are equal."""
    first, second = PAPER.copy(), PAPER.copy()
    first[50:120, 40:150], second[50:120, 40:150] = (100, 0, 0), (0, 51, 0)
    value = metric.score(first, second).value
    if metric.name in BLIND_TO_COLOUR:
        assert value == pytest.approx(metric.identical, abs=1e-9)
    else:
        assert better(metric, metric.identical, value)
        assert abs(value - metric.identical) > 1e-3


def test_memory_layout_does_not_matter(metric):
    other = noisy(PAPER, 25)
    value = metric.score(PAPER, other).value
    wide = np.zeros((200, 380, 3), np.uint8)
    wide[:, ::2] = PAPER
    assert metric.score(wide[:, ::2], np.asfortranarray(other)).value == value
    backwards = np.ascontiguousarray(other[::-1, ::-1])
    frozen = PAPER.copy()
    frozen.flags.writeable = False
    assert metric.score(frozen, backwards[::-1, ::-1]).value == value


EXPECTED = "expected RGB uint8 of shape (height, width, 3), got"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (PAPER[:100], "the pictures have different sizes ({sizes}); bring them to one grid first."),
        (PAPER.astype(np.float32), f"{{side}}: {EXPECTED} float32 of shape (200, 190, 3)."),
        (PAPER / 255, f"{{side}}: {EXPECTED} float64 of shape (200, 190, 3)."),
        (PAPER.astype(np.uint16) * 257, f"{{side}}: {EXPECTED} uint16 of shape (200, 190, 3)."),
        (PAPER.astype(np.int64) - 300, f"{{side}}: {EXPECTED} int64 of shape (200, 190, 3)."),
        (PAPER > 128, f"{{side}}: {EXPECTED} bool of shape (200, 190, 3)."),
        (PAPER[..., 0], f"{{side}}: {EXPECTED} uint8 of shape (200, 190)."),
        (np.dstack([PAPER, PAPER[..., :1]]), f"{{side}}: {EXPECTED} uint8 of shape (200, 190, 4)."),
        (PAPER[:0], "{side}: the picture has no pixels (190 × 0)."),
        (PAPER[:, :0], "{side}: the picture has no pixels (0 × 200)."),
        ([[1, 2]], f"{{side}}: {EXPECTED} list."),
        (None, f"{{side}}: {EXPECTED} NoneType."),
    ],
    ids=[
        "size",
        "float32",
        "0 to 1",
        "16 bits",
        "below zero",
        "bool",
        "grey",
        "alpha",
        "no rows",
        "no columns",
        "list",
        "nothing",
    ],
)
def test_what_is_no_pair_of_pictures_is_refused(metric, wrong, message):
    """The same words from every metric, for either side."""
    with pytest.raises(PictureError) as caught:
        metric.score(PAPER, wrong)
    assert caught.value.message == message.format(side="candidate", sizes="190 × 200 and 190 × 100")
    with pytest.raises(PictureError) as caught:
        metric.score(wrong, PAPER)
    assert caught.value.message == message.format(side="reference", sizes="190 × 100 and 190 × 200")


SMALL_NOTES = {
    "ssim": "the picture is small: window of {side} × {side} px",
    "ms_ssim": "the picture is small: 1 of 5 scales, weights scaled to sum to 1",
    "iw_ssim": "the picture is small: 1 of 5 scales, weights scaled to sum to 1",
    "lpips": "the picture is small: extended by its edge to 32 px",
    "st_lpips": "the picture is small: extended by its edge to 32 px",
}
"""What a metric says about a picture of 1 × 1 or 10 × 10 px, by the name before the colon; others have nothing to say."""


@pytest.mark.parametrize("side", [1, 10])
def test_tiny_pictures_have_a_value_and_a_note_where_the_metric_means_another_thing(metric, side):
    dark, light = flat(40, (side, side)), flat(200, (side, side))
    score = metric.score(dark, light)
    assert in_range(metric, score.value)
    assert better(metric, metric.identical, score.value)
    wanted = SMALL_NOTES.get(metric.name.split(":")[0], "").format(side=side)
    assert wanted in score.note if wanted else not score.note
    assert score.map is None or score.map.shape == (side, side)
    assert metric.score(dark, dark.copy()).value == pytest.approx(metric.identical, abs=1e-9)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data(), height=st.integers(1, 40), width=st.integers(1, 40))
def test_any_two_pictures_score_within_range_and_alike_both_ways(metric, data, height, width):
    assume(metric.name not in SLOW or height * width % 5 == 0)
    kind = arrays.arrays(
        np.uint8, (height, width, 3), elements=st.integers(0, 255), fill=st.sampled_from([0, 255, 128])
    )
    first, second = data.draw(kind), data.draw(kind)
    there, back = metric.score(first, second), metric.score(second, first)
    assert in_range(metric, there.value)
    assert metric.name in ONE_SIDED or there.value == pytest.approx(back.value, abs=1e-4)
    assert metric.score(first, first).value == pytest.approx(metric.identical, abs=1e-6)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations([0, 1, 2]), seed=st.integers(0, 100))
def test_channel_order_matters_only_to_what_has_learned_or_weighs_colours(metric, order, seed):
    if metric.name in SLOW | BLIND_TO_COLOUR:
        pytest.skip("it weighs the channels differently")
    rng = np.random.default_rng(seed)
    first, second = rng.integers(0, 256, (2, 40, 36, 3), dtype=np.uint8)
    turned = metric.score(first[..., order], second[..., order]).value
    assert turned == pytest.approx(metric.score(first, second).value, abs=1e-6)


def test_equal_pictures_skip_everything(monkeypatch):
    loaded = {name: load_metric(name) for name in METRICS}

    def forbidden(*args, **options):
        raise AssertionError("an equal pair was computed")

    for each in loaded.values():
        monkeypatch.setattr(type(each), "measure", forbidden)
    scores = score_pair(PAPER, PAPER.copy(), METRICS)
    assert {name: score.value for name, score in scores.items()} == {
        name: each.identical for name, each in loaded.items()
    }
    with pytest.raises(AssertionError, match="was computed"):
        score_pair(PAPER, noisy(PAPER, 3), ["ssim"])
