"""Why a finding is there, where the declared rule can be named: what one engine lacks, what one side computed, what failed to load.

In this order, the surest first: the picture's failed request; a feature of CSS that one of the two engines lacks and the
element's rules use; a computed property that differs; a media query that applies on one side only. A cause that is known
already (a font that fell back) stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from compatcheck.model.capture import Capture, Element, PageModel
from compatcheck.model.verdict import Divergence

DECLARED = (
    "display", "position", "float", "flexDirection", "flexWrap", "alignItems", "justifyContent", "overflowX", "overflowY", "whiteSpace",
    "textAlign", "textTransform", "visibility", "opacity", "transform", "boxSizing", "maxWidth", "minWidth", "zIndex", "direction",
    "objectFit", "clipPath", "fontSize", "fontWeight", "fontFamily", "paddingTop", "paddingLeft", "paddingRight", "paddingBottom",
    "borderTopWidth", "filter", "color", "backgroundColor",
)  # fmt: skip
"""Computed properties that say what was declared, the most telling first; widths, margins and grid tracks follow from the layout."""
REACH = 3
"""So many ancestors of an element are asked too: what lays out a box is often declared on what holds it."""


def with_causes(
    divergences: Sequence[Divergence], matched: Sequence[tuple[int, int]], baseline: Capture, candidate: Capture
) -> tuple[Divergence, ...]:
    """The divergences, each with `cause` where it can be named. `matched` pairs element indices (baseline, candidate)."""
    a, b = baseline.page_model, candidate.page_model
    if a is None or b is None:
        return tuple(divergences)
    sides = _Sides(a, b, matched)
    media = _media(a, b)
    return tuple(one if one.cause else replace(one, cause=_cause(one, sides, media, candidate)) for one in divergences)


class _Sides:
    """Both page models, and which element is which."""

    def __init__(self, a: PageModel, b: PageModel, matched: Sequence[tuple[int, int]]) -> None:
        self.a, self.b = a, b
        self._paths_a = {element.path: element.index for element in a.elements}
        self._paths_b = {element.path: element.index for element in b.elements}
        self._there, self._here = dict(matched), {j: i for i, j in matched}
        self.lacks_a, self.lacks_b = (_names(model.extra.get("lacks")) for model in (a, b))

    def of(self, divergence: Divergence) -> tuple[Element | None, Element | None]:
        """The finding's element on the baseline and on the candidate."""
        if divergence.kind == "extra" or divergence.shared or divergence.reference_box is None:
            j = self._paths_b.get(divergence.path)
            i = None if j is None else self._here.get(j)
        else:
            i = self._paths_a.get(divergence.path)
            j = None if i is None else self._there.get(i)
        return (None if i is None else self.a.elements[i]), (None if j is None else self.b.elements[j])

    def used(self, model: PageModel, element: Element | None) -> Iterator[str]:
        """The features that rules of an element, and of those that hold it, use."""
        for _ in range(REACH):
            if element is None:
                return
            yield from _names(element.extra.get("uses"))
            element = None if element.parent is None else model.elements[element.parent]


def _cause(one: Divergence, sides: _Sides, media: str, candidate: Capture) -> str:
    before, after = sides.of(one)
    if one.kind == "image-broken":
        return _failed_request(after, candidate)
    if one.shared or one.axis == "content":
        return ""
    if lacking := next((name for name in sides.used(sides.a, before) if name in sides.lacks_b), ""):
        return f"this browser lacks {lacking}, which the element's rules use"
    if lacking := next((name for name in sides.used(sides.b, after) if name in sides.lacks_a), ""):
        return f"the reference's browser lacks {lacking}, which the element's rules use"
    if computed := _computed(before, after):
        return computed
    return media if one.axis == "layout" else ""


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list | tuple) else ()


def _computed(before: Element | None, after: Element | None) -> str:
    if before is None or after is None:
        return ""
    for name in DECLARED:
        one, other = before.style.get(name), after.style.get(name)
        if one is not None and other is not None and not _alike(one, other):
            css = re.sub(r"([A-Z])", lambda match: f"-{match[1].lower()}", name)
            return f"the computed {css} differs: {other[:80]} here, {one[:80]} on the reference"
    return ""


def _alike(one: str, other: str) -> bool:
    """Equal, or lengths that rounding makes differ."""
    try:
        return abs(float(one.removesuffix("px")) - float(other.removesuffix("px"))) < 1
    except ValueError:
        return one.replace('"', "'") == other.replace('"', "'")


def _media(a: PageModel, b: PageModel) -> str:
    """The media queries that apply on one side only, in words; empty where there is none."""
    one, other = (model.extra.get("media") for model in (a, b))
    if not isinstance(one, Mapping) or not isinstance(other, Mapping):
        return ""
    apart = [query for query in one if query in other and bool(one[query]) != bool(other[query])]
    if not apart:
        return ""
    words = [f"{str(query)[:80]} applies {'on the reference' if one[query] else 'here'} only" for query in apart[:2]]
    return "the media query " + "; ".join(words)


def _failed_request(element: Element | None, capture: Capture) -> str:
    """What the server answered for a picture, where the browser told."""
    if element is None:
        return ""
    source = str(element.extra.get("currentSrc") or element.attributes.get("src", ""))
    name = source.partition("?")[0].rpartition("/")[2]
    line = next((line for line in capture.facts.failed_requests if source in line or (name and name in line)), "")
    if not line:
        return ""
    status = re.search(r"(?<![\w/.:])([45]\d\d)(?![\w/.])", line.replace(source, ""))
    shown = source if "://" in source else name
    return f"{shown[:200]} answered HTTP {status[1]}" if status else f"{shown[:200]} could not be loaded: {line[:160]}"
