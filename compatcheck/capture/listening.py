"""Hearing what a Chromium of this machine asks for: DevTools events of the page, its frames and its workers, on a line of our own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from compatcheck.capture.devtools import Line, address_of
from compatcheck.capture.traffic import Traffic
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError

_ENDS = frozenset({"Network.loadingFinished", "Network.loadingFailed"})
_EVENTS = _ENDS | {"Network.requestWillBeSent", "Target.attachedToTarget", "Target.detachedFromTarget"}

_NEVER_AWAITED = frozenset({"EventSource", "WebSocket", "Media", "Ping", "Prefetch", "Preflight", "CSPViolationReport"})
"""Kinds of requests that end when they like, or show nothing (DevTools' `Network.ResourceType`)."""


@contextmanager
def listening(wire: Wire) -> Iterator[Traffic]:
    """What the page that is open asks for inside the block, and every page after it; nothing of a browser that is not to be reached."""
    traffic = Traffic()

    def watch(session: str) -> None:
        line.send("Network.enable", session, maxTotalBufferSize=0, maxResourceBufferSize=0)
        line.send("Target.setAutoAttach", session, autoAttach=True, waitForDebuggerOnStart=True, flatten=True)

    def hear(name: str, event: Mapping[str, Any], session: str) -> None:
        if name == "Network.requestWillBeSent":
            url = str(event["request"]["url"])
            if event.get("frameId") == window and event.get("type") == "Document" and "redirectResponse" in event:
                answer = event["redirectResponse"]
                traffic.sent_on(float(event["timestamp"]), int(answer["status"]), str(answer["url"]))
            if event.get("type") not in _NEVER_AWAITED and not url.startswith(("data:", "blob:")):
                traffic.began(str(event["requestId"]), url, session)
        elif name in _ENDS:
            traffic.ended(str(event["requestId"]))  # of a worker's script another session tells the end
        elif name == "Target.attachedToTarget":
            watch(event["sessionId"])
            line.send("Runtime.runIfWaitingForDebugger", event["sessionId"])
        else:
            traffic.left(event["sessionId"])

    window = str(wire.call("Asking for the window", lambda: wire.driver.current_window_handle))
    try:
        line = Line(address_of(wire), window, _EVENTS, hear)
    except CaptureError:
        yield traffic  # a browser that listens to its driver only (`--remote-debugging-pipe`): requests of scripts are counted
        return
    try:
        watch("")
        traffic.catch_up = lambda: line.ask("Target.getTargetInfo")  # answered after the events before it
        yield traffic
    finally:
        line.close()
