"""Chromium, Chrome and Edge, through ChromeDriver or EdgeDriver and the DevTools protocol."""

from __future__ import annotations

import base64
import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from compatcheck.capture.agent import client_hints, navigator_platform
from compatcheck.capture.devtools import address_of, stop_loading
from compatcheck.capture.direct import Direct
from compatcheck.capture.engine import Eyes, Heard, Reach
from compatcheck.capture.find import version_of
from compatcheck.capture.listening import listening
from compatcheck.capture.navigation import await_document, await_screen, error_on_page, leave, set_out, unreachable
from compatcheck.capture.prepare.chromium import ChromiumPreparer
from compatcheck.capture.prepare.wishes import Preparer
from compatcheck.capture.reaching import DevToolsReach
from compatcheck.capture.service import find_browser, find_driver, local_session, merge_capabilities
from compatcheck.capture.starting import explained_start
from compatcheck.capture.traffic import Asked, Traffic
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.geometry import CssBox
from compatcheck.model.abilities import inabilities
from compatcheck.model.capture import RGB, ConsoleMessage
from compatcheck.model.matrix import Device, Screen
from compatcheck.picture import decode

ARGUMENTS = (
    "--headless=new",
    "--hide-scrollbars",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    # Frames of other sites live in the page's process: its locale, colour scheme and screen hold in them too, and so does a freeze.
    # The address bar's suggestions are a page of their own, which takes longer to start than the rest of the browser.
    "--disable-features=Translate,MediaRouter,OptimizationHints,IsolateOrigins,site-per-process,"
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup",
    "--disable-site-isolation-trials",
    # The same pixels every time: sRGB, no hinting that depends on the position, no image drawn later than its text.
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--disable-lcd-text",
    "--disable-checker-imaging",
    "--disable-partial-raster",
    "--disable-skia-runtime-opts",
    "--blink-settings=imageAnimationPolicy=2",  # animated pictures show their first one (kNoAnimation)
    # Timers and painting go on although nobody looks at the window.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
)

# A picture with more device px on a side than a graphics processor's texture comes out with repeated bands, so taller ones are
# taken in strips.
STRIP_HEIGHT = 16000


class Chromium:
    """The engine of `browser: chromium`, `chrome` and `edge`."""

    @contextmanager
    def open(self, device: Device) -> Iterator[Eyes]:
        """Start the browser and its driver, and give it the device's screen."""
        from selenium.webdriver.chrome.service import Service as ChromeService
        from selenium.webdriver.edge.service import Service as EdgeService

        edge = device.browser == "edge"
        binary = find_browser(device.browser if device.browser in {"chrome", "edge"} else "chromium", device)
        driver = find_driver("msedgedriver" if edge else "chromedriver", device, "edge" if edge else "chrome")
        options = chromium_options(device)
        options.binary_location = binary
        service = EdgeService if edge else ChromeService
        with explained_start(binary, options.arguments) as opened, local_session(service, driver, options) as wire:
            opened.append(True)
            window = str(wire.call("Asking for the window", lambda: wire.driver.current_window_handle))
            with closing(Direct(address_of(wire), window)) as wire.direct:
                eyes = ChromiumEyes(wire, device)
                eyes.driver_version = version_of(driver)
                with listening(wire) as eyes.traffic:
                    yield eyes


def chromium_options(device: Device) -> Any:
    """Selenium's options for a device, for a browser here or elsewhere, the matrix's own options added."""
    from selenium.webdriver.chrome.options import Options as ChromeOptions
    from selenium.webdriver.edge.options import Options as EdgeOptions

    options = EdgeOptions() if device.browser == "edge" else ChromeOptions()
    own = dict(device.capabilities.get(options.KEY, {}))
    size = device.screen.viewport
    arguments = [*ARGUMENTS, f"--window-size={size.width:.0f},{size.height:.0f}", *own.pop("args", ())]
    if sys.platform.startswith("linux") and getattr(os, "geteuid", lambda: 1)() == 0:
        arguments += ["--no-sandbox"]  # root cannot have one
    if sys.platform.startswith("linux"):
        arguments += ["--disable-dev-shm-usage"]  # containers give it 64 MB
    if device.locale:
        arguments += [f"--lang={device.locale}"]
    for argument in dict.fromkeys(arguments):
        options.add_argument(argument)
    for name, value in own.items():
        options.add_experimental_option(name, value)
    options.page_load_strategy = "none"
    options.unhandled_prompt_behavior = "dismiss"
    options.set_capability("goog:loggingPrefs" if device.browser != "edge" else "ms:loggingPrefs", {"browser": "ALL"})
    merge_capabilities(options, device, skip=(options.KEY,))
    return options


