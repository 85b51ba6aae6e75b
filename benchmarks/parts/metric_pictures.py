"""Pairs of pictures of given sizes, put together from a run's captures: what two engines made of the same real pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compatcheck.compare import fit_pictures
from compatcheck.picture import read, write_png

SIZES = ((1280, 720), (1170, 2532), (1280, 5000), (2560, 10_000))
"""Width and height in px of the pairs that are timed."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PairFiles:
    """One pair on disk: as arrays and as PNG files; `alike` is the reference with two small parts of the candidate in it."""

    width: int
    height: int
    folder: Path

    @property
    def name(self) -> str:
        return f"{self.width} × {self.height}"

    def array(self, side: str) -> str:
        return str(self.folder / f"{self.width}x{self.height}-{side}.npy")

    def png(self, side: str) -> str:
        return str(self.folder / f"{self.width}x{self.height}-{side}.png")


def make_pairs(run: Path, folder: Path) -> list[PairFiles]:
    """Write a pair of every size. `run` is a run's folder; raises ValueError when it has no pairs to take."""
    captured = list(_captured(run))
    if not captured:
        raise ValueError(f"{run}: no captures of two devices that can be held against each other.")
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for width, height in SIZES:
        pair = PairFiles(width, height, folder)
        reference, candidate = _mosaic(captured, width, height)
        alike = reference.copy()
        for top in range(0, height, 2500):  # two boxes a screenful or two: a button that moved, a line that changed
            alike[top + 200 : top + 260, 100:400] = candidate[top + 200 : top + 260, 100:400] // 2
        for side, picture in (("reference", reference), ("candidate", candidate), ("alike", alike)):
            np.save(pair.array(side), picture)
            write_png(pair.png(side), picture)
        found.append(pair)
    return found


def _captured(run: Path) -> Iterator[tuple[Picture, Picture]]:
    """The pictures of every pair that was compared, cropped to what both sides have."""
    results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    for outcome in results["outcomes"]:
        names = outcome["images"]["reference"], outcome["images"]["candidate"]
        if all(names) and names[0] != names[1]:
            fitted = fit_pictures(*(read(run / name) for name in names), "crop")
            if not np.array_equal(fitted.reference, fitted.candidate):
                yield fitted.reference, fitted.candidate


def _mosaic(captured: list[tuple[Picture, Picture]], width: int, height: int) -> tuple[Picture, Picture]:
    """Pages under one another, in columns side by side until the width is full; the widest pages that fit come first."""
    sides = [np.full((height, width, 3), 255, np.uint8) for _ in range(2)]
    ordered = sorted(captured, key=lambda pair: abs(pair[0].shape[1] - min(width, 1280)))
    nearest = [pair for pair in ordered if pair[0].shape[1] == ordered[0][0].shape[1]]
    left = place = 0
    while left < width:
        top, column = 0, min(width - left, nearest[0][0].shape[1])
        while top < height:
            pair = nearest[place % len(nearest)]
            place += 1
            rows = min(height - top, pair[0].shape[0])
            for side, picture in zip(sides, pair, strict=True):
                side[top : top + rows, left : left + column] = picture[:rows, :column]
            top += rows
        left += column
    return sides[0], sides[1]
