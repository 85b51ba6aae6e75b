"""Firefox, through geckodriver and WebDriver BiDi."""

from __future__ import annotations

import base64
import math
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from compatcheck.capture.engine import Eyes, Heard, Reach
from compatcheck.capture.find import version_of
from compatcheck.capture.navigation import await_document, await_screen, leave, set_out, unreachable
from compatcheck.capture.prepare.firefox import FirefoxPreparer
from compatcheck.capture.prepare.wishes import Preparer
from compatcheck.capture.scrolling import strip_by_scrolling
from compatcheck.capture.service import find_browser, find_driver, local_session, merge_capabilities
from compatcheck.capture.traffic import Asked, Traffic
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.geometry import CssBox
from compatcheck.model.abilities import inabilities
from compatcheck.model.capture import RGB, ConsoleMessage
from compatcheck.model.matrix import Device, Screen
from compatcheck.picture import decode

PREFERENCES: dict[str, bool | int | str] = {
    "ui.useOverlayScrollbars": 1,  # scrollbars take no room, as on phones and in headless Chromium
    "layout.css.fake-webkit-scrollbar.enabled": False,  # Firefox gives up overlay scrollbars for ::-webkit-scrollbar { width }
    "ui.caretBlinkTime": 0,
    "general.smoothScroll": False,
    "gfx.text.disable-aa": False,
    "gfx.color_management.mode": 0,  # sRGB in, the same numbers out
    "app.update.auto": False,
    "browser.safebrowsing.downloads.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    # Nothing of its own is opened or kept ready: a start is a third cheaper.
    "browser.startup.page": 0,
    "browser.newtabpage.enabled": False,
    "browser.newtab.preload": False,
    "browser.aboutwelcome.enabled": False,
    "dom.ipc.processPrelaunch.enabled": False,
    "browser.tabs.warnOnClose": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "network.dns.disablePrefetch": True,
    "network.prefetch-next": False,
    "toolkit.telemetry.enabled": False,
    "image.mem.decode_bytes_at_a_time": 1 << 22,
    "image.animation_mode": "none",  # animated pictures show their first one
}

_POINTER_COARSE = 1  # widget::PointerCapabilities; a mouse would be fine (2) and hover (4)

_ALWAYS_PAGES, _NEVER_PAGES = 1, 2  # whose colours count: the page's, or the system's (then forced-colors is active)

# What BiDi takes in one picture: 32 767 px on a side. Strips stay well below it, and below a texture's 16 384 px.
STRIP_HEIGHT = 16000


class Firefox:
    """The engine of `browser: firefox`."""

    @contextmanager
    def open(self, device: Device) -> Iterator[Eyes]:
        """Start the browser and its driver, and give it the device's screen."""
        from selenium.webdriver.firefox.service import Service

        binary = find_browser("firefox", device)
        driver = find_driver("geckodriver", device, "firefox")
        options = firefox_options(device)
        options.binary_location = binary
        environment = {"MOZ_HEADLESS": "1"}
        if device.timezone:
            environment["TZ"] = device.timezone
        with local_session(Service, driver, options, environment=environment) as wire:
            eyes = FirefoxEyes(wire, device)
            eyes.driver_version = version_of(driver)
            yield eyes


def firefox_options(device: Device) -> Any:
    """Selenium's options for a device, for a browser here or elsewhere, the matrix's own options added."""
    from selenium.webdriver.firefox.options import Options

    options = Options()
    own = dict(device.capabilities.get(options.KEY, {}))
    for argument in dict.fromkeys(["-headless", *own.pop("args", ())]):
        options.add_argument(argument)
    preferences = {**PREFERENCES, **_preferences_for(device), **own.pop("prefs", {})}
    for name, value in preferences.items():
        options.set_preference(name, value)
    if "binary" in own:
        options.binary_location = own.pop("binary")
    options.page_load_strategy = "none"
    options.unhandled_prompt_behavior = "dismiss"
    options.enable_bidi = True
    merge_capabilities(options, device, skip=(options.KEY,))
    return options


