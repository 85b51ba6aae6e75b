"""Native and web contexts of one session: find the one that shows the page, go into it, come back to the native one.

1. List the contexts until one matches, at most `timeout` seconds. A server without contexts (desktop Chromium) has windows only.
2. Where titles or URLs are asked for, or several contexts match, look into each of their windows; a window that is shown
   wins over one that is hidden.
3. Switch, and remember context and window, so that an excursion to the native side ends where it began.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost

NATIVE = "NATIVE_APP"
POLL_SECONDS = 0.25
SWITCH_SECONDS = 60.0
"""A ChromeDriver is started for the first switch, and answers when the page in the webview has loaded."""
UNREACHABLE = (
    "Can the phone reach that address? 127.0.0.1 is the phone itself: `adb reverse tcp:PORT tcp:PORT` lends it yours."
)

_GONE = re.compile(r"no such context|NoSuchContext|no such window|web view not found", re.IGNORECASE)
# What drivers say of a webview that the app has closed.

_ABOUT_PAGE = "return {title: document.title, url: location.href, shown: document.visibilityState === 'visible'}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which web context: by `name` (a package, a context's name or a regular expression for it), by title, by URL."""

    name: str = ""
    title: str = ""
    url: str = ""

    @classmethod
    def from_options(cls, context: str | Mapping[str, str] | None) -> Wanted:
        """From the matrix's `webview.context`. Raises CaptureError for a regular expression that is none."""
        wanted = cls(name=context) if isinstance(context, str) else cls(**(context or {}))
        for pattern in (wanted.name, wanted.title, wanted.url):
            try:
                re.compile(pattern)
            except re.error as error:
                raise CaptureError(f"`webview.context`: {pattern!r} is no regular expression ({error}).") from error
        return wanted

    def names(self, context: str) -> bool:
        """True for a context that may be meant, judged by its name alone."""
        if context == NATIVE:
            return False
        return self.name in ("", context, context.removeprefix("WEBVIEW_")) or bool(re.search(self.name, context))

    def shows(self, page: Mapping[str, Any]) -> bool:
        """True for a page that is meant, judged by its title and URL."""
        return bool(re.search(self.title, str(page["title"])) and re.search(self.url, str(page["url"])))

    def __str__(self) -> str:
        parts = (("", self.name), ("title ", self.title), ("URL ", self.url))
        return " and ".join(f"{what}{pattern!r}" for what, pattern in parts if pattern) or "any webview"


@dataclass(frozen=True, slots=True)
class Place:
    """A window of a web context; `context` is empty on a server that has none."""

    context: str
    window: str
    page: Mapping[str, Any]

    def __str__(self) -> str:
        title, url = str(self.page["title"])[:40], str(self.page["url"])[:80]
        return f"{self.context or 'window'} ({title or 'no title'}, {url})"


