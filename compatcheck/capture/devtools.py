"""Talking to a Chromium of this machine past its driver, for the one moment when the driver waits for the page."""

from __future__ import annotations

import contextlib
import json
import urllib.request

SECONDS = 5.0


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
