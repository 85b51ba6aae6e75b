"""What an engine must be able to do, and which engines there are.

An `Engine` opens a browser for a device; the `Eyes` that it yields are the open browser: the parts of looking in which
engines differ. Everything that they share (settling, freezing, the order of things) is in `look.py`. A new engine is one file
and one entry in `ENGINES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from compatcheck.capture.prepare.wishes import Preparer
from compatcheck.capture.traffic import Asked
from compatcheck.capture.wire import Wire
from compatcheck.geometry import CssBox
from compatcheck.model.capture import RGB, ConsoleMessage
from compatcheck.model.matrix import Device


@dataclass(slots=True)
class Heard:
    """What the browser told while a page was open; texts are untrusted.

    `failure`: why the page that is open could not be loaded. `redirects`: where the browser was sent on from, status and address.
    """

    console: list[ConsoleMessage] = field(default_factory=list)
    failed_requests: list[str] = field(default_factory=list)
    status: int | None = None
    failure: str = ""
    redirects: list[str] = field(default_factory=list)


class Reach(Protocol):
    """Stops what scripts in the page cannot reach, until `let_go`."""

    def freeze_frames(self, options: Mapping[str, Any]) -> int:
        """Freeze the frames that run no scripts, with the options of `freeze.js`; how many films are still on their way."""
        ...

    def hold_marquees(self) -> None:
        """Have marquees stand exactly at their beginning, in every frame and shadow tree."""
        ...

    def let_go(self) -> None:
        """Undo it."""
        ...


class Eyes(Protocol):
    """An open browser.

    `notes` are plain sentences on what this engine could not do for the device. `strip_height` is the tallest strip, in
    device px, that one picture may have. `preparer` makes ready for the next page before `go`. `holds_pictures`: the engine
    itself shows animated pictures (GIF) as stills. `reach` stops what no script in the page can, where the engine has a way.
    """

    wire: Wire
    notes: list[str]
    strip_height: int
    holds_pictures: bool
    driver_version: str
    preparer: Preparer
    reach: Reach | None

    def go(self, url: str, seconds: float) -> None:
        """Leave the page before and open `url`; return when the new document is there, loaded or not.

        Raises CaptureError when it cannot be reached or does not answer within `seconds`.
        """
        ...

    def glance(self) -> RGB:
        """A picture of the viewport as it is scrolled."""
        ...

    def trace(self) -> bytes:
        """What is equal when two views show the same, at less cost than `glance`: the bytes of a lossy picture will do."""
        ...

    def strip(self, box: CssBox) -> RGB:
        """A picture of a part of the document, which is scrolled to its top; what is fixed is where it is at the top."""
        ...

    def heard(self) -> Heard:
        """What was told since `go`."""
        ...

    def stills(self) -> dict[str, str]:
        """First pictures (data URLs) of the animated ones that the engine has loaded, by URL; empty where it holds them itself."""
        ...

    def asked(self) -> Asked:
        """What the page has asked for since `go`, as the browser tells; nothing where it tells nothing."""
        ...


@runtime_checkable
class VersatileEyes(Protocol):
    """Eyes that can be another device's between two pages, to the pixel."""

    def become(self, device: Device) -> bool:
        """Leave the page and go on as `device`; False, with nothing done, when it takes a browser that is started otherwise."""
        ...


def became(eyes: Eyes, device: Device) -> bool:
    """Go on as `device` from the next page on; False when these eyes cannot."""
    return isinstance(eyes, VersatileEyes) and eyes.become(device)


class Engine(Protocol):
    """A kind of browser."""

    def open(self, device: Device) -> AbstractContextManager[Eyes]:
        """Start the browser as `device` on this machine. Raises DriverMissing, CaptureError or SessionLost."""
        ...


def _chromium() -> Engine:
    from compatcheck.capture.chromium import Chromium

    return Chromium()


def _firefox() -> Engine:
    from compatcheck.capture.firefox import Firefox

    return Firefox()


def _webkit() -> Engine:
    from compatcheck.capture.webkit import WebKitGtk

    return WebKitGtk()


ENGINES: dict[str, Callable[[], Engine]] = {
    "chromium": _chromium,
    "chrome": _chromium,
    "edge": _chromium,
    "firefox": _firefox,
    "webkit": _webkit,
}
"""By the matrix's `browser` word."""
