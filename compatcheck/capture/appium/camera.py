"""Two ways to the page's picture on an app's or a phone's screen, and the choice between them."""

from __future__ import annotations

import base64
import time
from typing import Any

import numpy as np

from compatcheck.capture.appium.contexts import Contexts
from compatcheck.capture.appium.crop import NotProven, View, choose_markers, find_view
from compatcheck.capture.appium.screen import expected_view
from compatcheck.capture.view import WebCamera
from compatcheck.capture.wire import Wire, script_text
from compatcheck.errors import CaptureError, InvalidCapture, SessionLost
from compatcheck.model.capture import RGB
from compatcheck.picture import decode

MARKER_SIDE = 48.0
"""CSS px; larger than the radius of a phone's screen corners (at most about 47 pt), so that both outer edges show."""

MARKER_SECONDS = 3.0
"""How long the marker may take to reach the screen."""

MOST_COVERED = 0.06
"""The part of the view that cameras and rounded corners may cover; more is a dialog or a keyboard."""


class NativeCamera:
    """The screen's picture, cropped to the page. `whole` keeps all of it (`nativeContext: true`)."""

    def __init__(self, wire: Wire, contexts: Contexts, *, whole: bool = False) -> None:
        self.wire = wire
        self.contexts = contexts
        self.whole = whole
        self.view: View | None = None
        self.expected: dict[str, Any] = {}
        self.notes: list[str] = []

    def new_page(self) -> None:
        """Find the page again: an address bar may have folded away, the phone may have been turned."""
        self.view = None if self.whole else self.locate()

    @property
    def clear_rows(self) -> tuple[int, int] | None:
        """The rows of a picture that nothing covers, None when all are clear."""
        return self.view.clear_rows if self.view is not None and self.view.covered.any() else None

    def picture(self) -> RGB:
        if self.whole:
            return self.screen()
        if self.view is None:
            self.view = self.locate()
        return self.view.of(self._still_screen())

    def screen(self) -> RGB:
        """The whole screen, as the phone takes it."""
        with self.contexts.native():
            text = self.wire.call("Taking the screen's picture", self.wire.driver.get_screenshot_as_base64, 60)
        return decode(base64.b64decode(text), "the phone's picture")

    def _still_screen(self) -> RGB:
        """The screen once two pictures in a row agree on the page: scrolling reaches the screen a moment later."""
        with self.contexts.native():
            last = self.screen()
            for _ in range(5):
                now = self.screen()
                if self.view is None or np.array_equal(now[self.view.box.slices()], last[self.view.box.slices()]):
                    return now
                last = now
        return last

    def locate(self) -> View:
        """Find the page on the screen, with the marker's proof. Raises InvalidCapture when it cannot be proven."""
        markers = choose_markers(self.screen())
        try:
            self._mark(**markers.options(MARKER_SIDE))
            deadline = time.monotonic() + MARKER_SECONDS
            with self.contexts.native():
                while True:
                    screen = self.screen()
                    expected, self.expected = expected_view(self.wire, self.contexts, screen)
                    found = find_view(screen, markers, expected)
                    if isinstance(found, View) or time.monotonic() > deadline:
                        break
        finally:
            self._mark(remove=True)
        if isinstance(found, NotProven):
            raise InvalidCapture(
                f"The page could not be told from the app around it: {found.reason}.",
                hint="Is a dialog or a keyboard over it? `webview.picture: web` takes the web context's own picture.",
            )
        self._check(found)
        return found

    def _mark(self, **options: Any) -> None:
        text = f"({script_text('scripts/marker.js')})(arguments[0], arguments[arguments.length - 1])"
        call = self.wire.driver.execute_async_script
        self.wire.call("Marking the page", lambda: call(text, options))

    def _check(self, view: View) -> None:
        share = float(view.covered.mean())
        if share > MOST_COVERED:
            raise InvalidCapture(
                f"Something of the phone or the app covers {share:.0%} of the page.",
                hint="A dialog, a keyboard or a banner?",
            )
        if share:
            self.notes.append(
                f"{int(view.covered.sum())} device px of the view are hidden by the screen's corners, a camera or a button of the "
                "app; they were filled from their surroundings."
            )

    def facts(self) -> dict[str, Any]:
        """How the picture was made, for the report."""
        if self.whole:
            return {"way": "screen"}
        if self.view is None:
            return {"way": "native"}
        box = self.view.box
        rectangle = {"x": box.left, "y": box.top, "width": box.width, "height": box.height}
        return {
            "way": "native",
            "crop": rectangle,
            "coveredPixels": int(self.view.covered.sum()),
            "provenBy": "marker",
            **self.expected,
        }


class ViewCamera:
    """The web context's picture where it shows the page only; else the native picture, cropped. Decided once a page."""

    def __init__(self, wire: Wire, contexts: Contexts, way: str = "auto") -> None:
        self.wire = wire
        self.web = WebCamera(wire)
        self.native = NativeCamera(wire, contexts)
        self.way = way
        self._chosen: WebCamera | NativeCamera | None = None
        self.reason = ""

    def new_page(self) -> None:
        self._chosen = self._choose()
        if self._chosen is self.native:
            self.native.new_page()

    def picture(self) -> RGB:
        if self._chosen is None:
            self.new_page()
        return (self._chosen or self.web).picture()

    def _choose(self) -> WebCamera | NativeCamera:
        self.reason = ""
        if self.way != "auto":
            return self.native if self.way == "native" else self.web
        try:
            rows, columns = self.web.picture().shape[:2]
        except SessionLost:
            raise
        except CaptureError as error:
            self.reason = f"the web context takes no picture ({error.message})"
            return self.native
        width, height, ratio = self.wire.script("return [innerWidth, innerHeight, devicePixelRatio]")
        if abs(columns - width * ratio) <= 2 and abs(rows - height * ratio) <= 2:
            return self.web
        self.reason = (
            f"the web context's picture has {columns} × {rows} px, the page {width * ratio:.0f} × {height * ratio:.0f}"
        )
        return self.native

    @property
    def clear_rows(self) -> tuple[int, int] | None:
        """The rows of a picture that nothing covers, None when all are clear."""
        return self.native.clear_rows if self._chosen is self.native else None

    @property
    def notes(self) -> list[str]:
        return self.native.notes

    def facts(self) -> dict[str, Any]:
        """How the picture was made, for the report."""
        facts = self.native.facts() if self._chosen is self.native else {"way": "web"}
        return {**facts, **({"because": self.reason} if self.reason else {})}
