"""Selectors of the matrix: CSS, XPath and `text=`, through shadow roots (` >>> `) and frames (` ||| `).

A path from a report can be used as it stands: page models write the same two marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError


@dataclass(frozen=True, slots=True)
class Part:
    """One way of finding elements in a document or a shadow root."""

    kind: Literal["css", "xpath", "text"]
    value: str
    exact: bool = False

    def as_options(self) -> dict[str, Any]:
        return {"kind": self.kind, "value": self.value, "exact": self.exact}


@dataclass(frozen=True, slots=True)
class Locator:
    """A selector, taken apart: one chain of parts per document; every chain but the last finds a frame."""

    text: str
    chains: tuple[tuple[Part, ...], ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a locator finds now: how many elements, how many of them visible, and the first (a WebElement), if any."""

    count: int
    visible: int
    element: Any = None


@cache
def locator(text: str) -> Locator:
    """Take a selector apart. Raises CaptureError for one that says nothing."""
    chains = tuple(tuple(_part(part) for part in re.split(r"\s*>>>\s*", chain)) for chain in text.split("|||"))
    if any(not part.value for chain in chains for part in chain):
        raise CaptureError(
            f"The selector {text!r} is not whole.", hint="Something must stand on each side of >>> and |||."
        )
    return Locator(text, chains)


def _part(text: str) -> Part:
    text = text.strip()
    if text.startswith("text="):
        value = text.removeprefix("text=").strip()
        quoted = re.fullmatch(r"([\"'])(.*)\1", value, re.DOTALL)
        return Part("text", " ".join((quoted[2] if quoted else value).split()), exact=quoted is not None)
    if text.startswith("xpath="):
        return Part("xpath", text.removeprefix("xpath="))
    if re.match(r"\(*\.{0,2}/", text):
        return Part("xpath", text)
    return Part("css", text.removeprefix("css="))


@contextmanager
def found(wire: Wire, text: str) -> Iterator[Sight]:
    """What a selector finds now. Inside the block the session is in the frame that holds it.

    Raises CaptureError for a selector that cannot be read.
    """
    where = locator(text)
    entered = 0
    try:
        sight = Sight(0, 0)
        for depth, chain in enumerate(where.chains):
            sight = _look(wire, chain, text)
            if depth == len(where.chains) - 1 or sight.element is None:
                break
            frame = sight.element
            wire.call("Going into the frame", lambda frame=frame: wire.driver.switch_to.frame(frame))  # type: ignore[misc]
            entered += 1
        yield sight if entered == len(where.chains) - 1 else Sight(0, 0)
    finally:
        if entered:
            wire.call("Coming back from the frame", wire.driver.switch_to.default_content)


def _look(wire: Wire, chain: tuple[Part, ...], text: str) -> Sight:
    told = wire.page_script("scripts/locate.js", {"parts": [part.as_options() for part in chain]}, by_driver=True)
    if told.get("error"):
        raise CaptureError(f"The selector {text!r} cannot be used: {str(told['error']).rstrip('.')}.")
    return Sight(int(told["count"]), int(told["visible"]), told["element"])


def is_visible(wire: Wire, text: str) -> bool:
    """True when a selector finds a visible element now."""
    with found(wire, text) as sight:
        return sight.visible > 0
