"""Lines of text that clipping cuts through, within one capture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from compatcheck.geometry import CssBox
from compatcheck.layout.sentences import name_of, sentence
from compatcheck.layout.table import Table, cut_of
from compatcheck.layout.trouble import Trouble


def cut_texts(table: Table) -> Iterator[Trouble]:
    """Texts of which a line is cut through, in document order."""
    for row in np.flatnonzero(table.has_lines & table.shown & table.judged).tolist():
        element = table.elements[row]
        cut = cut_of(element)
        if "ellipsis" in element.flags:
            continue
        if not cut and not _own_overflow_cuts(table, row):
            continue
        found = _worst_cut(table, row)
        if found is None:
            continue
        share, side, box = found
        yield Trouble(
            "clipped",
            row,
            min(0.9, 0.45 + 0.5 * share),
            sentence(f"{name_of(element)} is cut off at its {side}."),
            box,
        )


def _own_overflow_cuts(table: Table, row: int) -> bool:
    style = table.elements[row].style
    return style.get("overflowX", "visible") in ("hidden", "clip") or style.get("overflowY", "visible") in (
        "hidden",
        "clip",
    )


def _worst_cut(table: Table, row: int) -> tuple[float, str, CssBox] | None:
    """The share of its text that is cut away, the side, and the cut line's box; None when nothing readable is cut.

    Whole lines that are gone (a teaser cut to three lines, a slide off to the side) are meant; a line cut through is not.
    """
    extra = table.elements[row].extra
    lines = table.lines[row]
    limits = table.visible[row].copy()
    cut = cut_of(table.elements[row])
    if cut is None:
        limits = table.box[row].copy()
        if table.style(row, "overflowX") not in ("hidden", "clip"):
            limits[[0, 2]] = (-np.inf, np.inf)
        if table.style(row, "overflowY") not in ("hidden", "clip"):
            limits[[1, 3]] = (-np.inf, np.inf)
    else:
        for edge, amount in enumerate(cut):
            if amount <= 0.5:
                limits[edge] = -np.inf if edge < 2 else np.inf
        if extra.get("cutScrollX"):
            limits[[0, 2]] = (-np.inf, np.inf)
        if extra.get("cutScrollY"):
            limits[[1, 3]] = (-np.inf, np.inf)
    height = lines[:, 3] - lines[:, 1]
    width = lines[:, 2] - lines[:, 0]
    over_x = np.maximum(limits[0] - lines[:, 0], 0) + np.maximum(lines[:, 2] - limits[2], 0)
    over_y = np.maximum(limits[1] - lines[:, 1], 0) + np.maximum(lines[:, 3] - limits[3], 0)
    em = table.em[row]
    # A line's box is taller than its letters: a quarter of it may go before a letter is touched.
    through_y = (over_y > 0.3 * height) & (over_y < 0.85 * height)
    through_x = (over_x > 0.5 * em) & (over_x < 0.97 * width)
    bad = (through_x & (over_y < 0.85 * height)) | (through_y & (over_x < 0.97 * width))
    if not bad.any():
        return None
    worst = int(np.argmax(np.where(bad, over_x / np.maximum(width, 1) + over_y / np.maximum(height, 1), -1)))
    x0, y0, x1, y1 = lines[worst].tolist()
    share = float(np.where(bad, 1, 0).mean())
    if through_x[worst]:
        side = "right side" if lines[worst, 2] > limits[2] else "left side"
    else:
        side = "bottom" if lines[worst, 3] > limits[3] else "top"
    return share, side, CssBox(x0, y0, x1 - x0, y1 - y0)
