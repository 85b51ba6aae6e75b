"""Browsers that stay open over the tests, and a server for the pages of trouble."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import cv2
import numpy as np
import pytest

from compatcheck.capture.find import browser_report
from compatcheck.capture.local import LocalSelenium, SeleniumSession
from compatcheck.geometry import Size
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Page, Readiness, Screen
from compatcheck.model.plan import Shot

PAGES = Path(__file__).parent.parent / "pages"
KINDS = {
    ".css": "text/css",
    ".gif": "image/gif",
    ".png": "image/png",
    ".webp": "image/webp",
    ".webm": "video/webm",
    ".ttf": "font/ttf",
    ".json": "application/json",
}
ENGINES = ("chromium", "firefox", "webkit")
DESKTOP = Screen(Size(800, 600))
PHONE = Screen(Size(390, 844), 2.625, is_mobile=True, has_touch=True)


class Handler(BaseHTTPRequestHandler):
    """The pages' server: files, and answers that are late, wrong or never come."""

    protocol_version = "HTTP/1.1"
    over = threading.Event()
    asked: list[str]

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if query.startswith("wait="):
            time.sleep(float(query.removeprefix("wait=")))
        if path == "/slow.png":
            time.sleep(0.4)
            self._send(cv2.imencode(".png", np.full((100, 100, 3), (255, 0, 255), np.uint8))[1].tobytes(), "image/png")
        elif path.startswith("/solid/"):
            blue, green, red = reversed(bytes.fromhex(path[7:13]))
            self._send(
                cv2.imencode(".png", np.full((30, 30, 3), (blue, green, red), np.uint8))[1].tobytes(), "image/png"
            )
        elif path in {"/moved", "/moved/again"}:
            status, there = (302, "/moved/again") if path == "/moved" else (301, "/facts.html")
            self._send(b"", status=status, location=there)
        elif path == "/picture":
            self._send((PAGES / "frames.gif").read_bytes(), "image/gif")
        elif path in {"/never.png", "/silent"}:
            self.over.wait(60)
        elif path == "/stream":
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            text = b"<!doctype html><title>stream</title><p style='background:red'>" + b"first words " * 200
            self.wfile.write(b"%x\r\n%s\r\n" % (len(text), text))
            self.wfile.flush()
            self.over.wait(60)
        elif path.startswith("/status/"):
            self._send(b"<!doctype html><h1>An error page with a picture of its own</h1>", status=int(path[8:]))
        elif path == "/agent":
            text = f"<!doctype html><p>{self.headers['User-Agent']}|{self.headers['Accept-Language']}"
            self._send(text.encode())
        elif (PAGES / path[1:]).is_file():
            self._send((PAGES / path[1:]).read_bytes(), KINDS.get(Path(path).suffix, "text/html; charset=utf-8"))
        else:
            self._send(b"not found", status=404)

    def _send(self, body: bytes, kind: str = "text/html; charset=utf-8", status: int = 200, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # the browser hung up on an answer that never came
            super().handle()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the pages' server, without a slash at its end."""
    Handler.over.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    Handler.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=ENGINES, scope="session")
def engine(request: pytest.FixtureRequest) -> str:
    """Each engine in turn; skipped, with what to install, where its browser is not there."""
    name: str = request.param
    (report,) = browser_report([name])
    if not report.ready:
        pytest.skip(" ".join(f"{part.what} is missing: {part.how_to_install}" for part in report.missing))
    return name


def device(browser: str, screen: Screen = DESKTOP, **more: object) -> Device:
    """A device of the tests; its time-out is short."""
    return Device(
        **{"id": f"{browser}-{screen.viewport.width:.0f}", "browser": browser, "screen": screen, "timeout": 20.0} | more
    )  # type: ignore[arg-type]


Looker = Callable[..., Capture]


@pytest.fixture(scope="session")
def look(site: str) -> Iterator[Looker]:
    """`look(engine, "hero.html", screen=PHONE)`: a capture, in a session that is kept for the next test."""
    sessions: dict[tuple[str, Screen], SeleniumSession] = {}
    with ExitStack() as stack:

        def take(
            browser: str,
            path: str,
            *,
            screen: Screen = DESKTOP,
            readiness: Readiness = "balanced",
            timeout: float = 20,
            **page: object,
        ) -> Capture:
            key = (browser, screen)
            of = device(browser, screen, timeout=timeout)
            if key not in sessions:
                sessions[key] = stack.enter_context(LocalSelenium().open(of))
            url = path if "://" in path else f"{site}/{path}"
            page = {"id": "page", "url": url, "readiness": readiness} | page
            return sessions[key].look(Shot(of, Page(**page)))  # type: ignore[arg-type]

        take.sessions = sessions  # type: ignore[attr-defined]
        yield take


@pytest.fixture
def script(look: Looker) -> Callable[..., object]:
    """`script(engine, "return 1", screen=…)`: a script in the page that was looked at last."""

    def run(browser: str, text: str, screen: Screen = DESKTOP) -> object:
        return look.sessions[(browser, screen)].eyes.wire.script(text)  # type: ignore[attr-defined]

    return run
