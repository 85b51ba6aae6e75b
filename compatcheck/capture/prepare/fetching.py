"""A line of our own to a Chromium of this machine, which answers servers that ask for a password and adds request headers.

ChromeDriver cannot hand on the DevTools events that this needs. Only requests to the page's own origin are held up.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import threading
import urllib.request
from collections.abc import Mapping
from typing import Any

from compatcheck.capture.prepare.wishes import Wishes
from compatcheck.errors import CaptureError

SECONDS = 5.0


class Fetching:
    """Holds the line from `__init__` to `close`.

    Raises CaptureError when no browser at `address` (host:port) has the window: that of another machine's browser may be the
    address of some other browser here, which must not be told the password.
    """

    def __init__(self, address: str, window: str, wishes: Wishes) -> None:
        import websocket

        self._headers = wishes.headers
        self._auth = wishes.basic_auth
        self._numbers = itertools.count(1)
        self._refused: set[str] = set()
        try:
            with urllib.request.urlopen(f"http://{address}/json/list", timeout=SECONDS) as answer:
                target = next(one for one in json.load(answer) if one.get("id") == window)
            self._line: Any = websocket.create_connection(
                target["webSocketDebuggerUrl"], timeout=SECONDS, suppress_origin=True
            )
            patterns = [{"urlPattern": f"{wishes.origin}/*"}]
            self._send("Fetch.enable", handleAuthRequests=self._auth is not None, patterns=patterns)
            self._line.recv()
        except (OSError, ValueError, StopIteration, KeyError, websocket.WebSocketException) as error:
            raise CaptureError(f"Chromium's own line cannot be reached ({type(error).__name__}).") from error
        self._line.settimeout(None)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let requests go their own way again."""
        # This wakes the thread, which closing alone does not; the browser then drops what the line had asked for.
        with contextlib.suppress(OSError, AttributeError):
            self._line.sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(SECONDS)

    def _send(self, method: str, **parameters: Any) -> None:
        self._line.send(json.dumps({"id": next(self._numbers), "method": method, "params": parameters}))

    def _listen(self) -> None:
        import websocket

        while True:
            try:
                text = self._line.recv()
                if not text:
                    break
                message = json.loads(text)
                self._answer(str(message.get("method", "")), message.get("params", {}))
            except (OSError, ValueError, AttributeError, websocket.WebSocketException):
                break  # the line or the browser is closed
        self._line.shutdown()

    def _answer(self, method: str, event: Mapping[str, Any]) -> None:
        if method == "Fetch.requestPaused":
            own = {name.lower() for name in self._headers}
            kept = {name: value for name, value in event["request"]["headers"].items() if name.lower() not in own}
            headers = [{"name": name, "value": value} for name, value in {**kept, **self._headers}.items()]
            self._send("Fetch.continueRequest", requestId=event["requestId"], headers=headers)
        elif method == "Fetch.authRequired":
            # A server that refuses the password asks again, and would for ever.
            again = event["requestId"] in self._refused or self._auth is None
            self._refused.add(event["requestId"])
            answer: dict[str, Any] = {"response": "CancelAuth"}
            if not again and self._auth is not None:
                answer = {
                    "response": "ProvideCredentials",
                    "username": self._auth.username,
                    "password": self._auth.password,
                }
            self._send("Fetch.continueWithAuth", requestId=event["requestId"], authChallengeResponse=answer)
