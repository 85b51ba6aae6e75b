"""Making a browser ready that is taken as it is: a phone's, an app's webview, one that only WebDriver reaches.

Where its driver hands on DevTools commands (ChromeDriver does, on phones too), they do what they can; elsewhere a first visit sets
cookies and storage. An app's own cookies and storage are left as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from compatcheck.capture.prepare.chromium import block_patterns
from compatcheck.capture.prepare.state import cookie_of
from compatcheck.capture.prepare.wishes import Wishes
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.model.visit import Cookie

VISIT_SECONDS = 30.0

_STORE = (
    "for (const [area, entries] of [[localStorage, arguments[0].local], [sessionStorage, arguments[0].session]])"
    " for (const name of Object.keys(entries || {})) area.setItem(name, entries[name]);"
)


class PlainPreparer:
    """See `Preparer`. `go` opens a URL in the view."""

    def __init__(self, wire: Wire, go: Callable[[str, float], None]) -> None:
        self.wire = wire
        self._go = go
        self._has_devtools = True
        self._script: str | None = None
        self._headers = False
        self._blocks = False

    def prepare(self, wishes: Wishes) -> list[str]:
        if wishes.basic_auth is not None:
            raise CaptureError(
                f"`basicAuth` for {wishes.url}: this browser cannot be given a password.",
                hint="Use `cookies` or `sessionState`.",
            )
        notes = [*self._send_headers(wishes), *self._block(wishes)]
        early = self._preload(wishes)
        if wishes.frozen is not None and not early:
            notes.append("This browser runs nothing before the page's scripts: clock and Math.random were not frozen.")
        storage = {} if early else wishes.storage
        own = storage.get(wishes.origin)
        if wishes.cookies or own:
            self._go(wishes.url, VISIT_SECONDS)
            notes += [note for cookie in wishes.cookies if (note := self._set_cookie(cookie, wishes.host))]
            if own:
                self.wire.script(_STORE, own)
        others = [origin for origin in storage if origin != wishes.origin]
        if others:
            notes.append(f"Local storage of {', '.join(others)} was not set: only the page's own origin is reached.")
        return notes

    def cookies(self) -> list[Cookie]:
        told = self.wire.call("Asking for the cookies", self.wire.driver.get_cookies)
        return [cookie_of({"expires": cookie.get("expiry", -1), **cookie}) for cookie in told]

    def _devtools(self, method: str, **parameters: Any) -> Any:
        """Send a DevTools command; None where the driver hands none on."""
        if not self._has_devtools:
            return None
        try:
            return self.wire.cdp(method, **parameters)
        except SessionLost:
            raise
        except CaptureError:
            self._has_devtools = False
            return None

    def _preload(self, wishes: Wishes) -> bool:
        """Have storage and freezing there before the page's scripts; whether that could be done."""
        if self._script is not None:
            self._devtools("Page.removeScriptToEvaluateOnNewDocument", identifier=self._script)
            self._script = None
        if wishes.preload:
            made = self._devtools("Page.addScriptToEvaluateOnNewDocument", source=wishes.preload)
            self._script = str(made["identifier"]) if made else None
        return self._script is not None

    def _send_headers(self, wishes: Wishes) -> list[str]:
        if not (wishes.headers or self._headers):
            return []
        done = self._devtools("Network.enable") is not None
        done = done and self._devtools("Network.setExtraHTTPHeaders", headers=dict(wishes.headers)) is not None
        self._headers = done and bool(wishes.headers)
        if not wishes.headers:
            return []
        how = "went to every host that the page asked, not to its own only" if done else "could not be sent"
        return [f"Extra headers {how}: that is all this browser's driver can do."]

    def _block(self, wishes: Wishes) -> list[str]:
        if not (wishes.blocked or self._blocks):
            return []
        urls = [url for pattern in wishes.blocked for url in block_patterns(pattern)]
        done = self._devtools("Network.enable") is not None
        done = done and self._devtools("Network.setBlockedURLs", urls=urls) is not None
        self._blocks = done and bool(urls)
        return [] if done or not urls else ["This browser cannot be told to block hosts: they were asked."]

    def _set_cookie(self, cookie: Cookie, host: str) -> str:
        """Set a cookie of the page that is open; why not, or empty."""
        told: dict[str, Any] = {
            "name": cookie.name,
            "value": cookie.value,
            "path": cookie.path,
            "secure": cookie.secure,
            "httpOnly": cookie.http_only,
        }
        told |= {"domain": cookie.domain} if cookie.domain != host else {}  # some refuse a host that is an address
        told |= {"sameSite": cookie.same_site} if cookie.same_site else {}
        told |= {"expiry": int(cookie.expires)} if cookie.expires else {}
        try:
            self.wire.call("Setting a cookie", partial(self.wire.driver.add_cookie, told))
        except SessionLost:
            raise
        except CaptureError as error:
            return f"The cookie {cookie.name} could not be set: {error.message}"
        return ""
