"""WebKitGTK, through WebKitWebDriver and a window of our own (`webkit_host.py`)."""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from compatcheck.capture.display import display
from compatcheck.capture.engine import Eyes, Heard, Reach
from compatcheck.capture.find import find, find_webkit_python
from compatcheck.capture.navigation import await_document, await_screen, leave, set_out, unreachable
from compatcheck.capture.prepare.webkit import WebKitPreparer
from compatcheck.capture.prepare.wishes import Preparer
from compatcheck.capture.processes import Household
from compatcheck.capture.scrolling import strip_by_scrolling
from compatcheck.capture.service import local_session, merge_capabilities, need
from compatcheck.capture.settle import probe
from compatcheck.capture.traffic import Asked
from compatcheck.capture.wholepage import MAX_PIXELS
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, DriverMissing, SessionLost
from compatcheck.geometry import CssBox, CssPx, Size, to_device_px
from compatcheck.model.abilities import inabilities
from compatcheck.model.capture import RGB, ConsoleMessage
from compatcheck.model.matrix import Device

HOST_NAME = "WebKitGTK"
"""What `webkit_host.py` calls itself: WebKitWebDriver compares the two, and the facts tell it to people."""

# cairo, which holds the snapshot, has no pictures beyond 32 767 px on a side.
SNAPSHOT_LIMIT = 32_767

_HAS_STUCK = (
    "return innerHeight < document.scrollingElement.scrollHeight && "
    "[...document.querySelectorAll('*')].some((one) => { const style = getComputedStyle(one); "
    "return style.position === 'fixed' || (style.position === 'sticky' && style.bottom !== 'auto'); })"
)

# What `console.js` has kept, in the page and its frames; those of other origins keep theirs to themselves.
_CONSOLE = """
const told = [], visit = (view) => {
  try {
    const kept = view[Symbol.for('compatcheck.console')];
    if (kept) told.push(...kept.told);
    for (let index = 0; index < view.frames.length; index++) visit(view.frames[index]);
  } catch (error) { /* another origin's */ }
};
visit(window);
return told;
"""


class WebKitGtk:
    """The engine of `browser: webkit`."""

    @contextmanager
    def open(self, device: Device) -> Iterator[Eyes]:
        """Start a web view of exactly the device's size and the driver that drives it."""
        from selenium.webdriver.webkitgtk.options import Options
        from selenium.webdriver.webkitgtk.service import Service

        if not sys.platform.startswith("linux"):
            raise DriverMissing(
                f"Device {device.id}: WebKitGTK runs on Linux only.", hint="Use `driver: remote` with a Safari."
            )
        driver = need(find("WebKitWebDriver", given=device.options.get("driverPath")), device)
        python = need(find_webkit_python(), device)
        scale = nearest_scale(device.screen.device_scale_factor)
        household = Household()
        try:
            with display() as screen:
                control = household.folder / "control"
                options = Options()
                options.binary_location = str(_launcher(household.folder, python))
                options.set_capability("browserName", HOST_NAME)
                options.page_load_strategy = "none"
                options.unhandled_prompt_behavior = "dismiss"
                merge_capabilities(options, device)
                environment = {
                    "DISPLAY": screen,
                    "GDK_BACKEND": "x11",
                    "GDK_SCALE": str(scale),
                    "GTK_OVERLAY_SCROLLING": "1",
                    "NO_AT_BRIDGE": "1",
                    "GSETTINGS_BACKEND": "memory",  # the desktop's own settings shall not show
                    "WEBKIT_DISABLE_DMABUF_RENDERER": "1",  # pictures can be blank with it
                    "COMPATCHECK_WEBKIT_HOST": json.dumps(_host_settings(device, control)),
                    **({"TZ": device.timezone} if device.timezone else {}),
                }
                with local_session(Service, driver, options, environment=environment, household=household) as wire:
                    eyes = WebKitEyes(wire, device, control, scale)
                    eyes.driver_version = str(wire.capabilities.get("browserVersion", ""))  # they are one package
                    yield eyes
        finally:
            household.end()


def nearest_scale(ratio: float) -> int:
    """GTK draws at whole ratios only: the nearest one, the larger one of two."""
    return max(1, int(ratio + 0.5))


def _launcher(folder: Path, python: str) -> Path:
    """A program that WebKitWebDriver can start: it takes a path and no script."""
    for name in ("webkit_host.py", "webkit_watch.py"):
        text = resources.files("compatcheck.capture").joinpath(name).read_text(encoding="utf-8")
        (folder / name).write_text(text, encoding="utf-8")
    launcher = folder / "webkit-host"
    launcher.write_text(
        f'#!/bin/sh\nexec "{python}" -I "{folder / "webkit_host.py"}" "$@"\n',
        encoding="utf-8",
    )
    launcher.chmod(0o700)
    return launcher


