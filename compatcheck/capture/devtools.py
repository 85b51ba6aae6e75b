"""Talking to a Chromium of this machine past its driver, which hands on no events and answers nothing while it waits for a page."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError

SECONDS = 5.0

Hear = Callable[[str, Mapping[str, Any], str], None]
"""Called with an event's name, its parameters, and the session of the worker or frame that it is about (empty: the page's)."""


def address_of(wire: Wire) -> str:
    """Where the browser listens (host:port), by what its driver says; empty when it does not tell."""
    capabilities = wire.capabilities
    options = capabilities.get("goog:chromeOptions") or capabilities.get("ms:edgeOptions") or {}
    return str(options.get("debuggerAddress", ""))


def stop_loading(address: str) -> None:
    """Stop what the pages of the browser at `address` (host:port) are loading; does nothing where it cannot be reached."""
    import websocket

    with contextlib.suppress(OSError, ValueError, websocket.WebSocketException):
        with urllib.request.urlopen(f"http://{address}/json/list", timeout=SECONDS) as answer:
            targets = json.load(answer)
        for target in targets:
            if target.get("type") == "page":
                line = websocket.create_connection(
                    target["webSocketDebuggerUrl"], timeout=SECONDS, suppress_origin=True
                )
                try:
                    line.send(json.dumps({"id": 1, "method": "Page.stopLoading"}))
                    line.recv()
                finally:
                    line.close()


def connect(address: str, window: str) -> Any:
    """A web socket to the page of a window. Raises CaptureError when no browser at `address` (host:port) has the window."""
    import websocket

    try:
        return websocket.create_connection(
            f"ws://{address}/devtools/page/{window}",
            timeout=SECONDS,
            suppress_origin=True,
            skip_utf8_validation=True,  # byte by byte in Python; decoding finds the same errors
        )
    except (OSError, ValueError, websocket.WebSocketException) as error:
        raise CaptureError(f"Chromium's own line cannot be reached ({type(error).__name__}).") from error


class Line:
    """A line of our own to one page, from `__init__` to `close`; `hear` gets its events of these names, in a thread of the line.

    Raises CaptureError when no browser at `address` (host:port) has the window: that of another machine's browser may be the
    address of some other browser here.
    """

    def __init__(self, address: str, window: str, names: frozenset[str], hear: Hear) -> None:
        self._names, self._hear = names, hear
        self._numbers = itertools.count(1)
        self._answered: dict[int, threading.Event] = {}
        self._socket = connect(address, window)
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def send(self, method: str, session: str = "", **parameters: Any) -> None:
        """Send a command; its answer is not waited for. A line that is broken says nothing."""
        self._send(next(self._numbers), method, session, parameters)

    def ask(self, method: str, session: str = "", **parameters: Any) -> None:
        """Send a command and wait until it is obeyed, some seconds at most."""
        number, answered = next(self._numbers), threading.Event()
        self._answered[number] = answered
        self._send(number, method, session, parameters)
        if self._thread.is_alive():
            answered.wait(SECONDS)
        del self._answered[number]

    def _send(self, number: int, method: str, session: str, parameters: Mapping[str, Any]) -> None:
        import websocket

        command = {"id": number, "method": method, "params": parameters}
        with contextlib.suppress(OSError, AttributeError, websocket.WebSocketException):
            self._socket.send(json.dumps({**command, "sessionId": session} if session else command))

    def close(self) -> None:
        """End the line; the browser then drops what it had asked for."""
        # This wakes the thread, which closing alone does not.
        with contextlib.suppress(OSError, AttributeError):
            self._socket.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(SECONDS)

    def _listen(self) -> None:
        import websocket

        try:
            while text := self._socket.recv():
                name = _event_name(text)
                if name in self._names:
                    message = json.loads(text)
                    self._hear(name, message["params"], message.get("sessionId", ""))
                elif not name and (answered := self._answered.get(json.loads(text).get("id"))):
                    answered.set()
        except (OSError, ValueError, KeyError, AttributeError, websocket.WebSocketException):
            pass  # the line or the browser is closed
        finally:
            self._socket.shutdown()
            for answered in list(self._answered.values()):
                answered.set()  # nobody will answer any more


def _event_name(text: str) -> str:
    """The name of the event that a message tells of, read without taking the message apart; empty for an answer."""
    start = '{"method":"'
    return text[len(start) : text.find('"', len(start))] if text.startswith(start) else ""
