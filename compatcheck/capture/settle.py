"""Waiting until a page has come to rest, within a budget, and writing down what was waited for.

A condition that does not come true in its share of the budget is noted with its reason and the look goes on: a page that never
rests is looked at on time. The budget covers the waiting only, not the opening of the page.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from compatcheck.capture.engine import Eyes
from compatcheck.capture.freeze import freeze, hold_timers
from compatcheck.capture.prepare.wishes import blocker
from compatcheck.capture.visit.conditions import own_conditions
from compatcheck.capture.wire import interruptible, script_text
from compatcheck.model.matrix import Page, Readiness

POLL_SECONDS = 0.05
LOADED_SECONDS = 0.35
"""How long a page has for what it puts in right after its load event, however quick the camera is."""

ROUNDS = {"layout": 20, "pictures": 10}
"""How often what had gone may come back before a page is taken to go round in circles …"""

CIRCLING_SECONDS = 3.0
"""… and for how long at least: by then what a page does for a moment (a spinner before its words, say) is over."""

MOST_SCREENS = 60
"""How many screens a page is scrolled through for its lazy images: pages that grow while they are scrolled never end."""

LONGEST_SCRIPT_SECONDS = 25.0
"""How long one script may wait in the page: WebDriver ends it after 30 s."""

LONG_POLL_SECONDS = 5.0
"""A request of a script that is not answered by then waits for news, not for the page's content."""

FILM_SECONDS = 2.0
"""How long films may take to go to their first picture. Where a server gives no parts of files, an engine may never get there."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the conditions of one readiness may take together, and how long layout and network must be quiet (seconds)."""

    budget: float
    conditions: tuple[str, ...]
    quiet: float = 0.15
    network_quiet: float = 0.0


PATIENCE: dict[Readiness, Patience] = {
    "none": Patience(10, ("document",)),
    "fast": Patience(10, ("document", "load", "fonts")),
    "balanced": Patience(20, ("document", "load", "fonts", "images", "network", "layout", "pictures")),
    "strict": Patience(
        40, ("document", "load", "fonts", "images", "network", "layout", "pictures"), quiet=0.5, network_quiet=0.5
    ),
}
"""What each readiness waits for, in this order."""

_SHARE = {"document": 0.6, "load": 0.5, "fonts": 0.25, "images": 0.5, "network": 0.4, "layout": 0.3, "pictures": 0.4}
# Of what is left of the budget: a request that never ends must not use up the time for fonts and images.

_REASONS = {
    "document": "the document was still arriving",
    "load": "something the page asked for never came",
    "fonts": "fonts were still loading",
    "images": "images were still loading",
    "network": "the page kept asking for things",
    "layout": "the layout kept changing",
    "pictures": "no two pictures in a row were the same",
    "films": "a film did not go to its first picture",
}


@dataclass(slots=True)
class Settling:
    """The log of one wait: a dict per condition, in the order in which they were waited for."""

    log: list[dict[str, Any]] = field(default_factory=list)

    @property
    def settled(self) -> bool:
        return all(entry["met"] for entry in self.log)

    @property
    def notes(self) -> list[str]:
        """A sentence for every condition that did not come true."""
        return [
            f"The page did not come to rest: {entry['reason']} after {entry['seconds']:.1f} s."
            for entry in self.log
            if not entry["met"]
        ]

    def after(self, first: Settling) -> Settling:
        """This wait as the end of an earlier one."""
        return Settling([*first.log, *self.log])


def settle(eyes: Eyes, page: Page, readiness: Readiness, seconds: float) -> Settling:
    """Wait for the readiness' conditions and the page's own, at most `seconds` in all.

    Leaves the page frozen, at its top, its timers held.
    """
    patience = PATIENCE[readiness]
    started = time.monotonic()
    deadline = started + min(patience.budget, seconds)
    settling = Settling()
    hold_timers(eyes, "")
    conditions = _Conditions(eyes, patience, page)
    for name in patience.conditions:
        if name == "images" or (name == patience.conditions[-1] and "images" not in patience.conditions):
            _own_conditions(eyes, page, settling, deadline, started + seconds)
            hold_timers(eyes, "slow")
        if name == "layout":
            freeze(eyes)
        _wait(settling, name, getattr(conditions, name), deadline, _SHARE[name], partial(conditions.reason, name))
    hold_timers(eyes, "all")
    if freeze(eyes):
        until = min(time.monotonic() + FILM_SECONDS, started + seconds)
        _wait(
            settling,
            "films",
            partial(_until, true=lambda: freeze(eyes) == 0),
            until,
            1.0,
            partial(str, _REASONS["films"]),
        )
    return settling


def _own_conditions(eyes: Eyes, page: Page, settling: Settling, deadline: float, latest: float) -> None:
    for name, true, reason in own_conditions(eyes.wire, page):
        _wait(settling, name, partial(_until, true=true), deadline, 0.6, partial(str, reason))
    if page.wait_for_timeout > 0:
        started = time.monotonic()
        time.sleep(max(0.0, min(page.wait_for_timeout, latest - started)))
        settling.log.append({"condition": "timeout", "seconds": round(time.monotonic() - started, 3), "met": True})


