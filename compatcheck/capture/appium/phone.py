"""A phone made ready for looking, and what it says about itself.

Every wish is carried out where the driver can, read back where it can be, and otherwise noted: a phone that stays in light mode is
no reason not to look at the page, but the report must say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from compatcheck.capture.appium.capabilities import platform_of
from compatcheck.capture.appium.contexts import Contexts
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.model.matrix import Device


class Phone:
    """The phone or tablet of an open session. `notes` say what it would not do."""

    def __init__(self, wire: Wire, device: Device, contexts: Contexts, *, alerts: str = "dismiss") -> None:
        self.wire = wire
        self.device = device
        self.contexts = contexts
        self.alerts = alerts
        self.notes: list[str] = []
        self._platform = platform_of(wire.capabilities)

    def prepare(self) -> None:
        """Orientation and colour scheme, once a session."""
        with self.contexts.native():
            self._turn()
            if self.device.color_scheme:
                self._colour_scheme(self.device.color_scheme)
        if self.device.timezone:
            self.notes.append(f"The phone keeps its own time zone; {self.device.timezone} was not set.")
        if self.device.user_agent:
            self.notes.append("The view sends its own user agent, not the declared one.")

    def _turn(self) -> None:
        viewport = self.device.screen.viewport
        wanted = "LANDSCAPE" if viewport.width > viewport.height else "PORTRAIT"
        driver: Any = self.wire.driver

        def turn() -> None:
            if driver.orientation != wanted:
                driver.orientation = wanted

        self._try(f"The phone does not turn to {wanted.lower()}", turn)

    def _colour_scheme(self, scheme: str) -> None:
        if self._platform == "ios":
            call = ("mobile: setAppearance", {"style": scheme})
        else:
            call = ("mobile: setUiMode", {"mode": "night", "value": "yes" if scheme == "dark" else "no"})
        self._try(f"The phone does not switch to {scheme} mode", lambda: self.wire.driver.execute_script(*call))

    def clear_the_way(self) -> None:
        """Put the keyboard away and answer a dialog that stands over the page."""
        driver: Any = self.wire.driver
        with self.contexts.native():
            self._quietly(lambda: driver.is_keyboard_shown() and driver.hide_keyboard())
            if self.alerts in ("accept", "dismiss"):
                command = "acceptAlert" if self.alerts == "accept" else "dismissAlert"
                how = {"action": self.alerts} if self._platform == "ios" else {}
                name = "alert" if self._platform == "ios" else command
                self._quietly(lambda: driver.execute_script(f"mobile: {name}", how))

    def facts(self) -> dict[str, Any]:
        """Model, system version and orientation, as the session tells them."""
        told: Mapping[str, Any] = self.wire.capabilities

        def value(name: str) -> Any:
            return told.get(name, told.get(f"appium:{name}"))

        facts = {
            "model": value("deviceModel") or value("deviceName"),
            "manufacturer": value("deviceManufacturer"),
            "system": told.get("platformName"),
            "systemVersion": value("platformVersion"),
            "screen": value("deviceScreenSize"),
        }
        return {name: fact for name, fact in facts.items() if fact}

    def _try(self, note: str, wish: Callable[[], Any]) -> None:
        try:
            self.wire.call(note, wish)
        except SessionLost:
            raise
        except CaptureError as error:
            self.notes.append(f"{note}: {error.message.partition('failed: ')[2] or error.message}")

    def _quietly(self, wish: Callable[[], Any]) -> None:
        """Most of the time there is neither a keyboard nor a dialog, and drivers call that an error."""
        try:
            self.wire.call("Clearing the way", wish)
        except SessionLost:
            raise
        except CaptureError:
            return
