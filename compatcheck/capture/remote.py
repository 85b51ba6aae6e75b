"""Remote Selenium: a Grid, a cloud, a driver program or an app, by its address (`driver: remote`, `server: URL`).

Chromium and Firefox get the device's exact screen as they do here, by DevTools or WebDriver BiDi; any other browser, and one whose
server passes neither on, has its window fitted to the viewport as well as it allows. A phone's browser and an app's webview are
taken as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from compatcheck.capture.appium.failures import access, explain_loss, explain_refusal, explain_silence, without_secrets
from compatcheck.capture.engine import Eyes, became
from compatcheck.capture.login import remembered
from compatcheck.capture.look import look
from compatcheck.capture.prepare.state import SessionState
from compatcheck.capture.processes import Guest
from compatcheck.capture.providers import Provider, provider_of
from compatcheck.capture.service import merge_capabilities
from compatcheck.capture.view import ViewEyes, WebCamera, fit_window
from compatcheck.capture.viewfacts import as_it_is, view_facts
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, DriverMissing, SessionLost
from compatcheck.model.capabilities import without_prefix
from compatcheck.model.capture import RGB, Capture
from compatcheck.model.matrix import Device
from compatcheck.model.plan import Shot

OPENING_SECONDS = 300.0
"""A Grid queues sessions while its slots are taken, and clouds start machines."""

_PHONES = ("deviceName", "appium:deviceName", "appium:udid", "androidPackage")
# Capabilities, at the top or in a vendor's `…:options`, which say that a real device or emulator answers: its screen is its own.

plain = without_secrets


@dataclass
class RemoteSession:
    """An open session elsewhere."""

    wire: Wire
    device: Device
    eyes: Eyes
    provider: Provider
    looked: int = 0
    failure: str = ""

    def look(self, shot: Shot) -> Capture:
        """Look at one shot (see `Session.look`)."""
        try:
            capture = look(self.eyes, shot)
            extra: dict[str, Any] = {"remote": self.provider.facts(self.wire)}
            if isinstance(self.eyes, ViewEyes):
                extra["view"] = view_facts(self.wire, capture.facts.user_agent) | {"picture": {"way": "web"}}
        except CaptureError as error:
            self.failure = error.message
            raise explain_loss(self.device, error) from error
        self.looked += 1
        facts = replace(capture.facts, extra={**capture.facts.extra, **extra})
        own = has_own_screen(self.device)
        return replace(capture, facts=facts, invalid=as_it_is(self.device, capture) if own else capture.invalid)

    def remembered(self) -> SessionState:
        """What the browser remembers (see `Remembers.remembered`)."""
        return remembered(self.eyes)

    def become(self, device: Device) -> bool:
        """Go on as another device (see `Versatile.become`)."""
        if (device.server, device.capabilities) != (self.device.server, self.device.capabilities):
            return False
        if became(self.eyes, device):
            self.device = device
            return True
        return False


class WebKitGtkCamera(WebCamera):
    """WebKitGTK takes its picture with the next frame, and without a compositor none may come while nothing moves: something does."""

    _MOVE = """
        const mark = document.createElement('compatcheck-frames');
        mark.attachShadow({mode: 'closed'});
        mark.style.cssText = 'all:initial;position:fixed;top:0;left:0;width:1px;height:1px;pointer-events:none';
        const step = (time) => { mark.style.left = time % 2 < 1 ? '0' : '1px'; if (mark.isConnected) requestAnimationFrame(step); };
        document.documentElement.append(mark);
        requestAnimationFrame(step);
    """
    _STOP = "for (const mark of document.querySelectorAll('compatcheck-frames')) mark.remove()"

    def picture(self) -> RGB:
        self.wire.script(self._MOVE)
        try:
            return super().picture()
        finally:
            with suppress(CaptureError):
                self.wire.script(self._STOP)


class RemoteSelenium:
    """The driver of devices with `driver: remote`."""

    @contextmanager
    def open(self, device: Device) -> Iterator[RemoteSession]:
        """Open a session at the device's server (see `Driver.open`); its slot is free again afterwards, whatever happens."""
        if not device.server:
            raise DriverMissing(
                f"Device {device.id}: no server is given.", hint="Name it with `server: http://HOST:4444`."
            )
        provider = provider_of(device)
        wire = _open(device, provider)
        with Guest(wire.close):
            try:
                provider.begin(wire, device)
                session = RemoteSession(wire, device, _eyes(wire, device), provider)
            except CaptureError as error:
                provider.end(wire, passed=False, reason=error.message)
                raise explain_loss(device, error) from error
            try:
                yield session
            finally:
                told = session.failure or f"{session.looked} pages were looked at"
                provider.end(wire, passed=not session.failure, reason=told)


