"""LPIPS in strips and crops against the untiled network, written plainly; devices, precision, and what is kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from compatcheck.errors import MetricUnavailable, UsageError
from compatcheck.metrics import (
    convolution,
    devices,
    kept,
    load_metric,
    lpips,
    networks,
    perceptual,
    score_pair,
    threads,
)
from compatcheck.model.matrix import Networks
from compatcheck.native import library
from compatcheck.weights import load_heads, load_trunk
from tests.unit.metrics.samples import flat, noisy, page

CPU = torch.device("cpu")


def network(name):
    try:
        return networks.load_network(name, CPU)
    except MetricUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def nothing_kept():
    kept.forget()
    yield
    kept.forget()


def plain_alex(picture):
    """AlexNet's five features of the whole picture at once, as the lpips package computes them."""
    trunk = {name: torch.from_numpy(array) for name, array in load_trunk("alex").items()}
    shift, scale = (torch.tensor(each).view(1, 3, 1, 1) for each in (networks.SHIFT, networks.SCALE))
    x = (torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 127.5 - 1 - shift) / scale
    features = []
    for place, stride, padding in ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1)):
        if place in {3, 6}:
            x = functional.max_pool2d(x, 3, 2)
        x = functional.relu(
            functional.conv2d(x, trunk[f"features.{place}.weight"], trunk[f"features.{place}.bias"], stride, padding)
        )
        features.append(x)
    return features


def plain_lpips(first, second):
    total = 0.0
    for index, pair in enumerate(zip(plain_alex(first), plain_alex(second), strict=True)):
        one, two = (each / (each.square().sum(1, keepdim=True).sqrt() + 1e-10) for each in pair)
        weights = load_heads("alex")[f"lin{index}.model.1.weight"].reshape(-1)
        total += torch.einsum("nchw,c->nhw", (one - two) ** 2, weights).mean().item()
    return total


def changed(picture, seed):
    """A few boxes of another colour, one at the very corner."""
    rng = np.random.default_rng(seed)
    other = picture.copy()
    height, width = picture.shape[:2]
    y, x = int(rng.integers(0, height)), int(rng.integers(0, width))
    other[y : y + int(rng.integers(1, 60)), x : x + 30] = (200, 0, 0)
    if seed % 2:
        other[-3:, -5:] = 9
    return other


@pytest.mark.parametrize("size", [(700, 350), (333, 640), (100, 47), (33, 300), (531, 307)])
@pytest.mark.parametrize("strip", [64, 128, 10_000])
def test_strips_and_crops_give_the_untiled_result(size, strip):
    alex = network("alex")
    reference = page(*size)
    candidates = [changed(reference, 0), changed(reference, 1), noisy(reference, 20)]
    with torch.inference_mode():
        for candidate in candidates:
            found = perceptual.distance(alex, reference, candidate, strip)
            assert found.value == pytest.approx(plain_lpips(reference, candidate), abs=1e-6)


@pytest.mark.parametrize("name", ["vgg", "st_alex"])
def test_crops_of_the_other_networks_give_the_whole_result(name, monkeypatch):
    trunk = network(name)
    reference = page(520, 260)
    candidate = changed(reference, 3)
    with torch.inference_mode():
        cropped = perceptual.distance(trunk, reference, candidate, 64).value
        monkeypatch.setattr(perceptual, "WHOLE", 0.0)
        whole = perceptual.distance(trunk, reference, candidate, 10_000).value
    assert cropped > 0
    assert cropped == pytest.approx(whole, abs=1e-6)


