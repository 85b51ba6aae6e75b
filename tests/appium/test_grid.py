"""A real Selenium Grid, and what it says when it has no place or no such browser; clouds against a double of their hooks."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from compatcheck.capture.find import Found, find
from compatcheck.capture.remote import RemoteSelenium
from compatcheck.capture.session import capture_shots
from compatcheck.geometry import Size
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Screen
from compatcheck.model.run import CaptureFailed
from tests.appium import parts

pytestmark = pytest.mark.appium

PHONE = Screen(Size(390, 844), 2.625, is_mobile=True, has_touch=True)


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder: Path = tmp_path_factory.mktemp("grid")
    chromium = find("chromium")
    assert isinstance(chromium, Found)
    stereotype = {"browserName": "chrome", "goog:chromeOptions": {"binary": chromium.path}}
    with parts.leased_ports(["port"]) as ports:
        (folder / "grid.toml").write_text(
            f"""
[server]
host = "127.0.0.1"
port = {ports["port"]}
[node]
detect-drivers = false
max-sessions = 1
override-max-sessions = true
[[node.driver-configuration]]
display-name = "Chromium"
webdriver-executable = {json.dumps(parts.chromedriver())}
max-sessions = 1
stereotype = {json.dumps(json.dumps(stereotype))}
[sessionqueue]
session-request-timeout = 4
[distributor]
reject-unsupported-caps = true
"""
        )
        jar = next(parts.GRID.parent.rglob("*.jar"))
        command = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(jar), "standalone"]
        command += ["--config", str(folder / "grid.toml")]
        url = f"http://127.0.0.1:{ports['port']}"
        with parts.process(command, f"{url}/status", folder / "grid.log"):
            yield url


def device(grid: str, name: str = "chrome") -> Device:
    return Device(
        "grid", "chromium", PHONE, driver="remote", server=grid, capabilities={"browserName": name}, readiness="fast"
    )


def slots(grid: str) -> int:
    with urllib.request.urlopen(f"{grid}/status", timeout=5) as answer:
        nodes = json.loads(answer.read())["value"]["nodes"]
    return sum(slot["session"] is not None for node in nodes for slot in node["slots"])


def test_through_a_grid(grid: str, site: str) -> None:
    """The device's exact screen by DevTools through the Grid, a link to the session, and a free slot afterwards."""
    of = device(grid)
    with RemoteSelenium().open(of) as session:
        capture = session.look(parts.shot(of, site))
        assert slots(grid) == 1
        (full,) = capture_shots(device(grid), [parts.shot(device(grid), site)], retries=0)
        assert isinstance(full, CaptureFailed)
        assert "no place was free on the server" in full.message
    assert not capture.invalid
    assert capture.facts.viewport == PHONE.viewport
    assert capture.facts.device_scale_factor == 2.625
    assert capture.facts.extra["remote"]["provider"] == "Selenium Grid"
    assert capture.facts.extra["remote"]["link"].startswith(f"{grid}/ui/#/session/")
    deadline = time.monotonic() + 10
    while slots(grid) and time.monotonic() < deadline:  # the Grid gives a slot back a moment later
        time.sleep(0.1)
    assert slots(grid) == 0


def test_browser_that_the_grid_has_not(grid: str, site: str) -> None:
    unknown = Device("opera", "safari", PHONE, driver="remote", server=grid, capabilities={"browserName": "opera"})
    (result,) = capture_shots(unknown, [parts.shot(unknown, site)], retries=0)
    assert isinstance(result, CaptureFailed)
    assert "no node of the Grid offers such a browser" in result.message
    assert "\n" not in result.message