def _preferences_for(device: Device) -> dict[str, bool | int | str]:
    preferences: dict[str, bool | int | str] = {
        "layout.css.prefers-color-scheme.content-override": 0 if device.color_scheme == "dark" else 1,
    }
    if device.screen.has_touch:
        preferences |= {
            "dom.w3c_touch_events.enabled": 1,
            "dom.w3c_touch_events.legacy_apis.enabled": True,  # ontouchstart, which desktops hide
            "dom.maxtouchpoints.testing.value": 5,
            "ui.primaryPointerCapabilities": _POINTER_COARSE,
            "ui.allPointerCapabilities": _POINTER_COARSE,
        }
    if device.reduced_motion is not None:
        preferences["ui.prefersReducedMotion"] = int(device.reduced_motion)
    if device.forced_colors is not None:
        preferences["browser.display.document_color_use"] = _NEVER_PAGES if device.forced_colors else _ALWAYS_PAGES
    if device.locale:
        preferences["intl.accept_languages"] = device.locale
    if device.user_agent:
        preferences["general.useragent.override"] = device.user_agent
    return preferences


def _fixed(device: Device) -> tuple[object, ...]:
    """What of a device an open Firefox keeps: preferences and the like, set when it starts."""
    mobile = device.screen.is_mobile
    return device.options, device.capabilities, _preferences_for(device), device.locale, device.timezone, mobile


