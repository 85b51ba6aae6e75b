"""Pictures that look like pages, and captures of them, for the tests of this folder."""

from __future__ import annotations

import cv2
import numpy as np

from compatcheck.geometry import CssBox, Size
from compatcheck.model.capture import RGB, Capture, Element, Facts, PageModel
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot


def page(height: int = 900, width: int = 480, seed: int = 0, scale: int = 1) -> RGB:
    """Lines of made-up words with a coloured box here and there, on white; `scale` device px to the CSS px."""
    rng = np.random.default_rng(seed)
    picture = np.full((height * scale, width * scale, 3), 255, np.uint8)
    y = 20
    while y < height - 90:
        words = " ".join("".join(rng.choice(list("abcdefghijklmno"), rng.integers(2, 9))) for _ in range(width // 90))
        place = (20 * scale, (y + 16) * scale)
        cv2.putText(picture, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5 * scale, (20, 20, 30), scale, cv2.LINE_AA)
        y += int(rng.integers(22, 30))
        if rng.random() < 0.15:
            colour = tuple(int(level) for level in rng.integers(0, 200, 3))
            box = (30 * scale, y * scale), (int(rng.integers(100, width - 40)) * scale, (y + 40) * scale)
            cv2.rectangle(picture, *box, colour, -1)
            y += 52
    return picture


def element(path: str, box: CssBox, text: str = "", flags: tuple[str, ...] = ("paints",)) -> Element:
    return Element(
        index=0, parent=None, path=path, selector=path, tag="div", role="", text=text, box=box, flags=frozenset(flags)
    )


def model(*elements: Element) -> PageModel:
    size = Size(480, 900)
    return PageModel(document=size, viewport=size, elements=elements)


def capture(picture: RGB, ratio: float = 1.0, page_model: PageModel | None = None) -> Capture:
    viewport = Size(picture.shape[1] / ratio, 900)
    device = Device("device", "chromium", Screen(viewport, ratio))
    shot = Shot(device, Page("home", "http://localhost/"))
    return Capture(shot, picture, Facts(viewport, ratio), page_model)