def test_squeezenets_stages_are_torchvisions_network():
    """With made-up weights, because the real ones may not be here: same shapes, same numbers, partial pooling windows."""
    generator = torch.Generator().manual_seed(0)
    trunk = {}
    for place, (into, thin, wide) in {
        3: (64, 16, 64), 4: (128, 16, 64), 6: (128, 32, 128), 7: (256, 32, 128),
        9: (256, 48, 192), 10: (384, 48, 192), 11: (384, 64, 256), 12: (512, 64, 256),
    }.items():  # fmt: skip
        for name, shape in (
            ("squeeze", (thin, into, 1, 1)),
            ("expand1x1", (wide, thin, 1, 1)),
            ("expand3x3", (wide, thin, 3, 3)),
        ):
            trunk[f"features.{place}.{name}.weight"] = torch.randn(shape, generator=generator) * 0.05
            trunk[f"features.{place}.{name}.bias"] = torch.randn(shape[0], generator=generator) * 0.1
    trunk["features.0.weight"] = torch.randn((64, 3, 3, 3), generator=generator) * 0.2
    trunk["features.0.bias"] = torch.randn(64, generator=generator) * 0.1

    def fire(x, place):
        x = functional.relu(
            functional.conv2d(x, trunk[f"features.{place}.squeeze.weight"], trunk[f"features.{place}.squeeze.bias"])
        )
        sides = [
            functional.conv2d(
                x, trunk[f"features.{place}.{name}.weight"], trunk[f"features.{place}.{name}.bias"], padding=padding
            )
            for name, padding in (("expand1x1", 0), ("expand3x3", 1))
        ]
        return functional.relu(torch.cat(sides, 1))

    stages = networks._squeeze(trunk)
    for height, width in ((131, 90), (97, 64), (64, 203)):
        picture = torch.randn((1, 3, height, width), generator=generator)
        x = functional.relu(functional.conv2d(picture, trunk["features.0.weight"], trunk["features.0.bias"], stride=2))
        want = [x]
        for places in ((3, 4), (6, 7), (9,), (10,), (11,), (12,)):
            if places[0] in {3, 6, 9}:
                x = functional.max_pool2d(x, 3, 2, ceil_mode=True)
            for place in places:
                x = fire(x, place)
            want.append(x)
        rows = {index: [] for index in range(7)}
        strips = [(picture[:, :, :40], False), (picture[:, :, 40:], True)] if height > 90 else [(picture, True)]
        for tap, _, features in networks_stream(stages, strips):
            rows[tap].append(features)
        for tap, expected in enumerate(want):
            assert torch.allclose(torch.cat(rows[tap], 2), expected, atol=1e-5), (height, width, tap)


def networks_stream(stages, strips):
    from compatcheck.metrics.streaming import stream

    with torch.inference_mode():
        yield from stream(stages, strips)


def test_tiny_pictures_are_extended_and_say_so():
    network("alex")
    score = load_metric("lpips").score(flat(0, (9, 7)), flat(200, (9, 7)))
    assert "extended by its edge to 32 px" in score.note
    assert score.map.shape == (9, 7)


@pytest.fixture
def computed(monkeypatch):
    """The pictures whose features were computed, in order."""
    seen = []
    compute = perceptual._features
    monkeypatch.setattr(
        perceptual, "_features", lambda net, pictures, strip: seen.extend(pictures) or compute(net, pictures, strip)
    )
    return seen


def lpips_of(reference, candidate, **options):
    return score_pair(reference, candidate, ["lpips"], with_maps=False, **options)["lpips"]


def test_the_references_features_are_computed_once_for_all_its_candidates(computed):
    network("alex")
    reference = page(200, 190)
    candidates = [noisy(reference, amount) for amount in (5, 15, 30)] + [changed(reference, 1)]
    alone = [lpips_of(reference, candidate).value for candidate in candidates]
    computed.clear()
    together = [lpips_of(reference, candidate, keep=True).value for candidate in candidates]
    assert together == pytest.approx(alone, abs=1e-7)
    assert sum(np.array_equal(picture, reference) for picture in computed) == 1
    assert len(computed) == 1 + len(candidates)
    lpips_of(reference, candidates[0])
    assert len(computed) == 3 + len(candidates)  # nobody said that it would be met again


def test_kept_features_serve_parts_of_a_long_page(computed):
    network("alex")
    reference = page(1500, 200)
    candidate = changed(reference, 1)
    want = lpips_of(reference, candidate).value
    lpips_of(reference, noisy(reference, 9), keep=True)
    computed.clear()
    assert lpips_of(reference, candidate, keep=True).value == pytest.approx(want, abs=1e-7)
    assert sum(picture.shape[0] for picture in computed) < 1500


def test_what_is_kept_has_a_limit(monkeypatch, computed):
    network("alex")
    reference = page(200, 190)
    monkeypatch.setattr(kept, "budget", lambda: 1000)
    for _ in range(2):
        assert lpips_of(reference, noisy(reference, 9), keep=True).value > 0
    assert len(computed) == 4
    assert not kept._entries


def test_fast_is_near_and_says_so(monkeypatch):
    network("alex")
    reference = page(200, 190)
    exact = lpips_of(reference, noisy(reference, 20))
    monkeypatch.setenv("COMPATCHECK_NATIVE", "0")
    library.cache_clear()
    lpips._network.cache_clear()
    try:
        fast = lpips_of(reference, noisy(reference, 20), networks=Networks(precision="fast"))
    finally:
        library.cache_clear()
        lpips._network.cache_clear()
    assert exact.note == ""
    assert "bfloat16" in fast.note
    assert fast.value != exact.value
    assert fast.value == pytest.approx(exact.value, rel=0.02)


