"""A score's map as a picture for people: where the difference is, over what the page looks like."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.errors import PictureError
from compatcheck.metrics.threads import in_parts
from compatcheck.model.capture import RGB
from compatcheck.model.verdict import Score, ScoreMap
from compatcheck.native import library
from compatcheck.picture import check_rgb

DIMMED = 0.35
"""How bright the grey page below is: dark enough that the weakest heat stands out, light enough to find one's place."""

STRIP = 64
"""Rows worked on at a time: bounds the temporaries, whatever the page's height."""

WORTH_SHARING = 200_000
"""Pixels below which a picture is not shared out between threads."""


@lru_cache(maxsize=1)
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Per map level 0–255: the colour already weighted by its opacity (256, 1, 3), and what the page keeps (256,)."""
    levels = np.arange(256, dtype=np.uint8)[:, None]
    # Inferno is perceptually uniform and readable with every common colour blindness, and in grey; its first quarter is
    # near black and would be lost on the dimmed page, so the levels are spread over the rest.
    spread = (64 + levels.astype(np.float32) * (191 / 255)).astype(np.uint8)
    colours = cv2.cvtColor(cv2.applyColorMap(spread, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    opacity = np.clip(np.sqrt(levels.astype(np.float32) / 255) * 1.25, 0, 1)  # weak heat is seen, strong heat covers
    heat = np.rint(colours * opacity[:, :, None]).astype(np.uint8)
    return heat, np.rint((1 - opacity[:, 0]) * 255).astype(np.uint8)


@lru_cache(maxsize=1)
def _below() -> NDArray[np.uint8]:
    """What remains of each grey (across) under each level (down): shape (256, 256)."""
    greys = np.tile(np.arange(256, dtype=np.uint8), (256, 1))
    return _dimmed(greys, np.repeat(_tables()[1][:, None], 256, axis=1))


def heat_map(picture: RGB, score_map: ScoreMap) -> RGB:
    """The map in inferno colours over the picture in dimmed grey; dark purple is a little, yellow all the difference.

    `score_map` is float32 of the picture's height and width, 0 (same) to 1. Raises PictureError when the sizes differ.
    """
    check_rgb(picture)
    if score_map.shape != picture.shape[:2]:
        raise PictureError(f"the map {score_map.shape} and the picture {picture.shape[:2]} have different sizes.")
    picture, score_map = np.ascontiguousarray(picture), np.ascontiguousarray(score_map, dtype=np.float32)
    result = np.empty_like(picture)
    tops = range(0, picture.shape[0], STRIP)

    def run(part: int, parts: int) -> None:
        for top in tops[part::parts]:
            rows = slice(top, top + STRIP)
            _lay(picture[rows], score_map[rows], result[rows])

    in_parts(run, picture.shape[0] * picture.shape[1], WORTH_SHARING)
    return result


def _lay(picture: RGB, score_map: ScoreMap, result: RGB) -> None:
    """One strip's heat-map, into `result`; all three are contiguous."""
    heat, kept = _tables()
    loaded = library()
    if loaded is not None:
        tables = heat.ctypes.data, _below().ctypes.data
        loaded.cc_heat(picture.ctypes.data, score_map.ctypes.data, score_map.size, *tables, result.ctypes.data)
        return
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    levels = cv2.convertScaleAbs(np.clip(score_map, 0, 1), alpha=255)
    below = _dimmed(grey, cv2.LUT(levels, kept))
    page = cv2.merge([below, below, below])
    if not cv2.hasNonZero(levels):  # nothing differs here: no heat to lay over the page
        result[:] = page
    else:
        cv2.add(cv2.LUT(cv2.merge([levels, levels, levels]), heat), page, dst=result)


def _dimmed(grey: NDArray[Any], kept: NDArray[Any]) -> NDArray[np.uint8]:
    return np.asarray(cv2.multiply(grey, kept, scale=DIMMED / 255), dtype=np.uint8)


def worst_map(scores: Mapping[str, Score]) -> tuple[str, ScoreMap] | None:
    """The metric whose map shows the most difference (largest mean), with its map; None when no score has a map."""
    named = [(name, score.map) for name, score in scores.items() if score.map is not None]
    return max(named, key=lambda item: float(item[1].mean()), default=None)
