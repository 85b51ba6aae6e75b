"""Text that lies on text, and things that lie over text and controls.

Only pairs of which neither holds the other are looked at. Stacks that are meant (slides, tabs, captions on pictures, floating
labels) are told apart by their shape, and the picture has the last word.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from compatcheck.geometry import CssBox
from compatcheck.layout.colours import alpha_of
from compatcheck.layout.nearby import last_of_each, meeting, related, siblings_of
from compatcheck.layout.pixels import Pixels
from compatcheck.layout.sentences import name_of, sentence
from compatcheck.layout.table import Boxes, Flags, Indices, Table
from compatcheck.layout.trouble import Trouble

Spot = tuple[float, float, float, float]
"""Corners."""
ON_ONE = 64
"""So many texts on one text, or boxes over it, are looked at; a page with more in one place is garbage."""
LOOKS = 2000
"""And so many on one page."""
BAR = 0.35
"""A pinned box higher than this share of the viewport is an overlay that a visitor closes, not a bar."""


def collisions(table: Table, pixels: Pixels) -> Iterator[Trouble]:
    """Lines of text of different elements that lie on one another and are both painted."""
    spots, rows = letters(table)
    order = np.argsort(spots[:, 1], kind="stable")
    spots, rows = spots[order], rows[order]
    of, at = meeting(spots, spots)
    before = (at < of) & (rows[of] != rows[at])
    of, at = of[before], at[before]
    em = np.minimum(table.em[rows[of]], table.em[rows[at]])
    common = np.minimum(spots[of, 2:], spots[at, 2:]) - np.maximum(spots[of, :2], spots[at, :2])
    on = (common[:, 0] >= 0.4 * em) & (common[:, 1] >= 0.25 * em) & ~related(table, rows[of], rows[at])
    of, at = of[on], at[on]
    few = last_of_each(of, ON_ONE)
    of, at = of[few][:LOOKS], at[few][:LOOKS]
    siblings = siblings_of(table, rows[of], rows[at])
    meant = _are_stacked(table, *siblings)
    told: set[tuple[int, int]] = set()
    for pair, (one, other) in enumerate(zip(of.tolist(), at.tolist(), strict=True)):
        upper, lower = sorted((int(rows[one]), int(rows[other])))
        if (upper, lower) in told:
            continue
        if meant[pair] and not _lie_bare(table, (rows[one], siblings[0][pair]), (rows[other], siblings[1][pair])):
            continue
        found = _collide(table, pixels, (upper, lower), tuple(spots[one].tolist()), tuple(spots[other].tolist()))
        if found is not None:
            told.add((upper, lower))
            yield found


def letters(table: Table, trim: float = 0.22) -> tuple[Boxes, Indices]:
    """The part of every visible line where its letters are, because a line's box is taller than they; and the lines' rows.

    `trim` is the share of a line's height that is taken off above and below.
    """
    counts = (table.seen & ~table.pinned)[table.line_rows]
    spots, rows = table.every_line[counts], table.line_rows[counts]
    spots = np.where(table.inline[rows, None], spots, _clipped(spots, table.visible[rows]))
    size = spots[:, 2:] - spots[:, :2]
    seen = (size > 2).all(axis=1)
    spots, rows, bare = spots[seen], rows[seen], trim * size[seen, 1]
    spots[:, 1] += bare
    spots[:, 3] -= bare
    return spots, rows


def _clipped(boxes: Boxes, limits: Boxes) -> Boxes:
    return np.concatenate((np.maximum(boxes[:, :2], limits[:, :2]), np.minimum(boxes[:, 2:], limits[:, 2:])), axis=1)


def _collide(table: Table, pixels: Pixels, rows: tuple[int, int], one: Spot, two: Spot) -> Trouble | None:
    x0, y0, x1, y1 = max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])
    upper, lower = rows
    if pixels.usable and not all(pixels.shows_text(row, (x0, y0, x1, y1)) for row in rows):
        return None
    smaller = min((one[2] - one[0]) * (one[3] - one[1]), (two[2] - two[0]) * (two[3] - two[1]))
    share = (x1 - x0) * (y1 - y0) / max(1.0, smaller)
    return Trouble(
        "collision",
        lower,
        min(0.95, 0.5 + 0.45 * min(1.0, share * 1.5)),
        sentence(f"{name_of(table.elements[lower])} lies on {name_of(table.elements[upper])}."),
        CssBox(x0, y0, x1 - x0, y1 - y0),
        (upper,),
    )


def covered(table: Table, pixels: Pixels) -> Iterator[Trouble]:
    """Texts and controls that something opaque, no kin of theirs, is painted over."""
    if not len(table) or not pixels.usable:
        return
    lids = _lids(table)
    rows = np.flatnonzero(table.seen & ~table.pinned & (table.has_lines | table.widget))
    of, at = meeting(table.text_box[rows], table.visible[lids])
    row, lid = rows[of], lids[at]
    over = (table.rank[lid] > table.rank[row]) & ~related(table, row, lid)
    row, lid = row[over], lid[over]
    kept = last_of_each(row, ON_ONE)
    row, lid = row[kept], lid[kept]
    areas, owner = _areas(table, rows)
    hidden = _Hidden(table, row, lid, areas, owner)
    few = np.flatnonzero(hidden.enough)
    few = few[~_are_stacked(table, *siblings_of(table, lid[few], row[few]))]
    told, looks = -1, 0
    for pair in few.tolist():
        if row[pair] == told or looks == LOOKS:
            continue
        looks += 1
        found = _lies_over(table, pixels, int(lid[pair]), int(row[pair]), float(hidden.share[pair]), hidden.worst(pair))
        if found is not None:
            told = int(row[pair])
            yield found


class _Hidden:
    """Per pair of a row and a lid: which share of the row's areas lies under it, and whether that is enough to be looked at."""

    def __init__(self, table: Table, row: Indices, lid: Indices, areas: Boxes, owner: Indices) -> None:
        start, stop = np.searchsorted(owner, row), np.searchsorted(owner, row, side="right")
        counts = stop - start
        self._ends = np.cumsum(counts)
        pair = np.repeat(np.arange(len(row)), counts)
        area = np.arange(len(pair)) - np.repeat(self._ends - counts - start, counts)
        self._common = _clipped(areas[area], table.visible[lid[pair]])
        over = np.maximum(self._common[:, 2:] - self._common[:, :2], 0)
        own = over.prod(axis=1)
        sizes = np.bincount(owner, np.maximum(areas[:, 2:] - areas[:, :2], 0).prod(axis=1), minlength=len(table))
        self.share = np.bincount(pair, own, minlength=len(row)) / np.maximum(sizes[row], 1.0)
        # The area of which most is hidden, the first of equals.
        order = np.lexsort((np.arange(len(pair)), -own, pair))
        self._worst = order[self._ends - counts]
        em = table.em[row]
        deep = over[self._worst]
        self.enough = (self.share >= 0.12) & (deep[:, 0] >= 0.5 * em) & (deep[:, 1] >= 0.25 * em)

    def worst(self, pair: int) -> Spot:
        """The part of the pair's worst area that is hidden."""
        return tuple(self._common[self._worst[pair]].tolist())


