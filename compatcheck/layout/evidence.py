"""Single differences of two pictures, put together into what a person would call one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from compatcheck.geometry import CssBox
from compatcheck.model.verdict import Kind

Sort = Literal["lost", "new", "moved", "paint"]

APART = (14, 10)
"""CSS px, across and down, up to which two differences belong together: a space between words, a gap between lines."""
SAME_WAY = 6.0
"""CSS px by which the movements of two pieces may differ that moved together."""
TALLER = 1.15
"""One thing is another's size when neither side is larger than this many times the other's and RESIZED CSS px."""
RESIZED = 10.0
RASTER = 4
"""CSS px per pixel of the mask on which neighbours are found."""


@dataclass(frozen=True, slots=True)
class Clue:
    """One piece or patch that differs.

    `place` is its box on the baseline's picture (of what is new: where it would stand there), `there` its box on the
    candidate's. `weight` 0–1 says how sure it is, `strength` 0–255 how far the colours are apart. `drift`: how many CSS px lower
    its surroundings stand on the candidate.
    """

    sort: Sort
    place: CssBox
    there: CssBox
    weight: float = 1.0
    strength: float = 0.0
    drift: float = 0.0

    @property
    def landing(self) -> CssBox:
        """Where it stands on the candidate, on the baseline's rows."""
        return self.there.translated(0, -self.drift)

    @property
    def way(self) -> tuple[float, float]:
        """How far it stands to the right and lower than its surroundings put it, CSS px."""
        return self.there.x - self.place.x, self.there.y - self.drift - self.place.y

    @property
    def area(self) -> float:
        return self.place.area * self.weight


@dataclass(frozen=True, slots=True)
class Group:
    """What one cause changed. `here` and `there` are None where the thing is on the other side only; `area` in CSS px²;
    `strength` 0–255: how far colours are apart; `band`: all of a page's width from one row to another.
    """

    kind: Kind
    place: CssBox
    here: CssBox | None
    there: CssBox | None
    area: float
    strength: float = 0.0
    band: bool = False


def groups_of(clues: Sequence[Clue]) -> Iterator[Group]:
    """Put clues together: what moved, by the way it moved; the rest, by where it is."""
    moved = [clue for clue in clues if clue.sort == "moved"]
    yield from _moved_together(moved)
    for members in neighbourhoods([clue for clue in clues if clue.sort != "moved"], APART):
        yield _group(members)


def neighbourhoods(clues: Sequence[Clue], apart: tuple[int, int]) -> list[list[Clue]]:
    """Clues on the baseline's picture with no more than `apart` CSS px, across and down, between one and the next."""
    by_label: dict[int, list[Clue]] = {}
    for clue, label in zip(clues, _labels(clues, apart), strict=True):
        by_label.setdefault(label, []).append(clue)
    return list(by_label.values())


def _moved_together(clues: list[Clue]) -> Iterator[Group]:
    ways: list[tuple[float, float, list[Clue]]] = []
    for clue in sorted(clues, key=lambda one: -one.area):
        dx, dy = clue.there.x - clue.place.x, clue.there.y - clue.place.y
        for x, y, members in ways:
            if abs(x - dx) <= SAME_WAY and abs(y - dy) <= SAME_WAY:
                members.append(clue)
                break
        else:
            ways.append((dx, dy, [clue]))
    for _, _, members in ways:
        # What stands aside in one way may be all over the page; the largest piece says best by how much.
        place = around([clue.place for clue in members])
        there = place.translated(members[0].there.x - members[0].place.x, members[0].there.y - members[0].place.y)
        yield Group("moved", place, place, there, sum(clue.area for clue in members))


def _labels(clues: Sequence[Clue], apart: tuple[int, int]) -> list[int]:
    """Per clue the number of its neighbourhood, found on a small mask: time in proportion to the page, not to pairs of clues."""
    if not clues:
        return []
    grown = [
        (clue.place.x - apart[0] / 2, clue.place.y - apart[1] / 2, clue.place.right + apart[0] / 2, clue.place.bottom + apart[1] / 2)
        for clue in clues
    ]  # fmt: skip
    corners = np.maximum(np.array(grown), 0.0) / RASTER
    whole = np.floor(corners[:, :2]).astype(int), np.ceil(corners[:, 2:]).astype(int)
    mask = np.zeros((int(whole[1][:, 1].max()) + 1, int(whole[1][:, 0].max()) + 1), np.uint8)
    for (x0, y0), (x1, y1) in zip(whole[0].tolist(), whole[1].tolist(), strict=True):
        mask[y0 : y1 + 1, x0 : x1 + 1] = 1
    _, labels = cv2.connectedComponents(mask, connectivity=8)
    return [int(labels[y, x]) for x, y in whole[0].tolist()]


def _group(clues: list[Clue]) -> Group:
    lost = [clue for clue in clues if clue.sort == "lost"]
    new = [clue for clue in clues if clue.sort == "new"]
    paint = [clue for clue in clues if clue.sort == "paint"]
    area = {sort: sum(clue.area for clue in clues if clue.sort == sort) for sort in ("lost", "new", "paint")}
    place, there = around([clue.place for clue in clues]), around([clue.there for clue in clues])
    strength = max(clue.strength for clue in clues)
    most = max(area.values())
    if area["paint"] > 2 * (area["lost"] + area["new"]):
        return Group("paint", place, place, there, most, strength)
    if lost and not new:
        return Group("missing", place, around([clue.place for clue in lost + paint]), None, most, strength)
    if new and not lost:
        return Group("extra", place, None, around([clue.there for clue in new + paint]), most, strength)
    here, away = around([clue.place for clue in lost]), around([clue.there for clue in new])
    return Group("resized" if _other_size(here, away) else "paint", place, here, away, most, max(strength, 80.0))


def _other_size(one: CssBox, other: CssBox) -> bool:
    return any(
        max(a, b) > TALLER * min(a, b) and abs(a - b) > RESIZED
        for a, b in ((one.width, other.width), (one.height, other.height))
    )


def around(boxes: list[CssBox]) -> CssBox:
    """The smallest box that holds all of at least one."""
    x0, y0 = min(box.x for box in boxes), min(box.y for box in boxes)
    return CssBox(x0, y0, max(box.right for box in boxes) - x0, max(box.bottom for box in boxes) - y0)
