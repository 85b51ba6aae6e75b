"""Signing in once: what the browser remembers afterwards is kept in a file, for all devices and runs (`sessionState`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, runtime_checkable

from compatcheck.capture import DRIVERS, Driver
from compatcheck.capture.engine import Eyes
from compatcheck.capture.prepare.state import SessionState
from compatcheck.errors import CaptureError
from compatcheck.model.matrix import Device, Page
from compatcheck.model.plan import Shot

_STORAGE = (
    "return [location.origin, Object.fromEntries(Object.keys(localStorage).map((name) => [name, localStorage[name]]))]"
)
_OWN_CONDITIONS = frozenset({"selector", "notPresent", "script"})


@runtime_checkable
class Remembers(Protocol):
    """A session that tells what its browser remembers."""

    def remembered(self) -> SessionState:
        """Its cookies, and the local storage of the page that is open. Raises CaptureError."""
        ...


def remembered(eyes: Eyes) -> SessionState:
    """What an open browser remembers (see `Remembers.remembered`)."""
    origin, storage = eyes.wire.script(_STORAGE)
    return SessionState(tuple(eyes.preparer.cookies()), {str(origin): storage} if storage else {})


def sign_in(device: Device, page: Page, *, driver: Driver | None = None) -> SessionState:
    """Open the page as the device, do its steps, wait for its conditions, and give what the browser remembers then.

    Raises CaptureError when that is not possible, when a condition of the page (`waitForSelector` and the like) does not come
    true, or when the page that is there in the end is a wall or an error.
    """
    if driver is None:
        driver = DRIVERS[device.driver]()
    shot = Shot(
        replace(device, full_page=False), replace(page, session_state=None, burst=1, masks=(), scope=None, clip=None)
    )
    with driver.open(device) as session:
        if not isinstance(session, Remembers):
            raise CaptureError(
                f"Device {device.id}: driver {device.driver} cannot tell what its browser remembers.",
                hint="Sign in with a device of driver selenium or remote.",
            )
        capture = session.look(shot)
        unmet = [
            str(entry["reason"])
            for entry in capture.facts.settle
            if entry["condition"] in _OWN_CONDITIONS and not entry["met"]
        ]
        reason = capture.invalid or "; ".join(unmet)
        if reason:
            raise CaptureError(
                f"Signing in at {page.url} did not work: {reason.rstrip('.')}.",
                hint="Correct the steps; `compatcheck run` on the same page shows a picture of where they end.",
            )
        return session.remembered()