class Contexts:
    """The contexts of an open session. `place` is where we are, None outside of every page."""

    def __init__(self, wire: Wire, wanted: Wanted, seconds: float) -> None:
        self.wire = wire
        self.wanted = wanted
        self.seconds = seconds
        self.place: Place | None = None
        self.has_native = True
        self._inside = False

    def names(self) -> list[str]:
        """The names of all contexts; empty on a server that has none."""
        if not self.has_native:
            return []
        try:
            return list(self.wire.call("Listing the contexts", lambda: self.wire.driver.contexts))  # type: ignore[attr-defined]
        except SessionLost:
            raise
        except CaptureError as error:
            if not re.search(
                r"unknown (method|command)|not (yet )?(been )?implemented|could not be found", str(error), re.IGNORECASE
            ):
                raise
            self.has_native = False
            return []

    def enter(self) -> Place:
        """Go into the web context that is wanted, waiting for it. Raises CaptureError when it does not come, or is not one."""
        deadline = time.monotonic() + self.seconds
        while True:
            names = self.names()
            candidates = [name for name in names if self.wanted.names(name)] if self.has_native else [""]
            places = [place for name in candidates for place in self._places_of(name)]
            fitting = [place for place in places if self.wanted.shows(place.page)]
            shown = [place for place in fitting if place.page["shown"]] or fitting
            if len(shown) == 1 or (len(shown) > 1 and time.monotonic() > deadline):
                break
            if time.monotonic() > deadline:
                self._nothing(names, places)
            time.sleep(POLL_SECONDS)
        if len(shown) > 1:
            raise CaptureError(
                f"{len(shown)} webviews match {self.wanted}: {'; '.join(map(str, shown))}.",
                hint="Narrow `webview.context` with a name, a title or a URL.",
            )
        self._switch(shown[0])
        return shown[0]

    def _places_of(self, context: str) -> list[Place]:
        """The windows of a context, with what they show; none when it has gone meanwhile."""
        driver = self.wire.driver
        try:
            self._into(context)
            windows = self.wire.call("Listing the windows", lambda: driver.window_handles)
        except SessionLost:
            raise
        except CaptureError as error:
            if _GONE.search(str(error)):
                return []
            raise
        places = []
        for window in windows:
            try:
                if len(windows) > 1:
                    self.wire.call("Switching the window", partial(driver.switch_to.window, window))
                places.append(Place(context, window, self.wire.script(_ABOUT_PAGE, seconds=10)))
            except CaptureError:
                continue  # closed meanwhile, or a page that runs no scripts
        return places

    def _nothing(self, names: list[str], places: list[Place]) -> None:
        there = "; ".join(map(str, places)) or ", ".join(names) or "nothing"
        raise CaptureError(
            f"No web context matched {self.wanted} within {self.seconds:.0f} s; there is: {there}.",
            hint="Does the app allow debugging (Android: WebView.setWebContentsDebuggingEnabled(true); iOS: isInspectable = true), "
            "and does `webview.open` lead to the page?",
        )

    def _into(self, context: str) -> None:
        from urllib3.exceptions import ReadTimeoutError

        if not context:
            return
        driver = self.wire.driver
        current = self.wire.call("Asking for the context", lambda: driver.current_context)  # type: ignore[attr-defined]
        if current == context:
            return
        if current != NATIVE:  # some drivers refuse to go from one webview straight to another
            self.wire.call("Leaving the web context", lambda: driver.switch_to.context(NATIVE))  # type: ignore[attr-defined]
        try:
            self.wire.call(f"Switching to {context}", lambda: driver.switch_to.context(context), SWITCH_SECONDS)  # type: ignore[attr-defined]
        except SessionLost as error:
            if not isinstance(error.__cause__, ReadTimeoutError):
                raise
            raise SessionLost(
                f"{context} is there, but did not answer within {SWITCH_SECONDS:.0f} s: the page in it does not finish loading.",
                hint=UNREACHABLE,
            ) from error

    def _switch(self, place: Place) -> None:
        try:
            self._into(place.context)
            if place.window:
                self.wire.call("Switching the window", lambda: self.wire.driver.switch_to.window(place.window))
        except CaptureError as error:
            if isinstance(error, SessionLost) and not _GONE.search(error.message):
                raise  # more than the webview is gone
            self.place = None
            raise SessionLost(f"The webview {place} disappeared: {error.message}") from error
        self.place = place

    @contextmanager
    def native(self) -> Iterator[None]:
        """Be in the native context for the length of the block. Raises CaptureError on a server that has none."""
        if self._inside:  # an excursion within an excursion
            yield
            return
        if self.place is None:
            self.names()
        if not self.has_native or (self.place is not None and not self.place.context):
            raise CaptureError("This Appium driver has no native context.", hint="Leave out what needs one.")
        driver: Any = self.wire.driver
        if self.place is not None:
            back = self.place.context
        else:
            back = self.wire.call("Asking for the context", lambda: driver.current_context)
        if back != NATIVE:
            self.wire.call("Going to the native context", lambda: driver.switch_to.context(NATIVE))
        self._inside = True
        try:
            yield
        finally:
            self._inside = False
            if self.place is not None:
                self._switch(self.place)
            elif back != NATIVE:
                self.wire.call("Coming back", lambda: driver.switch_to.context(back))