class Cloud:
    """A server that hands everything on to ChromeDriver, but catches the scripts that a provider's server catches."""

    def __init__(self, driver: str) -> None:
        self.told: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.authorisation = ""
        cloud = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0) or 0))
                cloud.authorisation = self.headers.get("Authorization", "")
                data = json.loads(body or b"{}")
                script = data.get("script", "")
                if self.path.endswith("/session") and self.command == "POST":
                    cloud.asked.append(json.loads(body)["capabilities"])
                    first = data["capabilities"]["firstMatch"][0]
                    for vendor in ("bstack:options", "sauce:options", "LT:Options"):
                        first.pop(vendor, None)
                        data["capabilities"].get("alwaysMatch", {}).pop(vendor, None)
                    body = json.dumps(data).encode()
                if script.startswith(("browserstack_executor", "sauce:", "lambda-")) or any(
                    word in script for word in ("browserstack_executor:", "sauce:job", "sauce:context", "lambda-")
                ):
                    cloud.told.append(script)
                    details = json.dumps({"browser_url": "https://automate.example/sessions/7"})
                    self._send(200, json.dumps({"value": details}).encode())
                    return
                request = urllib.request.Request(driver + self.path, body or None, method=self.command)
                request.add_header("Content-Type", "application/json")
                try:
                    with urllib.request.urlopen(request, timeout=60) as answer:
                        self._send(answer.status, answer.read())
                except urllib.error.HTTPError as error:
                    self._send(error.code, error.read())

            def _send(self, status: int, data: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                self._pass()

            def do_POST(self) -> None:
                self._pass()

            def do_DELETE(self) -> None:
                self._pass()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.mark.parametrize(
    ("vendor", "block", "words"),
    [
        ("bstack:options", {"os": "Windows"}, ("setSessionName", "setSessionStatus", '"passed"')),
        (
            "sauce:options",
            {"screenResolution": "1280x960"},
            ("sauce:job-name=cloud", "sauce:job-build=b7", "sauce:job-result=passed"),
        ),
        ("LT:Options", {"platform": "Windows 11"}, ("lambda-name=cloud", "lambda-build=b7", "lambda-status=passed")),
    ],
)
def test_hooks_of_the_clouds(
    vendor: str,
    block: dict[str, Any],
    words: tuple[str, ...],
    site: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Against a double of the hooks: name, build and outcome are sent, the link is kept, the key travels in the header only."""
    monkeypatch.setenv("COMPATCHECK_BUILD", "b7")
    with parts.chromedriver_server(tmp_path / "driver.log") as driver:
        cloud = Cloud(driver)
        try:
            server = f"http://user:secret@127.0.0.1:{cloud.port}"
            capabilities = {"browserName": "chrome", vendor: block}
            of = Device(
                "cloud", "chromium", PHONE, driver="remote", server=server, capabilities=capabilities, readiness="fast"
            )
            (capture,) = capture_shots(of, [parts.shot(of, site)], retries=0)
        finally:
            cloud.close()
    assert isinstance(capture, Capture), capture
    told = "\n".join(cloud.told)
    assert all(word in told for word in words), told
    asked = json.dumps(cloud.asked)
    assert next(iter(block)) in asked
    assert "b7" in asked
    assert cloud.authorisation.startswith("Basic ")
    assert "secret" not in repr(capture.facts)
    link = capture.facts.extra["remote"]["link"]
    assert link.startswith("https://")


def test_hooks_through_appium(appium: str, qt: parts.QtShop, site: str, nothing_left: None) -> None:
    """A cloud's phones are reached by `driver: appium`, and told the same."""
    cloud = Cloud(appium)
    try:
        capabilities = {**parts.qt_capabilities(qt), "bstack:options": {"deviceName": "Galaxy S23"}}
        of = Device(
            "cloud-app",
            "chromium",
            Screen(Size(412, 560), 2.625, is_mobile=True, has_touch=True),
            driver="appium",
            server=f"http://user:secret@127.0.0.1:{cloud.port}",
            capabilities=capabilities,
            readiness="fast",
        )
        (capture,) = capture_shots(of, [parts.shot(of, site)], retries=0)
    finally:
        cloud.close()
    assert isinstance(capture, Capture), capture
    told = "\n".join(cloud.told)
    assert all(word in told for word in ("setSessionName", "cloud-app", "setSessionStatus", '"passed"')), told
    assert capture.facts.extra["remote"]["provider"] == "BrowserStack"
    assert capture.facts.extra["remote"]["link"] == "https://automate.example/sessions/7"
    assert "secret" not in repr(capture.facts)
