"""What came back from looking: the picture, the page model and the facts.

The page model is the list of visible elements in document order, measured in the same moment as the picture, in CSS px of
the whole page. `compatcheck/capture/page_model.js` produces it as JSON; `PageModel.from_json` reads it and
`PageModel.to_json` writes it, both in camelCase, so that captures made elsewhere can bring one along.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from compatcheck.geometry import CssBox, Size
from compatcheck.model.plan import Shot

RGB = NDArray[np.uint8]
"""A picture: uint8, shape (height, width, 3), channels in the order red, green, blue."""

PAGE_MODEL_VERSION = 1


@dataclass(frozen=True, slots=True)
class Element:
    """One visible element.

    - `index`: its place in document order, and in `PageModel.elements`; `parent` is the index of the nearest ancestor in
      the model, None for the root.
    - `path`: exact and unique, `html>body>div:nth-of-type(2)`; a shadow root is crossed with `>>>`, a frame with `|||`.
    - `selector`: a short CSS selector that finds the element, for people.
    - `text`: its own text (direct text nodes; the value or placeholder of a control; the alt text of an image), white
      space collapsed, at most 500 characters.
    - `box`: its border box. `lines`: the boxes of the lines of its own text, top to bottom.
    - `visible_box`: the part of `box` that no ancestor's overflow, clip or the document's edge cuts off; zero-sized when
      nothing is left.
    - `style`: computed values of the properties in `STYLE_PROPERTIES` that matter for layout and paint, camelCase keys.
    - `attributes`: `id`, `class`, `name`, `type`, `href`, `src`, `alt`, `role`, `aria-label`, `placeholder`, `title`, `for`,
      `data-testid` when present.
    - `scroll`: (scrollWidth, scrollHeight, clientWidth, clientHeight) in CSS px.
    - `flags`: a subset of FLAGS.
    - `extra`: further facts by name (JSON values), such as `naturalWidth`, `fontFamilyUsed`.
    """

    index: int
    parent: int | None
    path: str
    selector: str
    tag: str
    role: str
    text: str
    box: CssBox
    lines: tuple[CssBox, ...] = ()
    visible_box: CssBox = CssBox(0, 0, 0, 0)
    style: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    scroll: tuple[float, float, float, float] = (0, 0, 0, 0)
    flags: frozenset[str] = frozenset()
    extra: Mapping[str, Any] = field(default_factory=dict)


FLAGS = frozenset(
    {
        "inline",  # display: inline and not replaced: its box is a text fragment's, not a layout box
        "replaced",  # img, video, canvas, svg, iframe, object, embed
        "control",  # a link, button, input, select, textarea, summary or anything with tabindex or a click role
        "fixed",  # position: fixed, or inside such an element
        "sticky",  # position: sticky, or inside such an element
        "imageBroken",  # an img that finished loading with no pixels
        "imagePending",  # an img that has not finished loading
        "transparent",  # opacity 0 on itself or an ancestor: takes room, paints nothing
        "invisible",  # visibility: hidden, kept only because a descendant is visible
        "covered",  # its centre (or every sampled point) is hidden under an element that is not its kin
        "masked",  # a mask of the page covers it
        "scroller",  # its overflow scrolls and its content is larger than it
        "ellipsis",  # text-overflow: ellipsis is in effect and its text is cut
        "paints",  # it paints something of its own: text, background, border, shadow, replaced content
    }
)

STYLE_PROPERTIES = (
    "display", "position", "float", "visibility", "opacity", "overflowX", "overflowY", "zIndex", "boxSizing",
    "color", "backgroundColor", "backgroundImage", "borderTopWidth", "borderRightWidth", "borderBottomWidth",
    "borderLeftWidth", "borderTopColor", "borderTopStyle", "borderRadius", "boxShadow", "fontFamily", "fontSize", "fontWeight", "fontStyle",
    "lineHeight", "textAlign", "textDecorationLine", "textTransform", "textOverflow", "whiteSpace", "direction",
    "flexDirection", "flexWrap", "gridTemplateColumns", "alignItems", "justifyContent", "transform", "filter", "clipPath", "objectFit",
    "paddingTop", "paddingRight", "paddingBottom", "paddingLeft", "marginTop", "marginRight", "marginBottom", "marginLeft",
    "width", "maxWidth", "minWidth",
)  # fmt: skip
"""The computed properties that an element's `style` holds."""


def _box(value: Any) -> CssBox:
    x, y, width, height = map(_number, value)
    return CssBox(x, y, width, height)


def _number(value: Any) -> float:
    """What JSON holds of a length; it has no word for NaN and infinity but `null`."""
    return math.nan if value is None else float(value)


