"""What a WebKitGTK web view loads: its status and failures, what is not there yet, animated pictures. Part of `webkit_host.py`."""

from __future__ import annotations

import base64
import contextlib
import time
from typing import Any

from gi.repository import GdkPixbuf, GLib, WebKit2  # type: ignore # the host has named the versions

ANIMATED = ("image/gif", "image/apng", "image/png", "image/webp")
PNG = b"\x89PNG\r\n\x1a\n"


class Watch:
    """One view's loads since `forget`.

    `state` is {failure, status, failed, redirects}; `stills` the first pictures of animated ones, {URL: data URL}.
    """

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin with a page of which nothing is known."""
        self.state: dict[str, Any] = {"failure": "", "status": None, "failed": [], "redirects": []}
        self.stills: dict[str, str] = {}
        self._failed = ""
        self._begun: list[str] = []
        self._waiting: dict[int, tuple[str, float]] = {}

    def follow(self, view: Any) -> None:
        """Hear what this view loads."""
        view.connect("load-changed", self._on_change)
        view.connect("load-failed", self._on_failure)
        view.connect(
            "load-failed-with-tls-errors",
            lambda _view, uri, _certificate, _errors: self._fail("certificate not trusted", uri),
        )
        view.connect("resource-load-started", self._on_resource)

    def asked(self) -> dict[str, Any]:
        """The URLs of all that was asked for, and of what is not there yet, with its age in seconds."""
        now = time.monotonic()
        return {"begun": self._begun, "waiting": [(uri, now - since) for uri, since in self._waiting.values()]}

    def _fail(self, reason: str, uri: str) -> bool:
        """Keep why the page could not be loaded; False lets WebKit show its own page."""
        self.state["failure"], self._failed = reason, uri
        return False

    def _on_failure(self, _view: Any, _event: Any, uri: str, error: Any) -> bool:
        # A page that sends itself elsewhere while it loads cancels its own loading: that is no failure.
        cancelled = error.matches(WebKit2.NetworkError.quark(), WebKit2.NetworkError.CANCELLED) or error.matches(
            WebKit2.PolicyError.quark(), WebKit2.PolicyError.FRAME_LOAD_INTERRUPTED_BY_POLICY_CHANGE
        )
        return False if cancelled else self._fail(error.message, uri)

    def _on_change(self, view: Any, event: Any) -> None:
        # Another page than the one that could not be loaded, for which WebKit shows one of its own.
        if event == WebKit2.LoadEvent.STARTED and view.get_uri() != self._failed:
            self.state["failure"] = ""

    def _on_resource(self, view: Any, resource: Any, request: Any) -> None:
        main = resource == view.get_main_resource()
        state, waiting, stills, number = self.state, self._waiting, self.stills, len(self._begun)
        headers = request.get_http_headers()
        if not (headers and "text/event-stream" in (headers.get_one("Accept") or "")):
            self._begun.append(resource.get_uri())
            waiting[number] = resource.get_uri(), time.monotonic()

        def answered(*_: Any) -> None:
            response = resource.get_response()
            status = response.get_status_code() if response else 0
            if main and status:
                state["status"] = status
            elif status >= 400:
                state["failed"].append(f"{status} {resource.get_uri()}")
            if response and (response.get_mime_type() or "").startswith(("video/", "audio/")):
                waiting.pop(number, None)  # a film comes for as long as it is watched

        def failed(_resource: Any, error: Any) -> None:
            if not main:
                state["failed"].append(f"{error.message} {resource.get_uri()}")

        def sent(_resource: Any, _request: Any, before: Any) -> None:
            if main and before:
                state["redirects"].append(f"{before.get_status_code()} {before.get_uri()}")

        def finished(*_: Any) -> None:
            waiting.pop(number, None)
            response = resource.get_response()
            if response and response.get_mime_type() in ANIMATED:
                resource.get_data(None, keep)

        def keep(_resource: Any, result: Any) -> None:
            with contextlib.suppress(GLib.Error):
                if first := still(bytes(resource.get_data_finish(result))):
                    kind = "webp" if first.startswith(b"RIFF") else "png"
                    stills[resource.get_uri()] = f"data:image/{kind};base64," + base64.b64encode(first).decode()

        resource.connect("sent-request", sent)
        resource.connect("notify::response", answered)
        resource.connect("failed", failed)
        resource.connect("finished", finished)


def still(picture: bytes) -> bytes:
    """The first picture of an animated one (PNG, WebP, GIF), as a file; nothing for others, and for what cannot be read."""
    if picture.startswith(PNG):
        return _first_of_png(picture)
    if picture[:4] == b"RIFF" and picture[8:12] == b"WEBP":
        return _first_of_webp(picture)
    loader = GdkPixbuf.PixbufLoader()
    try:
        loader.write(picture)
        loader.close()
    except GLib.Error:
        return b""
    animation = loader.get_animation()
    if animation is None or animation.is_static_image():
        return b""
    saved, png = animation.get_static_image().save_to_bufferv("png", [], [])
    return bytes(png) if saved else b""


def _first_of_png(picture: bytes) -> bytes:
    """The PNG without the chunks that animate it (PNG, third edition); empty when it has none."""
    kept, place, moves = [PNG], len(PNG), False
    while place + 12 <= len(picture):
        end = place + 12 + int.from_bytes(picture[place : place + 4], "big")
        if picture[place + 4 : place + 8] in (b"acTL", b"fcTL", b"fdAT"):
            moves = True
        else:
            kept.append(picture[place:end])
        place = end
    return b"".join(kept) if moves else b""


def _first_of_webp(picture: bytes) -> bytes:
    """The WebP (a RIFF file) with the first of its frames only; empty when it has no others."""
    kept, place, frames = [], 12, 0
    while place + 8 <= len(picture):
        size = int.from_bytes(picture[place + 4 : place + 8], "little")
        end = place + 8 + size + size % 2
        if picture[place : place + 4] == b"ANMF":
            frames += 1
        if frames <= 1 or picture[place : place + 4] != b"ANMF":
            kept.append(picture[place:end])
        place = end
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(body).to_bytes(4, "little") + body if frames > 1 else b""
