"""Controls that are too small to be hit, after WCAG 2.5.8 (Target Size, Minimum).

A control is too small when its box is under 24 CSS px on a side. Its exceptions hold here too: a control in a sentence; one
whose size the engine chose; one with room around it, so that a circle of 24 CSS px about its centre touches no other
control's box or circle. Many pages have such controls everywhere: they are a finding where the reference has none.
"""

from __future__ import annotations

import numpy as np

from compatcheck.layout.matching import Matching
from compatcheck.layout.nearby import meeting_parts, related
from compatcheck.layout.paint import Off
from compatcheck.layout.sentences import name_of, place
from compatcheck.layout.table import Boxes, Indices, Table

LEAST = 24.0
"""CSS px, WCAG 2.2, success criterion 2.5.8."""
SLACK = 1.0
"""A control that is this much smaller is not told: engines round."""
SHRUNK = 4.0
"""CSS px by which a control must be smaller than on the reference: line heights of stand-in fonts differ by less."""
OWN_SIZE = ("checkbox", "radio", "range", "color", "file")
"""Types of inputs whose size engines choose."""


def small_targets(table: Table) -> list[int]:
    """Rows of the controls that are too small, in document order."""
    rows = _targets(table)
    boxes = table.box[rows]
    small = (boxes[:, 2:] - boxes[:, :2]).min(axis=1, initial=LEAST) < LEAST - SLACK
    asked = np.array(
        [row for row in np.flatnonzero(small).tolist() if not _has_own_size(table, rows[row])], dtype=np.int64
    )
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    squares = np.concatenate((centres - LEAST / 2, centres + LEAST / 2), axis=1)
    crowded = np.zeros(len(rows), dtype=bool)
    # The circle of 24 px about a centre touches the box of a control, or the circle of another small one.
    for others, reach in ((np.arange(len(rows)), LEAST / 2), (np.flatnonzero(small), LEAST)):
        spots = boxes[others] if reach < LEAST else squares[others]
        for of, at in meeting_parts(squares[asked], spots):
            one, other = asked[of], others[at]
            nearest = np.clip(centres[one], boxes[other, :2], boxes[other, 2:]) if reach < LEAST else centres[other]
            touches = np.hypot(*(nearest - centres[one]).T) < reach
            one, other = one[touches], other[touches]
            crowded[one[~related(table, rows[one], rows[other])]] = True
    sentences: dict[int, Boxes] = {}
    return [row for row in rows[crowded].tolist() if not _in_sentence(table, row, sentences)]


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


def _targets(table: Table) -> Indices:
    """Rows of the controls that can be seen and hit."""
    size = table.box[:, 2:] - table.box[:, :2]
    rows = np.flatnonzero(table.control & table.shown & table.judged & table.content & (size > 1).all(axis=1))
    hit = [row for row in rows.tolist() if table.elements[row].extra.get("pointerEvents") != "none"]
    return np.array(hit, dtype=np.int64)


def _has_own_size(table: Table, row: int) -> bool:
    return table.elements[row].attributes.get("type") in OWN_SIZE


def _in_sentence(table: Table, row: int, sentences: dict[int, Boxes]) -> bool:
    """It stands in a line of text that is not its own: the line's height decides its size.

    `sentences` keeps, per block, the lines of text in it that no control has.
    """
    if not table.inline[row]:
        return False
    block = int(table.block[row])
    if block not in sentences:
        inside = table.inside(block)
        free = inside[~(table.control[inside] | table.control[np.maximum(0, table.parent[inside])])].tolist()
        sentences[block] = np.concatenate([np.empty((0, 4)), *(table.lines[one] for one in free)])
    others = sentences[block]
    for _, top, _, bottom in table.lines[row].tolist():
        beside = np.minimum(others[:, 3], bottom) - np.maximum(others[:, 1], top)
        if (beside > 0.5 * (bottom - top)).any():
            return True
    return False
