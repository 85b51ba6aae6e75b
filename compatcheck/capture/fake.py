"""The fake driver: captures drawn from a description instead of a browser. Public, for tests and for trying settings out.

A *scene* is what a page looks like at a viewport: a function from a shot to a list of `Block`s. A device may be given
faults, so that the whole path from matrix to report runs in milliseconds with no browser and no weights.

    driver = FakeDriver(scene=stacked("Header", "Hello", "Buy now"), faults={"firefox": [hide("Buy now")]})
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from compatcheck.capture.check import check_capture
from compatcheck.capture.masking import box_areas, mark_masked
from compatcheck.errors import CaptureError
from compatcheck.geometry import CssBox, CssPx, Size, to_device_px, to_pixel_box
from compatcheck.model.capture import Capture, Element, Facts, PageModel
from compatcheck.model.matrix import Device
from compatcheck.model.plan import Shot

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """One element of a scene: a box in CSS px, its text (painted as bars), its colour, and what it is."""

    name: str
    box: CssBox
    colour: Colour = (220, 226, 235)
    tag: str = "div"
    control: bool = False

    @property
    def text(self) -> str:
        return self.name


Scene = Callable[[Shot], Sequence[Block]]
Fault = Callable[[Sequence[Block]], Sequence[Block]]


def stacked(*names: str, height: float = 60, gap: float = 20) -> Scene:
    """Blocks one under the other over the viewport's width, a margin of 20 CSS px around. `!` before a name: a button."""

    def scene(shot: Shot) -> list[Block]:
        width = shot.device.screen.viewport.width - 40
        blocks = []
        for number, name in enumerate(names):
            control = name.startswith("!")
            box = CssBox(20, 20 + number * (height + gap), min(width, 160) if control else width, height)
            colour = (30, 90, 200) if control else (200 + 7 * number % 50, 215, 230 - 9 * number % 60)
            blocks.append(Block(name.lstrip("!"), box, colour, "button" if control else "div", control))
        return blocks

    return scene


def hide(name: str) -> Fault:
    """The block is not there."""
    return lambda blocks: [block for block in blocks if block.name != name]


def move(name: str, dx: float, dy: float = 0) -> Fault:
    """The block is moved by so many CSS px; nothing else is."""
    return lambda blocks: [
        replace(block, box=block.box.translated(dx, dy)) if block.name == name else block for block in blocks
    ]


def recolour(name: str, colour: Colour) -> Fault:
    """The block has another colour."""
    return lambda blocks: [replace(block, colour=colour) if block.name == name else block for block in blocks]


@dataclass(frozen=True)
class FakeDriver:
    """Opens sessions that draw. `faults` by device id; `broken` maps a device id to the message of a CaptureError that
    every look raises."""

    scene: Scene
    faults: Mapping[str, Sequence[Fault]] | None = None
    broken: Mapping[str, str] | None = None

    @contextmanager
    def open(self, device: Device) -> Iterator[FakeSession]:
        """See `Driver.open`."""
        yield FakeSession(self, device)


@dataclass(frozen=True)
class FakeSession:
    """See `Session`."""

    driver: FakeDriver
    device: Device

    def look(self, shot: Shot) -> Capture:
        """Draw the shot. Raises CaptureError for a device that is `broken`."""
        if message := (self.driver.broken or {}).get(shot.device.id):
            raise CaptureError(message)
        blocks = list(self.driver.scene(shot))
        for fault in (self.driver.faults or {}).get(shot.device.id, ()):
            blocks = list(fault(blocks))
        capture = draw(shot, blocks)
        viewport = shot.device.screen.viewport
        return replace(
            capture, invalid=check_capture(shot.device, capture.picture, capture.facts, layout_viewport=viewport)
        )

    def become(self, device: Device) -> bool:
        """A scene is drawn at the viewport of its shot: only another browser takes a new session (see `Versatile.become`)."""
        return device.browser == self.device.browser


def draw(shot: Shot, blocks: Sequence[Block]) -> Capture:
    """The capture of a scene: rectangles with dark bars for text, and a page model that says the same."""
    screen = shot.device.screen
    ratio = screen.device_scale_factor
    width = screen.viewport.width
    height = max([screen.viewport.height, *(block.box.bottom + 20 for block in blocks)])
    picture = np.full((to_device_px(CssPx(height), ratio), to_device_px(CssPx(width), ratio), 3), 255, np.uint8)
    body = Element(
        index=0,
        parent=None,
        path="html>body",
        selector="body",
        tag="body",
        role="",
        text="",
        box=CssBox(0, 0, width, height),
        visible_box=CssBox(0, 0, width, height),
        style={"display": "block"},
    )
    elements = [body]
    page = CssBox(0, 0, width, height)
    for block in blocks:
        line = _text_bar(block)
        for box, colour in ((block.box, block.colour), (line, (20, 20, 30))):
            picture[to_pixel_box(box, ratio, picture.shape[1], picture.shape[0]).slices()] = colour
        elements.append(
            Element(
                index=len(elements),
                parent=0,
                path=f"html>body>{block.tag}#{block.name.replace(' ', '-').lower()}",
                selector=f"#{block.name.replace(' ', '-').lower()}",
                tag=block.tag,
                role="button" if block.control else "",
                text=block.text,
                box=block.box,
                lines=(line,),
                visible_box=block.box.intersection(page),
                style={
                    "display": "block",
                    "fontSize": "16px",
                    "fontFamily": "sans-serif",
                    "color": "rgb(20, 20, 30)",
                    "backgroundColor": f"rgb({block.colour[0]}, {block.colour[1]}, {block.colour[2]})",
                    "opacity": "1",
                    "visibility": "visible",
                },
                attributes={"id": block.name.replace(" ", "-").lower()},
                flags=frozenset({"paints", "control"} if block.control else {"paints"}),
            )
        )
    masks = box_areas(shot.page)
    return Capture(
        shot=shot,
        picture=picture,
        facts=Facts(
            viewport=screen.viewport,
            device_scale_factor=ratio,
            user_agent=shot.device.user_agent or f"Fake/{shot.device.browser}",
            browser_name=shot.device.browser,
            browser_version="1.0",
            url=shot.page.url,
            title="A drawn page",
            status=200,
            document=Size(width, height),
        ),
        page_model=mark_masked(PageModel(Size(width, height), screen.viewport, tuple(elements)), masks),
        taken_at="2026-01-01T00:00:00Z",
        masks=masks,
    )


def _text_bar(block: Block) -> CssBox:
    length = min(8.0 * len(block.name), max(0.0, block.box.width - 20))
    return CssBox(block.box.x + 10, block.box.centre_y - 6, length, 12)
