"""Six ways of harming a picture, each from hardly to plainly visible. Nothing here is left to chance: seeds are fixed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from compatcheck.model.capture import RGB


@dataclass(frozen=True, slots=True)
class Distortion:
    """A kind of harm: what it is, its strengths from weak to strong with their unit, and how it is done."""

    name: str
    title: str
    unit: str
    strengths: tuple[float, ...]
    apply: Callable[[RGB, float], RGB]

    @property
    def words(self) -> str:
        """The title inside a sentence."""
        return self.title if self.title.isupper() else self.title.lower()


def _warp(picture: RGB, pixels: float) -> RGB:
    """A slow wave across and down the page: every pixel moves by up to `pixels`, neighbours together."""
    height, width = picture.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    period = 96.0
    across = columns + np.float32(pixels) * np.sin(2 * np.pi * rows / period)
    down = rows + np.float32(pixels) * np.sin(2 * np.pi * columns / period)
    moved = cv2.remap(picture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)


def _blur(picture: RGB, sigma: float) -> RGB:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), dtype=np.uint8)


def _jpeg(picture: RGB, quality: float) -> RGB:
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, int(quality)]
    )
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR) if done else None
    if decoded is None:
        raise ValueError("OpenCV was built without JPEG")
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), dtype=np.uint8)


def _noise(picture: RGB, sigma: float) -> RGB:
    grain = np.random.default_rng(20260101).normal(0, sigma, picture.shape)
    return np.asarray(np.clip(np.rint(picture + grain), 0, 255), dtype=np.uint8)


def _contrast_and_brightness(picture: RGB, amount: float) -> RGB:
    """Contrast down by `amount` of 1 around mid-grey, brightness up by half as much of 255."""
    changed = (picture.astype(np.float32) - 127.5) * (1 - amount) + 127.5 + 127.5 * amount
    return np.asarray(np.clip(np.rint(changed), 0, 255), dtype=np.uint8)


def _saturation(picture: RGB, lost: float) -> RGB:
    """Colours pulled towards their own grey (BT.601 luma, so that a picture in luma stays as it was)."""
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return np.asarray(cv2.addWeighted(picture, 1 - lost, grey, lost, 0), dtype=np.uint8)


DISTORTIONS: tuple[Distortion, ...] = (
    Distortion("warp", "Warp", "px", (0.5, 1, 2, 4, 8), _warp),
    Distortion("blur", "Blur", "px (σ)", (0.5, 1, 2, 4, 8), _blur),
    Distortion("jpeg", "JPEG", "quality", (90, 60, 30, 15, 5), _jpeg),
    Distortion("noise", "Noise", "levels (σ)", (3, 6, 12, 24, 48), _noise),
    Distortion("contrast", "Contrast and brightness", "of 1", (0.05, 0.1, 0.2, 0.35, 0.5), _contrast_and_brightness),
    Distortion("saturation", "Saturation", "of 1 lost", (0.2, 0.4, 0.6, 0.8, 1.0), _saturation),
)
"""In the order in which a study shows them."""
