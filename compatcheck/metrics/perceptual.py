"""The distance that LPIPS and ST-LPIPS measure, over pictures of any size.

Zhang, Isola, Efros, Shechtman and Wang, "The unreasonable effectiveness of deep features as a perceptual metric", CVPR
2018: each tap's features are normalised to unit length over the channels, squared differences are weighted by the heads,
averaged over the page and summed over the taps.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from compatcheck.geometry import PixelBox
from compatcheck.metrics import convolution, kept, threads
from compatcheck.metrics.networks import SCALE, SHIFT, SMALLEST, Network
from compatcheck.metrics.streaming import Field, fields, sizes, stream, total_stride
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import ScoreMap

EPSILON = 1e-10
"""Added to a feature's length before dividing by it, as in LPIPS's own code."""

WHOLE = 0.9
"""From this part of the picture on that has to be looked at, all of it is: parts reach into one another and cost more."""

NORMAL = ((np.arange(256, dtype=np.float32)[None, :, None] / 127.5 - 1 - np.array(SHIFT)) / np.array(SCALE)).astype(
    np.float32
)
"""What the networks get for a sample of 0 to 255, by channel: shape (1, 256, 3)."""

Taps = tuple[Tensor, ...]
"""A picture's features, tap by tap: shape (channels, rows, columns), a pixel's channels side by side in memory."""

Keeper = Callable[[Hashable, int, Callable[[], Taps]], Taps]
"""What keeps a reference's features: see `PicturePair.of_reference`."""


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


def distance(
    network: Network,
    reference: RGB,
    candidate: RGB,
    strip: int,
    keeper: Keeper | None = None,
) -> Distance:
    """LPIPS of two pictures of one shape. Only the parts whose features can differ are computed; the rest is exactly 0.

    `strip` is how many picture rows are worked on at a time. `keeper` keeps the reference's features for the next candidate;
    it is not asked when they take more than `kept.budget`.
    """
    if min(reference.shape[:2]) < SMALLEST:
        reference, candidate = _extended(reference), _extended(candidate)
    height, width = reference.shape[:2]
    rows, columns = sizes(network.stages, height), sizes(network.stages, width)
    maps = tuple(np.zeros(shape, np.float32) for shape in zip(rows, columns, strict=True))
    taps = fields(network.stages)
    crops = [_crop(network, taps, changed, maps, height, width) for changed in _changes(taps, reference, candidate)]
    if sum(crop.box.width * crop.box.height for crop in crops) >= WHOLE * height * width:
        crops = [_Crop(PixelBox(0, 0, width, height), [((0, own.shape[0]), (0, own.shape[1])) for own in maps])]
    fits = bool(crops) and network.bytes_for(height, width) <= kept.budget()
    known = _kept_features(network, reference, strip, keeper) if keeper and fits else None
    for crop in crops:
        _measure(network, taps, reference, candidate, crop, maps, strip, known)
    return Distance(float(sum(own.mean(dtype=np.float64) for own in maps)), maps)


def _extended(picture: RGB) -> RGB:
    height, width = picture.shape[:2]
    below, beside = max(0, SMALLEST - height), max(0, SMALLEST - width)
    return np.asarray(cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_REPLICATE), dtype=np.uint8)


def _changes(taps: list[Field], reference: RGB, candidate: RGB) -> Iterator[PixelBox]:
    """Boxes that hold all pixels that differ; runs of equal rows longer than a feature sees part them."""
    reach = max(field.reach for field in taps)
    flags = np.array([not np.array_equal(mine, other) for mine, other in zip(reference, candidate, strict=True)])
    rows = np.flatnonzero(flags)
    if not len(rows):
        return
    for run in np.split(rows, np.flatnonzero(np.diff(rows) > 2 * reach) + 1):
        part = slice(int(run[0]), int(run[-1]) + 1)
        columns = np.flatnonzero((reference[part] != candidate[part]).any(axis=(0, 2)))
        yield PixelBox(int(columns[0]), part.start, int(columns[-1]) + 1, part.stop)


@dataclass(frozen=True, slots=True)
class _Crop:
    """A part of the picture that is computed, and per tap the rows and columns of features that are wanted from it."""

    box: PixelBox
    wanted: list[tuple[tuple[int, int], tuple[int, int]]]


