"""Making Firefox ready for a page, by WebDriver BiDi."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from compatcheck.capture.prepare.wishes import Wishes, blocker, leave_nothing, origin_of
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError
from compatcheck.model.visit import Cookie, SameSite

_SAME_SITE: dict[str, SameSite] = {"strict": "Strict", "lax": "Lax", "none": "None"}


class _Event:
    """An event by its BiDi name, in the form that Selenium's connection wants."""

    def __init__(self, name: str) -> None:
        self.event_class = name

    def from_json(self, parameters: dict[str, Any]) -> dict[str, Any]:
        return parameters


class FirefoxPreparer:
    """See `Preparer`."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self._script: tuple[str, str] | None = None  # its text and its name
        self._intercept: str | None = None
        self._listening = False
        self._wishes = Wishes("")
        self._blocks: Callable[[str], bool] = blocker(())
        self._asked: set[str] = set()

    def prepare(self, wishes: Wishes) -> list[str]:
        bidi = self.wire.bidi
        leave_nothing(self.wire)
        bidi("storage.deleteCookies")
        self._preload(wishes.preload)
        for cookie in wishes.cookies:
            bidi("storage.setCookie", cookie=_cookie(cookie))
        if self._intercept is not None:
            bidi("network.removeIntercept", intercept=self._intercept)
            self._intercept = None
        self._wishes, self._blocks, self._asked = wishes, blocker(wishes.blocked), set()
        if wishes.headers or wishes.basic_auth or wishes.blocked:
            self._listen(wishes)
        return []

    def _preload(self, text: str) -> None:
        if self._script is not None:
            if self._script[0] == text:
                return
            self.wire.bidi("script.removePreloadScript", script=self._script[1])
            self._script = None
        made = self.wire.bidi("script.addPreloadScript", functionDeclaration=f"() => {{ {text} }}")
        self._script = text, str(made["script"])

    def cookies(self) -> list[Cookie]:
        return [
            Cookie(
                name=told["name"],
                value=_text(told["value"]),
                domain=told["domain"],
                path=told["path"],
                secure=told["secure"],
                http_only=told["httpOnly"],
                same_site=_SAME_SITE.get(told["sameSite"]),
                expires=told.get("expiry"),
            )
            for told in self.wire.bidi("storage.getCookies")["cookies"]
        ]

    def _listen(self, wishes: Wishes) -> None:
        if not self._listening:
            connection = self.wire.bidi_connection()
            connection.add_callback(_Event("network.beforeRequestSent"), self._on_request)
            connection.add_callback(_Event("network.authRequired"), self._on_auth)
            self.wire.bidi("session.subscribe", events=["network.beforeRequestSent", "network.authRequired"])
            self._listening = True
        phases = (["beforeRequestSent"] if wishes.headers or wishes.blocked else []) + (
            ["authRequired"] if wishes.basic_auth else []
        )
        parameters: dict[str, Any] = {"phases": phases}
        if not wishes.blocked:  # then only the page's own host needs to be held up
            parts = urlsplit(wishes.url)
            own = {"type": "pattern", "protocol": parts.scheme, "hostname": parts.hostname or ""}
            parameters["urlPatterns"] = [own]
        self._intercept = str(self.wire.bidi("network.addIntercept", **parameters)["intercept"])

    def _answer(self, method: str, **parameters: Any) -> None:
        with suppress(CaptureError):  # a request that was given up meanwhile
            self.wire.bidi(method, **parameters)

    def _on_request(self, event: Mapping[str, Any]) -> None:
        if not event.get("isBlocked"):
            return
        request, wishes = event["request"], self._wishes
        if self._blocks(str(request["url"])):
            self._answer("network.failRequest", request=request["request"])
            return
        parameters: dict[str, Any] = {"request": request["request"]}
        if wishes.headers and origin_of(str(request["url"])) == wishes.origin:
            own = {name.lower() for name in wishes.headers}
            kept = [header for header in request["headers"] if str(header["name"]).lower() not in own]
            added = [
                {"name": name, "value": {"type": "string", "value": value}} for name, value in wishes.headers.items()
            ]
            parameters["headers"] = [*kept, *added]
        self._answer("network.continueRequest", **parameters)

    def _on_auth(self, event: Mapping[str, Any]) -> None:
        if not event.get("isBlocked"):
            return
        name, auth = str(event["request"]["request"]), self._wishes.basic_auth
        own = origin_of(str(event["request"]["url"])) == self._wishes.origin
        if auth is None or not own or name in self._asked:  # a server that refuses the password asks again
            self._answer("network.continueWithAuth", request=name, action="cancel")
            return
        self._asked.add(name)
        credentials = {"type": "password", "username": auth.username, "password": auth.password}
        self._answer("network.continueWithAuth", request=name, action="provideCredentials", credentials=credentials)


def _cookie(cookie: Cookie) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": cookie.name,
        "value": _bytes(cookie.value),
        "domain": cookie.domain,
        "path": cookie.path,
        "secure": cookie.secure,
        "httpOnly": cookie.http_only,
        "sameSite": cookie.same_site.lower() if cookie.same_site else None,
        "expiry": None if cookie.expires is None else int(cookie.expires),
    }
    return {name: value for name, value in told.items() if value is not None}


def _text(value: Mapping[str, str]) -> str:
    text = value["value"]
    return text if value["type"] == "string" else base64.b64decode(text).decode("utf-8", "replace")


def _bytes(text: str) -> dict[str, str]:
    if text.isascii():
        return {"type": "string", "value": text}
    return {"type": "base64", "value": base64.b64encode(text.encode()).decode()}