class ChromiumEyes:
    """An open Chromium."""

    strip_height = STRIP_HEIGHT
    holds_pictures = True
    driver_version = ""

    def __init__(self, wire: Wire, device: Device) -> None:
        self.wire = wire
        self.notes = inabilities(device)
        self.preparer: Preparer = ChromiumPreparer(wire)
        self.reach: Reach | None = DevToolsReach(wire)
        self.traffic = Traffic()  # stays empty where the browser is elsewhere
        self._viewport = device.screen.viewport
        self._device = device
        self._own_agent = str(wire.script("return navigator.userAgent"))
        self._dress(device)

    def _dress(self, device: Device) -> None:
        """Give the browser the device's screen and habits, before it has seen any page."""
        cdp, screen = self.wire.cdp, device.screen
        self._set_screen(screen)
        cdp("Emulation.setTouchEmulationEnabled", enabled=screen.has_touch, maxTouchPoints=5 if screen.has_touch else 1)
        cdp("Emulation.setFocusEmulationEnabled", enabled=True)
        self._set_user_agent(device)
        if device.timezone:
            cdp("Emulation.setTimezoneOverride", timezoneId=device.timezone)
        if device.locale:
            cdp("Emulation.setLocaleOverride", locale=device.locale.replace("-", "_"))
        features = [{"name": "prefers-color-scheme", "value": device.color_scheme or "light"}]
        if device.reduced_motion is not None:
            features.append(
                {"name": "prefers-reduced-motion", "value": "reduce" if device.reduced_motion else "no-preference"}
            )
        if device.forced_colors is not None:
            features.append({"name": "forced-colors", "value": "active" if device.forced_colors else "none"})
        cdp("Emulation.setEmulatedMedia", media="screen", features=features)
        await_screen(self.wire, int(screen.viewport.width), int(screen.viewport.height))

    def _set_screen(self, screen: Screen) -> None:
        width, height = int(screen.viewport.width), int(screen.viewport.height)
        landscape = width > height
        self.wire.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=screen.device_scale_factor,
            mobile=screen.is_mobile,
            screenWidth=width,
            screenHeight=height,
            screenOrientation={"type": "landscapePrimary", "angle": 90}
            if landscape and screen.is_mobile
            else {"type": "portraitPrimary" if not landscape else "landscapePrimary", "angle": 0},
        )
        self._viewport = screen.viewport

    def become(self, device: Device) -> bool:
        before = self._device
        if _fixed(device) != _fixed(before):
            return False
        leave(self.wire)
        if device.user_agent != before.user_agent:
            # Servers may have answered the agent, and not all of them say so.
            self.wire.cdp("Network.clearBrowserCache")
        self._device, self.notes = device, inabilities(device)
        self._dress(device)
        return True

    def _set_user_agent(self, device: Device) -> None:
        agent = device.user_agent or self._own_agent.replace("HeadlessChrome", "Chrome")
        parameters: dict[str, Any] = {"userAgent": agent}
        if device.user_agent:
            parameters["platform"] = navigator_platform(agent)
            parameters["userAgentMetadata"] = client_hints(agent, mobile=device.screen.is_mobile)
        if device.locale:
            parameters["acceptLanguage"] = device.locale
        self.wire.cdp("Emulation.setUserAgentOverride", **parameters)

    def go(self, url: str, seconds: float) -> None:
        leave(self.wire)
        self._log()  # what the page before said is not this page's
        self.traffic.forget()
        set_out(self.wire, url, seconds, reason=_reason, give_up=self._stop_loading)
        state = await_document(self.wire, url, seconds, give_up=self._stop_loading)
        if state["url"].startswith("chrome-error:") or state["documentUrl"].startswith("chrome-error:"):
            raise unreachable(url, error_on_page(self.wire) or "the browser shows an error page")

    def _stop_loading(self) -> None:
        """Stop a page that does not come: ChromeDriver takes no command until it has, so the browser is told directly."""
        if address := address_of(self.wire):
            stop_loading(address)

    def glance(self) -> RGB:
        return self._picture()

    def trace(self) -> bytes:
        # Half the cost of a PNG; the same pixels give the same bytes.
        answer = self.wire.cdp("Page.captureScreenshot", format="jpeg", quality=95, optimizeForSpeed=True, seconds=60)
        return str(answer["data"]).encode()

    def strip(self, box: CssBox) -> RGB:
        clip = {"x": box.x, "y": box.y, "width": box.width, "height": box.height, "scale": 1}
        if box.bottom <= self._viewport.height and box.right <= self._viewport.width:
            # Beyond the viewport, a right-to-left page no taller than the screen comes out shifted by 35 px.
            return self._picture(clip=clip)
        # Beyond the viewport Chromium lays the page out at 1 × 1 px for a moment and then as it was. No script may see that, or
        # a menu folds, an observer fires; the second picture draws the frame in which the page would have been told.
        # Such a picture begins where content begins that runs out to the left of a right-to-left page.
        scrolled = self.wire.cdp("Page.getLayoutMetrics")["cssLayoutViewport"]["pageX"]
        clip["x"] += scrolled - self.wire.script("return scrollX")
        self.wire.cdp("Emulation.setScriptExecutionDisabled", value=True)
        try:
            picture = self._picture(clip=clip, captureBeyondViewport=True)
            self._picture(clip={"x": 0, "y": 0, "width": 8, "height": 8, "scale": 1})
        finally:
            self.wire.cdp("Emulation.setScriptExecutionDisabled", value=False)
        return picture

    def _picture(self, **parameters: Any) -> RGB:
        # optimizeForSpeed changes the compression only: the pixels were measured to be equal.
        answer = self.wire.cdp("Page.captureScreenshot", format="png", optimizeForSpeed=True, seconds=60, **parameters)
        return decode(base64.b64decode(answer.pop("data")), "Chromium's picture")

    def heard(self) -> Heard:
        heard = Heard(redirects=self.traffic.redirects)
        for entry in self._log():
            text, level = str(entry.get("message", "")), str(entry.get("level", "")).lower()
            if entry.get("source") == "network":
                heard.failed_requests.append(text)
            else:
                level = {"severe": "error"}.get(level, level)
                heard.console.append(ConsoleMessage(level, text, str(entry.get("source", ""))))
        return heard

    def stills(self) -> dict[str, str]:
        return {}

    def asked(self) -> Asked:
        return self.traffic.asked()

    def _log(self) -> list[dict[str, Any]]:
        try:
            entries = self.wire.command("getLog", "POST", "/session/$sessionId/se/log", {"type": "browser"})
        except CaptureError as error:
            if isinstance(error, SessionLost):
                raise
            return []  # a driver elsewhere that keeps no log
        return list(entries)


def _fixed(device: Device) -> tuple[object, ...]:
    """What of a device an open Chromium keeps: set when it starts, or not to be taken back."""
    declared = device.user_agent is not None
    return device.browser, device.options, device.capabilities, device.locale, device.timezone, declared


def _reason(text: str) -> str:
    """Chromium's error name in a text as words: `ERR_CONNECTION_REFUSED` becomes `connection refused`."""
    match = re.search(r"ERR_([A-Z0-9_]+)", text)
    return match.group(1).replace("_", " ").lower() if match else ""
