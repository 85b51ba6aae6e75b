"""Faults that pages really have, each with the elements that can have it and a size drawn by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from compatcheck.model.capture import Element, PageModel

_TEXT_TAGS = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "a",
        "span",
        "button",
        "label",
        "td",
        "th",
        "strong",
        "em",
        "blockquote",
        "div",
        "small",
        "dt",
        "dd",
    ]
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault at one element: `inject.js` reads it as JSON. `values` are its sizes, in CSS px or CSS words."""

    kind: str
    path: str
    selector: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "path": self.path, "selector": self.selector, "values": dict(self.values)}


@dataclass(frozen=True, slots=True)
class _Place:
    """What a fault's rules may ask about a target."""

    element: Element
    children: tuple[Element, ...]
    before: Element | None
    after: Element | None
    page_width: float
    page_height: float

    @property
    def text(self) -> bool:
        return bool(self.element.lines) and len(self.element.text) >= 3 and self.element.tag in _TEXT_TAGS

    @property
    def block(self) -> bool:
        return "inline" not in self.element.flags and self.element.style.get("display") != "contents"


Rule = Callable[[_Place, random.Random], Mapping[str, Any] | None]
"""Gives the fault's values, or None when the target cannot have it."""


def _sign(rng: random.Random) -> int:
    return rng.choice((-1, 1))


