"""DevTools commands straight to a page of a Chromium of this machine.

A driver takes every answer apart and puts it together again, which for a picture costs a quarter of what the browser needs to take
it. What is emulated holds for the line that asked for it, pictures too, so that all commands go by the same one.
"""

from __future__ import annotations

import itertools
import json
import time
from contextlib import suppress
from typing import Any

from compatcheck.capture.devtools import SECONDS, connect
from compatcheck.errors import CaptureError, SessionLost


class Direct:
    """An open line to the page of a window, from `__init__` to `close`; for one thread at a time.

    Raises CaptureError when no browser at `address` (host:port) has the window.
    """

    def __init__(self, address: str, window: str) -> None:
        import websocket

        self._numbers = itertools.count(1)
        self._broken: tuple[type[Exception], ...] = (OSError, ValueError, websocket.WebSocketException)
        self._late: type[Exception] = websocket.WebSocketTimeoutException
        self._socket = connect(address, window)
        self.call("Page.enable", SECONDS, {})
        self.call("Inspector.enable", SECONDS, {})

    def call(self, method: str, seconds: float, parameters: dict[str, Any]) -> Any:
        """Send a command and give back its result, within `seconds`.

        A dialogue that the page opens meanwhile is dismissed: no command is answered before. Raises CaptureError, and SessionLost
        when the page or the browser is gone.
        """
        number, deadline = next(self._numbers), time.monotonic() + seconds
        try:
            self._send(number, method, parameters)
            while True:
                self._socket.settimeout(max(0.01, deadline - time.monotonic()))
                message = json.loads(self._socket.recv())
                if message.get("id") == number:
                    break
                self._heard(str(message.get("method", "")))
        except self._late as error:
            raise SessionLost(f"{method} got no answer from the browser in time.") from error
        except self._broken as error:
            raise SessionLost(f"{method} lost the connection to the browser ({type(error).__name__}).") from error
        if "error" in message:
            raise CaptureError(f"{method} failed: {message['error'].get('message', 'no reason given')}")
        return message["result"]

    def _send(self, number: int, method: str, parameters: dict[str, Any]) -> None:
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))

    def _heard(self, event: str) -> None:
        if event == "Page.javascriptDialogOpening":
            self._send(next(self._numbers), "Page.handleJavaScriptDialog", {"accept": False})
        elif event in ("Inspector.targetCrashed", "Inspector.detached"):
            raise SessionLost("The page crashed.")

    def close(self) -> None:
        """End the line; what was emulated on it ends with it."""
        with suppress(*self._broken):
            self._socket.close(timeout=1)