@pytest.mark.skipif(not convolution.available(), reason="the C library has no code for this processor")
def test_fast_is_exact_where_that_is_faster_still():
    network("alex")
    reference = page(200, 190)
    exact, fast = (
        lpips_of(reference, noisy(reference, 20), networks=Networks("cpu", word)) for word in ("exact", "fast")
    )
    assert (fast.value, exact.note) == (exact.value, "")
    assert "float32" in fast.note
    assert networks.dtype_for("alex", torch.device("cuda"), "fast") == torch.bfloat16
    assert networks.dtype_for("squeeze", CPU, "fast") == torch.bfloat16


def test_devices_are_chosen_by_word(monkeypatch):
    assert devices.torch_device(Networks("cpu")) == CPU
    assert devices.networks_by_name("mps", "fast") == Networks("mps", "fast")
    with pytest.raises(UsageError, match=r"no device called 'abacus'.*auto, cpu, cuda, mps"):
        devices.networks_by_name("abacus", "exact")
    with pytest.raises(UsageError, match=r"no precision called 'sloppy'.*exact, fast"):
        devices.networks_by_name("cpu", "sloppy")
    for there, chosen in (({"cuda", "mps"}, "cuda"), ({"mps"}, "mps"), (set(), "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda there=there: "cuda" in there)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda there=there: "mps" in there)
        assert devices.torch_device(Networks("auto")).type == chosen
    score = lpips_of(flat(1), flat(2), networks=Networks("cuda"))
    assert score.value is None
    assert "cuda is not there" in score.note


@pytest.fixture
def accelerator(monkeypatch):
    """A CUDA device whose convolutions find no memory for more than `room` rows; gives `room` and what was tried.

    The fault is where torch raises it, in a layer; the arithmetic is the processor's.
    """
    network("alex")
    tried, room, at_work = [], {"rows": 0}, {"device": "cpu"}
    measure, load, convolve = lpips._measure_on, networks.load_network, functional.conv2d

    def measure_on(device, trunk, pair, strip):
        tried.append((device.type, strip))
        at_work["device"] = device.type
        return measure(device, trunk, pair, strip)

    def short(rows, *rest, **options):
        if at_work["device"] == "cuda" and rows.shape[1] == 3 and rows.shape[2] > room["rows"] + 16:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return convolve(rows, *rest, **options)

    def load_on_the_processor(name, device, dtype=torch.float32):
        with monkeypatch.context() as patch:
            if device.type == "cuda":  # whose layers are torch's
                patch.setattr(convolution, "convolution", lambda *layer, **options: None)
            return load(name, CPU, dtype)

    lpips._network.cache_clear()
    monkeypatch.setattr(lpips, "_measure_on", measure_on)
    monkeypatch.setattr(networks, "load_network", load_on_the_processor)
    monkeypatch.setattr(functional, "conv2d", short)
    monkeypatch.setattr(lpips, "torch_device", lambda networks: torch.device("cuda"))
    yield room, tried
    lpips._network.cache_clear()


def test_out_of_memory_takes_smaller_pieces_and_says_so(accelerator):
    room, tried = accelerator
    reference = page(1200, 160)
    candidate = noisy(reference, 9)
    want = plain_lpips(reference, candidate)
    room["rows"] = 600
    score = lpips_of(reference, candidate)
    assert tried == [("cuda", 2048), ("cuda", 1024), ("cuda", 512), ("cuda", 256)]
    assert "cuda ran short of memory: computed in pieces of 256 rows" in score.note
    assert score.value == pytest.approx(want, abs=1e-6)


def test_out_of_memory_in_the_smallest_pieces_takes_the_processor_and_says_so(accelerator):
    _, tried = accelerator
    reference = page(200, 190)
    candidate = noisy(reference, 9)
    score = lpips_of(reference, candidate, networks=Networks(precision="fast"))
    assert tried == [*(("cuda", 2048 >> step) for step in range(6)), ("cpu", 128)]
    assert "cuda ran out of memory: computed on the processor" in score.note
    assert score.value == pytest.approx(plain_lpips(reference, candidate), rel=0.02)


def test_other_errors_of_a_device_are_not_taken_for_a_lack_of_memory(accelerator, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError("CUDA error: an illegal instruction was encountered")

    monkeypatch.setattr(functional, "conv2d", broken)
    with pytest.raises(RuntimeError, match="illegal instruction"):
        lpips_of(page(200, 190), noisy(page(200, 190), 9))


def test_pairs_that_are_scored_at_once_share_the_cores(monkeypatch):
    monkeypatch.setattr(threads, "cores", lambda: 4)
    assert threads.share() == 4
    with threads.working():
        assert threads.share() == 4
        with threads.working():
            assert threads.share() == 2
        with threads.at_most(1):
            assert threads.share() == 1
    assert threads.share() == 4
