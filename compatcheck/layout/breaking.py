"""Where lines of text are broken: what a style sheet forbids is news, where engines may break a word is not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from compatcheck.layout.matching import Matching
from compatcheck.layout.paint import Off
from compatcheck.layout.sentences import name_of
from compatcheck.layout.table import Table

UNBROKEN = ("nowrap", "pre")
"""Values of white-space that forbid breaking lines."""
HARM = 0.55
"""Lines that are joined, or broken, against the style sheet: seen, and not yet in the way of reading."""
_WITHIN = re.compile(r"\w[-‐/.,:;?&=_@+|)\]]+\w")
"""A word in which some engines may break a line and others may not: dates, numbers with hyphens, addresses."""


def forbidden_breaks(a: Table, b: Table, matching: Matching) -> Iterator[Off]:
    """Texts that may be broken into lines on one side only, and stand in another number of lines for it.

    Told of the outermost element that the computed white-space differs for.
    """
    apart: set[int] = set()
    for i in np.flatnonzero(matching.candidate_of >= 0).tolist():
        j = int(matching.candidate_of[i])
        forbids = [table.style(row, "whiteSpace") in UNBROKEN for table, row in ((a, i), (b, j))]
        if forbids[0] == forbids[1] or not (a.style(i, "whiteSpace") and b.style(j, "whiteSpace")):
            continue
        apart.add(i)
        rows_a, rows_b = int(a.text_rows[i]), int(b.text_rows[j])
        alike = a.elements[i].text == b.elements[j].text
        both = a.shown[i] and a.judged[i] and b.shown[j] and b.judged[j]
        if not alike or not both or rows_a == rows_b or not rows_a or not rows_b or int(a.parent[i]) in apart:
            continue
        how = f"stands in {_lines(rows_b)}; on the reference in {_lines(rows_a)}"
        yield Off(
            "wrapped",
            i,
            j,
            HARM,
            f"{name_of(a.elements[i], a.inner_text(i))} {how}.",
            "the computed white-space differs",
        )


def breaks_within_words(a: Table, i: int, b: Table, j: int) -> bool:
    """One engine breaks a line within a word of this text, at a hyphen or the like, and the other does not; nobody told them to."""
    one, other = a.elements[i], b.elements[j]
    if one.text != other.text or len(one.lines) == len(other.lines) or not _WITHIN.search(one.text):
        return False
    told_alike = a.style(i, "whiteSpace") == b.style(j, "whiteSpace")
    return told_alike and max(len(one.lines), len(other.lines)) > len(one.text.split())


def _lines(count: int) -> str:
    return "one line" if count == 1 else f"{count} lines"
