"""Stopping what moves while a page is looked at, and letting it move again afterwards."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from compatcheck.capture.engine import Eyes
from compatcheck.errors import CaptureError


def freeze(eyes: Eyes) -> None:
    """Finish finite animations, hold endless ones, hide the caret. Call it again to catch what has started since."""
    eyes.wire.page_script("scripts/freeze.js")


@contextlib.contextmanager
def thawed_afterwards(eyes: Eyes) -> Iterator[None]:
    """Whatever `freeze` does inside the block is undone at its end."""
    try:
        yield
    finally:
        with contextlib.suppress(CaptureError):  # a page that is gone needs no thawing
            eyes.wire.page_script("scripts/freeze.js", {"thaw": True})
