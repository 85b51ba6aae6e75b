"""Text that is set differently: another size (`resized`), another family (`font`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from compatcheck.layout.matching import Matching
from compatcheck.layout.paint import Off
from compatcheck.layout.sentences import name_of
from compatcheck.layout.table import Table

SIZE_STEP = 0.14
"""Type that is this much larger or smaller than expected is seen as another size."""
UNSTYLED = frozenset(("-webkit-standard", "times new roman", "times", "serif"))
"""What engines call the family of text that no style sheet has set."""
GENERIC = frozenset(
    ("serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui", "ui-serif", "ui-sans-serif", "ui-monospace")
)

CONTROLS_OWN = frozenset(("arial", "sans", "sans-serif", "system-ui", "-apple-system"))
"""The one family that engines set form controls in, where no style sheet has set another."""


def typography_differences(a: Table, b: Table, matching: Matching) -> Iterator[Off]:
    """Compare how matched texts are set."""
    rows = np.flatnonzero((matching.candidate_of >= 0) & a.shown & a.judged)
    there = matching.candidate_of[rows]
    both = (b.shown & b.judged)[there]
    pairs = [
        (i, j)
        for i, j in zip(rows[both].tolist(), there[both].tolist(), strict=True)
        if a.elements[i].text and b.elements[j].text
    ]
    usual = _usual_line_ratio(a, b, pairs)
    sizes_a, sizes_b = a.em.tolist(), b.em.tolist()
    other_fonts: dict[tuple[str, str], tuple[str, str]] = {}
    for i, j in pairs:
        one = a.elements[i]
        ratio = sizes_b[j] / sizes_a[i]
        measured = _line_ratio(a, i, b, j)
        autosized = False
        if measured is not None:
            expected = usual.get(_families(one.style.get("fontFamily", "")), 1.0)
            seen = measured / expected
            # Engines may enlarge type without saying so (text autosizing); then only the lines tell.
            # Larger type has higher lines and longer words; another font often has the one without the other.
            seen = min(seen, _length_ratio(a, i, b, j), key=lambda each: abs(each - 1))
            if abs(ratio - 1) < 0.02 and abs(seen - 1) > 2.5 * SIZE_STEP:
                ratio, autosized = seen, True
            elif abs(ratio - 1) >= SIZE_STEP and abs(measured - 1) < 0.25 * abs(ratio - 1):
                ratio = 1.0  # the style says so, the lines do not
        if not 1 / (1 + SIZE_STEP) < ratio < 1 + SIZE_STEP:
            amount = abs(float(np.log2(ratio)))
            yield Off(
                "resized",
                i,
                j,
                min(0.9, 0.45 + 0.4 * min(1.0, amount)),
                f"{name_of(one)} is drawn {ratio:.2g} times as large as on the reference, at the same font-size."
                if autosized
                else f"{name_of(one)} is set in {b.em[j]:.0f} px type; on the reference in {a.em[i]:.0f} px.",
                "the engine sizes text by itself" if autosized else "the computed font-size differs",
            )
        if len(one.text) >= 3:
            asked = one.style.get("fontFamily", ""), b.elements[j].style.get("fontFamily", "")
            if _set_by_engine(a, i) and _set_by_engine(b, j):
                continue
            if asked not in other_fonts:
                other_fonts[asked] = _other_font(a, b, *asked)
            words, cause = other_fonts[asked]
            if words:
                severity = 0.5 + 0.15 * min(1.0, len(one.text) / 80)
                yield Off("font", i, j, severity, f"{name_of(one)} {words}.", cause)


def _other_font(a: Table, b: Table, here: str, there: str) -> tuple[str, str]:
    """What to say, and why, of texts whose computed families are these on the two sides; empty where they look alike."""
    asked_a, asked_b = _families(here), _families(there)
    if not asked_a or not asked_b or (asked_a[0] in UNSTYLED and asked_b[0] in UNSTYLED):
        return "", ""
    if asked_a != asked_b:
        used_a, used_b = _used(a, asked_a), _used(b, asked_b)
        alike = used_a == used_b
        return (
            ("", "")
            if alike
            else (f"is set in {used_b}; on the reference in {used_a}", "the computed font-family differs")
        )
    first = asked_a[0]
    if _loaded(a, first) and not _loaded(b, first) and first in _faces(a):
        return f"asks for the web font {first}, which did not arrive here", f"the web font {first} fell back"
    return "", ""


@lru_cache(maxsize=4096)
def _families(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.split(",") if (name := part.strip().strip("\"'").lower()))


def _used(table: Table, asked: tuple[str, ...]) -> str:
    """The first family of a list that is there, as far as the page could measure it."""
    there = {name.lower(): value for name, value in dict(table.model.extra.get("families") or {}).items()}
    for name in asked:
        if name in GENERIC or name.startswith(("-apple-system", "blinkmacsystemfont")):
            return name
        if there.get(name, True):
            return name
    return asked[-1]


def _faces(table: Table) -> dict[str, set[str]]:
    faces: dict[str, set[str]] = defaultdict(set)
    for face in table.model.extra.get("fontFaces") or ():
        if isinstance(face, list | tuple) and len(face) == 4:
            faces[str(face[0]).lower()].add(str(face[3]))
    return faces


def _loaded(table: Table, family: str) -> bool:
    return "loaded" in _faces(table).get(family, set())


def _line_ratio(a: Table, i: int, b: Table, j: int) -> float | None:
    height_a, height_b = a.line_height[i], b.line_height[j]
    return height_b / height_a if height_a > 1 and height_b > 1 else None


def _length_ratio(a: Table, i: int, b: Table, j: int) -> float:
    """How much longer the candidate's lines are, all put together."""
    lengths = [sum(line.width for line in side.elements[row].lines) for side, row in ((a, i), (b, j))]
    return lengths[1] / lengths[0] if min(lengths) > 0 else 1.0


def _set_by_engine(table: Table, row: int) -> bool:
    """It is, or stands in and inherits from, a form control for which no style sheet has set a family."""
    control = table.control_around[row]
    families = table.style(row, "fontFamily")
    return (
        control >= 0
        and families == table.style(control, "fontFamily")
        and _is_controls_own(table.elements[control].tag, families)
    )


def _is_controls_own(tag: str, families: str) -> bool:
    own = _families(families)
    return len(own) == 1 and (own[0] in CONTROLS_OWN or (tag == "textarea" and own[0] == "monospace"))


def _usual_line_ratio(a: Table, b: Table, pairs: list[tuple[int, int]]) -> dict[tuple[str, ...], float]:
    """Per font list: how much taller the candidate's line boxes are where the type is of one size."""
    found: dict[tuple[str, ...], list[float]] = defaultdict(list)
    sizes_a, sizes_b = a.em.tolist(), b.em.tolist()
    for i, j in pairs:
        ratio = _line_ratio(a, i, b, j)
        if ratio is not None and abs(sizes_a[i] - sizes_b[j]) < 0.02 * sizes_a[i]:
            found[_families(a.elements[i].style.get("fontFamily", ""))].append(ratio)
    return {family: float(np.median(ratios)) for family, ratios in found.items() if len(ratios) >= 3}
