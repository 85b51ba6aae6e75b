"""LPIPS in strips and crops against the untiled network, written plainly; devices, precision, and what is kept."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from compatcheck.errors import MetricUnavailable, UsageError
from compatcheck.metrics import devices, kept, load_metric, lpips, networks, perceptual
from compatcheck.weights import load_heads, load_trunk
from tests.unit.metrics.samples import flat, noisy, page

CPU = torch.device("cpu")


def network(name):
    try:
        return networks.load_network(name, CPU)
    except MetricUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(devices, "_chosen", None)
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


def test_the_references_features_are_computed_once_for_all_its_candidates(monkeypatch):
    alex = network("alex")
    reference = page(200, 190)
    candidates = [noisy(reference, amount) for amount in (5, 15, 30)]
    with torch.inference_mode():
        alone = []
        for candidate in candidates:
            kept.forget()
            alone.append(perceptual.distance(alex, reference, candidate, 128).value)
        kept.forget()
        seen = []
        compute = perceptual._features
        monkeypatch.setattr(
            perceptual, "_features", lambda net, picture, strip: seen.append(picture) or compute(net, picture, strip)
        )
        together = [perceptual.distance(alex, reference, candidate, 128).value for candidate in candidates]
    assert together == alone
    assert sum(np.array_equal(picture, reference) for picture in seen) == 1
    assert len(seen) == 4


def test_what_is_kept_has_a_limit(monkeypatch):
    alex = network("alex")
    monkeypatch.setattr(kept, "BUDGET", 1000)
    reference = page(200, 190)
    with torch.inference_mode():
        perceptual.distance(alex, reference, noisy(reference, 9), 128)
    assert kept._kept is None


def test_fast_is_near_and_says_so():
    network("alex")
    reference = page(200, 190)
    exact = load_metric("lpips").score(reference, noisy(reference, 20))
    devices.configure(precision="fast")
    fast = load_metric("lpips").score(reference, noisy(reference, 20))
    assert exact.note == ""
    assert "bfloat16" in fast.note
    assert fast.value != exact.value
    assert fast.value == pytest.approx(exact.value, rel=0.02)


def test_devices_are_chosen_by_word_or_environment(monkeypatch):
    monkeypatch.setenv("COMPATCHECK_DEVICE", "cpu")
    assert devices.chosen_device() == CPU
    monkeypatch.setenv("COMPATCHECK_DEVICE", "abacus")
    with pytest.raises(UsageError, match=r"COMPATCHECK_DEVICE: 'abacus'.*auto, cpu, cuda, mps"):
        devices.chosen_device()
    monkeypatch.delenv("COMPATCHECK_DEVICE")
    with pytest.raises(UsageError, match="exact, fast"):
        devices.configure(precision="sloppy")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    devices.configure(device="cuda")
    with pytest.raises(MetricUnavailable, match="cuda is not there"):
        devices.chosen_device()


def test_out_of_memory_takes_smaller_pieces_and_then_the_processor(monkeypatch):
    network("alex")
    tried = []
    real = perceptual.distance

    def short(trunk, reference, candidate, strip):
        tried.append((trunk.device.type, strip))
        if trunk.device.type == "meta":
            raise torch.OutOfMemoryError("out of memory")
        return real(trunk, reference, candidate, strip)

    monkeypatch.setattr(perceptual, "distance", short)
    monkeypatch.setattr(lpips, "chosen_device", lambda: torch.device("meta"))
    reference = page(200, 190)
    score = load_metric("lpips").score(reference, noisy(reference, 9))
    assert tried == [
        ("meta", 2048),
        ("meta", 1024),
        ("meta", 512),
        ("meta", 256),
        ("meta", 128),
        ("meta", 64),
        ("cpu", 128),
    ]
    assert "out of memory: computed on the processor" in score.note
    assert score.value > 0
