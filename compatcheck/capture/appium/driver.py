"""The driver of `driver: appium`: server → ports → session → web context → eyes → look, and everything ended again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from compatcheck.capture.appium.camera import NativeCamera, ViewCamera
from compatcheck.capture.appium.capabilities import attaches, automation_name, is_phone, session_capabilities
from compatcheck.capture.appium.contexts import Contexts, Wanted
from compatcheck.capture.appium.failures import explain_loss
from compatcheck.capture.appium.opening import Opening
from compatcheck.capture.appium.phone import Phone
from compatcheck.capture.appium.ports import leased_ports, missing_ports
from compatcheck.capture.appium.server import server_for, server_version
from compatcheck.capture.appium.session import DESKTOP_SECONDS, PHONE_SECONDS, appium_session
from compatcheck.capture.chromium import ChromiumEyes
from compatcheck.capture.engine import Eyes
from compatcheck.capture.firefox import FirefoxEyes
from compatcheck.capture.look import look
from compatcheck.capture.providers import Provider, provider_of
from compatcheck.capture.view import ViewEyes, WebCamera, fit_window
from compatcheck.capture.viewfacts import as_it_is, view_facts
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device
from compatcheck.model.plan import Shot


class AppiumDriver:
    """Opens sessions on an Appium server."""

    @contextmanager
    def open(self, device: Device) -> Iterator[AppiumSession]:
        """Open a session for the device, the server included when it is to be started (see `Driver.open`)."""
        with ExitStack() as life:
            server = life.enter_context(server_for(device))
            ports = life.enter_context(leased_ports(missing_ports(device.capabilities)))
            provider = provider_of(device)
            capabilities = {**session_capabilities(device, ports), **provider.capabilities(device)}
            seconds = PHONE_SECONDS if is_phone(capabilities) else DESKTOP_SECONDS
            wire = life.enter_context(appium_session(device, server, capabilities, seconds))
            about = {
                "server": server_version(server),
                "automationName": automation_name(device.capabilities),
                "ports": ports,
            }
            try:
                provider.begin(wire, device)
                session = _session(wire, device, about)
            except CaptureError as error:
                provider.end(wire, passed=False, reason=error.message)
                raise explain_loss(device, error) from error
            session.provider = provider
            try:
                yield session
            finally:
                told = session.failure or f"{session.looked} pages were looked at"
                provider.end(wire, passed=not session.failure, reason=told)


@dataclass
class AppiumSession:
    """An open session with eyes; `phone` and `camera` are None for a desktop browser that is not shown in an app."""

    wire: Wire
    device: Device
    eyes: Eyes
    about: Mapping[str, Any]
    contexts: Contexts | None = None
    phone: Phone | None = None
    camera: ViewCamera | NativeCamera | None = None
    opening: Opening | None = None
    provider: Provider = field(default_factory=Provider)
    looked: int = 0
    failure: str = ""

    def look(self, shot: Shot) -> Capture:
        """Look at one shot (see `Session.look`)."""
        try:
            capture = self._with_facts(look(self.eyes, shot))
        except CaptureError as error:
            self.failure = error.message
            raise explain_loss(self.device, error) from error
        self.looked += 1
        return capture

    def _with_facts(self, capture: Capture) -> Capture:
        extra: dict[str, Any] = {"appium": dict(self.about)}
        if self.provider.vendor:
            extra["remote"] = self.provider.facts(self.wire)
        notes = [*capture.facts.notes]
        invalid = capture.invalid
        if self.camera is not None:
            extra["view"] = view_facts(self.wire, capture.facts.user_agent) | {"picture": self.camera.facts()}
            notes += self.camera.notes
            invalid = as_it_is(self.device, capture)
            if self.contexts is not None and self.contexts.place is not None:
                extra["view"]["context"] = self.contexts.place.context
        if self.phone is not None:
            extra["phone"] = self.phone.facts()
            notes += self.phone.notes
        if self.opening is not None:
            notes += self.opening.notes
        facts = replace(capture.facts, extra={**capture.facts.extra, **extra}, notes=tuple(dict.fromkeys(notes)))
        if isinstance(self.camera, NativeCamera) and self.camera.whole:
            return replace(capture, picture=self.camera.screen(), facts=facts, invalid=invalid, page_model=None)
        return replace(capture, facts=facts, invalid=invalid)


def _session(wire: Wire, device: Device, about: Mapping[str, Any]) -> AppiumSession:
    webview: Mapping[str, Any] = device.options.get("webview") or {}
    capabilities = wire.capabilities
    phone_here = is_phone(capabilities)
    attached = attaches(device.capabilities)
    if not (webview or phone_here or attached):
        return AppiumSession(wire, device, _desktop_eyes(wire, device), about)
    contexts = Contexts(wire, Wanted.from_options(webview.get("context")), float(webview.get("timeout", 30.0)))
    phone = Phone(wire, device, contexts, alerts=webview.get("alerts", "dismiss")) if phone_here else None
    if phone is not None:
        phone.prepare()
    in_app = bool(webview) or attached
    opening = Opening(wire, contexts, webview) if in_app else None
    whole = bool(webview.get("nativeContext"))
    camera: ViewCamera | NativeCamera = (
        NativeCamera(wire, contexts, whole=True)
        if whole
        else ViewCamera(wire, contexts, webview.get("picture", "auto"))
    )
    eyes = ViewEyes(wire, camera, opening, before_picture=phone.clear_the_way if phone else None)
    return AppiumSession(wire, device, eyes, about, contexts, phone, camera, opening)


def _desktop_eyes(wire: Wire, device: Device) -> Eyes:
    """A browser of the server's machine: dressed as the device where its protocol allows that."""
    driver = automation_name(device.capabilities)
    if driver == "chromium":
        return ChromiumEyes(wire, device)
    if driver == "gecko" and wire.capabilities.get("webSocketUrl"):
        return FirefoxEyes(wire, device)
    viewport = device.screen.viewport
    fit_window(wire, int(viewport.width), int(viewport.height))
    eyes = ViewEyes(wire, WebCamera(wire))
    eyes.notes.append("This driver only sizes its window: pixel ratio, touch and user agent are the browser's own.")
    return eyes
