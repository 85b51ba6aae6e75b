"""Two aligned pictures while they are being scored, and what several metrics need of them, computed once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.errors import PictureError
from compatcheck.metrics import kept
from compatcheck.metrics.threads import in_parts
from compatcheck.model.capture import RGB
from compatcheck.model.matrix import Networks
from compatcheck.picture import check_rgb

if TYPE_CHECKING:
    from compatcheck.metrics.structure import Pyramid, Structure

MAX_SCALES = 5

WORTH_SHARING = 1_000_000
"""Pixels below which a pass over both pictures is not shared out between threads."""

Thing = TypeVar("Thing")


class PicturePair:
    """Reference and candidate, RGB uint8 of one shape, contiguous.

    `scales` is how many scales of SSIM's statistics anybody will ask for, `finest_ssim` whether anybody asks for SSIM on the
    finest, `maps` whose maps are wanted: what is computed once for all metrics is computed so far and no further.
    `networks` says where networks run; `keep` that the reference is met with other candidates too, `candidates` with how many
    in all (0: not known).

    Raises PictureError unless both are pictures with pixels, of one shape.
    """

    def __init__(
        self,
        reference: RGB,
        candidate: RGB,
        *,
        scales: int = MAX_SCALES,
        finest_ssim: bool = True,
        maps: Collection[str] = (),
        networks: Networks | None = None,
        keep: bool = False,
        candidates: int = 0,
    ) -> None:
        check_rgb(reference, "reference")
        check_rgb(candidate, "candidate")
        if reference.shape != candidate.shape:
            first, second = (f"{shape[1]} × {shape[0]}" for shape in (reference.shape, candidate.shape))
            raise PictureError(
                f"the pictures have different sizes ({first} and {second}); bring them to one grid first."
            )
        self.reference: RGB = np.ascontiguousarray(reference)
        self.candidate: RGB = np.ascontiguousarray(candidate)
        self.scales = scales
        self.finest_ssim = finest_ssim
        self.maps = frozenset(maps)
        self.networks = networks or Networks()
        self.keep = keep
        self.candidates = candidates
        self._of_reference: dict[Hashable, Any] = {}
        self._structures: dict[bool, Structure] = {}

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in px."""
        return int(self.reference.shape[0]), int(self.reference.shape[1])

    @cached_property
    def equal(self) -> bool:
        """True when the two are equal byte for byte; looks no further than to the first difference."""
        if self.reference is self.candidate:
            return True
        strip = 256
        return all(
            np.array_equal(self.reference[top : top + strip], self.candidate[top : top + strip])
            for top in range(0, len(self.reference), strip)
        )

    @cached_property
    def luma(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Both pictures as luma, shape (height, width, 1)."""
        return self._reference_luma, luma(self.candidate)

    @property
    def _reference_luma(self) -> NDArray[np.uint8]:
        height, width = self.size
        return self.of_reference("luma", height * width, lambda: luma(self.reference))

    @cached_property
    def squared_error(self) -> float:
        """The mean of (a − b)² over all pixels and channels, in squared grey levels, 0–65025; exact."""
        height, width = self.size

        def run(part: int, parts: int) -> int:
            rows = slice(height * part // parts, height * (part + 1) // parts)
            if rows.start == rows.stop:  # fewer rows than parts, and OpenCV wants some
                return 0
            return round(cv2.norm(self.reference[rows], self.candidate[rows], cv2.NORM_L2SQR))  # it is the root squared

        return sum(in_parts(run, height * width, WORTH_SHARING)) / self.reference.size

    @cached_property
    def identity(self) -> kept.Identity:
        """What tells the reference from every other picture of the run."""
        return kept.identity(self.reference)

    def of_reference(self, kind: Hashable, size: int, compute: Callable[[], Thing]) -> Thing:
        """What `compute` gives of the reference alone, of `size` bytes: once for this pair, and once for all its candidates."""
        if kind not in self._of_reference:
            self._of_reference[kind] = (
                kept.kept(kind, self.identity, size, compute, self.candidates) if self.keep else compute()
            )
        thing: Thing = self._of_reference[kind]
        return thing

    def wants_map(self, metric: str) -> bool:
        """Whether the metric of that name is to make its map."""
        return metric in self.maps

    def planes(self, *, grey: bool) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """What a metric works on: luma, or all three channels."""
        return self.luma if grey else (self.reference, self.candidate)

    def structure(self, *, grey: bool) -> Structure:
        """SSIM's statistics on up to `scales` scales, computed at the first call."""
        from compatcheck.metrics.structure import makes_luma, measure_structure, pyramid_bytes, pyramid_of, scales_for

        if grey not in self._structures:
            suffix = ":luma" if grey else ""
            scales = min(self.scales, scales_for(*self.size))
            maps = scales if f"ms_ssim{suffix}" in self.maps else int(f"ssim{suffix}" in self.maps)
            in_rgb = not grey or makes_luma(self.reference)
            reference, candidate = self.planes(grey=not in_rgb)
            pyramid: Pyramid = ()
            if self.keep and scales > 1:
                size = pyramid_bytes(*self.size, 1 if grey else 3)
                own = self._reference_luma if grey else self.reference
                pyramid = self.of_reference(("pyramid", grey, scales), size, lambda: pyramid_of(own, scales))
            self._structures[grey] = measure_structure(
                reference,
                candidate,
                scales,
                grey=grey and in_rgb,
                finest_ssim=self.finest_ssim,
                maps=maps,
                pyramid=pyramid,
            )
        return self._structures[grey]


def luma(picture: RGB) -> NDArray[np.uint8]:
    """ITU-R BT.601 luma, 0.299 R + 0.587 G + 0.114 B rounded to 8 bits, as MATLAB's rgb2gray; shape (height, width, 1)."""
    grey: NDArray[Any] = np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    return grey[:, :, None]
