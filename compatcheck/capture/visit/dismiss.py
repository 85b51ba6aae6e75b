"""Consent dialogs, newsletters and the like: their buttons are clicked as soon as they show."""

from __future__ import annotations

import time
from collections.abc import Sequence

from compatcheck.capture.visit.locate import is_visible
from compatcheck.capture.visit.steps import NotYet, run_step
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.model.visit import Step

GRACE_SECONDS = 0.6
"""How long a dialog may take to come after the page has loaded, before the steps; later ones are clicked before the picture."""

CLICK_SECONDS = 3.0
POLL_SECONDS = 0.1


class Dismissal:
    """The dialogs of one look. `done` are the selectors whose dialogs went away."""

    def __init__(self, wire: Wire, selectors: Sequence[str]) -> None:
        self.wire = wire
        self.done: list[str] = []
        self._left = list(selectors)
        self._stayed: dict[str, str] = {}

    @property
    def notes(self) -> list[str]:
        """The dialogs that stayed, and why."""
        return [f"{selector} could not be dismissed: {reason}." for selector, reason in self._stayed.items()]

    def wait(self, seconds: float) -> None:
        """Dismiss what shows until the page has loaded and a moment more, at most `seconds`."""
        until = time.monotonic() + seconds
        loaded: float | None = None
        while self._left and time.monotonic() < until:
            if self.now():
                loaded = None  # one dialog often hides another
            if loaded is None and self.wire.script("return document.readyState") == "complete":
                loaded = time.monotonic()
            if loaded is not None and time.monotonic() - loaded > GRACE_SECONDS:
                return
            time.sleep(POLL_SECONDS)

    def now(self) -> bool:
        """Dismiss what shows; True when something was clicked. Raises CaptureError for a selector that cannot be read."""
        for selector in [selector for selector in self._stayed if not is_visible(self.wire, selector)]:
            del self._stayed[selector]  # a busy machine: it took its time
            self.done.append(selector)
        clicked = False
        for selector in list(self._left):
            if not is_visible(self.wire, selector):
                continue
            self._left.remove(selector)
            reason = self._click_away(selector)
            if reason and is_visible(self.wire, selector):
                self._stayed[selector] = reason
            else:
                self.done.append(selector)
                clicked = True
        return clicked

    def _click_away(self, selector: str) -> str:
        """Click, and wait until it is gone. Gives the reason when that was not to be seen, "" when it was."""
        try:
            run_step(self.wire, Step("click", selector), time.monotonic() + CLICK_SECONDS)
            run_step(self.wire, Step("wait", selector, state="hidden"), time.monotonic() + CLICK_SECONDS)
        except SessionLost:
            raise
        except (NotYet, CaptureError) as error:
            return str(error)
        return ""
