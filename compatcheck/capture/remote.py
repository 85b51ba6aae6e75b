"""Remote Selenium: a Grid, a cloud, or any WebDriver server by its address (`driver: remote`, `server: URL`).

Chromium and Firefox get the device's exact screen as they do here; any other browser is looked at as it stands, its window
fitted to the viewport as well as it allows.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from compatcheck.capture.engine import Eyes
from compatcheck.capture.local import SeleniumSession
from compatcheck.capture.processes import Guest
from compatcheck.capture.service import merge_capabilities
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, DriverMissing
from compatcheck.model.matrix import Device

ANSWER_SECONDS = 10.0
OPENING_SECONDS = 300.0
"""A Grid queues sessions while its slots are taken, and clouds start machines."""

_PHONES = ("deviceName", "appium:deviceName", "appium:udid")
# Capabilities, at the top or in a vendor's `…:options`, which say that a real device or emulator answers: its screen is its own.


class RemoteSelenium:
    """The driver of devices with `driver: remote`."""

    @contextmanager
    def open(self, device: Device) -> Iterator[SeleniumSession]:
        """Open a session at the device's server (see `Driver.open`); its slot is free again afterwards, whatever happens."""
        if not device.server:
            raise DriverMissing(
                f"Device {device.id}: no server is given.", hint="Name it with `server: http://HOST:4444`."
            )
        _check_server(device, device.server)
        options = _options(device)
        try:
            wire = Wire.open(device.server, options, OPENING_SECONDS)
        except CaptureError as error:
            message = f"Device {device.id}: {plain(device.server)} opened no session: {error.message}"
            raise type(error)(message, hint="See that the server has a free slot for these capabilities.") from error
        with Guest(wire.close):
            yield SeleniumSession(_eyes(wire, device))


def plain(server: str) -> str:
    """A server's address without the user name and key in it."""
    return re.sub(r"//[^/@]*@", "//", server)


def _check_server(device: Device, server: str) -> None:
    """Raises DriverMissing when nothing answers like a WebDriver server; a busy one and one that wants a key do answer."""
    address = re.sub(r"//[^/@]*@", "//", server.rstrip("/")) + "/status"
    reason = ""
    try:
        with urllib.request.urlopen(address, timeout=ANSWER_SECONDS) as answer:
            if not isinstance(json.load(answer), dict):
                reason = "its answer is not a WebDriver status"
    except urllib.error.HTTPError as error:
        error.close()
    except (OSError, ValueError) as error:
        reason = str(getattr(error, "reason", error)) or type(error).__name__
    if reason:
        raise DriverMissing(
            f"Device {device.id}: no Selenium server answers at {plain(server)} ({reason}).",
            hint="Start it, or correct `server`.",
        )


def _options(device: Device) -> Any:
    from compatcheck.capture.chromium import chromium_options
    from compatcheck.capture.firefox import firefox_options

    if has_own_screen(device):
        return _plain_options(device)
    if device.engine == "blink":
        return chromium_options(device)
    if device.engine == "gecko":
        return firefox_options(device)
    return _plain_options(device)


def _plain_options(device: Device) -> Any:
    from selenium.webdriver.common.options import ArgOptions

    class Options(ArgOptions):
        """Nothing but the matrix's capabilities."""

        @property
        def default_capabilities(self) -> dict[str, Any]:
            return {"browserName": str(device.capabilities.get("browserName", device.browser))}

    options = Options()
    options.page_load_strategy = "none"
    merge_capabilities(options, device)
    return options


def has_own_screen(device: Device) -> bool:
    """True when the capabilities ask for a real phone or an emulator."""
    groups = [device.capabilities, *(value for name, value in device.capabilities.items() if name.endswith(":options"))]
    groups += [value for name, value in device.capabilities.items() if name.endswith(":Options")]
    return any(name in group for group in groups if hasattr(group, "keys") for name in _PHONES)


def _eyes(wire: Wire, device: Device) -> Eyes:
    from compatcheck.capture.chromium import ChromiumEyes
    from compatcheck.capture.firefox import FirefoxEyes
    from compatcheck.capture.view import ViewEyes, WebCamera, fit_window

    if not has_own_screen(device):
        if device.engine == "blink":
            return ChromiumEyes(wire, device)
        if device.engine == "gecko":
            return FirefoxEyes(wire, device)
        size = device.screen.viewport
        fit_window(wire, int(size.width), int(size.height))
    return ViewEyes(wire, WebCamera(wire))
