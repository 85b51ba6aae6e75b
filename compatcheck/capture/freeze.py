"""Stopping what moves while a page is looked at, and letting it move again afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Literal

from compatcheck.capture.engine import Eyes
from compatcheck.capture.wire import interruptible
from compatcheck.errors import CaptureError

_ANSWERS = "window[Symbol.for('compatcheck.frames')].answered(arguments[arguments.length - 1])"

Held = Literal["", "slow", "all"]
"""Which of the page's timers are held: none, those of carousels and clocks, or all (`scripts/timers.js`)."""


def freeze(eyes: Eyes) -> int:
    """Finish finite animations, hold endless ones, stop films, GIFs and marquees, hide the caret; in every frame.

    Call it again to catch what has started since. Gives how many films are still on their way to their first picture.
    """
    reach = eyes.reach
    options = {"stills": not eyes.holds_pictures, "known": eyes.stills(), "reach": reach is not None}
    told = eyes.wire.page_script("scripts/freeze.js", options)
    seeking, marquees, silent = int(told["seeking"]), int(told["marquees"]), 0
    if told["asked"]:
        with interruptible():
            answers = eyes.wire.call("Waiting for frames", lambda: eyes.wire.driver.execute_async_script(_ANSWERS))
            seeking, marquees = seeking + int(answers["seeking"]), marquees + int(answers["marquees"])
            silent = int(answers["silent"])
    if reach is not None:
        if silent:
            seeking += reach.freeze_frames(options)
        if silent or marquees:
            reach.hold_marquees()
    return seeking


def hold_timers(eyes: Eyes, held: Held) -> None:
    """Hold these timers of the page from now on, and let the others go."""
    eyes.wire.page_script("scripts/hold.js", {"hold": held})


@contextlib.contextmanager
def thawed_afterwards(eyes: Eyes) -> Iterator[None]:
    """Whatever `freeze` and `hold_timers` do inside the block is undone at its end."""
    try:
        yield
    finally:
        with contextlib.suppress(CaptureError):  # a page that is gone needs no thawing
            if eyes.reach is not None:
                eyes.reach.let_go()
            eyes.wire.page_script("scripts/freeze.js", {"thaw": True})
