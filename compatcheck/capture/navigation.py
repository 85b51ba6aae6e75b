"""Going to a page: leaving the one before, and waiting until the new document is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost

BLANK = "about:blank"
POLL_SECONDS = 0.03

_STATE = (
    "return {marked: window.__compatcheckLeft === true, url: location.href, documentUrl: document.documentURI,"
    " ready: document.readyState}"
)


def _state(wire: Wire) -> dict[str, Any]:
    """Where the browser is; empty while one document gives way to another."""
    try:
        return wire.script(_STATE) or {}
    except SessionLost:
        raise
    except CaptureError:
        return {}


def unreachable(url: str, reason: str) -> CaptureError:
    """The one error for a page that could not be had."""
    return CaptureError(
        f"{url} could not be opened: {reason}.", hint="Check the address and that the server answers from this machine."
    )


def silent(url: str, seconds: float) -> CaptureError:
    """The error for a server that never answers."""
    return CaptureError(
        f"{url} did not answer within {seconds:.0f} s.", hint="Check the server, or raise the device's `timeout`."
    )


def leave(wire: Wire) -> None:
    """Go to the blank page, so that nothing of the page before runs on, and mark it as the document to be left."""
    if _state(wire).get("url") != BLANK:
        wire.call("Leaving the page", lambda: wire.driver.get(BLANK))
        deadline = time.monotonic() + 10
        while _state(wire).get("url") != BLANK:
            if time.monotonic() > deadline:
                raise SessionLost("The browser did not leave the page before within 10 s.")
            time.sleep(POLL_SECONDS)
    wire.script("window.__compatcheckLeft = true")


def await_document(wire: Wire, url: str, seconds: float, *, failure: Callable[[], str] = lambda: "") -> dict[str, Any]:
    """Wait until the blank page is gone; gives `{url, documentUrl, ready}` of the new document.

    `failure` says why the document will never come, as soon as the engine knows. Raises CaptureError.
    """
    deadline = time.monotonic() + seconds
    while True:
        state = _state(wire)
        if state and not state["marked"] and (state["url"] != BLANK or url == BLANK):
            return state
        reason = failure()
        if reason:
            raise unreachable(url, reason)
        if time.monotonic() > deadline:
            raise silent(url, seconds)
        time.sleep(POLL_SECONDS)
