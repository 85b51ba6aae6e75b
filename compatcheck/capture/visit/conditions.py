"""What a page wants to have come true before it is looked at, beside what the readiness waits for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from compatcheck.capture.visit.locate import is_visible
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.model.matrix import Page

Condition = tuple[str, Callable[[], bool], str]
"""A name, a question, and what to say when its answer stays no."""


def own_conditions(wire: Wire, page: Page) -> list[Condition]:
    """The page's own conditions, in the order in which they are waited for."""
    conditions: list[Condition] = []
    if page.wait_for_selector:
        shows = partial(is_visible, wire, page.wait_for_selector)
        conditions.append(("selector", shows, f"nothing visible matched {page.wait_for_selector!r}"))
    for selector in page.not_present_selectors:
        gone = partial(_is_gone, wire, selector)
        conditions.append(("notPresent", gone, f"{selector!r} was still there"))
    if page.wait_for_script:
        true = partial(_is_true, wire, page.wait_for_script)
        conditions.append(("script", true, f"{_short(page.wait_for_script)} did not become true"))
    return conditions


def _is_gone(wire: Wire, selector: str) -> bool:
    return not is_visible(wire, selector)


def _is_true(wire: Wire, expression: str) -> bool:
    try:
        return wire.script(f"return Boolean({expression}\n)") is True
    except SessionLost:
        raise
    except CaptureError:
        return False  # what it asks for is not there yet


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:77]}…"
