"""Text that lies on text, and things that lie over text and controls.

Only pairs of which neither holds the other are looked at. Stacks that are meant (slides, tabs, captions on pictures, floating
labels) are told apart by their shape, and the picture has the last word.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compatcheck.geometry import CssBox
from compatcheck.layout.colours import parse_colour
from compatcheck.layout.neighbours import Bands
from compatcheck.layout.pixels import Pixels
from compatcheck.layout.sentences import name_of, sentence
from compatcheck.layout.table import WIDGETS, Table, alpha_of
from compatcheck.layout.trouble import Trouble

Spot = tuple[float, float, float, float, int]
"""Corners of a piece of text, and its row."""
ACTIVE = 400
"""So many lines of text side by side are compared with one another; a page with more is garbage."""
LIDS = 64
"""So many boxes over one text are looked at, the last of the document; a page with more is garbage."""
BAR = 0.35
"""A pinned box higher than this share of the viewport is an overlay that a visitor closes, not a bar."""


def collisions(table: Table, pixels: Pixels) -> Iterator[Trouble]:
    """Lines of text of different elements that lie on one another and are both painted."""
    spots = sorted(_letters(table), key=lambda spot: spot[1])
    active: list[Spot] = []
    told: set[tuple[int, int]] = set()
    for spot in spots:
        active = [other for other in active if other[3] > spot[1]][-ACTIVE:]
        for other in active:
            key = (min(spot[4], other[4]), max(spot[4], other[4]))
            if key in told:
                continue
            found = _collide(table, pixels, spot, other)
            if found is not None:
                told.add(key)
                yield found
        active.append(spot)


def _letters(table: Table) -> Iterator[Spot]:
    """The part of every visible line where its letters are: a line's box is taller than they."""
    for row in range(len(table)):
        if not (table.paints[row] and table.shown[row] and table.judged[row]) or table.pinned[row]:
            continue
        visible = table.visible[row]
        for line in table.lines[row].tolist():
            x0, y0, x1, y1 = line
            if not table.inline[row]:
                x0, y0, x1, y1 = max(x0, visible[0]), max(y0, visible[1]), min(x1, visible[2]), min(y1, visible[3])
            trim = 0.22 * (y1 - y0)
            if x1 - x0 > 2 and y1 - y0 > 2:
                yield (x0, y0 + trim, x1, y1 - trim, row)


def _collide(table: Table, pixels: Pixels, one: Spot, two: Spot) -> Trouble | None:
    x0, y0, x1, y1 = max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])
    a, b = one[4], two[4]
    if x1 <= x0 or y1 <= y0 or a == b or table.related(a, b):
        return None
    em = float(min(table.em[a], table.em[b]))
    if x1 - x0 < 0.4 * em or y1 - y0 < 0.25 * em:
        return None
    if pixels.usable and not (pixels.shows_text(a, (x0, y0, x1, y1)) and pixels.shows_text(b, (x0, y0, x1, y1))):
        return None
    if _is_stack(table, a, b) and not _lie_bare(table, a, b):
        return None
    upper, lower = sorted((a, b))
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
    rank = table.rank
    opacity = _opacities(table)
    lids = [row for row in range(len(table)) if opacity[row] >= 0.75 and _is_lid(table, row)]
    if not lids:
        return
    bands = Bands(table.visible[lids])
    ranks, spots, places = rank.tolist(), table.text_box.tolist(), table.visible.tolist()
    for row, element in enumerate(table.elements):
        if not (table.paints[row] and table.shown[row] and table.judged[row]) or table.pinned[row]:
            continue
        is_widget = element.tag in WIDGETS and bool(table.control[row])
        if not len(table.lines[row]) and not is_widget:
            continue
        x0, y0, x1, y1 = spots[row]
        over = [
            lid
            for at in bands.meeting(y0, y1)
            if ranks[lid := lids[at]] > ranks[row] and places[lid][0] < x1 and places[lid][2] > x0
        ]
        if not over:
            continue
        over = over[-LIDS:]
        areas = _areas(table, row, is_widget)
        whole = np.array((*areas[:, :2].min(axis=0), *areas[:, 2:].max(axis=0)))
        boxes = table.visible[over]
        meets = (np.minimum(boxes[:, 2:], whole[2:]) - np.maximum(boxes[:, :2], whole[:2]) > 2).all(axis=1)
        for lid in np.array(over, dtype=np.int64)[meets].tolist():
            found = _lies_over(table, pixels, lid, row, areas)
            if found is not None:
                yield found
                break