def _crop(
    network: Network,
    taps: list[Field],
    changed: PixelBox,
    maps: tuple[NDArray[np.float32], ...],
    height: int,
    width: int,
) -> _Crop:
    """What must be computed for all features that see the changed box: all that those features see, in step."""
    step = total_stride(network.stages)
    wanted = [
        (
            field.touched(changed.top, changed.bottom, own.shape[0]),
            field.touched(changed.left, changed.right, own.shape[1]),
        )
        for field, own in zip(taps, maps, strict=True)
    ]
    down = [field.seen(*rows) for field, (rows, _) in zip(taps, wanted, strict=True)]
    across = [field.seen(*columns) for field, (_, columns) in zip(taps, wanted, strict=True)]
    top, bottom = _span(down, height, step)
    left, right = _span(across, width, step)
    return _Crop(PixelBox(left, top, right, bottom), wanted)


def _span(seen: list[tuple[int, int]], size: int, step: int) -> tuple[int, int]:
    """From a multiple of `step` to the end of what is seen, inside the picture and long enough for the network."""
    low, high = max(0, min(low for low, _ in seen)), min(size, max(high for _, high in seen))
    if size - low < SMALLEST:
        low = max(0, size - SMALLEST)
    low = low // step * step
    return low, min(size, max(high, low + SMALLEST))


def _measure(
    network: Network,
    taps: list[Field],
    reference: RGB,
    candidate: RGB,
    crop: _Crop,
    maps: tuple[NDArray[np.float32], ...],
    strip: int,
    known: Taps | None,
) -> None:
    """Fill the maps with the differences of the features that are wanted from a crop; `known` are the whole reference's."""
    part = crop.box.slices()
    pictures = (candidate[part],) if known else (reference[part], candidate[part])
    for tap, row, features in _features(network, pictures, strip):
        (rows, columns), jump = crop.wanted[tap], taps[tap].jump
        begin, shift = row + crop.box.top // jump, crop.box.left // jump
        low, high = max(rows[0], begin), min(rows[1], begin + features.shape[2])
        if low < high:
            window = features[:, :, low - begin : high - begin, columns[0] - shift : columns[1] - shift]
            other = known[tap][:, low:high, slice(*columns)] if known else window[0]
            _compare(other, window[-1], network.heads[tap], maps[tap][low:high, slice(*columns)])


def _compare(first: Tensor, second: Tensor, head: Tensor, into: NDArray[np.float32]) -> None:
    """Fill a part of a map with the weighted squared differences of two features at unit length."""
    first, second = first.float(), second.float()
    if not convolution.unlike(first, second, head, into):
        difference = (_of_unit_length(first) - _of_unit_length(second)).square_()
        into[:] = torch.einsum("chw,c->hw", difference, head).cpu().numpy()


def _of_unit_length(features: Tensor) -> Tensor:
    return features / features.square().sum(0, keepdim=True).sqrt_().add_(EPSILON)


def _kept_features(network: Network, picture: RGB, strip: int, keeper: Keeper) -> Taps:
    """All features of a picture, computed when they are not there yet."""
    height, width = picture.shape[:2]
    rows, columns = sizes(network.stages, height), sizes(network.stages, width)

    def compute() -> Taps:
        whole = tuple(
            torch.empty((*shape, head.numel()), dtype=network.dtype, device=network.device).permute(2, 0, 1)
            for head, *shape in zip(network.heads, rows, columns, strict=True)
        )
        for tap, row, features in _features(network, (picture,), strip):
            whole[tap][:, row : row + features.shape[2]] = features[0]
        return whole

    return keeper(network.key, network.bytes_for(height, width), compute)


def _features(network: Network, pictures: tuple[RGB, ...], strip: int) -> Iterator[tuple[int, int, Tensor]]:
    """The features of pictures of one shape as they come ready: (tap, first row, features of all)."""
    return stream(network.stages, _strips(network, pictures, strip))


def _strips(network: Network, pictures: tuple[RGB, ...], strip: int) -> Iterator[tuple[Tensor, bool]]:
    """The pictures normalised, `strip` rows at a time; the last strip takes what would be too few."""
    height, width = pictures[0].shape[:2]
    top = 0
    while top < height:
        if network.device.type == "cpu":
            # Another pair may have begun or ended meanwhile. Torch's threads spin when idle, in the way of those in C.
            torch.set_num_threads(1 if network.in_c else threads.share())
        bottom = top + strip if height - top >= 2 * strip else height
        normal = np.empty((len(pictures), bottom - top, width, 3), np.float32)
        for picture, into in zip(pictures, normal, strict=True):
            cv2.LUT(np.ascontiguousarray(picture[top:bottom]), NORMAL, dst=into)
        yield torch.from_numpy(normal).permute(0, 3, 1, 2).to(network.device, network.dtype), bottom == height
        top = bottom
