"""Page models for tests: `page(box(...), ...)` from nested boxes, with a picture painted from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from compatcheck.geometry import CssBox, Size
from compatcheck.model.capture import Capture, Element, Facts, PageModel
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot

WIDTH, HEIGHT = 1000, 800
STYLE = {
    "display": "block", "position": "static", "fontSize": "16px", "overflowX": "visible", "overflowY": "visible",
    "backgroundColor": "rgba(0, 0, 0, 0)", "backgroundImage": "none", "transform": "none", "float": "none", "opacity": "1",
}  # fmt: skip


@dataclass(frozen=True)
class Box:
    tag: str
    at: tuple[float, float, float, float]
    children: tuple[Box, ...] = ()
    text: str = ""
    style: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    extra: dict[str, Any] = field(default_factory=dict)
    lines: tuple[CssBox, ...] | None = None
    visible: CssBox | None = None
    role: str = ""

    def moved(self, dx: float, dy: float) -> Box:
        """The same box with all inside it somewhere else."""
        x, y, width, height = self.at
        return replace(
            self,
            at=(x + dx, y + dy, width, height),
            children=tuple(child.moved(dx, dy) for child in self.children),
            lines=None if self.lines is None else tuple(line.translated(dx, dy) for line in self.lines),
        )


def box(tag: str, x: float, y: float, width: float, height: float, *children: Box, **more: Any) -> Box:
    return Box(tag, (x, y, width, height), children, **more)


def text(tag: str, x: float, y: float, width: float, words: str, lines: int = 1, **more: Any) -> Box:
    """A block of black text: every line 20 CSS px high."""
    boxes = tuple(CssBox(x, y + 20 * line, width, 18) for line in range(lines))
    style = {"color": "rgb(0, 0, 0)", "fontFamily": "serif", **more.pop("style", {})}
    return Box(tag, (x, y, width, 20 * lines), (), words, style, lines=boxes, **more)


def page(*boxes: Box, width: float = WIDTH, height: float = HEIGHT, **extra: Any) -> PageModel:
    elements: list[Element] = []

    def add(one: Box, parent: int | None, path: str) -> None:
        index = len(elements)
        at = CssBox(*one.at)
        style = {**STYLE, **one.style}
        flags = set(one.flags)
        paints = one.text or "replaced" in flags or style["backgroundColor"].startswith("rgb(")
        if paints:
            flags.add("paints")
        elements.append(
            Element(
                index, parent, path, one.attributes.get("id", path), one.tag, one.role, one.text, at,
                lines=one.lines if one.lines is not None else ((at,) if one.text else ()),
                visible_box=one.visible or at, style=style, attributes=one.attributes, flags=frozenset(flags), extra=one.extra,
            )
        )  # fmt: skip
        counts: dict[str, int] = {}
        for child in one.children:
            counts[child.tag] = counts.get(child.tag, 0) + 1
            add(child, index, f"{path}>{child.tag}:nth-of-type({counts[child.tag]})")

    bottom = max([one.at[1] + one.at[3] for one in boxes] + [height])
    add(box("html", 0, 0, width, bottom, box("body", 0, 0, width, bottom, *boxes)), None, "html")
    return PageModel(Size(width, bottom), Size(width, height), tuple(elements), extra=extra)


def capture(model: PageModel | None, name: str = "device", picture: np.ndarray | None = None, **more: Any) -> Capture:
    screen = Screen(Size(WIDTH, HEIGHT) if model is None else model.viewport)
    shot = Shot(Device(name, "chromium", screen), Page("page", "http://page.test/", **more))
    return Capture(shot, paint(model) if picture is None else picture, Facts(screen.viewport, 1.0), model)


def paint(model: PageModel | None) -> np.ndarray:
    """White paper, grounds in their colours, text as a pattern of strokes in its colour, pictures as a gradient."""
    if model is None:
        return np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    paper = np.full((min(int(model.document.height), 4000), min(int(model.document.width), 3000), 3), 255, np.uint8)
    for element in model.elements:
        if {"invisible", "transparent"} & element.flags or not element.visible_box.is_finite():
            continue
        ground = element.style.get("backgroundColor", "")
        if ground.startswith("rgb("):
            _part(paper, element.visible_box)[:] = _rgb(ground)
        if "replaced" in element.flags:
            part = _part(paper, element.visible_box)
            part[:] = np.linspace(20, 220, part.shape[1], dtype=np.uint8)[None, :, None]
        if element.text and element.style.get("color", "").startswith("rgb("):
            for line in element.lines:
                part = _part(paper, line.intersection(element.visible_box) if "cut" in element.extra else line)
                part[4:14:3, ::2] = _rgb(element.style["color"])
    return paper


def _rgb(text: str) -> list[int]:
    return [int(part) for part in text[4:-1].split(",")]


def _part(paper: np.ndarray, at: CssBox) -> np.ndarray:
    return paper[max(0, round(at.y)) : max(0, round(at.bottom)), max(0, round(at.x)) : max(0, round(at.right))]