def _areas(table: Table, row: int, is_widget: bool) -> np.ndarray:
    if len(table.lines[row]):
        areas = table.lines[row].copy()
        if not table.inline[row]:  # what clipping takes away cannot be covered
            areas = np.concatenate(
                (np.maximum(areas[:, :2], table.visible[row, :2]), np.minimum(areas[:, 2:], table.visible[row, 2:])),
                axis=1,
            )
            areas[:, 2:] = np.maximum(areas[:, :2], areas[:, 2:])
        trim = 0.2 * (areas[:, 3] - areas[:, 1])
        areas[:, 1] += trim
        areas[:, 3] -= trim
        return areas
    areas = table.visible[row : row + 1].copy()
    if is_widget:
        areas += np.array((4.0, 4.0, -4.0, -4.0))  # borders of neighbours may lie on one another
    return areas


def _is_lid(table: Table, row: int) -> bool:
    """It is opaque and can hide what is under it."""
    if not (table.paints[row] and table.shown[row] and table.judged[row]) or table.elements[row].tag in (
        "html",
        "body",
    ):
        return False
    colour = parse_colour(table.style(row, "backgroundColor"))
    opaque = (colour is not None and colour[3] > 0.75) or (table.replaced[row] and table.elements[row].tag != "svg")
    if not opaque:
        return False
    if table.pinned[row]:
        x0, y0, x1, y1 = table.box[row].tolist()
        viewport = table.model.viewport
        # A bar at the top: what is under it at the beginning of the page cannot be scrolled out from under it.
        return bool(y0 <= 2 and y1 - y0 < BAR * viewport.height and x1 - x0 > 0.6 * viewport.width)
    return True


def _opacities(table: Table) -> list[float]:
    """Per row the product of its own opacity and its ancestors'; one that is no number ends it."""
    found: list[float] = []
    for element, parent in zip(table.elements, table.parent.tolist(), strict=True):
        above = found[parent] if parent >= 0 else 1.0
        try:
            found.append(float(element.style.get("opacity", "1")) * above)
        except ValueError:
            found.append(1.0)
    return found


def _lies_over(table: Table, pixels: Pixels, lid: int, row: int, areas: np.ndarray) -> Trouble | None:
    if table.related(lid, row) or _is_stack(table, lid, row) or _belong_together(table, lid, row):
        return None
    box = table.visible[lid]
    sizes = np.maximum(areas[:, 2:] - areas[:, :2], 0).prod(axis=1)
    over = np.maximum(np.minimum(areas[:, 2:], box[2:]) - np.maximum(areas[:, :2], box[:2]), 0)
    hidden = over.prod(axis=1)
    share = float(hidden.sum() / max(sizes.sum(), 1.0))
    worst = int(np.argmax(hidden))
    em = float(table.em[row])
    if share < 0.12 or over[worst, 0] < 0.5 * em or over[worst, 1] < 0.25 * em:
        return None
    x0, y0 = np.maximum(areas[worst, :2], box[:2]).tolist()
    x1, y1 = np.minimum(areas[worst, 2:], box[2:]).tolist()
    if len(table.lines[row]) and pixels.shows_text(row, (x0, y0, x1, y1), _lines_on(table, lid)):
        return None  # it can be read all the same
    if not len(table.lines[row]) and share < 0.25:
        return None
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
    inside = np.flatnonzero((table.enter >= table.enter[lid]) & (table.enter < table.leave[lid]))
    return [tuple(line) for row in inside[:200].tolist() for line in table.lines[row].tolist()]


def _is_stack(table: Table, lid: int, row: int) -> bool:
    """The two stand in siblings that lie on one another as a whole: slides, tabs, front and back of a card."""
    siblings = _siblings(table, lid, row)
    if siblings is None:
        return False
    a, b = (table.box[one] for one in siblings)
    common = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0).prod()
    both = (a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - common
    return bool(both > 0 and common / both > 0.7)


def _siblings(table: Table, one: int, other: int) -> tuple[int, int] | None:
    """The two children of their nearest common ancestor that hold, or are, two rows; None where no ancestor holds both."""
    ancestors: dict[int, int] = {}
    at, child = int(table.parent[one]), one
    while at >= 0:
        ancestors[at] = child
        at, child = int(table.parent[at]), at
    at, child = int(table.parent[other]), other
    while at >= 0 and at not in ancestors:
        at, child = int(table.parent[at]), at
    return (ancestors[at], child) if at >= 0 else None


def _lie_bare(table: Table, one: int, other: int) -> bool:
    """Two texts that are stacked in the flow, with no ground of their own and no turn: both are there to be read at once."""
    for row, top in zip((one, other), _siblings(table, one, other) or (), strict=False):
        at = row
        while True:
            style = table.elements[at].style
            grounds = (
                alpha_of(style.get("backgroundColor", "")) > 0.05 or style.get("backgroundImage", "none") != "none"
            )
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