def _wait(
    settling: Settling,
    name: str,
    condition: Callable[[float], bool],
    deadline: float,
    share: float,
    reason: Callable[[], str],
) -> None:
    started = time.monotonic()
    met = condition(started + max(0.2, (deadline - started) * share))
    entry: dict[str, Any] = {"condition": name, "seconds": round(time.monotonic() - started, 3), "met": met}
    if not met:
        entry["reason"] = reason()
    settling.log.append(entry)


def _until(deadline: float, true: Callable[[], bool]) -> bool:
    while not true():
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


class _Conditions:
    """One method per condition: True when it came true before the moment `until`."""

    def __init__(self, eyes: Eyes, patience: Patience, page: Page) -> None:
        self.eyes = eyes
        self.patience = patience
        self._ignored = blocker(page.ignore_requests)
        self.waiting_for = ""
        self._known: dict[str, Any] = {}  # the page's state at the latest probe
        self._first: bytes | None = None  # the first of the pictures that are to be equal
        self._going_round = False

    def reason(self, name: str) -> str:
        """Why a condition has not come true."""
        if name == "network" and self.waiting_for:
            return f"{self.waiting_for} was not answered"
        if self._going_round:
            return "it kept going round in circles"
        return _REASONS[name]

    def _probe(self) -> dict[str, Any]:
        return probe(self.eyes)

    def document(self, until: float) -> bool:
        return self._comes(until, lambda state: state["ready"] != "loading")

    def load(self, until: float) -> bool:
        return self._comes(until, lambda state: state["ready"] == "complete")

    def fonts(self, until: float) -> bool:
        return self._comes(until, lambda state: state["fonts"] == "loaded")

    def _comes(self, until: float, true: Callable[[dict[str, Any]], bool]) -> bool:
        """Wait for what may have been true already when the condition before it was."""

        def now() -> bool:
            self._known = self._probe()
            return true(self._known)

        return bool(self._known and true(self._known)) or _until(until, now)

    def images(self, until: float) -> bool:
        """Scroll the page through once, so that lazy things wake up, then wait for every image that is wanted."""

        def complete() -> bool:
            state = self._probe()
            return bool(state["pending"] == 0 and state["fonts"] == "loaded")

        self._wait_in_page(f"({script_text('scripts/through.js')})(...arguments)", {"most": MOST_SCREENS}, until)
        return _until(until, complete)

    def _wait_in_page(self, text: str, options: dict[str, Any], until: float) -> Any:
        """Let a script in the page wait, again when the page went elsewhere meanwhile; what it says in the end, else None."""
        while (left := until - time.monotonic()) > 0:
            seconds = min(left, LONGEST_SCRIPT_SECONDS)
            answer = self.eyes.wire.wait_script(text, {**options, "seconds": seconds}, seconds)
            if answer is not None:
                return answer
            time.sleep(POLL_SECONDS)
        return None

    def network(self, until: float) -> bool:
        """Nothing is asked for any more, long polls and what the page says is of no matter aside, and nothing has come."""

        def traffic() -> tuple[Any, list[str]]:
            state, asked = self._probe(), self.eyes.asked()
            come = [url for url in asked.begun if not self._ignored(url)] or state["resources"]
            open_now = [str(url) for url, age in (*state["open"], *asked.waiting) if age < LONG_POLL_SECONDS]
            waiting = [url for url in open_now if not self._ignored(url)]
            self.waiting_for = waiting[0] if waiting else ""
            return come, waiting

        while _until(until, lambda: not traffic()[1]):
            if not self._steady(until, self.patience.network_quiet, traffic):
                return False
            if not traffic()[1]:
                return True
        return False

    def layout(self, until: float) -> bool:
        text = f"({script_text('scripts/still.js')})({script_text('scripts/probe.js')}, ...arguments)"
        options = {
            "quiet": self.patience.quiet,
            "loaded": LOADED_SECONDS,
            "every": POLL_SECONDS,
            "rounds": ROUNDS["layout"],
            "circling": CIRCLING_SECONDS,
        }
        if "pictures" in self.patience.conditions:
            with interruptible():
                seconds = min(max(0.0, until - time.monotonic()), LONGEST_SCRIPT_SECONDS)
                self.eyes.wire.script(text, {**options, "seconds": seconds})
            self._first = self.eyes.trace()  # while the page watches itself
        answer = self._wait_in_page(text, options, until)
        self._going_round = answer == "round"
        return bool(answer == "still")

    def _steady(self, until: float, quiet: float, value: Callable[[], Any]) -> bool:
        """True when the value has stayed the same for the quiet time."""
        last, since = value(), time.monotonic()
        while time.monotonic() - since < quiet:
            if time.monotonic() >= until:
                return False
            time.sleep(POLL_SECONDS)
            now = value()
            if now != last:
                last, since = now, time.monotonic()
        return True

    def pictures(self, until: float) -> bool:
        last = self.eyes.trace() if self._first is None else self._first
        gone: set[int] = set()
        back, start = 0, time.monotonic()
        while True:
            freeze(self.eyes)
            now = self.eyes.trace()
            if now == last:
                return True
            back += hash(now) in gone
            self._going_round = back >= ROUNDS["pictures"] and time.monotonic() - start >= CIRCLING_SECONDS
            if self._going_round or time.monotonic() >= until:
                return False
            gone.add(hash(last))
            last = now
            time.sleep(POLL_SECONDS)


def probe(eyes: Eyes) -> dict[str, Any]:
    """The state of the page, as `probe.js` describes it."""
    state: dict[str, Any] = eyes.wire.page_script("scripts/probe.js")
    return state
