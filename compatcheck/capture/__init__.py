"""Looking at pages: one driver per way of getting a picture, a page model and facts.

The seam is `Driver`: `open` a session for a device (a context manager that leaves no browser, driver or temporary folder
behind), then let the `Session` look at one shot after the other. `DRIVERS` maps the matrix's `driver` word to a loader, so
that nothing heavy is imported before it is needed. A new driver is one file and one entry, and passes
`tests/contract/test_drivers.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol, runtime_checkable

from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device
from compatcheck.model.plan import Shot


class Session(Protocol):
    """An open browser (or app, or folder) that looks at pages as one device."""

    def look(self, shot: Shot) -> Capture:
        """Go to the shot's page, let it settle, and take picture, page model and facts in the same moment.

        Raises CaptureError (SessionLost when a new session may help). A capture that proves nothing comes back with
        `invalid` set.
        """
        ...


@runtime_checkable
class Versatile(Protocol):
    """A session that may go on as another device: many screens are looked at without starting a browser for each."""

    def become(self, device: Device) -> bool:
        """Go on as `device`, of the same driver; False when that takes a new session.

        Raises CaptureError (SessionLost when a new session may help).
        """
        ...


class Driver(Protocol):
    """A way of opening sessions."""

    def open(self, device: Device) -> AbstractContextManager[Session]:
        """Open a session for `device`. Raises DriverMissing or CaptureError with one clear message."""
        ...


def _selenium() -> Driver:
    from compatcheck.capture.local import LocalSelenium

    return LocalSelenium()


def _remote() -> Driver:
    from compatcheck.capture.remote import RemoteSelenium

    return RemoteSelenium()


def _folder() -> Driver:
    from compatcheck.capture.folder import PictureFolder

    return PictureFolder()


def _appium() -> Driver:
    from compatcheck.capture.appium.driver import AppiumDriver

    return AppiumDriver()


DRIVERS: dict[str, Callable[[], Driver]] = {
    "selenium": _selenium,
    "remote": _remote,
    "appium": _appium,
    "folder": _folder,
}