def _areas(table: Table, rows: Indices) -> tuple[Boxes, Indices]:
    """Where the letters of texts are, and controls without their borders; and the row of each, ascending."""
    texts = np.flatnonzero(np.isin(table.line_rows, rows))
    owner = table.line_rows[texts]
    lines = table.every_line[texts].copy()
    clipped = ~table.inline[owner]  # what clipping takes away cannot be covered
    lines[clipped] = _clipped(lines[clipped], table.visible[owner[clipped]])
    lines[clipped, 2:] = np.maximum(lines[clipped, :2], lines[clipped, 2:])
    trim = 0.2 * (lines[:, 3] - lines[:, 1])
    lines[:, 1] += trim
    lines[:, 3] -= trim
    bare = rows[~table.has_lines[rows]]
    # Borders of neighbours may lie on one another.
    controls = table.visible[bare] + np.array((4.0, 4.0, -4.0, -4.0))
    owners = np.concatenate((owner, bare))
    order = np.argsort(owners, kind="stable")
    return np.concatenate((lines, controls))[order], owners[order]


def _lids(table: Table) -> Indices:
    """Rows that are opaque and can hide what is under them."""
    drawings = np.array([element.tag == "svg" for element in table.elements], dtype=bool)
    opaque = table.seen & ((table.ground > 0.75) | (table.replaced & ~drawings)) & (_opacities(table) >= 0.75)
    return np.array([row for row in np.flatnonzero(opaque).tolist() if _is_lid(table, row)], dtype=np.int64)


