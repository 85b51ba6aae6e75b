"""The known words nearest to one that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str], *, count: int = 1) -> list[str]:
    """At most `count` of the known words, nearest first, case aside; words that are too far off are left out."""
    by_folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold()[:200], list(by_folded), n=count, cutoff=0.6)
    return [by_folded[name] for name in found]


def did_you_mean(word: str, known: Iterable[str], *, count: int = 1) -> str:
    """`Did you mean this or that?`, or nothing when no known word is near."""
    found = nearest(word, known, count=count)
    if not found:
        return ""
    *others, last = found
    return f"Did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
