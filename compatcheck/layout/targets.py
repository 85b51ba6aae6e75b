"""Controls that are too small to be hit, after WCAG 2.5.8 (Target Size, Minimum).

A control is too small when its box is under 24 CSS px on a side. Its exceptions hold here too: a control in a sentence; one
whose size the engine chose; one with room around it, so that a circle of 24 CSS px about its centre touches no other
control's box or circle. Many pages have such controls everywhere: they are a finding where the reference has none.
"""

from __future__ import annotations

import numpy as np

from compatcheck.layout.matching import Matching
from compatcheck.layout.paint import Off
from compatcheck.layout.sentences import name_of, place
from compatcheck.layout.table import Boxes, Flags, Table

LEAST = 24.0
"""CSS px, WCAG 2.2, success criterion 2.5.8."""
SLACK = 1.0
"""A control that is this much smaller is not told: engines round."""
SHRUNK = 4.0
"""CSS px by which a control must be smaller than on the reference: line heights of stand-in fonts differ by less."""
TALL = 200.0
"""Controls higher than this many CSS px are few; they are compared with every small one."""
MOST_TALL, MOST_NEAR = 200, 400
"""So many are compared with one control; a page with more in one place is garbage."""
OWN_SIZE = ("checkbox", "radio", "range", "color", "file")
"""Types of inputs whose size engines choose."""


def small_targets(table: Table) -> list[int]:
    """Rows of the controls that are too small, in document order."""
    rows = np.array([row for row in range(len(table)) if _is_target(table, row)], dtype=np.int64)
    if not len(rows):
        return []
    boxes = table.box[rows]
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    small = (boxes[:, 2:] - boxes[:, :2]).min(axis=1) < LEAST - SLACK
    high = boxes[:, 3] - boxes[:, 1] > TALL
    tall = np.flatnonzero(high)[:MOST_TALL]
    order = np.argsort(boxes[:, 1], kind="stable")
    order = order[~high[order]]
    tops = boxes[order, 1]
    reach = TALL + LEAST
    sentences: dict[int, Boxes] = {}
    found = []
    for at in np.flatnonzero(small).tolist():
        row = int(rows[at])
        if table.elements[row].attributes.get("type") in OWN_SIZE:
            continue
        first, last = np.searchsorted(tops, (centres[at, 1] - reach, centres[at, 1] + LEAST))
        near = np.concatenate((order[first:last][:MOST_NEAR], tall))
        touched = near[_touches(centres[at], boxes[near], centres[near], small[near])]
        crowded = any(one != at and not table.related(int(rows[one]), row) for one in touched.tolist())
        if crowded and not _in_sentence(table, row, sentences):
            found.append(row)
    return found


def target_findings(a: Table, b: Table, matching: Matching) -> tuple[list[Off], str]:
    """Controls that are too small here and large enough on the reference; and a sentence on those that are too small on both."""
    there, here = set(small_targets(a)), small_targets(b)
    twins = {j: int(matching.baseline_of[j]) for j in here}
    both = [j for j in here if twins[j] in there]
    offs = [
        _only_here(a, i, b, j)
        for j, i in twins.items()
        if i >= 0 and i not in there and a.shown[i] and a.judged[i] and _has_shrunk(a, i, b, j)
    ]
    return offs, _note(b, both) if both else ""


def _has_shrunk(a: Table, i: int, b: Table, j: int) -> bool:
    one, other = (float((table.box[row, 2:] - table.box[row, :2]).min()) for table, row in ((a, i), (b, j)))
    return one >= LEAST and one - other >= SHRUNK


def _only_here(a: Table, i: int, b: Table, j: int) -> Off:
    size_a, size_b = (table.box[row, 2:] - table.box[row, :2] for table, row in ((a, i), (b, j)))
    return Off(
        "resized",
        i,
        j,
        0.5 + 0.25 * min(1.0, (LEAST - float(size_b.min())) / (LEAST / 2)),
        f"{name_of(b.elements[j], b.inner_text(j))} is {size_b[0]:.0f} × {size_b[1]:.0f} px, too small to be hit (24 × 24, WCAG 2.5.8), "
        f"only here: on the reference it is {size_a[0]:.0f} × {size_a[1]:.0f} px.",
    )


def _note(table: Table, rows: list[int]) -> str:
    first = name_of(table.elements[rows[0]], table.inner_text(rows[0]))
    many = f"{len(rows)} controls are" if len(rows) > 1 else "One control is"
    which = f"the first is {first}" if len(rows) > 1 else f"it is {first}"
    return f"{many} smaller than 24 × 24 px (WCAG 2.5.8), on the reference too; {which} at {place(table.css_box(rows[0]))}."


def _is_target(table: Table, row: int) -> bool:
    if not (table.control[row] and table.shown[row] and table.judged[row]) or table.content[row] == 0:
        return False
    element = table.elements[row]
    if element.extra.get("pointerEvents") == "none":
        return False
    width, height = (table.box[row, 2:] - table.box[row, :2]).tolist()
    return bool(width > 1 and height > 1)


def _touches(centre: Boxes, boxes: Boxes, centres: Boxes, small: Flags) -> Flags:
    """Which controls the circle of 24 px about a centre touches: their boxes, or the circles of those that are small."""
    nearest = np.clip(centre, boxes[:, :2], boxes[:, 2:])
    inside = np.hypot(*(nearest - centre).T) < LEAST / 2
    circles = small & (np.hypot(*(centres - centre).T) < LEAST)
    return np.asarray(inside | circles, dtype=bool)


def _in_sentence(table: Table, row: int, sentences: dict[int, Boxes]) -> bool:
    """It stands in a line of text that is not its own: the line's height decides its size.

    `sentences` keeps, per block, the lines of text in it that no control has.
    """
    if not table.inline[row]:
        return False
    block = row
    while table.inline[block] and table.parent[block] >= 0:
        block = int(table.parent[block])
    if block not in sentences:
        inside = np.flatnonzero((table.enter >= table.enter[block]) & (table.enter < table.leave[block]))
        free = [
            one for one in inside.tolist() if not (table.control[one] or table.control[max(0, int(table.parent[one]))])
        ]
        sentences[block] = np.concatenate([np.empty((0, 4)), *(table.lines[one] for one in free)])
    others = sentences[block]
    for _, top, _, bottom in table.lines[row].tolist():
        beside = np.minimum(others[:, 3], bottom) - np.maximum(others[:, 1], top)
        if (beside > 0.5 * (bottom - top)).any():
            return True
    return False