def _is_lid(table: Table, row: int) -> bool:
    if table.elements[row].tag in ("html", "body"):
        return False
    if table.pinned[row]:
        x0, y0, x1, y1 = table.box[row].tolist()
        viewport = table.model.viewport
        # A bar at the top: what is under it at the beginning of the page cannot be scrolled out from under it.
        return bool(y0 <= 2 and y1 - y0 < BAR * viewport.height and x1 - x0 > 0.6 * viewport.width)
    return True


def _opacities(table: Table) -> NDArray[np.float64]:
    """Per row the product of its own opacity and its ancestors'; one that is no number ends it."""
    found: list[float] = []
    for element, parent in zip(table.elements, table.parent.tolist(), strict=True):
        above = found[parent] if parent >= 0 else 1.0
        own = element.style.get("opacity", "1")
        if own != "1":
            try:
                above *= float(own)
            except ValueError:
                above = 1.0
        found.append(above)
    return np.array(found, dtype=np.float64)


def _lies_over(table: Table, pixels: Pixels, lid: int, row: int, share: float, spot: Spot) -> Trouble | None:
    if _belong_together(table, lid, row):
        return None
    if table.has_lines[row] and pixels.shows_text(row, spot, _lines_on(table, lid)):
        return None  # it can be read all the same
    if not table.has_lines[row] and share < 0.25:
        return None
    x0, y0, x1, y1 = spot
    return Trouble(
        "collision",
        row,
        min(0.95, 0.55 + 0.4 * min(1.0, share * 1.3)),
        sentence(f"{name_of(table.elements[row])} is covered by {name_of(table.elements[lid])}."),
        CssBox(x0, y0, x1 - x0, y1 - y0),
        (lid,),
    )


def _lines_on(table: Table, lid: int) -> list[tuple[float, float, float, float]]:
    """The lines of text that stand on a lid."""
    return [tuple(line) for row in table.inside(lid)[:200].tolist() for line in table.lines[row].tolist()]


def _are_stacked(table: Table, one: Indices, other: Indices) -> Flags:
    """Per pair of siblings, whether they lie on one another as a whole: slides, tabs, front and back of a card."""
    a, b = table.box[one], table.box[other]
    common = np.maximum(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0).prod(axis=1)
    both = (a[:, 2:] - a[:, :2]).prod(axis=1) + (b[:, 2:] - b[:, :2]).prod(axis=1) - common
    return np.asarray((one >= 0) & (common > 0.7 * both), dtype=bool)


def _lie_bare(table: Table, *branches: tuple[int, int]) -> bool:
    """Two texts that are stacked in the flow, with no ground of their own and no turn: both are there to be read at once.

    A branch is a text's row, and the one of the two stacked siblings that holds it.
    """
    for row, top in branches:
        at = int(row)
        while True:
            style = table.elements[at].style
            grounds = alpha_of(style.get("backgroundColor", "")) > 0.05 or table.pictured[at]
            if grounds or table.outflow[at] or style.get("transform", "none") != "none":
                return False
            if at == top:
                break
            at = int(table.parent[at])
    return True


def _belong_together(table: Table, lid: int, row: int) -> bool:
    """A label and its field, an option's mark and its box: parts of one control."""
    one, other = table.elements[lid], table.elements[row]
    return "label" in (one.tag, other.tag) and (
        table.parent[lid] == table.parent[row] or one.attributes.get("for", "-") == other.attributes.get("id", "") != ""
    )
