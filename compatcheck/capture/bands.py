"""Pictures that repeat themselves, or stay blank, where the page does neither: what engines paint beyond their textures' limits.

The page model is the witness: a list of equal rows is no fault, other words under the same pixels are.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from compatcheck.geometry import CssBox
from compatcheck.model.capture import RGB, Element, PageModel

LEAST_SHARE = 0.2
"""The part of a picture that a band must take to be looked into."""

LEAST_ROWS = 400
"""The same in device px."""

LEAST_WITNESSES = 4
"""How many texts of the page must speak against a band."""

_UNSEEN = frozenset({"transparent", "invisible", "masked", "covered", "fixed", "sticky", "imagePending", "imageBroken"})

Rows = NDArray[np.uint32]


def check_bands(picture: RGB, model: PageModel | None, ratio: float) -> str:
    """Why the picture cannot be that of the page, in one sentence, or empty; empty too where there is no page model."""
    height = picture.shape[0]
    least = max(LEAST_ROWS, int(height * LEAST_SHARE))
    if model is None or height < 2 * least:
        return ""
    texts = [element for element in model.elements if element.text and not element.flags & _UNSEEN]
    rows = np.fromiter((zlib.crc32(row) for row in np.ascontiguousarray(picture)), np.uint32, height)
    blank = _blank_end(picture, rows)
    if height - blank >= least:
        lost = _within(texts, blank / ratio, height / ratio)
        if len(lost) >= LEAST_WITNESSES:
            return (
                f"The picture is blank from {blank / ratio:.0f} px on, where the page has {len(lost)} texts, "
                f"the first of them {lost[0].text[:40]!r}."
            )
    period, first, last = _longest_repeat(rows, blank, least)
    if period:
        shift = period / ratio
        seen = {_place(element.visible_box, element.text) for element in _within(texts, first / ratio, last / ratio)}
        again = _within(texts, first / ratio + shift, last / ratio + shift)
        others = [element for element in again if _place(element.visible_box, element.text, shift) not in seen]
        if len(others) >= LEAST_WITNESSES and len(others) > len(again) / 2:
            return (
                f"The picture shows {first / ratio:.0f} to {last / ratio:.0f} px again {shift:.0f} px further down, where the page "
                f"has other things, such as {others[0].text[:40]!r}."
            )
    return ""


def _place(box: CssBox, text: str, shift: float = 0.0) -> tuple[int, int, str]:
    return round(box.x / 4), round((box.y - shift) / 4), text


def _within(elements: Iterable[Element], top: float, bottom: float) -> list[Element]:
    return [
        element
        for element in elements
        if element.visible_box.area > 0 and element.visible_box.y >= top and element.visible_box.bottom <= bottom
    ]


def _blank_end(picture: RGB, rows: Rows) -> int:
    """Where the last rows begin that all are of one colour; the height when the last row is not."""
    if not (picture[-1] == picture[-1, 0]).all():
        return len(rows)
    other = np.flatnonzero(rows != rows[-1])
    return int(other[-1]) + 1 if len(other) else 0


def _longest_repeat(rows: Rows, end: int, least: int) -> tuple[int, int, int]:
    """(period, first, last): rows [first, last) come again `period` rows further down; (0, 0, 0) when none do.

    Only periods that many rows share are tried, and a band must hold more than a few kinds of rows.
    """
    rows = rows[:end]
    order = np.argsort(rows, kind="stable")
    neighbours = rows[order[1:]] == rows[order[:-1]]
    gaps = (order[1:] - order[:-1])[neighbours]
    votes = Counter(gaps[gaps >= least // 2].tolist())
    for period, count in votes.most_common(8):
        if count < 20:
            break
        same = np.concatenate(([False], rows[period:] == rows[:-period], [False]))
        edges = np.flatnonzero(same[1:] != same[:-1])
        lengths = edges[1::2] - edges[::2]
        longest = int(lengths.argmax()) if len(lengths) else 0
        if len(lengths) and lengths[longest] >= least:
            first, last = int(edges[2 * longest]), int(edges[2 * longest + 1])
            if len(np.unique(rows[first:last])) >= 20:
                return int(period), first, last
    return 0, 0, 0
