"""The networks' layers in C against torch's in float64: kinds of layer, shapes, repeated content, shares of threads."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional

from compatcheck.metrics import convolution, threads

pytestmark = pytest.mark.skipif(not convolution.available(), reason="the C library has no code for this processor")

LAYERS = [
    (3, 64, 11, 4, 2),
    (3, 64, 11, 1, 2),
    (3, 64, 3, 1, 1),
    (64, 96, 5, 1, 2),
    (48, 64, 3, 1, 1),
    (32, 32, 3, 1, 0),
]
"""Channels in and out, kernel, stride, padding."""


def layer(into, out, size, stride, padding, *, relu=True):
    generator = torch.Generator().manual_seed(into + size)
    weight = torch.randn((out, into, size, size), generator=generator) / (into * size**2) ** 0.5
    bias = torch.randn(out, generator=generator) / 10
    return weight, bias, convolution.convolution(weight, bias, stride, padding, relu=relu)


def rows_of(pictures, channels, height, width):
    values = np.random.default_rng(height).random((pictures, height, width, channels), np.float32)
    return torch.from_numpy(values).permute(0, 3, 1, 2)


def expected(rows, weight, bias, stride, padding, *, relu=True):
    result = functional.conv2d(rows.double(), weight.double(), bias.double(), stride, (0, padding))
    return functional.relu(result) if relu else result


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("size", [(11, 11), (12, 17), (31, 50), (45, 13)])
def test_layers_are_torchs(kind, size):
    into, _, _, stride, padding = kind
    rows = rows_of(2, into, *size)
    for relu in (True, False):
        weight, bias, native = layer(*kind, relu=relu)
        found = native(rows)
        assert found.shape == expected(rows, weight, bias, stride, padding).shape
        assert torch.allclose(found.double(), expected(rows, weight, bias, stride, padding, relu=relu), atol=3e-5)


@pytest.mark.parametrize("kind", LAYERS)
def test_what_repeats_itself_is_copied_to_the_last_bit(kind, monkeypatch):
    """Flat ground, a row of equal boxes, a second picture that differs in one place: with one thread and with three."""
    into, _, _, stride, padding = kind
    rows = torch.full((2, 70, 90, into), 0.25).permute(0, 3, 1, 2)
    rows[:, :, 30:50, 8:72] = rows_of(1, into, 20, 8).repeat(1, 1, 1, 8)
    rows[1, :, 60:64, 5:9] = 0.75
    weight, bias, native = layer(*kind)
    want = expected(rows, weight, bias, stride, padding)
    alone = torch.cat([native(rows[:1]), native(rows[1:])])
    together = native(rows)
    monkeypatch.setattr(threads, "cores", lambda: 3)
    monkeypatch.setattr(convolution, "SMALLEST_PART", 1)
    shared = native(rows)
    for found in (alone, together, shared):
        assert torch.allclose(found.double(), want, atol=3e-5)
    far = (0, slice(None), 0, slice(3, 6))  # flat ground far from everything, in every picture the same bits
    assert torch.equal(together[far], together[1, :, 0, 3:6])
    same = together[0] == together[1]
    assert same.float().mean() > 0.5
    assert not same.all()


def test_rows_that_lie_otherwise_are_torchs_to_do():
    _, _, native = layer(64, 96, 5, 1, 2)
    assert native(torch.zeros((1, 64, 20, 20))) is None
    assert (
        native(torch.zeros((1, 64, 20, 20), dtype=torch.bfloat16).contiguous(memory_format=torch.channels_last)) is None
    )
    part = rows_of(2, 64, 20, 20)[:, :, 3:17]
    assert torch.equal(native(part), native(part.contiguous(memory_format=torch.channels_last)))


@pytest.mark.parametrize("kind", [(64, 60, 3, 1, 1), (48, 64, 7, 1, 3), (20, 64, 5, 1, 2)])
def test_layers_of_another_kind_are_torchs_to_do(kind):
    assert layer(*kind)[2] is None


@pytest.mark.parametrize(("size", "stride"), [(3, 2), (2, 2), (3, 1)])
def test_pooling_is_torchs(size, stride):
    rows = rows_of(2, 48, 21, 34)[:, :, 2:20] - 0.5
    assert torch.equal(convolution.largest(rows, size, stride), functional.max_pool2d(rows, size, stride))


def test_the_distance_of_features():
    first, second = rows_of(2, 64, 9, 14)
    second[:, :3] = first[:, :3]
    first[:, 5, 5] = 0
    head = torch.rand(64, generator=torch.Generator().manual_seed(0))
    whole = np.zeros((12, 20), np.float32)
    assert convolution.unlike(first[:, :, 2:12], second[:, :, 2:12], head, whole[1:10, 3:13])
    one, two = (each / (each.square().sum(0).sqrt() + 1e-10) for each in (first.double(), second.double()))
    want = torch.einsum("chw,c->hw", (one - two).square(), head.double())[:, 2:12].numpy()
    assert whole[1:10, 3:13] == pytest.approx(want, abs=1e-6)
    assert not whole[1:4].any()
    assert not whole[:, :3].any()
    assert not convolution.unlike(first[:60], second[:60], head[:60], whole[:9, :14])
