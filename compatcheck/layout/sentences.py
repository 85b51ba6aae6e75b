"""Plain words for elements, places and sizes."""

from __future__ import annotations

from compatcheck.geometry import CssBox
from compatcheck.model.capture import Element

_NAMES = {
    "a": "link", "button": "button", "img": "image", "svg": "picture", "video": "video", "canvas": "canvas", "iframe": "frame",
    "input": "field", "select": "menu", "textarea": "text field", "nav": "navigation", "header": "header", "footer": "footer",
    "main": "main part", "aside": "side column", "section": "section", "article": "article", "form": "form", "table": "table",
    "ul": "list", "ol": "list", "li": "list item", "p": "paragraph", "label": "label", "td": "cell", "th": "cell", "tr": "row",
    "blockquote": "quotation", "pre": "code block", "hr": "line", "body": "page", "html": "page",
    "h1": "heading", "h2": "heading", "h3": "heading", "h4": "heading", "h5": "heading", "h6": "heading",
}  # fmt: skip
_ROLES = {"button": "button", "link": "link", "tab": "tab", "menuitem": "menu item", "checkbox": "checkbox", "radio": "radio button"}  # fmt: skip


def name_of(element: Element, inner_text: str = "") -> str:
    """Such as: the button “Buy now”; the image (Our team); the box .card."""
    noun = _ROLES.get(element.role) or _NAMES.get(element.tag, "box" if not element.text else "text")
    text = " ".join((element.text or element.attributes.get("aria-label", "") or inner_text).split())
    if text:
        return f"the {noun} “{text[:40].rstrip()}{'…' if len(text) > 40 else ''}”"
    if element.tag in ("body", "html"):
        return "the page"
    handle = element.attributes.get("id", "")
    if handle:
        return f"the {noun} #{handle[:40]}"
    classes = element.attributes.get("class", "").split()
    return f"the {noun} .{classes[0][:40]}" if classes else f"the {noun} {element.selector.split(' > ')[-1][-60:]}"


def place(box: CssBox) -> str:
    """Such as: 120, 48. The top-left corner in whole CSS px."""
    return f"{_number(box.x)}, {_number(box.y)}"


def size(box: CssBox) -> str:
    """Such as: 320 × 48 px."""
    return f"{_number(box.width)} × {_number(box.height)} px"


def shift(dx: float, dy: float) -> str:
    """Such as: 24 px to the right and 8 px up. Parts under half a pixel are left out."""
    parts = []
    if abs(dx) >= 0.5:
        parts.append(f"{_number(abs(dx))} px to the {'right' if dx > 0 else 'left'}")
    if abs(dy) >= 0.5:
        parts.append(f"{_number(abs(dy))} px {'down' if dy > 0 else 'up'}")
    return " and ".join(parts) or "nowhere"


def sentence(text: str) -> str:
    """The same words with a capital at the beginning."""
    return text[:1].upper() + text[1:]


def _number(value: float) -> str:
    return str(round(value))
