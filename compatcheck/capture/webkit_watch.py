"""What a WebKitGTK web view loads: its status and failures, what is not there yet, animated pictures. Part of `webkit_host.py`."""

from __future__ import annotations

import base64
import contextlib
import time
from typing import Any

from gi.repository import GdkPixbuf, GLib, WebKit2  # type: ignore # the host has named the versions

ANIMATED = ("image/gif", "image/apng", "image/webp")


class Watch:
    """One view's loads since `forget`.

    `state` is {failure, status, failed, redirects}; `stills` the first pictures of animated ones, {URL: data URL}: of GIFs, and of what else
    GdkPixbuf reads.
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
                stills.update(still(resource.get_uri(), bytes(resource.get_data_finish(result))))

        resource.connect("sent-request", sent)
        resource.connect("notify::response", answered)
        resource.connect("failed", failed)
        resource.connect("finished", finished)


def still(uri: str, picture: bytes) -> dict[str, str]:
    """The first picture of an animated one, as a data URL; nothing for others, and for what GdkPixbuf cannot read."""
    loader = GdkPixbuf.PixbufLoader()
    try:
        loader.write(picture)
        loader.close()
    except GLib.Error:
        return {}
    animation = loader.get_animation()
    if animation is None or animation.is_static_image():
        return {}
    saved, png = animation.get_static_image().save_to_bufferv("png", [], [])
    return {uri: "data:image/png;base64," + base64.b64encode(png).decode()} if saved else {}