def _shifted(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    box = place.element.box
    if not place.block or box.width > 0.8 * place.page_width or box.height > 600:
        return None
    distance = rng.randint(20, 64)
    across = rng.random() < 0.5
    if across:
        left = distance * _sign(rng)
        if box.x + left < 0:
            left = distance
        return {"left": left, "top": 0}
    return {"left": 0, "top": distance * (_sign(rng) if box.y > 100 else 1)}


def _resized(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    box = place.element.box
    if not place.block or box.width < 60 or box.height > 700:
        return None
    if "replaced" in place.element.flags or rng.random() < 0.6:
        return {"width": round(box.width * rng.uniform(0.4, 0.7))}
    return {"height": round(box.height + rng.uniform(50, 160))}


def _hidden(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    return {} if (place.text or {"control", "replaced"} & place.element.flags) else None


def _collapsed(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    return {} if place.block and len(place.children) >= 2 and 40 < place.element.box.height < 900 else None


def _overlapping(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    box, before = place.element.box, place.before
    if not place.block or before is None or not before.text or not place.element.text or before.box.bottom > box.y + 4:
        return None
    if box.y - before.box.bottom > 80 or min(box.right, before.box.right) - max(box.x, before.box.x) < 40:
        return None
    return {"up": round(box.y - before.box.bottom + 0.7 * min(box.height, before.box.height) + 4)}


def _overflowing(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    if not place.block or place.element.box.width < 0.4 * place.page_width or place.element.box.height > 900:
        return None
    return {"width": round(place.page_width * rng.uniform(1.2, 1.6))}


def _clipped(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    box = place.element.box
    if not place.block or not place.text or not 18 <= box.height <= 500:
        return None
    if place.element.style.get("display") == "table-cell":
        return None  # a cell takes a height as the least it has: nothing would be cut
    return {"height": round(box.height * rng.uniform(0.4, 0.6))}


def _enlarged(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    return {"times": round(rng.uniform(1.5, 2.2), 2)} if place.text else None


def _unstacked(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    """Children side by side are stacked; stacked children are put side by side."""
    shown = [child for child in place.children if child.box.area > 400 and "inline" not in child.flags]
    if not place.block or not 2 <= len(shown) <= 8 or place.element.tag in ("body", "html"):
        return None
    first, second = shown[0].box, shown[1].box
    if second.x >= first.right - 2:
        return {"to": "column"}
    if second.y >= first.bottom - 2 and place.element.box.height < 1500:
        return {"to": "row"}
    return None


def _broken_image(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    broken = {"imageBroken", "imagePending"} & place.element.flags
    return {} if place.element.tag == "img" and not broken and place.element.box.area > 300 else None


def _wrong_colour(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    hue = rng.choice(
        ("rgb(220, 30, 30)", "rgb(20, 140, 40)", "rgb(30, 60, 220)", "rgb(200, 0, 200)", "rgb(240, 180, 0)")
    )
    if place.text and rng.random() < 0.6:
        return {"property": "color", "value": hue}
    background = place.element.style.get("backgroundColor", "")
    if background.startswith("rgb(") and place.element.box.area > 1500:
        return {"property": "background-color", "value": hue}
    return None


def _wrong_font(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    if not place.text or len(place.element.text) < 8:
        return None
    family = place.element.style.get("fontFamily", "").lower()
    serif = "serif" in family.replace("sans-serif", "") or any(
        name in family for name in ("lora", "merriweather,", "times", "georgia")
    )
    return {
        "family": "monospace" if "mono" not in family and rng.random() < 0.5 else ("sans-serif" if serif else "serif")
    }


def _reordered(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    after = place.after
    if (
        after is None
        or not place.block
        or "inline" in after.flags
        or after.path.rpartition(">")[0] != place.element.path.rpartition(">")[0]
    ):
        return None
    if place.element.box.area < 400 or after.box.area < 400 or place.element.box.height > 900 or after.box.height > 900:
        return None
    return {"with": after.path}


def _invisible(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    return {"how": rng.choice(("visibility", "opacity", "colour"))} if place.text else None


def _bare(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    style = place.element.style
    painted = style.get("backgroundImage", "none") != "none" or style.get("backgroundColor", "").startswith("rgb(")
    return {} if painted and place.element.box.area > 2500 and place.element.tag not in ("html", "body") else None


def _covered(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    box = place.element.box
    if not (place.text or "control" in place.element.flags) or box.height > 400:
        return None
    return {"colour": rng.choice(("rgb(40, 40, 48)", "rgb(250, 250, 250)", "rgb(0, 110, 200)"))}


def _unwrapped(place: _Place, rng: random.Random) -> Mapping[str, Any] | None:
    return {} if place.text and place.block and len(place.element.lines) >= 2 else None


RULES: Mapping[str, Rule] = {
    "shifted": _shifted,
    "resized": _resized,
    "hidden": _hidden,
    "collapsed": _collapsed,
    "overlapping": _overlapping,
    "overflowing": _overflowing,
    "clipped": _clipped,
    "enlarged-text": _enlarged,
    "unstacked": _unstacked,
    "broken-image": _broken_image,
    "wrong-colour": _wrong_colour,
    "wrong-font": _wrong_font,
    "reordered": _reordered,
    "invisible": _invisible,
    "background-lost": _bare,
    "covered": _covered,
    "unwrapped": _unwrapped,
}
"""Every kind of fault by name."""


def plan_faults(
    model: PageModel, seed: int, kinds: tuple[str, ...] = tuple(RULES), per_kind: int = 1
) -> Iterator[Fault]:
    """Draw up to `per_kind` faults of every kind that some element of the page can have; equal seeds draw equal faults."""
    places = list(_places(model))
    for kind in kinds:
        rng = random.Random(f"{seed}/{kind}")
        drawn = 0
        for place in rng.sample(places, len(places)):
            values = RULES[kind](place, rng)
            if values is None:
                continue
            yield Fault(kind, place.element.path, place.element.selector, values)
            drawn += 1
            if drawn >= per_kind:
                break


def _places(model: PageModel) -> Iterator[_Place]:
    """Elements that a visitor sees and that CSS can address: no frames, no shadow trees, nothing invisible or tiny."""
    below: dict[int, list[Element]] = {}
    for element in model.elements:
        if element.parent is not None:
            below.setdefault(element.parent, []).append(element)
    for siblings in list(below.values()):
        for at, element in enumerate(siblings):
            if not _plain(element) or element.visible_box.area < 150:
                continue
            if element.box.area > 0.5 * model.document.width * model.document.height:
                continue
            yield _Place(
                element,
                tuple(below.get(element.index, ())),
                siblings[at - 1] if at else None,
                siblings[at + 1] if at + 1 < len(siblings) and _plain(siblings[at + 1]) else None,
                model.viewport.width,
                model.document.height,
            )


def _plain(element: Element) -> bool:
    if ">>>" in element.path or "|||" in element.path or element.path.startswith("deep-"):
        return False
    return not {"invisible", "transparent", "masked", "fixed"} & element.flags
