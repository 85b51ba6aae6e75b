"""Two pictures and no page model: what is missing, new, moved, resized or painted differently, block by block.

For native apps and folders of pictures. Rows are aligned first, so that an inserted banner costs its own height only; then the
blocks of either picture are looked for in the other at the place that the rows give.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.geometry import CssBox
from compatcheck.layout.rowmap import inverse, row_map
from compatcheck.layout.segments import Block, blocks_of, edges_of
from compatcheck.model.capture import RGB, Capture
from compatcheck.model.verdict import Divergence, Kind

SEARCH = 10
"""CSS px around its expected place in which a block's ink may stand: fonts, rounding, one pixel of border."""
LINE = 46.0
"""CSS px: one line of text more or less, in a large font, is engine noise."""
NEAR = 80.0
"""CSS px: where the rows around a block moved by less, its own row is worth a look too."""
SPECK = 420
"""CSS px²: smaller things come and go with the scaling of photographs."""
COLOUR_STEP = 30.0
"""Mean colours of a block's ground or ink nearer than this look alike."""


@dataclass(frozen=True, slots=True)
class _Side:
    picture: RGB
    edges: NDArray[np.uint8]
    blocks: list[Block]


def picture_divergences(baseline: Capture, candidate: Capture) -> tuple[Divergence, ...]:
    """Compare two captures by their pictures alone, worst first; at most 40 findings."""
    width = _css_width(baseline)
    a, b = _side(baseline, width), _side(candidate, width)
    if min(*a.picture.shape[:2], *b.picture.shape[:2]) < 8:
        return ()
    forth = row_map(a.picture, a.edges, b.picture, b.edges)
    back = inverse(forth, b.picture.shape[0])
    found = [*_one_way(a, b, forth, "missing"), *_one_way(b, a, back, "extra")]
    found.sort(key=lambda divergence: -divergence.severity)
    return tuple(_distinct(found)[:40])


def _css_width(capture: Capture) -> int:
    return int(max(8, round(capture.picture.shape[1] / (capture.facts.device_scale_factor or 1.0))))


def _side(capture: Capture, width: int) -> _Side:
    """The picture in CSS px of the baseline's width: a phone's picture at ratio 3 and a desktop's are then comparable."""
    height, wide = capture.picture.shape[:2]
    ratio = capture.facts.device_scale_factor or 1.0
    own = max(8, round(wide / ratio))
    scale = (width / wide) if abs(own - width) > 0.35 * width else 1.0 / ratio
    size = (max(8, round(wide * scale)), max(8, round(height * scale)))
    picture = (
        capture.picture if size == (wide, height) else cv2.resize(capture.picture, size, interpolation=cv2.INTER_AREA)
    )
    picture = np.asarray(picture, dtype=np.uint8)
    edges = edges_of(picture)
    return _Side(picture, edges, blocks_of(edges))


def _one_way(a: _Side, b: _Side, forth: NDArray[np.float64], kind: Kind) -> Iterator[Divergence]:
    """Blocks of `a` that `b` does not show (`kind`), and, when `a` is the baseline, those that it shows differently."""
    page = max(1.0, a.picture.shape[1] * min(a.picture.shape[0], 1000.0))
    drift = _drift(forth)
    for block in a.blocks:
        if block.area < 60 or block.density < 0.01:
            continue
        expected = _expected(block, forth)
        places = [place for place in (expected, block.y0 + drift[block.y0]) if place is not None]
        if abs(drift[block.y0]) < NEAR:
            places.append(float(block.y0))  # smooth photographs leave the alignment of rows open
        inked = [place for place in places if _has_ink(block, a, b, place)]
        if inked:
            if kind == "missing":
                yield from _differences(block, a, b, inked, page)
            continue
        moved = _elsewhere(block, b, a, expected) if expected is not None else None
        if moved is not None:
            if kind == "missing" and expected is not None:
                box = Block(block.x0 + moved, round(expected), block.x1 + moved, round(expected) + block.height, 1, 0.0)
                yield _finding(block, box, "moved", min(0.85, 0.4 + abs(moved) / 200))
            continue
        line = expected is None and block.height <= LINE and _inside_text(block, a)
        if not line:
            yield _finding(block, None, kind, _weight(block, page))