def _open(device: Device, provider: Provider) -> Wire:
    from selenium.common.exceptions import WebDriverException
    from selenium.webdriver.remote.client_config import ClientConfig
    from selenium.webdriver.remote.remote_connection import RemoteConnection
    from selenium.webdriver.remote.webdriver import WebDriver
    from urllib3.exceptions import HTTPError

    server = plain(device.server or "")
    options = _options(device, provider)
    # Sockets take fractions of a second although Selenium's annotation says int.
    config = ClientConfig(server, timeout=OPENING_SECONDS, **access(device.server or ""))  # type: ignore[arg-type]
    try:
        driver = WebDriver(command_executor=RemoteConnection(client_config=config), options=options)
    except WebDriverException as error:
        raise explain_refusal(device, server, error) from error
    except (HTTPError, OSError) as error:
        raise explain_silence(device, server, error, OPENING_SECONDS) from error
    executor: Any = driver.command_executor
    executor.add_command("executeCdpCommand", "POST", "/session/$sessionId/goog/cdp/execute")
    executor.add_command("getLog", "POST", "/session/$sessionId/se/log")
    return Wire(driver)


def _options(device: Device, provider: Provider) -> Any:
    from compatcheck.capture.chromium import chromium_options
    from compatcheck.capture.firefox import firefox_options

    bare = without_prefix(device.capabilities)
    if bare:
        raise CaptureError(
            f"Device {device.id}: capabilities that are not standard need a vendor's prefix: {', '.join(bare)}.",
            hint='For example "appium:udid", or "bstack:options": {os: Windows}.',
        )
    if has_own_screen(device) or device.engine == "webkit":
        options = _plain_options(device)
    else:
        options = chromium_options(device) if device.engine == "blink" else firefox_options(device)
        if name := device.capabilities.get("browserName"):
            options.set_capability("browserName", name)
    for name, value in provider.capabilities(device).items():
        options.set_capability(name, value)
    return options


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
    """True when the capabilities ask for a real phone, an emulator or an app: its screen is its own."""
    blocks = [value for value in device.capabilities.values() if isinstance(value, Mapping)]
    groups = [device.capabilities, *blocks]
    return joins_an_app(device) or any(name in group for group in groups for name in _PHONES)


def joins_an_app(device: Device) -> bool:
    """True when the session is the webview of an app: one that runs already, or one that WebKitWebDriver starts."""
    chrome = device.capabilities.get("goog:chromeOptions") or {}
    return "debuggerAddress" in chrome or "webkitgtk:browserOptions" in device.capabilities


def _eyes(wire: Wire, device: Device) -> Eyes:
    from compatcheck.capture.chromium import ChromiumEyes
    from compatcheck.capture.firefox import FirefoxEyes

    if has_own_screen(device):
        gtk = "webkitgtk:browserOptions" in device.capabilities
        return ViewEyes(wire, WebKitGtkCamera(wire) if gtk else WebCamera(wire))
    why = ""
    try:
        if device.engine == "blink":
            return ChromiumEyes(wire, device)
        if device.engine == "gecko" and wire.capabilities.get("webSocketUrl"):
            return FirefoxEyes(wire, device)
    except SessionLost:
        raise
    except CaptureError as error:
        why = f" ({error.message})"
    size = device.screen.viewport
    fit_window(wire, int(size.width), int(size.height))
    eyes = ViewEyes(wire, WebCamera(wire))
    eyes.notes.append(
        f"This server only sizes the browser's window: pixel ratio, touch, locale and user agent are its own{why}."
    )
    return eyes
