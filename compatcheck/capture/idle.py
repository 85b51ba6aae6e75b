"""Open sessions between two devices: a browser that the next device can use as well is not started again.

What a page leaves behind is taken away before the next one in any case (`prepare/`); what is set when a browser starts must be
the same for both devices, which the session itself knows (`Versatile`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass

from compatcheck.capture import Session, Versatile
from compatcheck.errors import CompatcheckError
from compatcheck.model.matrix import Device


def _alike(one: Device, other: Device) -> bool:
    """Whether a session of the one may serve the other. One elsewhere never waits: it would hold a slot that others need."""
    return (one.driver, one.browser) == (other.driver, other.browser) and one.server is None and other.server is None


@dataclass(eq=False)
class Opened:
    """An open session, the device that it is now, and how many shots it was asked for."""

    context: AbstractContextManager[Session]
    session: Session
    device: Device
    looks: int = 0

    def becomes(self, device: Device) -> bool:
        """Go on as `device`; False when that takes a new session. Raises CaptureError (SessionLost when a new one may help)."""
        if device != self.device:
            if not (isinstance(self.session, Versatile) and self.session.become(device)):
                return False
            self.device = device
        return True

    def close(self) -> None:
        """End the session, whatever state it is in."""
        with suppress(CompatcheckError):
            self.context.__exit__(None, None, None)


class IdleSessions:
    """The sessions that no device uses at the moment; safe to be used by several threads.

    `to_come` are the devices that will be looked at. Sessions wait only for these, and where none that waits will do, one is ended
    before another is opened: there are never more browsers than devices that are looked at at once.
    """

    def __init__(self, to_come: Iterable[Device]) -> None:
        self._to_come = {device.id: device for device in to_come}
        self._waiting: list[Opened] = []
        self._lock = threading.Lock()

    def waits_for(self, device: Device) -> bool:
        """Whether a session waits that may serve `device`."""
        with self._lock:
            return any(_alike(opened.device, device) for opened in self._waiting)

    def take(self, device: Device) -> Opened | None:
        """A session that is `device` now, or None when a new one has to be opened."""
        with self._lock:
            candidates = [opened for opened in self._waiting if _alike(opened.device, device)]
            self._waiting = [opened for opened in self._waiting if opened not in candidates]
        taken = None
        for opened in candidates:
            try:
                if taken is None and opened.becomes(device):
                    taken = opened
                else:
                    self.give(opened)
            except CompatcheckError:  # it died while it waited
                opened.close()
        if taken is None:
            self._end_one()
        return taken

    def _end_one(self) -> None:
        with self._lock:
            superfluous = self._waiting.pop(0) if self._waiting else None
        if superfluous is not None:
            superfluous.close()

    def give(self, opened: Opened) -> None:
        """Let a session wait for the devices to come, or end it when there is none that it could serve."""
        with self._lock:
            wanted = any(_alike(device, opened.device) for device in self._to_come.values())
            if wanted:
                self._waiting.append(opened)
        if not wanted:
            opened.close()

    def passed(self, device: Device) -> None:
        """No session has to wait for `device` any more."""
        with self._lock:
            self._to_come.pop(device.id, None)

    def close(self) -> None:
        """End them all."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            self._to_come.clear()
        for opened in waiting:
            opened.close()
