"""How the page gets into the app: its address typed by us, a deep link, an intent, native steps, or a script in the webview.

1. The document that the webview shows now, if any, is marked.
2. The matrix's `webview.open` is carried out, native parts in the native context: `steps`, then `deepLink` or `intent`, then
   `script`. Without it, the web session navigates.
3. The web context is found (again: an app may make a new webview) and watched until it shows the wanted URL in a new document.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urldefrag, urlsplit

from compatcheck.capture.appium.capabilities import platform_of
from compatcheck.capture.appium.contexts import UNREACHABLE, Contexts
from compatcheck.capture.appium.steps import run_steps
from compatcheck.capture.navigation import POLL_SECONDS, await_document, leave
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost

UNCHANGED_SECONDS = 2.0
"""How long the old document may stay when it already shows the wanted URL: an app may see no reason to load it again."""

LEAST_SECONDS = 5.0
"""How long a page may take to be there, however much of the look's time the native steps have used."""

_STATE = (
    "const entry = performance.getEntriesByType('navigation')[0];"
    "return {marked: window.__compatcheckLeft === true, url: location.href, ready: document.readyState,"
    " title: document.title, redirects: entry ? entry.redirectCount : 0}"
)


class Opening:
    """Brings pages into the view of one session; call it with a URL and the seconds it may take."""

    def __init__(self, wire: Wire, contexts: Contexts, webview: Mapping[str, Any]) -> None:
        self.wire = wire
        self.contexts = contexts
        self.open: Mapping[str, Any] = webview.get("open") or {}
        self.notes: list[str] = []

    def __call__(self, url: str, seconds: float) -> None:
        """Raises CaptureError when another page is shown, or none; SessionLost when the webview or the app is gone."""
        deadline = time.monotonic() + seconds
        if not self.open:
            self.contexts.enter()
            leave(self.wire)
            self.wire.call(f"Opening {url}", lambda: self.wire.driver.get(url), seconds)
            await_document(self.wire, url, seconds)
        else:
            self._mark()
            self._native(url)
            self.contexts.enter()
            if "script" in self.open:
                self.wire.script(self.open["script"], url)
        self._verify(url, max(LEAST_SECONDS, deadline - time.monotonic()))

    def _mark(self) -> None:
        if self.contexts.place is not None:
            try:
                self.wire.script("window.__compatcheckLeft = true")
            except SessionLost:
                raise
            except CaptureError:
                self.contexts.place = None  # that webview is gone, which is the app's business: another may come

    def _native(self, url: str) -> None:
        if not any(key in self.open for key in ("steps", "deepLink", "intent")):
            return
        place, self.contexts.place = self.contexts.place, None  # entered again afterwards, whatever the app has done
        with self.contexts.native():
            if "steps" in self.open:
                run_steps(self.wire, self.open["steps"], url)
            if "deepLink" in self.open:
                self._deep_link(url)
            if "intent" in self.open:
                self._intent(url)
        self.contexts.place = place if self.contexts.place is None else self.contexts.place

    def _deep_link(self, url: str) -> None:
        link = filled(self.open["deepLink"], url)
        capabilities = self.wire.capabilities
        owner = self.open.get("package")
        how: dict[str, Any] = {"url": link}
        if platform_of(capabilities) == "ios":
            if owner:
                how["bundleId"] = owner
        elif owner or (owner := capabilities.get("appPackage") or capabilities.get("appium:appPackage")):
            how["package"] = owner
        self._mobile("deepLink", how, f"The link {link}")

    def _intent(self, url: str) -> None:
        intent = self.open["intent"]
        how: dict[str, Any] = {
            name: filled(value, url) if isinstance(value, str) else value for name, value in intent.items()
        }
        if "data" in how:
            how["uri"] = how.pop("data")
        extras: Any = how.get("extras")
        if isinstance(extras, Mapping):
            how["extras"] = [["s", name, filled(str(value), url)] for name, value in extras.items()]
        self._mobile(
            "startActivity",
            {"wait": True, **how},
            f"The intent {how.get('action') or how.get('component') or ''}".strip(),
        )

    def _mobile(self, name: str, how: dict[str, Any], what: str) -> None:
        self.wire.call(what, lambda: self.wire.driver.execute_script(f"mobile: {name}", how), 60)

    def _verify(self, url: str, seconds: float) -> None:
        started = time.monotonic()
        state: dict[str, Any] = {}
        while True:
            state = self.wire.script(_STATE)
            there = same_page(state["url"], url)
            if there and not state["marked"]:
                break
            if there and "script" in self.open and state["ready"] == "complete":
                break  # the app changed its own document, as apps of one page do
            if there and time.monotonic() - started > UNCHANGED_SECONDS:
                self.notes.append("The app already showed this page and did not load it again.")
                break
            if not state["marked"] and state["redirects"] and state["ready"] == "complete":
                self.notes.append(f"{url} led to {state['url']}.")
                break
            if time.monotonic() - started > seconds:
                self._wrong(url, state, seconds)
            time.sleep(POLL_SECONDS)

    def _wrong(self, url: str, state: Mapping[str, Any], seconds: float) -> None:
        place = self.contexts.place
        where = (place.context if place else "") or "The webview"
        if state["url"] in ("about:blank", "") or state["ready"] == "loading":
            raise CaptureError(
                f"{where} is there, but {url} did not load in it within {seconds:.0f} s (it shows {state['url']}).",
                hint=UNREACHABLE,
            )
        raise CaptureError(
            f"{where} shows {state['url']} ({state['title'] or 'no title'}) instead of {url}.",
            hint="See what `webview.open` does in the app: a login, a consent or another tab may stand before the page.",
        )


def filled(template: str, url: str) -> str:
    """`{url}` replaced by the URL, percent-encoded; `{rawUrl}` by the URL as it is."""
    return template.replace("{url}", quote(url, safe="")).replace("{rawUrl}", url)


def same_page(shown: str, wanted: str) -> bool:
    """True when both URLs name the same document: fragments and a trailing slash do not count."""

    def plain(url: str) -> tuple[str, ...]:
        parts = urlsplit(urldefrag(url).url)
        return (parts.scheme.lower(), parts.netloc.lower(), parts.path.rstrip("/"), parts.query)

    return plain(shown) == plain(wanted)
