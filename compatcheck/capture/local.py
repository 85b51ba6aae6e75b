"""Local Selenium: browsers of this machine, one engine module each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from compatcheck.capture.engine import ENGINES, Eyes, became
from compatcheck.capture.find import NotFound, find_safaridriver
from compatcheck.capture.login import remembered
from compatcheck.capture.look import look
from compatcheck.capture.prepare.state import SessionState
from compatcheck.errors import DriverMissing
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device
from compatcheck.model.plan import Shot


@dataclass(frozen=True, slots=True)
class SeleniumSession:
    """A session with an open browser."""

    eyes: Eyes

    def look(self, shot: Shot) -> Capture:
        """Look at one shot (see `Session.look`)."""
        return look(self.eyes, shot)

    def remembered(self) -> SessionState:
        """What the browser remembers (see `Remembers.remembered`)."""
        return remembered(self.eyes)

    def become(self, device: Device) -> bool:
        """Go on as another device (see `Versatile.become`)."""
        return became(self.eyes, device)


class LocalSelenium:
    """The driver of devices that name none: `driver: selenium`."""

    @contextmanager
    def open(self, device: Device) -> Iterator[SeleniumSession]:
        """Start the device's browser on this machine (see `Driver.open`)."""
        if device.browser not in ENGINES:
            missing = find_safaridriver()
            hint = (
                missing.how_to_install if isinstance(missing, NotFound) else "Use `driver: remote` with a safaridriver."
            )
            raise DriverMissing(
                f"Device {device.id}: there is no local engine for browser {device.browser}.", hint=hint
            )
        with ENGINES[device.browser]().open(device) as eyes:
            yield SeleniumSession(eyes)
