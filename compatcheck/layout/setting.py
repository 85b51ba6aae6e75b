"""Text that a style sheet sets otherwise in its box: on another side (`moved`), in another weight (`font`)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compatcheck.layout.matching import Matching
from compatcheck.layout.paint import TEXT_STEP, Off
from compatcheck.layout.pixels import Pixels
from compatcheck.layout.sentences import name_of, shift
from compatcheck.layout.table import Table

HEAVIER = 200
"""Font weights that are this far apart can be told apart: regular and semi-bold."""
HALF = 14.0
"""CSS px that a text has to move for a severity of 0.425, half of the most (as for elements that moved)."""
_SIDES = {"-webkit-center": "center", "-webkit-left": "left", "-webkit-right": "right", "-webkit-auto": "start"}


def setting_differences(a: Pixels, b: Pixels, matching: Matching) -> Iterator[Off]:
    """What the computed text-align and font-weight say differently, where the lines or the picture show it."""
    one, two, of = a.table, b.table, matching.candidate_of
    rows = np.flatnonzero((of >= 0) & one.shown & one.judged)
    rows = rows[two.shown[of[rows]] & two.judged[of[rows]]]
    for i, j in zip(rows.tolist(), of[rows].tolist(), strict=True):
        yield from _alignment(one, i, two, j)
        yield from _weight(a, i, b, j)


def _alignment(a: Table, i: int, b: Table, j: int) -> Iterator[Off]:
    sides = _side(a, i), _side(b, j)
    if sides[0] == sides[1] or "justify" in sides or a.inline[i] or not (i in a.flow_text and j in b.flow_text):
        return
    ends = []
    for table, row in ((a, i), (b, j)):
        left, right = min(line[0] for line in table.flow_text[row]), max(line[2] for line in table.flow_text[row])
        ends.append((left - table.box[row, 0], table.box[row, 2] - right))
    before, after = ends[1][0] - ends[0][0], ends[0][1] - ends[1][1]
    away = min((before, after, (before + after) / 2), key=abs)
    if abs(away) > max(8.0, float(a.em[i])):
        name = name_of(a.elements[i], a.inner_text(i))
        told = f"{name} stands {shift(away, 0)} in its box: aligned {sides[1]} here, {sides[0]} on the reference."
        severity = 0.85 * (1.0 - 2.0 ** (-abs(away) / HALF))
        yield Off("moved", i, j, severity, told, "the computed text-align differs")


def _side(table: Table, row: int) -> str:
    """`left`, `right`, `center`, `justify`: the side that a text is aligned to; empty where the page model does not say."""
    side = table.style(row, "textAlign")
    side = _SIDES.get(side, side)
    if side in ("start", "end"):
        return "left" if (side == "start") == (table.style(row, "direction") != "rtl") else "right"
    return side


def _weight(a: Pixels, i: int, b: Pixels, j: int) -> Iterator[Off]:
    one, two = a.table.elements[i], b.table.elements[j]
    if len(one.text) < 3 or not two.text or not (a.usable and b.usable):
        return
    weights = [side.style.get("fontWeight", "") for side in (one, two)]
    if not all(weight.isdecimal() for weight in weights) or abs(int(weights[0]) - int(weights[1])) < HEAVIER:
        return
    moved = np.abs(a.paint.mean[i + len(a.table)] - b.paint.mean[j + len(b.table)]).max()
    if moved > TEXT_STEP:
        severity = 0.5 + 0.15 * min(1.0, len(one.text) / 80)
        told = f"{name_of(one)} is set in weight {weights[1]}; on the reference in {weights[0]}."
        yield Off("font", i, j, severity, told, "the computed font-weight differs")
