"""What shows on one side only: `missing` and `extra`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from compatcheck.layout.colours import parse_colour
from compatcheck.layout.nearby import MOST, related
from compatcheck.layout.table import Flags, Indices, Table, cut_of
from compatcheck.model.capture import Element

CONTROLS = ("button", "link", "textbox", "combobox", "checkbox", "radio")
LONG_TEXT = 12
"""From this many characters on a text says something of its own."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Row `row` of one table and all that it holds is not to be seen on the other side.

    `other` is its row there when the element exists and only cannot be seen, else -1.
    """

    row: int
    other: int
    severity: float


def losses(table: Table, other: Table, match_of: Indices) -> Iterator[Loss]:
    """The topmost elements with something to see of which nothing is to be seen in `other`."""
    seen_there = other.paints & (other.shown | _scrolled_away(other))
    kept = np.zeros(len(table), dtype=bool)
    matched = np.flatnonzero(match_of >= 0)
    kept[matched] = seen_there[match_of[matched]]
    # Content of a masked counterpart is nobody's business.
    kept[matched] |= ~other.judged[match_of[matched]]
    kept &= table.seen
    alive = _upwards(table, kept)
    lost = table.content & ~alive
    for row in np.flatnonzero(lost).tolist():
        parent = int(table.parent[row])
        if parent >= 0 and lost[parent]:
            continue
        severity = severity_of_loss(table, row)
        if severity > 0:
            yield Loss(row, int(match_of[row]), severity)


def _scrolled_away(table: Table) -> Flags:
    """True for what something that scrolls keeps out of sight, wholly or in part: a visitor reaches it."""
    return np.array([_is_scrolled_away(element) for element in table.elements], dtype=bool)


def _is_scrolled_away(element: Element) -> bool:
    scrolls = bool(element.extra.get("cutScrollX")), bool(element.extra.get("cutScrollY"))
    if not any(scrolls) or {"transparent", "invisible"} & element.flags:
        return False
    return all(amount <= 0.5 or scrolls[side % 2] for side, amount in enumerate(cut_of(element) or ()))


def _upwards(table: Table, marks: Flags) -> Flags:
    rows, parents = marks.tolist(), table.parent.tolist()
    for row in range(len(rows) - 1, -1, -1):
        if rows[row] and parents[row] >= 0:
            rows[parents[row]] = True
    return np.array(rows, dtype=bool)


def severity_of_loss(table: Table, top: int) -> float:
    """How much a visitor loses when `top` and what it holds cannot be seen, 0–1.

    A control or a heading .9; text .6 to .85 by its length; a picture .5 to .85 by its size; mere decoration up to .6.
    """
    worst = 0.0
    characters = 0
    area = 0.0
    viewport = max(1.0, table.model.viewport.width * min(table.model.viewport.height, 1000.0))
    for row in table.inside(top)[:400].tolist():
        if not table.seen[row]:
            continue
        element = table.elements[row]
        x0, y0, x1, y1 = table.visible[row].tolist()
        room = (x1 - x0) * (y1 - y0)
        characters += len(element.text) if element.lines else 0
        speaks = bool(element.text)
        if (element.role in CONTROLS and (speaks or room > 200)) or (speaks and element.tag in ("h1", "h2", "h3")):
            worst = max(worst, 0.9)
        elif table.replaced[row]:
            worst = max(worst, 0.5 + 0.35 * min(1.0, (room / (0.08 * viewport)) ** 0.5) if room > 60 else 0.2)
        elif "pseudo" in element.extra and not element.lines:
            worst = max(worst, 0.55)  # an icon or a bullet that a pseudo-element draws
        else:
            area = max(area, room)
    if characters:
        worst = max(worst, 0.6 + 0.25 * min(1.0, characters / (10 * LONG_TEXT)) if characters > 2 else 0.4)
    return float(max(worst, 0.6 * min(1.0, (area / (0.2 * viewport)) ** 0.5)))


def covers(table: Table, top: int) -> tuple[int, float]:
    """What an opaque box lies over: the row that is hit worst, and how bad that is (0–1); (-1, 0) when nothing.

    Text and controls count by the share that is hidden; what lies inside the box, or is painted after it, does not.
    """
    colour = parse_colour(table.style(top, "backgroundColor"))
    opaque = (
        (colour is not None and colour[3] > 0.6)
        or table.replaced[top]
        or table.style(top, "backgroundImage") not in ("", "none")
    )
    if not opaque:
        return -1, 0.0
    rank = table.rank
    box = table.visible[top]
    meets = (np.minimum(table.visible[:, 2:], box[2:]) > np.maximum(table.visible[:, :2], box[:2])).all(axis=1)
    worst, victim = 0.0, -1
    meets &= table.shown & table.judged & (rank < rank[top]) & (table.has_lines | table.control | table.replaced)
    under = np.flatnonzero(meets)
    for row in under[~related(table, under, np.full_like(under, top))][-MOST:].tolist():
        areas = table.lines[row] if len(table.lines[row]) else table.visible[row : row + 1]
        whole = np.maximum(areas[:, 2:] - areas[:, :2], 0).prod(axis=1).sum()
        hidden = np.maximum(np.minimum(areas[:, 2:], box[2:]) - np.maximum(areas[:, :2], box[:2]), 0).prod(axis=1).sum()
        share = float(hidden / max(whole, 1.0))
        if share > 0.1 and 0.5 + 0.4 * min(1.0, share) > worst:
            worst, victim = 0.5 + 0.4 * min(1.0, share), row
    return victim, worst
