"""Looking at a page in a view that is as it is: a phone's browser, an app's webview, a browser that only WebDriver reaches.

Nothing is pretended: the page has the size, pixel ratio and user agent that the view gives it, and they are read back. Where the
picture comes from is the camera's business; a page taller than the view is put together from pictures at several scroll
positions, with fixed and sticky things held back after the first.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import numpy as np

from compatcheck.capture.engine import Heard, Reach
from compatcheck.capture.navigation import await_document, leave, silent, unreachable
from compatcheck.capture.prepare.plain import PlainPreparer
from compatcheck.capture.prepare.wishes import Preparer
from compatcheck.capture.traffic import Asked
from compatcheck.capture.wire import Wire, script_text
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.geometry import CssBox
from compatcheck.model.capture import RGB, ConsoleMessage
from compatcheck.picture import decode


class Camera(Protocol):
    """Takes the picture of what the view shows: the page only."""

    def picture(self) -> RGB:
        """A picture of the viewport as it is scrolled. Raises CaptureError."""
        ...

    def new_page(self) -> None:
        """The view shows another page now: find out again how to picture it."""
        ...

    @property
    def clear_rows(self) -> tuple[int, int] | None:
        """The rows [first, last) of a picture that nothing of the phone covers; None when all are clear."""
        ...


class WebCamera:
    """The picture that the web session itself takes."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def picture(self) -> RGB:
        text = self.wire.call("Taking the picture", self.wire.driver.get_screenshot_as_base64, 60)
        return decode(base64.b64decode(text), "the web session's picture")

    def new_page(self) -> None:
        """Nothing is remembered."""

    @property
    def clear_rows(self) -> tuple[int, int] | None:
        """Nothing covers what the web session pictures."""
        return None


Opener = Callable[[str, float], None]
"""Brings a URL into the view within so many seconds, the new document being there when it returns."""


class ViewEyes:
    """An open view (see `Eyes`)."""

    driver_version = ""
    holds_pictures = False
    reach: Reach | None = None

    def __init__(
        self,
        wire: Wire,
        camera: Camera,
        opener: Opener | None = None,
        *,
        before_picture: Callable[[], None] | None = None,
    ) -> None:
        self.wire = wire
        self.notes: list[str] = []
        self.preparer: Preparer = PlainPreparer(wire, self.go)
        self.strip_height = 1
        self.camera = camera
        self._open = opener or self._navigate
        self._before_picture = before_picture
        self._keeps_log = True
        self._ratio, self._viewport = 1.0, (0.0, 0.0)

    def go(self, url: str, seconds: float) -> None:
        self._log()
        self._open(url, seconds)
        if self._before_picture is not None:
            self._before_picture()
        # A scroll bar is the view's, not the page's; phones paint none while nobody scrolls.
        self.wire.script("document.documentElement.style.setProperty('scrollbar-width', 'none', 'important')")
        state = self._stand(0)
        self.camera.new_page()
        self._ratio, self._viewport = float(state["ratio"]), (float(state["viewport"][0]), float(state["viewport"][1]))
        first, last = self.camera.clear_rows or (0, math.floor(state["viewport"][1] * state["ratio"]))
        self.strip_height = max(1, last - first)

    def _navigate(self, url: str, seconds: float) -> None:
        leave(self.wire)
        try:
            self.wire.call(f"Opening {url}", lambda: self.wire.driver.get(url), seconds)
        except SessionLost as error:
            if "no answer" in str(error):
                raise silent(url, seconds) from error
            raise
        except CaptureError as error:
            raise unreachable(url, _reason(str(error))) from error
        state = await_document(self.wire, url, seconds)
        if state["documentUrl"].startswith(("chrome-error:", "about:neterror", "about:certerror")):
            raise unreachable(url, "the browser shows its own error page")

    def glance(self) -> RGB:
        return self.camera.picture()

    def trace(self) -> bytes:
        return self.camera.picture().tobytes()

    def strip(self, box: CssBox) -> RGB:
        ratio, (width, height) = self._ratio, self._viewport
        rows = math.ceil(box.height * ratio - 1e-6)
        below = max(0.0, min(box.bottom, height) - box.y)  # what of the strip the view at the top still shows
        parts = []
        if box.y == 0 or below > 0:
            self._stand(0)
            first = round(box.y * ratio)
            parts.append(self.camera.picture()[first : first + round(below * ratio)])
        if box.y + below < box.bottom:
            parts.append(self._lower(CssBox(0, box.y + below, width, box.height - below)))
        return np.concatenate(parts)[:rows] if len(parts) > 1 else parts[0][:rows]

    def _lower(self, box: CssBox) -> RGB:
        """A part of the document below the first view, without what is fixed: that was pictured in the first view."""
        hidden, _ = self.camera.clear_rows or (0, 0)
        try:
            state = self._stand(max(0.0, box.y - hidden / self._ratio), hold=True)
            picture = self.camera.picture()
        finally:
            self._stand(0, release=True)
        first = max(0, round((box.y - state["top"]) * self._ratio))
        return picture[first : first + math.ceil(box.height * self._ratio - 1e-6)]

    def _stand(self, top: float, **how: bool) -> dict[str, Any]:
        text = f"({script_text('scripts/stand.js')})(arguments[0], arguments[arguments.length - 1])"
        call = self.wire.driver.execute_async_script
        state: dict[str, Any] = self.wire.call("A script in the page", lambda: call(text, {"top": top, **how}))
        return state

    def heard(self) -> Heard:
        heard = Heard()
        for entry in self._log():
            if entry.get("source") == "network":
                heard.failed_requests.append(str(entry.get("message", "")))
            else:
                level = {"severe": "error"}.get(
                    str(entry.get("level", "")).lower(), str(entry.get("level", "")).lower()
                )
                text, source = str(entry.get("message", "")), str(entry.get("source", ""))
                heard.console.append(ConsoleMessage(level, text, source))
        return heard

    def stills(self) -> dict[str, str]:
        return {}

    def asked(self) -> Asked:
        return Asked()  # the page's own scripts are counted all the same

    def _log(self) -> list[dict[str, Any]]:
        if not self._keeps_log:
            return []
        ask = {"type": "browser"}
        try:
            entries = self.wire.call("Reading the log", lambda: self.wire.driver.execute("getLog", ask)["value"])
        except SessionLost:
            raise
        except CaptureError:
            self._keeps_log = False  # most drivers keep none, and asking costs a round trip each time
            return []
        return list(entries or [])


def fit_window(wire: Wire, width: int, height: int) -> None:
    """Give a browser's window the size at which the page gets `width` × `height` CSS px, as near as the browser allows."""
    for _ in range(3):
        inner = wire.script("return [innerWidth, innerHeight]")
        if inner == [width, height]:
            return
        outer = wire.call("Asking for the window's size", wire.driver.get_window_rect)
        wider, taller = outer["width"] + width - inner[0], outer["height"] + height - inner[1]
        wire.call("Sizing the window", partial(wire.driver.set_window_rect, width=wider, height=taller))


def _reason(message: str) -> str:
    """What a driver said of a page that it could not open, in few words."""
    for mark in ("net::ERR_", "NS_ERROR_"):
        if mark in message:
            return message.partition(mark)[2].split()[0].rstrip(".,)").replace("_", " ").lower()
    return message.partition("failed: ")[2].rstrip(".") or "the browser refused it"
