"""The HTTP side of `compatcheck review`: who may ask, and how answers are sent."""

from __future__ import annotations

import hmac
import json
import mimetypes
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from compatcheck.errors import CompatcheckError

if TYPE_CHECKING:
    from compatcheck.report.review import ReviewServer

COOKIE = "compatcheck"
TOKEN_HEADER = "X-Compatcheck-Token"
MOST_BYTES = 1_000_000
"""The largest request body that is read."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
_FILES = {".png", ".json", ".xml", ".html", ".md", ".csv"}


class Refused(CompatcheckError):
    """A request that is not answered; `status` says how."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


class ReviewHandler(BaseHTTPRequestHandler):
    """One request; what it may do is decided here, what it does in ReviewServer."""

    protocol_version = "HTTP/1.1"
    server_version = "compatcheck"
    sys_version = ""

    @property
    def review(self) -> ReviewServer:
        return cast("ReviewServer", self.server)

    def do_GET(self) -> None:
        self._guarded(partial(self._get, body=True))

    def do_HEAD(self) -> None:
        self._guarded(partial(self._get, body=False))

    def do_POST(self) -> None:
        self._guarded(self._post)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: the address in the log would carry the token."""

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            self._check_host()
            work()
        except Refused as error:
            self._send(error.status, {"error": error.message})
        except CompatcheckError as error:
            self._send(HTTPStatus.UNPROCESSABLE_ENTITY, {"error": str(error)})

    def _check_host(self) -> None:
        if self.headers.get("Host") != urlsplit(self.review.origin).netloc:
            raise Refused(HTTPStatus.MISDIRECTED_REQUEST, "this server goes by another name")

    def _get(self, *, body: bool) -> None:
        address = urlsplit(self.path)
        given = parse_qs(address.query).get("token", [""])[0]
        if address.path == "/" and given:
            self._check(given)
            self._send(HTTPStatus.SEE_OTHER, "", {"Location": "/", "Set-Cookie": self._cookie()})
            return
        self._check(self._cookie_token())
        if address.path == "/api/waivers":
            self._send(HTTPStatus.OK, self.review.state())
        elif address.path in self.review.pages:
            kind = "text/javascript" if address.path.endswith(".js") else "text/html"
            self._send(HTTPStatus.OK, self.review.pages[address.path], {"Content-Type": f"{kind}; charset=utf-8"}, body)
        else:
            self._send_file(unquote(address.path), body=body)

    def _post(self) -> None:
        self._check(self._cookie_token())
        self._check(self.headers.get(TOKEN_HEADER, ""))
        if self.headers.get("Origin") != self.review.origin:
            raise Refused(HTTPStatus.FORBIDDEN, "requests from other pages are not answered")
        if self.headers.get_content_type() != "application/json":
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send JSON")
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > MOST_BYTES:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"send at most {MOST_BYTES} bytes")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            raise Refused(HTTPStatus.BAD_REQUEST, "this is not JSON") from None
        if not isinstance(body, dict):
            raise Refused(HTTPStatus.BAD_REQUEST, "send an object")
        self._send(HTTPStatus.OK, self.review.answer(urlsplit(self.path).path, body))

    def _send_file(self, path: str, *, body: bool) -> None:
        try:
            file = (self.review.folder / path.lstrip("/")).resolve()
            inside = file.is_relative_to(self.review.folder) and file.suffix in _FILES and file.is_file()
        except (OSError, ValueError):
            inside = False
        if not inside:
            raise Refused(HTTPStatus.NOT_FOUND, "there is no such file")
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        # Files of the run are data: a page opened from among them gets no rights.
        self._send(HTTPStatus.OK, file.read_bytes(), {"Content-Type": kind, "Content-Security-Policy": "sandbox"}, body)

    def _check(self, token: str) -> None:
        if not hmac.compare_digest(token.encode(errors="replace"), self.review.token.encode()):
            raise Refused(HTTPStatus.FORBIDDEN, "open the address that `compatcheck review` printed")

    def _cookie(self) -> str:
        # The port is part of the name: two reviews at once must not sign each other out.
        name = f"{COOKIE}-{self.review.server_address[1]}"
        return f"{name}={self.review.token}; HttpOnly; SameSite=Strict; Path=/"

    def _cookie_token(self) -> str:
        try:
            cookies = SimpleCookie(self.headers.get("Cookie", ""))
        except CookieError:
            return ""
        found = cookies.get(f"{COOKIE}-{self.review.server_address[1]}")
        return found.value if found else ""

    def _send(
        self,
        status: HTTPStatus,
        content: dict[str, Any] | str | bytes,
        headers: dict[str, str] | None = None,
        body: bool = True,
    ) -> None:
        kind = {"Content-Type": "application/json"} if isinstance(content, dict) else {}
        text = json.dumps(content) if isinstance(content, dict) else content
        data = text.encode() if isinstance(text, str) else text
        self.send_response(status)
        for name, value in (_HEADERS | kind | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        if status >= HTTPStatus.BAD_REQUEST:
            # The body of a refused request was not read: the connection cannot be used again.
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if body:
            self.wfile.write(data)
