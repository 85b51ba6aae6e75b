"""Going to a page: leaving the one before, and waiting until the new document is there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from compatcheck.capture.wire import CALL_SECONDS, Wire
from compatcheck.errors import CaptureError, SessionLost

BLANK = "about:blank"
POLL_SECONDS = 0.03

_STATE = (
    "return {marked: window.__compatcheckLeft === true, url: location.href, documentUrl: document.documentURI,"
    " ready: document.readyState}"
)

_MARK = f"if (location.href !== '{BLANK}') return false; if (arguments[0]) window.stop(); return window.__compatcheckLeft = true"


def _state(wire: Wire, seconds: float = CALL_SECONDS) -> dict[str, Any]:
    """Where the browser is; empty while one document gives way to another."""
    try:
        return wire.script(_STATE, seconds=seconds) or {}
    except SessionLost:
        raise
    except CaptureError:
        return {}


ERROR_PAGES = ("chrome-error:", "about:neterror", "about:certerror", "about:httpsonlyerror", "about:blocked")
"""How the addresses of browsers' own error pages begin."""


def error_name(text: str) -> str:
    """What an error page of Chromium (its words) or Firefox (its address) calls the error, in words; empty when it does not tell."""
    match = re.search(r"ERR_([A-Z0-9_]+)|[?&]e=(\w+)", text)
    name = next((name for name in match.groups() if name), "") if match else ""
    return re.sub(r"(?<=[a-z])([A-Z])", r" \1", name.replace("_", " ")).lower()


def error_on_page(wire: Wire) -> str:
    """What Chromium's own error page that is open calls the error, in words; it writes it a moment after it has come."""
    deadline = time.monotonic() + 1
    while True:
        name = error_name(str(wire.script("return document.body ? document.body.innerText : ''")))
        if name or time.monotonic() >= deadline:
            return name
        time.sleep(POLL_SECONDS)


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
    if _has_left(wire, stop=True):
        return
    # Stopped before it was painted, Firefox would not paint the blank page for 1.5 s, and take no other size so long.
    wire.call("Leaving the page", lambda: wire.driver.get(BLANK))
    deadline = time.monotonic() + 10
    while not _has_left(wire, stop=False):
        if time.monotonic() > deadline:
            raise SessionLost("The browser did not leave the page before within 10 s.")
        time.sleep(POLL_SECONDS)


def _has_left(wire: Wire, *, stop: bool) -> bool:
    """Whether the blank page is there; then it is marked, and with `stop` a load that was given up but is under way is stopped."""
    try:
        return wire.script(_MARK, stop) is True
    except SessionLost:
        raise
    except CaptureError:
        return False


def set_out(
    wire: Wire,
    url: str,
    seconds: float,
    *,
    reason: Callable[[str], str] = lambda _: "",
    give_up: Callable[[], None] = lambda: None,
) -> None:
    """Tell the browser to open `url`; some drivers return before the document is there, some after.

    `reason` finds in the driver's message why the page cannot be had, empty when it does not tell; `give_up` frees a driver
    that waits for a server that says nothing. Raises CaptureError.
    """
    started = time.monotonic()
    try:
        wire.call(f"Opening {url}", lambda: wire.driver.get(url), seconds)
    except CaptureError as error:
        if time.monotonic() - started >= seconds - 0.5:
            give_up()
            raise silent(url, seconds) from error
        told = reason(str(error))
        if told and not isinstance(error, SessionLost):
            raise unreachable(url, told) from error
        raise


def await_document(
    wire: Wire,
    url: str,
    seconds: float,
    *,
    failure: Callable[[], str] = lambda: "",
    give_up: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Wait until the blank page is gone; gives `{url, documentUrl, ready}` of the new document.

    `failure` says why the document will never come, as soon as the engine knows; `give_up` frees a driver that answers
    nothing while it waits for the server. Raises CaptureError.
    """
    deadline = time.monotonic() + seconds
    while True:
        left = deadline - time.monotonic()
        try:
            state = _state(wire, max(0.5, left))
        except SessionLost as error:
            if time.monotonic() < deadline:
                raise
            give_up()
            raise silent(url, seconds) from error
        if state and not state["marked"] and (state["url"] != BLANK or url == BLANK):
            return state
        reason = failure()
        if reason:
            raise unreachable(url, reason)
        if left <= 0:
            give_up()
            raise silent(url, seconds)
        time.sleep(POLL_SECONDS)


def await_screen(wire: Wire, width: int, height: int) -> None:
    """Wait until the browser has taken up its screen, or a second: a page opened before would be told of a resize."""
    deadline = time.monotonic() + 1
    # A phone lays a page without a viewport tag, as the blank one is, out on 980 px and shows it smaller.
    taken = (
        "const [width, height] = arguments, seen = window.visualViewport || {};"
        "return (innerWidth === width && innerHeight === height)"
        " || (Math.round(seen.width * seen.scale) === width && Math.round(seen.height * seen.scale) === height)"
    )
    while time.monotonic() < deadline and not wire.script(taken, width, height):
        time.sleep(POLL_SECONDS)
    time.sleep(POLL_SECONDS)  # the event comes with the frame after
