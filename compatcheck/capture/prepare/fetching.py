"""Answers servers that ask for a password and adds request headers, on a line of our own to a Chromium of this machine.

ChromeDriver cannot hand on the DevTools events that this needs. Only requests to the page's own origin are held up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compatcheck.capture.devtools import Line
from compatcheck.capture.prepare.wishes import Wishes

_EVENTS = frozenset({"Fetch.requestPaused", "Fetch.authRequired"})


class Fetching:
    """Holds the line to the page `window` of the browser at `address` from `__init__` to `close`. Raises CaptureError as `Line`."""

    def __init__(self, address: str, window: str, wishes: Wishes) -> None:
        self._headers = wishes.headers
        self._auth = wishes.basic_auth
        self._refused: set[str] = set()
        self._line = Line(address, window, _EVENTS, self._hear)
        patterns = [{"urlPattern": f"{wishes.origin}/*"}]
        self._line.ask("Fetch.enable", handleAuthRequests=self._auth is not None, patterns=patterns)

    def close(self) -> None:
        """Let requests go their own way again."""
        self._line.close()

    def _hear(self, method: str, event: Mapping[str, Any], _session: str) -> None:
        if method == "Fetch.requestPaused":
            own = {name.lower() for name in self._headers}
            kept = {name: value for name, value in event["request"]["headers"].items() if name.lower() not in own}
            headers = [{"name": name, "value": value} for name, value in {**kept, **self._headers}.items()]
            self._line.send("Fetch.continueRequest", requestId=event["requestId"], headers=headers)
            return
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
        self._line.send("Fetch.continueWithAuth", requestId=event["requestId"], authChallengeResponse=answer)
