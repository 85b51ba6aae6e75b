"""One Appium server, one adb server and one site for all tests of this folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from compatcheck.capture.appium.ports import leased_ports
from tests.appium import parts


@pytest.fixture(scope="session", autouse=True)
def _parts_are_here() -> None:
    if not parts.APPIUM.is_file() or find_spec("PySide6") is None:
        pytest.fail("Appium or PySide6-WebEngine is not installed: run `make appium-parts`.", pytrace=False)


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            if self.path == "/hanging":  # accepted, never answered
                over.wait(60)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(parts.PAGE)))
            self.end_headers()
            self.wfile.write(parts.PAGE)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def appium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with parts.appium_server(tmp_path_factory.mktemp("appium") / "appium.log") as url:
        yield url


@pytest.fixture(scope="session")
def adb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[parts.Adb]:
    home: Path = tmp_path_factory.mktemp("adb")
    with leased_ports(["adb"]) as ports:
        server = parts.Adb(ports["adb"], home)
        yield server
        server("kill-server")


@pytest.fixture
def nothing_left(appium: str) -> Iterator[None]:
    """No session is open on the server after the test."""
    yield
    assert parts.open_sessions(appium) == []


@pytest.fixture(scope="module")
def qt() -> Iterator[parts.QtShop]:
    shop = parts.QtShop(2.625)
    yield shop
    shop.close()