class _Event:
    """An event by its BiDi name, in the form that Selenium's connection wants."""

    def __init__(self, name: str) -> None:
        self.event_class = name

    def from_json(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return parameters


class FirefoxEyes:
    """An open Firefox."""

    strip_height = STRIP_HEIGHT
    holds_pictures = True
    reach: Reach | None = None
    driver_version = ""

    def __init__(self, wire: Wire, device: Device) -> None:
        self.wire = wire
        self.notes = inabilities(device)
        self.preparer: Preparer = FirefoxPreparer(wire)
        self._viewport, self._ratio = device.screen.viewport, device.screen.device_scale_factor
        self._device = device
        self._lock = threading.Lock()
        self._heard = Heard()
        self.traffic = Traffic()
        self._context = wire.call("Asking for the window", lambda: wire.driver.current_window_handle)
        self._dress(device)
        self._listen()

    def _dress(self, device: Device) -> None:
        screen = device.screen
        self._set_screen(screen)
        if screen.is_mobile:
            # The preference dom.meta-viewport.enabled would do it, but BiDi's setViewport never returns with it.
            self._try(
                "emulation.setViewportMetaOverride", "the page's mobile viewport tag to follow", viewportMeta=True
            )
        if device.locale:
            self._try("emulation.setLocaleOverride", f"the locale {device.locale}", locale=device.locale)
        if device.timezone:
            self._try("emulation.setTimezoneOverride", f"the time zone {device.timezone}", timezone=device.timezone)

    def _set_screen(self, screen: Screen) -> None:
        size = {"width": int(screen.viewport.width), "height": int(screen.viewport.height)}
        self.wire.bidi(
            "browsingContext.setViewport",
            context=self._context,
            viewport=size,
            devicePixelRatio=screen.device_scale_factor,
        )
        self._try("emulation.setScreenSettingsOverride", "the screen's size", screenArea=size)
        if screen.is_mobile:
            kind = "landscape" if size["width"] > size["height"] else "portrait"
            self._try(
                "emulation.setScreenOrientationOverride",
                "the screen's orientation",
                screenOrientation={"natural": "portrait", "type": f"{kind}-primary"},
            )

    def become(self, device: Device) -> bool:
        if _fixed(device) != _fixed(self._device):
            return False
        leave(self.wire)
        self._device, self.notes = device, inabilities(device)
        self._viewport, self._ratio = device.screen.viewport, device.screen.device_scale_factor
        self._dress(device)
        await_screen(self.wire, int(self._viewport.width), int(self._viewport.height))
        return True

    def _try(self, method: str, what: str, **parameters: Any) -> None:
        """Send a command that older versions do not know; then the facts say so."""
        try:
            self.wire.bidi(method, contexts=[self._context], **parameters)
        except SessionLost:
            raise
        except CaptureError:
            self.notes.append(f"This Firefox cannot be given {what}.")

    def _listen(self) -> None:
        connection = self.wire.bidi_connection()
        connection.add_callback(_Event("log.entryAdded"), self._on_log)
        connection.add_callback(_Event("network.fetchError"), self._on_fetch_error)
        connection.add_callback(_Event("network.beforeRequestSent"), self._on_request)
        connection.add_callback(_Event("network.responseCompleted"), self._on_answer)
        network = ("beforeRequestSent", "responseCompleted", "fetchError")
        self.wire.bidi("session.subscribe", events=["log.entryAdded", *(f"network.{name}" for name in network)])

    def _on_log(self, entry: dict[str, Any]) -> None:
        level = {"warn": "warning"}.get(str(entry.get("level")), str(entry.get("level")))
        with self._lock:
            self._heard.console.append(ConsoleMessage(level, str(entry.get("text")), str(entry.get("type", ""))))

    def _on_request(self, event: dict[str, Any]) -> None:
        request = event["request"]
        if is_awaited(request):
            self.traffic.began(_name_of(event), str(request["url"]))

    def _on_answer(self, event: dict[str, Any]) -> None:
        self.traffic.ended(_name_of(event))
        status = int(event.get("response", {}).get("status", 0))
        if event.get("navigation") and event.get("context") == self._context and 300 <= status < 400:
            self.traffic.sent_on(float(event.get("timestamp", 0)), status, str(event["request"]["url"]))

    def _on_fetch_error(self, event: dict[str, Any]) -> None:
        request = event.get("request", {})
        self._on_answer(event)
        with self._lock:
            self._heard.failed_requests.append(f"{event.get('errorText', 'failed')} {request.get('url', '')}")

    def go(self, url: str, seconds: float) -> None:
        leave(self.wire)
        with self._lock:
            self._heard = Heard()
        self.traffic.forget()
        set_out(self.wire, url, seconds, reason=_reason)
        state = await_document(self.wire, url, seconds)
        if re.match(r"about:(neterror|certerror|httpsonlyerror|blocked)", state["documentUrl"]):
            raise unreachable(url, _reason(state["documentUrl"]) or "the browser shows an error page")

    def glance(self) -> RGB:
        return self._picture(origin="viewport")

    def trace(self) -> bytes:
        return self._encoded(origin="viewport", format={"type": "image/jpeg", "quality": 0.95})

    def strip(self, box: CssBox) -> RGB:
        clip = {"type": "box", "x": box.x, "y": box.y, "width": box.width, "height": box.height}
        if box.bottom <= self._viewport.height and box.right <= self._viewport.width:
            return self._picture(origin="viewport", clip=clip)
        picture = self._picture(origin="document", clip=clip)
        # By the old rules (no doctype) Firefox takes the root element for the document, and cuts off what lies below it.
        asked = math.floor(box.height * self._ratio) - 2
        return picture if picture.shape[0] >= asked else strip_by_scrolling(self, box, self._ratio)

    def _picture(self, **parameters: Any) -> RGB:
        return decode(base64.b64decode(self._encoded(**parameters)), "Firefox's picture")

    def _encoded(self, **parameters: Any) -> bytes:
        answer = self.wire.bidi("browsingContext.captureScreenshot", context=self._context, seconds=60, **parameters)
        return str(answer["data"]).encode()

    def heard(self) -> Heard:
        with self._lock:
            heard = self._heard
            return Heard(
                list(heard.console), list(heard.failed_requests), heard.status, redirects=self.traffic.redirects
            )

    def stills(self) -> dict[str, str]:
        return {}

    def asked(self) -> Asked:
        return self.traffic.asked()


def is_awaited(request: Mapping[str, Any]) -> bool:
    """Whether a request (BiDi's `network.RequestData`) has an end, and what it brings may show: no stream, no film."""
    if str(request["url"]).startswith(("data:", "blob:")) or request.get("destination") in {"audio", "video", "track"}:
        return False
    accepts = (header["value"].get("value") for header in request["headers"] if header["name"].lower() == "accept")
    return "text/event-stream" not in accepts


def _name_of(event: Mapping[str, Any]) -> str:
    """A request that is sent on to elsewhere keeps its name."""
    return f"{event['request']['request']} {event.get('redirectCount', 0)}"


def _reason(text: str) -> str:
    """Firefox's error name in a text as words: `e=dnsNotFound` becomes `dns not found`."""
    match = re.search(r"[?&]e=(\w+)|NS_ERROR_(\w+)|Error: (\w+)", text)
    name = next((name for name in match.groups() if name), "") if match else ""
    return re.sub(r"(?<=[a-z])([A-Z])", r" \1", name.replace("_", " ")).lower()
