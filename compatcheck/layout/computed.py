"""What the two browsers computed differently for the element of a finding: the first thing that people ask when it diverges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from compatcheck.model.capture import Element, PageModel
from compatcheck.model.verdict import Divergence

MOST = 16
"""More properties than these explain nothing."""

NEAR_PX = 0.6
"""Lengths closer than this differ by rounding: engines snap layout to 1/64, 1/60 or whole px."""

_GEOMETRY = frozenset({"width"})
"""Said already by the boxes."""


def with_computed(
    divergences: Sequence[Divergence], matched: Sequence[tuple[int, int]], baseline: PageModel, candidate: PageModel
) -> tuple[Divergence, ...]:
    """The divergences, each with `extra["computed"]`: {property: [on the baseline, on the candidate]} where they differ.

    `matched` pairs element indices (baseline, candidate). A divergence whose element has no partner stays as it is.
    """
    partner = {there: here for here, there in matched}
    here = {element.path: element for element in baseline.elements}
    there = {element.path: element for element in candidate.elements}
    pairs = {baseline.elements[a].path: candidate.elements[b] for a, b in matched}
    explained = []
    for each in divergences:
        after: Element | None
        if each.kind == "missing":  # its path is the baseline's
            before, after = here.get(each.path), pairs.get(each.path)
        else:
            after = there.get(each.path)
            before = baseline.elements[partner[after.index]] if after and after.index in partner else None
        found = dict(_differences(before, after)) if before and after else {}
        explained.append(replace(each, extra={**each.extra, "computed": found}) if found else each)
    return tuple(explained)


def _differences(before: Element, after: Element) -> Iterator[tuple[str, list[str]]]:
    found = [*_of(before.style, after.style), *_of(before.attributes, after.attributes)]
    for name in ("naturalWidth", "naturalHeight", "fontFamilyUsed"):
        if before.extra.get(name) != after.extra.get(name):
            found.append((name, [str(before.extra.get(name, "")), str(after.extra.get(name, ""))]))
    yield from found[:MOST]


def _of(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    for name in before:
        if name in after and name not in _GEOMETRY and not _alike(str(before[name]), str(after[name])):
            yield name, [str(before[name])[:200], str(after[name])[:200]]


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return abs(float(one.removesuffix("px")) - float(other.removesuffix("px"))) < NEAR_PX and one.endswith("px")
    except ValueError:
        return False
