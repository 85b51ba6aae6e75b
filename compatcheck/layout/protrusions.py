"""Content that reaches past the side of the page, or out of the painted box that holds it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from compatcheck.layout.colours import parse_colour
from compatcheck.layout.pixels import Pixels
from compatcheck.layout.sentences import name_of, sentence
from compatcheck.layout.table import Flags, Table
from compatcheck.layout.trouble import Trouble

SLACK = 4.0
"""CSS px past the side of the page that nobody notices; rounding in percentage grids stays below."""
EDGE_STEP = 24.0
"""A painted box has an edge that can be seen when the colours on its two sides differ by this much (0–255)."""


def viewport_protrusions(table: Table) -> Iterator[Trouble]:
    """What makes the page scroll sideways, told once, of the element that reaches furthest."""
    width = table.model.viewport.width
    if width <= 0 or table.model.document.width <= width + SLACK:
        return
    if table.model.extra.get("overflowX") in ("hidden", "clip"):
        return  # nothing scrolls; what is cut off is `clipped`
    reach = painted_right(table)
    beyond = (reach > width + SLACK) & table.shown & table.judged & ~table.pinned & table.paints
    rows = [row for row in np.flatnonzero(beyond).tolist() if not _scrolls_sideways(table, row)]
    told: list[int] = []
    for row in rows:
        if not any(table.is_within(row, other) for other in told):
            told.append(row)
    if not told:
        return
    top = max(told, key=lambda row: (min(reach[row], 1e6), -row))
    past = float(reach[top]) - width
    content = any(_matters(table, row) for row in rows)
    # A ground that reaches out brings a sideways scroll-bar; content that does is lost to most visitors.
    severity = (0.55 if content else 0.35) + 0.4 * min(1.0, past / (0.2 * width))
    if past < 8:
        severity = 0.3
    yield Trouble(
        "viewport-protrusion",
        top,
        min(0.95, severity),
        sentence(
            f"{name_of(table.elements[top])} reaches {round(past)} px past the right side of the {round(width)} px wide "
            "viewport: the page scrolls sideways."
        ),
        table.css_box(top),
        tuple(row for row in told if row != top),
    )


def painted_right(table: Table) -> NDArray[np.float64]:
    """Right end of what every row itself paints: its ground, border or picture, else its lines of text."""
    right = np.where(paint_boxes(table), table.visible[:, 2], -np.inf)
    for row in np.flatnonzero(table.has_lines).tolist():
        if not table.elements[row].extra.get("cut"):
            right[row] = max(right[row], table.text_box[row, 2])
    return right


def paint_boxes(table: Table) -> Flags:
    """Per row, whether it paints its border box: a ground, a border, a picture, a form control."""
    found = table.replaced | table.widget | table.pictured | (table.ground > 0.02)
    for row in np.flatnonzero(~found).tolist():
        found[row] = table.px(row, "borderTopWidth") + table.px(row, "borderLeftWidth") > 0
    return found


def element_protrusions(table: Table, pixels: Pixels) -> Iterator[Trouble]:
    """Things in the flow that stick out of the ground they stand on, seen in the picture.

    What is pulled out on purpose (position, transform, negative margins) is a design.
    """
    if not pixels.usable:
        return
    told: list[int] = []
    solid = table.seen & ~table.inline & ~table.pinned & (table.control | table.replaced | table.has_lines)
    for row in np.flatnonzero(solid & paint_boxes(table)).tolist():
        element = table.elements[row]
        ground = _ground_below(table, row)
        if ground < 0 or any(table.is_within(row, other) for other in told):
            continue
        out = float(table.box[row, 3] - table.box[ground, 3])
        inside = float(table.box[ground, 3] - table.box[row, 1])
        height = float(table.box[row, 3] - table.box[row, 1])
        if out < max(6.0, 0.15 * height) or inside < max(4.0, 0.1 * height):
            continue
        x0, x1 = max(table.box[row, 0], table.box[ground, 0]), min(table.box[row, 2], table.box[ground, 2])
        if x1 - x0 < 8 or not _edge_is_seen(pixels, table, row, ground):
            continue
        holder = int(table.parent[row])
        told.append(holder if holder >= 0 and holder != ground else row)
        yield Trouble(
            "element-protrusion",
            row,
            0.5 + 0.3 * min(1.0, out / max(1.0, height)),
            sentence(f"{name_of(element)} sticks {round(out)} px out of {name_of(table.elements[ground])} below."),
            table.css_box(row),
            (ground,),
        )


def _ground_below(table: Table, row: int) -> int:
    """The nearest ancestor with a ground of its own that lets the row out, or -1 where it was pulled out on purpose."""
    at = row
    while at >= 0:
        style = table.elements[at].style
        if style.get("position", "static") not in ("static", "relative") or style.get("transform", "none") != "none":
            return -1
        if min(table.px(at, "marginTop"), table.px(at, "marginBottom")) < -1:
            return -1
        above = int(table.parent[at])
        if above < 0 or table.elements[above].tag in ("html", "body"):
            return -1
        colour = parse_colour(table.style(above, "backgroundColor"))
        if table.style(above, "overflowY") not in ("", "visible"):
            return -1
        if colour is not None and colour[3] > 0.5 and table.box[above, 3] - table.box[above, 1] > 8:
            return above
        at = above
    return -1


def _edge_is_seen(pixels: Pixels, table: Table, row: int, ground: int) -> bool:
    """The ground ends where it says, beside the element that sticks out."""
    edge = float(table.box[ground, 3])
    gx0, gx1 = table.box[ground, [0, 2]].tolist()
    x0, x1 = table.box[row, [0, 2]].tolist()
    for left, right in ((x0 - 14, x0 - 4), (x1 + 4, x1 + 14)):
        if left < gx0 or right > gx1:
            continue
        above, below = pixels.crop((left, edge - 5, right, edge - 1)), pixels.crop((left, edge + 1, right, edge + 5))
        if not above.size or not below.size:
            continue
        step = np.abs(np.median(above.reshape(-1, 3), axis=0) - np.median(below.reshape(-1, 3), axis=0)).max()
        if step >= EDGE_STEP:
            return True
    return False


def _scrolls_sideways(table: Table, row: int) -> bool:
    """Somebody around it can be scrolled sideways, so that nothing of it is lost."""
    above = int(table.parent[row])
    while above >= 0:
        if table.style(above, "overflowX") in ("auto", "scroll") and table.elements[above].tag not in ("html", "body"):
            return True
        above = int(table.parent[above])
    return False


def _matters(table: Table, row: int) -> bool:
    return bool(table.elements[row].lines) or bool(table.control[row] or table.replaced[row])
