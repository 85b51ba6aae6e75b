"""A score's map as a picture for people: where the difference is, over what the page looks like.

A heat-map has 256 colours, so that its file is small and soon written: 64 greys for the dimmed page, and 24 degrees of heat,
each over 8 greys. Degrees are even steps of the difference's square root, because a little heat must be told from none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.errors import PictureError
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Score, ScoreMap
from compatcheck.native import library
from compatcheck.picture import check_rgb, write_indexed_png

DIMMED = 0.35
"""How bright the grey page below is: dark enough that the weakest heat stands out, light enough to find one's place."""

DEGREES = 25
"""Steps of heat, none among them; `native/heat.c` has the same numbers."""

GREYS, BELOW = 64, 8
"""Steps of grey where there is no heat, and under each degree of it."""

STRIP = 64
"""Rows worked on at a time: bounds the temporaries, whatever the page's height."""


@lru_cache(maxsize=1)
def palette() -> NDArray[np.uint8]:
    """The 256 colours of a heat-map, shape (256, 3): greys first, then degree by degree, each over darker to lighter page."""
    greys = np.linspace(0, 255 * DIMMED, GREYS)
    heat = ((np.arange(1, DEGREES) + 0.5) / DEGREES) ** 2
    # Inferno is perceptually uniform and readable with every common colour blindness, and in grey; its first quarter is
    # near black and would be lost on the dimmed page, so the levels are spread over the rest.
    spread = (64 + heat * 191).astype(np.uint8)[:, None]
    colours = cv2.cvtColor(cv2.applyColorMap(spread, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB).astype(np.float64)
    opacity = np.clip(np.sqrt(heat) * 1.25, 0, 1)[:, None, None]  # weak heat is seen, strong heat covers
    below = np.linspace(0, 255 * DIMMED, BELOW)[None, :, None]
    hot = colours * opacity + below * (1 - opacity)
    both: NDArray[np.float64] = np.concatenate([np.repeat(greys[:, None], 3, axis=1), hot.reshape(-1, 3)])
    return np.rint(both).astype(np.uint8)


def heat_map(picture: RGB, score_map: ScoreMap) -> RGB:
    """The map in inferno colours over the picture in dimmed grey; dark purple is a little, yellow all the difference.

    `score_map` is float32 of the picture's height and width, 0 (same) to 1. Raises PictureError when the sizes differ.
    """
    picture, score_map = _checked(picture, score_map)
    result = np.empty_like(picture)
    for top in range(0, len(picture), STRIP):
        rows = slice(top, top + STRIP)
        result[rows] = palette()[_indices(picture[rows], score_map[rows])[:, 1:]]
    return result


def write_heat_map(path: str | os.PathLike[str], picture: RGB, score_map: ScoreMap) -> None:
    """Write what `heat_map` shows as a PNG file, whole or not at all, without making the picture first.

    Raises PictureError when the sizes differ, OSError when the disk will not have it.
    """
    picture, score_map = _checked(picture, score_map)

    def rows(top: int, count: int) -> NDArray[np.uint8]:
        return _indices(picture[top : top + count], score_map[top : top + count])

    write_indexed_png(path, picture.shape[:2], palette(), rows)


def _checked(picture: RGB, score_map: ScoreMap) -> tuple[RGB, ScoreMap]:
    check_rgb(picture)
    if score_map.shape != picture.shape[:2]:
        raise PictureError(f"the map {score_map.shape} and the picture {picture.shape[:2]} have different sizes.")
    return np.ascontiguousarray(picture), np.ascontiguousarray(score_map, dtype=np.float32)


def _indices(picture: RGB, score_map: ScoreMap) -> NDArray[np.uint8]:
    """One strip's places in the palette, each row behind a zero: shape (height, width + 1). Both are contiguous."""
    height, width = score_map.shape
    result = np.empty((height, width + 1), np.uint8)
    loaded = library()
    if loaded is not None:
        loaded.cc_heat(picture.ctypes.data, score_map.ctypes.data, height, width, result.ctypes.data)
        return result
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    heat = np.fmin(np.fmax(score_map, np.float32(0)), np.float32(1))
    degrees = np.minimum((np.sqrt(heat) * np.float32(DEGREES)).astype(np.uint8), DEGREES - 1)
    hot = (
        GREYS + (degrees - 1) * np.uint8(BELOW) + grey // (256 // BELOW)
    )  # wraps around where there is no heat, unused
    result[:, 0] = 0
    result[:, 1:] = np.where(degrees == 0, grey // (256 // GREYS), hot)
    return result


def worst_map(scores: Mapping[str, Score]) -> tuple[str, ScoreMap] | None:
    """The metric whose map shows the most difference (largest mean), with its map; None when no score has a map."""
    named = [(name, score.map) for name, score in scores.items() if score.map is not None]
    return max(named, key=lambda item: float(item[1].mean()), default=None)
