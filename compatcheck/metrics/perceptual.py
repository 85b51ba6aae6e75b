"""The distance that LPIPS and ST-LPIPS measure, over pictures of any size.

Zhang, Isola, Efros, Shechtman and Wang, "The unreasonable effectiveness of deep features as a perceptual metric", CVPR
2018: each tap's features are normalised to unit length over the channels, squared differences are weighted by the heads,
averaged over the page and summed over the taps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from compatcheck.geometry import PixelBox
from compatcheck.metrics.networks import SCALE, SHIFT, SMALLEST, Network
from compatcheck.metrics.streaming import fields, sizes, stream, total_stride
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import ScoreMap

EPSILON = 1e-10
"""Added to a feature's length before dividing by it, as in LPIPS's own code."""


@dataclass(frozen=True, slots=True)
class Distance:
    """The distance, and each tap's map of it (float32, the tap's own size) of which it is the sum of the means."""

    value: float
    maps: tuple[NDArray[np.float32], ...]

    def picture_map(self, height: int, width: int) -> ScoreMap:
        """The sum of the taps' maps at picture size (bilinear, as LPIPS's spatial output), clipped to 0–1."""
        whole = np.zeros((height, width), np.float32)
        for own in self.maps:
            whole += cv2.resize(own, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.clip(whole, 0, 1, out=whole), dtype=np.float32)


def distance(network: Network, reference: RGB, candidate: RGB, device: torch.device, strip: int) -> Distance:
    """LPIPS of two pictures of one shape. Only the parts whose features can differ are computed; the rest is exactly 0.

    `strip` is how many picture rows are worked on at a time.
    """
    if min(reference.shape[:2]) < SMALLEST:
        reference, candidate = _extended(reference), _extended(candidate)
    height, width = reference.shape[:2]
    rows, columns = sizes(network.stages, height), sizes(network.stages, width)
    maps = tuple(np.zeros(shape, np.float32) for shape in zip(rows, columns, strict=True))
    for changed in _changes(network, reference, candidate):
        _measure(network, reference, candidate, changed, maps, device, strip)
    return Distance(float(sum(own.mean(dtype=np.float64) for own in maps)), maps)


def _extended(picture: RGB) -> RGB:
    height, width = picture.shape[:2]
    below, beside = max(0, SMALLEST - height), max(0, SMALLEST - width)
    return np.asarray(cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_REPLICATE), dtype=np.uint8)


def _changes(network: Network, reference: RGB, candidate: RGB) -> Iterator[PixelBox]:
    """Boxes that hold all pixels that differ; runs of equal rows longer than a feature sees part them."""
    reach = max(field.reach for field in fields(network.stages))
    flags = np.array([not np.array_equal(mine, other) for mine, other in zip(reference, candidate, strict=True)])
    rows = np.flatnonzero(flags)
    if not len(rows):
        return
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > 2 * reach) + 1):
        part = slice(int(run[0]), int(run[-1]) + 1)
        columns = np.flatnonzero((reference[part] != candidate[part]).any(axis=(0, 2)))
        yield PixelBox(int(columns[0]), part.start, int(columns[-1]) + 1, part.stop)


def _measure(
    network: Network,
    reference: RGB,
    candidate: RGB,
    changed: PixelBox,
    maps: tuple[NDArray[np.float32], ...],
    device: torch.device,
    strip: int,
) -> None:
    """Fill the maps where features see the changed box, from a crop that holds all that those features see."""
    height, width = reference.shape[:2]
    step = total_stride(network.stages)
    top, bottom, left, right = height, 0, width, 0
    wanted = []
    for field, own in zip(fields(network.stages), maps, strict=True):
        rows = field.touched(changed.top, changed.bottom, own.shape[0])
        columns = field.touched(changed.left, changed.right, own.shape[1])
        wanted.append((rows, columns))
        (low, high), (near, far) = field.seen(*rows), field.seen(*columns)
        top, bottom, left, right = min(top, low), max(bottom, high), min(left, near), max(right, far)
    top, left = max(0, top) // step * step, max(0, left) // step * step
    bottom, right = _at_least(top, min(bottom, height), height), _at_least(left, min(right, width), width)
    if bottom - top < SMALLEST or right - left < SMALLEST:  # too near the far edge: take a little more
        top, left = max(0, bottom - 2 * SMALLEST) // step * step, max(0, right - 2 * SMALLEST) // step * step
    crop = slice(top, bottom), slice(left, right)
    jumps = [field.jump for field in fields(network.stages)]
    for tap, first, features in stream(
        network.stages, _strips(reference[crop], candidate[crop], device, strip, network)
    ):
        (row, last_row), (column, last_column) = wanted[tap]
        begin = first + top // jumps[tap]
        shift = left // jumps[tap]
        low, high = max(row, begin), min(last_row, begin + features.shape[2])
        if low < high:
            part = features[:, :, low - begin : high - begin, column - shift : last_column - shift]
            maps[tap][low:high, column:last_column] = _difference(part, network.heads[tap]).cpu().numpy()


def _at_least(low: int, high: int, size: int) -> int:
    return min(size, max(high, low + SMALLEST))


def _strips(
    reference: RGB, candidate: RGB, device: torch.device, strip: int, network: Network
) -> Iterator[tuple[Tensor, bool]]:
    """Both pictures as one batch of two, normalised, `strip` rows at a time; the last strip takes what would be too few."""
    del network
    height = reference.shape[0]
    shift = torch.tensor(SHIFT, device=device).view(1, 3, 1, 1)
    scale = torch.tensor(SCALE, device=device).view(1, 3, 1, 1)
    top = 0
    while top < height:
        bottom = top + strip if height - top >= 2 * strip else height
        pair = np.stack([reference[top:bottom], candidate[top:bottom]])
        samples = torch.from_numpy(pair).to(device).permute(0, 3, 1, 2)
        yield (samples.float() / 127.5 - 1 - shift) / scale, bottom == height
        top = bottom


def _difference(features: Tensor, weights: Tensor) -> Tensor:
    """Per place the weighted squared difference of the two pictures' unit features: shape (rows, columns)."""
    features = features.float()
    length = features.square().sum(1, keepdim=True).sqrt_().add_(EPSILON)
    unit = features / length
    return torch.einsum("chw,c->hw", (unit[0] - unit[1]).square_(), weights)