def _drift(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per row, how far the rows around it stand lower in the other picture: the median over 400 CSS px."""
    away = rows - np.arange(len(rows))
    found = np.zeros(len(rows))
    value = 0.0
    for start in range(0, len(rows), 40):
        part = away[max(0, start - 200) : start + 240]
        part = part[~np.isnan(part)]
        value = float(np.median(part)) if len(part) else value
        found[start : start + 40] = value
    return found


def _has_ink(block: Block, a: _Side, b: _Side, place: float) -> bool:
    """Something is drawn at a place of the other picture in the columns in which the block is drawn, and about as much of it."""
    here = a.edges[block.y0 : block.y1, block.x0 : block.x1]
    x0, y0 = max(0, block.x0 - SEARCH), max(0, round(place) - SEARCH)
    there = b.edges[y0 : max(0, round(place)) + block.height + SEARCH, x0 : block.x1 + SEARCH]
    if there.size == 0 or float(there.sum()) < 0.3 * float(here.sum()):
        return False
    mine, theirs = here.sum(axis=0) > 0, there.sum(axis=0) > 0
    reach = (np.convolve(theirs, np.ones(2 * SEARCH + 1), mode="same") > 0)[block.x0 - x0 :][: len(mine)]
    return bool((mine[: len(reach)] & reach).sum() > 0.45 * mine.sum())


def _expected(block: Block, rows: NDArray[np.float64]) -> float | None:
    """The row of the other picture at which the block should begin; None when most of it has no partner."""
    part = rows[block.y0 : block.y1]
    known = ~np.isnan(part)
    if known.mean() < 0.4:
        return None
    return float(np.median(part[known] - np.flatnonzero(known)))


def _inside_text(block: Block, side: _Side) -> bool:
    """It is a line among lines: a paragraph broken differently."""
    return block.lines > 1 or any(
        other is not block
        and other.lines > 1
        and abs(other.y0 - block.y1) < LINE
        and other.x0 < block.x1
        and block.x0 < other.x1
        for other in side.blocks
    )


def _elsewhere(block: Block, b: _Side, a: _Side, expected: float) -> int | None:
    """By how many CSS px a block moved sideways in its band, or None when it is not found there."""
    band = b.edges[max(0, int(expected) - 4) : int(expected) + block.height + 4]
    mine = a.edges[block.y0 : block.y1, block.x0 : block.x1]
    if band.shape[0] < mine.shape[0] or band.shape[1] <= mine.shape[1] or block.width < 12:
        return None
    found = cv2.matchTemplate(band.astype(np.float32), mine.astype(np.float32), cv2.TM_CCOEFF_NORMED)
    _, best, _, (x, _) = cv2.minMaxLoc(found)
    return x - block.x0 if best > 0.5 and abs(x - block.x0) > SEARCH else None


def _differences(block: Block, a: _Side, b: _Side, places: list[float], page: float) -> Iterator[Divergence]:
    y0 = int(places[0])
    one = a.picture[block.y0 : block.y1, block.x0 : block.x1]
    # A thin thing a pixel or two aside is the same thing.
    tops = {max(0, int(place) + dy) for place in places for dy in (-4, -2, 0, 2, 4)}
    shifts = [b.picture[top : top + block.height, block.x0 : block.x1] for top in sorted(tops)]
    others = [part for part in shifts if part.shape[0] >= 0.6 * one.shape[0] and part.shape[1] >= 0.6 * one.shape[1]]
    if not others:
        return
    step = min(_colour_step(one, part) for part in others)
    if step > COLOUR_STEP:
        room = min(1.0, (block.area / (0.05 * page)) ** 0.5)
        severity = min(0.85, 0.3 + 0.35 * min(1.0, step / 150) + 0.25 * room)
        yield _finding(block, _at(block, y0), "paint", severity)
        return
    if block.width > 0.6 * a.picture.shape[1] and block.height > 60:
        return  # a photograph across the page: its edges are where its own pixels happen to fall
    lost = min(_lost_share(block, a, b, int(place)) for place in places)
    if lost > 0.3:
        yield _finding(block, _at(block, y0), "resized", min(0.8, _weight(block, page) * (0.45 + lost)))


def _colour_step(one: RGB, other: RGB) -> float:
    """How far the grounds, or the inks, of two parts are apart (0–255)."""
    if _is_photograph(one):
        # Engines crop and scale photographs differently: only their mean colour says anything.
        return float(np.abs(one.reshape(-1, 3).mean(axis=0) - other.reshape(-1, 3).mean(axis=0)).max())
    (ground_a, ink_a, strong_a), (ground_b, ink_b, strong_b) = _ground_and_ink(one), _ground_and_ink(other)
    ground = float(np.abs(ground_a - ground_b).max())
    if min(strong_a, strong_b) < 40:
        return ground
    # Strokes of another weight are lighter or darker; of another colour, they lean elsewhere.
    return max(ground, float(np.abs(ink_a - ink_b).max()) - 50.0)


def _is_photograph(part: RGB) -> bool:
    """It has many more colours than letters and grounds have."""
    coarse = (part >> 4).astype(np.int32).reshape(-1, 3)
    colours = len(np.unique(coarse @ np.array((256, 16, 1))))
    return bool(colours > max(40, 0.02 * len(coarse) ** 0.8))


def _ground_and_ink(part: RGB) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    pixels = part.reshape(-1, 3).astype(np.float64)
    ground = np.median(pixels, axis=0)
    away = np.abs(pixels - ground).max(axis=1)
    strongest = float(np.percentile(away, 99))
    inked = away >= 0.75 * strongest
    return ground, pixels[inked].mean(axis=0) if inked.any() else ground, strongest


def _lost_share(block: Block, a: _Side, b: _Side, y0: int) -> float:
    """The share of a block's columns and rows of things that have ink here and none, give or take SEARCH, there."""
    here = a.edges[block.y0 : block.y1, block.x0 : block.x1]
    top, left = max(0, y0 - SEARCH), max(0, block.x0 - SEARCH)
    there = b.edges[top : y0 + block.height + SEARCH, left : block.x1 + SEARCH]
    worst = 0.0
    for axis in (0, 1):
        mine, theirs = here.sum(axis=axis) > 0, there.sum(axis=axis) > 0
        reach = np.convolve(theirs, np.ones(2 * SEARCH + 1), mode="same") > 0
        shift = (block.x0 - left) if axis == 0 else (y0 - top)
        reach = reach[shift : shift + len(mine)]
        if len(reach) == len(mine) and mine.any():
            worst = max(worst, float((mine & ~reach).sum() / mine.sum()))
    return worst


def _at(block: Block, y0: int) -> Block:
    return Block(block.x0, y0, block.x1, y0 + block.height, block.lines, block.density)


def _weight(block: Block, page: float) -> float:
    """How much a visitor loses with a block: by its room and how much is drawn in it."""
    if block.area < SPECK:
        return 0.25
    return float(min(0.9, 0.4 + 0.5 * min(1.0, (block.area * min(1.0, 8 * block.density) / (0.04 * page)) ** 0.5)))


_WORDS = {
    "missing": "is not on the candidate",
    "extra": "is not on the reference",
    "moved": "stands elsewhere",
    "resized": "has another size",
    "paint": "is painted differently",
}


def _finding(block: Block, other: Block | None, kind: Kind, severity: float) -> Divergence:
    here = CssBox(block.x0, block.y0, block.width, block.height)
    there = None if other is None else CssBox(other.x0, other.y0, other.width, other.height)
    noun = "block of text" if block.lines > 1 or block.height < 40 else "part of the picture"
    message = f"A {noun} of {block.width} × {block.height} px at {block.x0}, {block.y0} {_WORDS[kind]}."
    where = f"picture({block.x0},{block.y0},{block.width},{block.height})"
    if kind == "extra":
        return Divergence(kind, round(severity * 0.95, 4), where, message, candidate_box=here, path=where)
    return Divergence(kind, round(severity, 4), where, message, reference_box=here, candidate_box=there, path=where)


def _distinct(found: list[Divergence]) -> list[Divergence]:
    """Findings that lie within a worse one are its consequences."""
    kept: list[Divergence] = []
    for divergence in found:
        box = divergence.candidate_box or divergence.reference_box
        if box is None or any(
            (other.candidate_box or other.reference_box or box).grown(6).contains(box) and other.kind == divergence.kind
            for other in kept[:60]
        ):
            continue
        kept.append(divergence)
    return kept