def _host_settings(device: Device, control: Path) -> dict[str, Any]:
    return {
        "width": int(device.screen.viewport.width),
        "height": int(device.screen.viewport.height),
        "socket": str(control),
        "userAgent": device.user_agent,
        "locale": device.locale,
        "timezone": device.timezone,
        "dark": device.color_scheme == "dark",
        "reducedMotion": bool(device.reduced_motion),
    }


def _fixed(device: Device) -> tuple[object, ...]:
    """What of a device an open view keeps: its window's environment and settings."""
    same_place = replace(device, screen=replace(device.screen, viewport=Size(0, 0)))
    settings = _host_settings(same_place, Path())
    return device.options, device.capabilities, nearest_scale(device.screen.device_scale_factor), settings


class WebKitEyes:
    """An open WebKitGTK view."""

    strip_height = MAX_PIXELS  # any: strips are cut here
    driver_version = ""
    holds_pictures = False
    reach: Reach | None = None

    def __init__(self, wire: Wire, device: Device, control: Path, scale: int) -> None:
        self.wire = wire
        self.notes = inabilities(device)
        self._device = device
        self._control = control
        self.preparer: Preparer = WebKitPreparer(wire, self._ask)
        self._scale = scale
        wire.failure = self._failure

    def _ask(self, seconds: float = 30.0, **wish: Any) -> dict[str, Any]:
        """Send the host a wish and give back its answer. Raises SessionLost when there is none."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(seconds)
                line.connect(str(self._control))
                line.sendall(json.dumps(wish).encode() + b"\n")
                with line.makefile("rb") as answers:
                    answer: dict[str, Any] = json.loads(answers.readline())
        except (OSError, ValueError) as error:
            raise SessionLost(f"The WebKitGTK window does not answer ({type(error).__name__}).") from error
        if "error" in answer:
            raise CaptureError(f"{answer['error']}.")
        return answer

    def go(self, url: str, seconds: float) -> None:
        leave(self.wire)
        self._ask(do="forget")
        set_out(self.wire, url, seconds)
        await_document(self.wire, url, seconds, failure=self._failure)
        failure = self._failure()
        if failure:
            raise unreachable(url, failure)

    def become(self, device: Device) -> bool:
        if _fixed(device) != _fixed(self._device):
            return False
        leave(self.wire)
        self._device, self.notes = device, inabilities(device)
        width, height = int(device.screen.viewport.width), int(device.screen.viewport.height)
        self._ask(do="resize", width=width, height=height)
        await_screen(self.wire, width, height)
        return True

    def _failure(self) -> str:
        return re.sub(r"[“”]", '"', str(self._ask(do="state")["failure"])).rstrip(".")

    def glance(self) -> RGB:
        return self._snapshot("visible")

    def trace(self) -> bytes:
        return self.glance().tobytes()  # nothing is encoded on the way

    def strip(self, box: CssBox) -> RGB:
        document = probe(self)["document"]
        # The snapshot of a full document paints what is fixed or sticks to the bottom at the document's end, not at the screen's.
        if max(document) * self._scale > SNAPSHOT_LIMIT or self.wire.script(_HAS_STUCK):
            return strip_by_scrolling(self, box, self._scale)
        picture = self._snapshot("document")
        top, bottom = to_device_px(CssPx(box.y), self._scale), to_device_px(CssPx(box.bottom), self._scale)
        return picture[top:bottom, : to_device_px(CssPx(box.right), self._scale)]

    def _snapshot(self, region: str) -> RGB:
        file = self._control.with_name("snapshot")
        size = self._ask(seconds=60, do="snapshot", region=region, file=str(file))
        pixels = np.fromfile(file, np.uint8).reshape(size["height"], size["stride"] // 4, 4)[:, : size["width"]]
        file.unlink()
        return over_white(pixels)

    def heard(self) -> Heard:
        state = self._ask(do="state")
        return Heard(
            console=[ConsoleMessage(*line) for line in self.wire.script(_CONSOLE)],
            failed_requests=list(state["failed"]),
            status=state["status"],
            failure=str(state["failure"]),
            redirects=list(state["redirects"]),
        )

    def asked(self) -> Asked:
        told = self._ask(do="asked")
        return Asked(tuple(told["begun"]), tuple((url, float(age)) for url, age in told["waiting"]))

    def stills(self) -> dict[str, str]:
        return dict(self._ask(do="stills"))


def over_white(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> RGB:
    """Premultiplied BGRA as RGB over white, which is what a page without a background lies on."""
    colours = np.ascontiguousarray(pixels[:, :, 2::-1])
    alpha = pixels[:, :, 3:]
    if not (alpha == 255).all():
        colours = (colours + (255 - alpha)).astype(np.uint8)
    return colours
