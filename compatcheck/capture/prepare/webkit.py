"""Making WebKitGTK ready for a page: the window's own process does it (`webkit_host.py`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from compatcheck.capture.prepare.state import cookie_fields, cookie_of
from compatcheck.capture.prepare.wishes import Wishes, host_regex, is_host_pattern, leave_nothing, url_regex
from compatcheck.capture.wire import Wire, script_text
from compatcheck.model.visit import Cookie


class WebKitPreparer:
    """See `Preparer`. `ask` sends the window a wish."""

    def __init__(self, wire: Wire, ask: Callable[..., dict[str, Any]]) -> None:
        self.wire = wire
        self._ask = ask

    def cookies(self) -> list[Cookie]:
        return [cookie_of(told) for told in self._ask(do="cookies")["cookies"]]

    def prepare(self, wishes: Wishes) -> list[str]:
        leave_nothing(self.wire)
        auth = wishes.basic_auth
        rules = [
            {
                "action": {"type": "block"},
                "trigger": {"url-filter": host_regex(pattern) if is_host_pattern(pattern) else url_regex(pattern)},
            }
            for pattern in wishes.blocked
        ]
        self._ask(
            do="prepare",
            cookies=[cookie_fields(cookie) for cookie in wishes.cookies],
            script=f"({script_text('scripts/console.js')})();{wishes.preload}",
            auth=None if auth is None else {"username": auth.username, "password": auth.password, "host": wishes.host},
            headers=dict(wishes.headers),
            rules=rules,
        )
        return ["WebKitGTK sends extra headers with the document only."] if wishes.headers else []
