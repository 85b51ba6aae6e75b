"""Making Chromium ready for a page, by the DevTools protocol."""

from __future__ import annotations

import contextlib
from typing import Any

from compatcheck.capture.devtools import address_of
from compatcheck.capture.prepare.fetching import Fetching
from compatcheck.capture.prepare.state import cookie_fields, cookie_of
from compatcheck.capture.prepare.wishes import Wishes, is_host_pattern, leave_nothing
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.model.visit import Cookie

_STORAGE = "local_storage,indexeddb,cache_storage,service_workers"


class ChromiumPreparer:
    """See `Preparer`. `close` ends the line to the browser, when there is one."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._script: tuple[str, str] | None = None  # its text and its name
        self._blocked: list[str] = []
        self._headers = False
        self._fetching: Fetching | None = None

    def prepare(self, wishes: Wishes) -> list[str]:
        cdp = self.wire.cdp
        self.close()
        leave_nothing(self.wire)
        cdp("Network.clearBrowserCookies")
        with contextlib.suppress(CaptureError):  # pages of files and data have no storage
            cdp("Storage.clearDataForOrigin", origin=wishes.origin, storageTypes=_STORAGE)
        self._preload(wishes.preload)
        if wishes.cookies:
            cdp("Network.setCookies", cookies=[_cookie(cookie) for cookie in wishes.cookies])
        blocked = [url for pattern in wishes.blocked for url in block_patterns(pattern)]
        if blocked != self._blocked:
            cdp("Network.enable")
            cdp("Network.setBlockedURLs", urls=blocked)
            self._blocked = blocked
        return self._intercept(wishes)

    def _preload(self, text: str) -> None:
        if self._script is not None:
            if self._script[0] == text:
                return
            self.wire.cdp("Page.removeScriptToEvaluateOnNewDocument", identifier=self._script[1])
            self._script = None
        made = self.wire.cdp("Page.addScriptToEvaluateOnNewDocument", source=text)
        self._script = text, str(made["identifier"])

    def cookies(self) -> list[Cookie]:
        return [cookie_of(told) for told in self.wire.cdp("Network.getAllCookies")["cookies"]]

    def close(self) -> None:
        """End the line to the browser."""
        if self._fetching is not None:
            self._fetching.close()
            self._fetching = None

    def _intercept(self, wishes: Wishes) -> list[str]:
        if self._headers:
            self.wire.cdp("Network.setExtraHTTPHeaders", headers={})
            self._headers = False
        if not (wishes.headers or wishes.basic_auth):
            return []
        try:
            window = str(self.wire.call("Asking for the window", lambda: self.wire.driver.current_window_handle))
            self._fetching = Fetching(address_of(self.wire), window, wishes)
        except SessionLost:
            raise
        except CaptureError:
            return self._without_line(wishes)
        return []

    def _without_line(self, wishes: Wishes) -> list[str]:
        """A browser elsewhere: headers go to every host, and there is no answer to servers that ask for a password."""
        if wishes.basic_auth is not None:
            raise CaptureError(
                f"`basicAuth` for {wishes.url}: this Chromium is elsewhere and cannot be given a password.",
                hint="Use a local device, or `cookies` or `sessionState`.",
            )
        self.wire.cdp("Network.enable")
        self.wire.cdp("Network.setExtraHTTPHeaders", headers=dict(wishes.headers))
        self._headers = True
        return [
            "This Chromium is elsewhere: extra headers went to every host that the page asked, not to its own only."
        ]


def _cookie(cookie: Cookie) -> dict[str, Any]:
    return {name: value for name, value in cookie_fields(cookie).items() if value is not None}


def block_patterns(pattern: str) -> list[str]:
    """A pattern of the matrix in Chromium's form, where `*` stands for anything and the whole URL must fit."""
    if not is_host_pattern(pattern):
        return [pattern if "://" in pattern or pattern.startswith("*") else f"*://{pattern}"]
    host = pattern.removeprefix("*.")
    return [f"*://{name}{end}" for name in (host, f"*.{host}") for end in ("/*", ":*/*")]
