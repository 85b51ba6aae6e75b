"""An open browser that sees a spoilt page: everything else is the capture stage's ordinary path."""

from __future__ import annotations

import time
from importlib import resources
from typing import Any

from compatcheck.capture.engine import Eyes
from compatcheck.errors import CaptureError
from compatcheck.selftest.faults import Fault

ARRIVAL_SECONDS = 12.0
"""How long the page may take to arrive before the fault is put in."""


class FaultyEyes:
    """Wraps open eyes: after every `go`, `fault` (when there is one) is put into the page."""

    def __init__(self, eyes: Eyes) -> None:
        self._eyes = eyes
        self.fault: Fault | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._eyes, name)

    def go(self, url: str, seconds: float) -> None:
        """Open `url` and spoil it. Raises CaptureError when the fault's element is not there."""
        self._eyes.go(url, seconds)
        if self.fault is None:
            return
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while self._eyes.wire.script("return document.readyState") != "complete" and time.monotonic() < deadline:
            time.sleep(0.05)
        source = resources.files("compatcheck.selftest").joinpath("inject.js").read_text(encoding="utf-8")
        done = self._eyes.wire.script(f"return ({source.strip()})(arguments[0])", self.fault.as_json())
        if not done["applied"]:
            raise CaptureError(f"The fault {self.fault.kind} could not be put into {url}: {done['reason']}")