def _or_null(value: float) -> float | None:
    return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class PageModel:
    """The visible elements of one page as one device saw it.

    `document` is the size of the whole document in CSS px, `viewport` that of the layout viewport; `warnings` says what
    the model leaves out (a cross-origin frame, a limit reached).
    """

    document: Size
    viewport: Size
    elements: tuple[Element, ...]
    warnings: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PageModel:
        """Read the camelCase dict that `to_json` and `page_model.js` write.

        An element's `style` is a dict, or an index into the top-level table `styles`. Raises KeyError, IndexError, TypeError
        or ValueError when it is not such a dict.
        """
        styles = data.get("styles", ())

        def style(value: Any) -> Mapping[str, str]:
            table: Mapping[str, str] = styles[value] if isinstance(value, int) else value
            return table

        elements = tuple(
            Element(
                index=index,
                parent=item["parent"],
                path=item["path"],
                selector=item.get("selector") or item["path"],
                tag=item["tag"],
                role=item.get("role", ""),
                text=item.get("text", ""),
                box=_box(item["box"]),
                lines=tuple(_box(line) for line in item.get("lines", ())),
                visible_box=_box(item.get("visibleBox", item["box"])),
                style=style(item.get("style", {})),
                attributes=item.get("attributes", {}),
                scroll=tuple(item.get("scroll", (0, 0, 0, 0))),
                flags=frozenset(item.get("flags", ())),
                extra=item.get("extra", {}),
            )
            for index, item in enumerate(data["elements"])
        )
        return cls(
            document=Size(*map(_number, data["document"])),
            viewport=Size(*map(_number, data["viewport"])),
            elements=elements,
            warnings=tuple(data.get("warnings", ())),
            extra=data.get("extra", {}),
        )

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready dict: sizes as [width, height], boxes as [x, y, width, height], CSS px; equal styles written once.

        NaN and infinity, which no page has, become `null`.
        """

        def box(value: CssBox) -> list[float | None]:
            numbers = (value.x, value.y, value.width, value.height)
            return [round(number, 2) if math.isfinite(number) else None for number in numbers]

        styles: list[dict[str, str]] = []
        places: dict[str, int] = {}

        def style(value: Mapping[str, str]) -> int:
            key = repr(sorted(value.items()))
            if key not in places:
                places[key] = len(styles)
                styles.append(dict(value))
            return places[key]

        return {
            "version": PAGE_MODEL_VERSION,
            "document": [_or_null(self.document.width), _or_null(self.document.height)],
            "viewport": [_or_null(self.viewport.width), _or_null(self.viewport.height)],
            "warnings": list(self.warnings),
            "extra": dict(self.extra),
            "elements": [
                {
                    "parent": element.parent,
                    "path": element.path,
                    "selector": element.selector,
                    "tag": element.tag,
                    "role": element.role,
                    "text": element.text,
                    "box": box(element.box),
                    "lines": [box(line) for line in element.lines],
                    "visibleBox": box(element.visible_box),
                    "style": style(element.style),
                    "attributes": dict(element.attributes),
                    "scroll": list(element.scroll),
                    "flags": sorted(element.flags),
                    "extra": dict(element.extra),
                }
                for element in self.elements
            ],
            "styles": styles,
        }


@dataclass(frozen=True, slots=True)
class ConsoleMessage:
    """A line of the page's console or an uncaught exception: untrusted text."""

    level: str
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class MaskedArea:
    """A box of a capture that masks keep out of the scores, CSS px of the picture's page.

    `mode` is `ignore` (nothing in it is compared) or `layout` (its place is). `source` says which mask: its selector, XPath, `box`,
    or `noise`, what changed between the looks of a burst.
    """

    box: CssBox
    mode: Literal["ignore", "layout"] = "ignore"
    source: str = "box"


@dataclass(frozen=True, slots=True)
class Facts:
    """What was really there, read back from the browser.

    `viewport` is innerWidth × innerHeight, `device_scale_factor` devicePixelRatio. `status` is the HTTP status of the
    document, None where the driver cannot know it. `timings` are seconds by step name. `settle` lists the settle
    conditions in the order in which they came true, the last one last; `notes` say in plain sentences what the engine
    could not do (touch, locale …).
    """

    viewport: Size
    device_scale_factor: float
    user_agent: str = ""
    browser_name: str = ""
    browser_version: str = ""
    driver_version: str = ""
    platform: str = ""
    url: str = ""
    title: str = ""
    status: int | None = None
    document: Size = Size(0, 0)
    console: tuple[ConsoleMessage, ...] = ()
    failed_requests: tuple[str, ...] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    settle: tuple[Mapping[str, Any], ...] = ()
    settled: bool = True
    notes: tuple[str, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Capture:
    """One shot's result.

    `picture` begins at the document's top-left corner at `facts.device_scale_factor` device px to the CSS px (when the page was captured whole) or
    at the viewport's. `invalid` is empty, or says in one sentence why this capture proves nothing. `taken_at` is UTC ISO
    8601. `masks` are the areas that masks cover; None where the driver did not work them out, and elements' flags tell.
    """

    shot: Shot
    picture: RGB
    facts: Facts
    page_model: PageModel | None = None
    taken_at: str = ""
    invalid: str = ""
    masks: tuple[MaskedArea, ...] | None = None

    @property
    def masked(self) -> tuple[MaskedArea, ...]:
        """What masks cover: `masks`, or the page's own boxes and the elements that the page model has marked."""
        if self.masks is not None:
            return self.masks
        areas = [
            MaskedArea(mask.box.grown(mask.padding), "layout" if mask.mode == "layout" else "ignore")
            for mask in self.shot.page.masks
            if mask.box is not None
        ]
        for element in self.page_model.elements if self.page_model else ():
            if "masked" in element.flags:
                areas.append(MaskedArea(element.box, "ignore", element.selector))
            elif element.extra.get("contentMasked"):
                areas.append(MaskedArea(element.box, "layout", element.selector))
        return tuple(area for area in areas if area.box.is_finite())
