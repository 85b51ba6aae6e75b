"""Serves the demo site on the loopback address, for as long as a `with` block lasts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

from compatcheck.errors import UsageError
from compatcheck.model.matrix import Page

HOST = "127.0.0.1"
SITE = Path(__file__).parent / "site"
"""The folder of the demo site, for those who want to serve it themselves."""

PAGES = {"home": "", "teas": "teas.html", "guide": "guide.html", "order": "order.html", "sale": "sale.html"}
"""The demo's pages: id and path under the base URL. `sale` is the one with planted defects."""

NOT_FOUND = (
    b"<!DOCTYPE html><html lang=en><title>Not found</title><p>The demo shop has no such page. <a href=/>Home</a>"
)


class _Handler(SimpleHTTPRequestHandler):
    """Files of the site and nothing else: no listings, no log, the same types on every machine."""

    protocol_version = "HTTP/1.1"
    server_version = "compatcheck-demo"
    sys_version = ""
    timeout = 10  # seconds that an idle connection is kept; browsers open more of them than they use
    # Complete, so that the machine's own mime.types has no say.
    extensions_map = {  # noqa: RUF012 - the base class declares it as an instance attribute
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".svg": "image/svg+xml",
        ".png": "image/png",
        ".jpg": "image/jpeg",
        ".webp": "image/webp",
        "": "application/octet-stream",
    }

    def list_directory(self, path: Any) -> BytesIO | None:  # noqa: ARG002 - the base class's signature
        self.send_error(HTTPStatus.NOT_FOUND)
        return None

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002 - the base class's signature
        """Answer with a short page of ours, whatever was wrong."""
        body = NOT_FOUND if code == HTTPStatus.NOT_FOUND else f"{int(code)} {HTTPStatus(code).phrase}\n".encode()
        kind = "text/html; charset=utf-8" if code == HTTPStatus.NOT_FOUND else "text/plain; charset=utf-8"
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the run's own lines are what the user reads."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that hangs up halfway is no news; anything else is told as usual."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


@contextmanager
def serve(port: int = 0) -> Iterator[str]:
    """Serve the demo site while the block runs, and give its base URL, such as `http://127.0.0.1:40123/`.

    `port` 0 takes any free one. Only this machine can reach it. The server is stopped and its port free again when the
    block ends, however it ends.

    Raises UsageError when the port is taken or may not be used.
    """
    try:
        server = _Server((HOST, port), lambda *args: _Handler(*args, directory=str(SITE)))
    except (OSError, OverflowError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(
            f"The demo site cannot be served on {HOST}:{port}: {reason}.", hint="Leave the port out to take a free one."
        ) from error
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="demo-site", daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def demo_pages(base: str) -> tuple[Page, ...]:
    """The demo's five pages under a base URL that ends in a slash."""
    return tuple(Page(id=name, url=base + path) for name, path in PAGES.items())


def demo_matrix() -> Path:
    """Where the packaged matrix of the demo lies: three engines at desktop and phone sizes."""
    return Path(__file__).parent / "devices.yaml"
