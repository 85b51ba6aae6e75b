"""DevTools commands straight to a page of a Chromium of this machine.

A driver takes every answer apart and puts it together again, which for a picture costs a quarter of what the browser needs to take
it, and wraps every script in one of its own, which costs more than most of ours. What is emulated holds for the line that asked
for it, pictures too, so that all commands go by the same one.
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Sequence
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

    def run(self, text: str, arguments: Sequence[Any], seconds: float) -> Any:
        """Run a function body in the page and give back its JSON value, like WebDriver's own command; no user has asked for it.

        Raises CaptureError when it throws or the page goes elsewhere meanwhile.
        """
        return self._evaluated(f"(function () {{ {text}\n }})(...{json.dumps(arguments)})", seconds)

    def wait(self, text: str, arguments: Sequence[Any], seconds: float) -> Any:
        """The same for a body that calls its last argument with its value when something has come true."""
        function = f"(function () {{ {text}\n }})"
        return self._evaluated(f"new Promise((done) => {function}(...{json.dumps(arguments)}, done))", seconds)

    def _evaluated(self, expression: str, seconds: float) -> Any:
        how = {"expression": expression, "returnByValue": True, "awaitPromise": True}
        answer = self.call("Runtime.evaluate", seconds, how)
        if (thrown := answer.get("exceptionDetails")) is not None:
            reason = str(thrown.get("exception", {}).get("description") or thrown.get("text", "no reason given"))
            raise CaptureError(f"A script in the page failed: javascript error: {reason.partition(chr(10))[0]}")
        return answer["result"].get("value")

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
