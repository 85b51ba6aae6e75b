"""From a document that is open to the page that is to be looked at: styles, dialogs, steps, in this order."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from compatcheck.capture.visit.dismiss import Dismissal
from compatcheck.capture.visit.steps import NotYet, run_step, run_steps, take_pointer_away
from compatcheck.capture.visit.styles import add_styles
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost, StepFailed
from compatcheck.model.capture import RGB
from compatcheck.model.matrix import Page
from compatcheck.model.visit import Step

LOAD_SECONDS = 10.0
"""How long steps wait for the page's load event: before it, scripts may not listen to clicks yet."""

POLL_SECONDS = 0.05

_MOVES = ("click", "hover", "goto")
"""Steps after which the pointer, or what is under it, is elsewhere."""


@dataclass(slots=True)
class Arrival:
    """What was done on the page. `scroll` is where the steps left it (x, y in CSS px)."""

    dismissal: Dismissal
    steps: list[dict[str, Any]] = field(default_factory=list)
    scroll: tuple[float, float] = (0.0, 0.0)

    @property
    def facts(self) -> dict[str, Any]:
        """For `Facts.extra`: only what there was."""
        found = {"steps": self.steps, "dismissed": self.dismissal.done}
        return {name: value for name, value in found.items() if value}


def arrive(wire: Wire, page: Page, deadline: float, glance: Callable[[], RGB]) -> Arrival:
    """Bring the page that is open into its state, at the latest at the moment `deadline`.

    Raises StepFailed, with what `glance` shows then.
    """
    arrival = Arrival(Dismissal(wire, page.dismiss))
    try:
        if page.steps or page.dismiss:
            _until_loaded(wire, min(LOAD_SECONDS, deadline - time.monotonic()))
        add_styles(wire, page.styles)
        if wire.pointer_is_in:
            take_pointer_away(wire)  # the page before left it there
        arrival.dismissal.wait(deadline - time.monotonic())
        if page.steps:
            arrival.steps = run_steps(wire, page.steps, deadline)
            add_styles(wire, page.styles)
            x, y = wire.script("return [scrollX, scrollY]")
            arrival.scroll = (float(x), float(y))
        if wire.pointer_is_in and not _ends_hovering(page):
            take_pointer_away(wire)
    except SessionLost:
        raise
    except CaptureError as error:
        picture = None
        with suppress(CaptureError):
            picture = glance()
        raise StepFailed(error.message, hint=error.hint, picture=picture) from error
    return arrival


def hover_again(wire: Wire, page: Page) -> bool:
    """Put the pointer where the steps left it, when that was a `hover`: waiting for the page has scrolled it away."""
    last = _last_move(page)
    if last is None or last.action != "hover":
        return False
    with suppress(NotYet):
        run_step(wire, last, time.monotonic() + 2)
        wire.await_frames()
    return True


def _last_move(page: Page) -> Step | None:
    return next((step for step in reversed(page.steps) if step.action in _MOVES), None)


def _ends_hovering(page: Page) -> bool:
    last = _last_move(page)
    return last is not None and last.action == "hover"


def _until_loaded(wire: Wire, seconds: float) -> None:
    until = time.monotonic() + seconds
    while wire.script("return document.readyState") != "complete" and time.monotonic() < until:
        time.sleep(POLL_SECONDS)
