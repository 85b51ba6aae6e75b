"""Characters for which no font was found: readers see a box, or nothing, where a letter or an icon should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from compatcheck.layout.sentences import name_of, sentence
from compatcheck.layout.table import Table
from compatcheck.layout.trouble import Trouble

PRIVATE = (0xE000, 0xF8FF)
"""The private use area, in which icon fonts have their icons."""


def missing_glyphs(table: Table) -> Iterator[Trouble]:
    """Texts and icons of which the engine drew a character as one that no font has (`page_model.js` compares the two)."""
    for row in np.flatnonzero(table.shown & table.judged).tolist():
        element = table.elements[row]
        if not element.extra:
            continue
        for found, where in ((element.extra.get("missingGlyphs"), ""), *_of_pseudo(element.extra.get("pseudo"))):
            characters, share = _read(found)
            if not characters:
                continue
            alone = bool(where) and not element.text and not table.inner_text(row)
            yield Trouble(
                "glyph-missing",
                row,
                _severity(share, icon=bool(where), alone=alone and bool(table.control[row])),
                sentence(f"{name_of(element, table.inner_text(row))} {_words(characters, where)}."),
                table.css_box(row),
            )
            break


def _of_pseudo(pseudo: Any) -> Iterator[tuple[Any, str]]:
    for name, one in pseudo.items() if isinstance(pseudo, Mapping) else ():
        if isinstance(one, list | tuple) and len(one) > 3:
            yield one[3], f"::{name}"


def _read(found: Any) -> tuple[list[str], float]:
    """Code points such as U+4E2D, and the share of the text that they are."""
    if not isinstance(found, Mapping) or not isinstance(found.get("characters"), list | tuple):
        return [], 0.0
    share = found.get("share")
    return [str(one) for one in found["characters"]], float(share) if isinstance(share, int | float) else 1.0


def _severity(share: float, *, icon: bool, alone: bool) -> float:
    """An icon beside its words is a blemish; one that is all there is of a control, or most of a text, is a loss."""
    if icon:
        return 0.8 if alone else 0.55
    return min(0.95, 0.55 + 0.4 * share)


def _words(characters: list[str], where: str) -> str:
    listed = ", ".join(characters[:4]) + (" …" if len(characters) > 4 else "")
    icons = all(PRIVATE[0] <= _number(one) <= PRIVATE[1] for one in characters)
    cause = "the icon font is not there" if icons else "no font has them" if len(characters) > 1 else "no font has it"
    kind = f"icon {listed} in {where}" if where else listed
    return f"shows an empty box instead of {kind}: {cause}"


def _number(code_point: str) -> int:
    try:
        return int(code_point.removeprefix("U+"), 16)
    except ValueError:
        return 0
