"""What `compatcheck doctor` says about Appium, with programs and a server that are scripts of ours."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from compatcheck.capture.appium.readiness import appium_report
from compatcheck.cli.app import app

DRIVERS = {"uiautomator2": {"version": "8.7.0", "automationName": "UiAutomator2"}}
PHONES = "List of devices attached\nR5CT device model:Pixel_8\nR6 unauthorized\nR7 offline\n"
WEBVIEW = "  Current WebView package (name, version): (com.google.android.webview, 139.0.7258.62)\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with an Appium, an adb with three phones and a ChromeDriver 140; the folder that is its PATH."""
    programs = {
        "appium": f"""[ "$1" = --version ] && echo 3.8.0 || echo '{json.dumps(DRIVERS)}'""",
        "adb": f"""[ "$1" = devices ] && printf '{PHONES}' || printf '{WEBVIEW}'""",
        "chromedriver": "echo ChromeDriver 140.0.7339.207",
    }
    for name, text in programs.items():
        program(tmp_path, name, text)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for name in ("COMPATCHECK_APPIUM", "COMPATCHECK_CHROMEDRIVER", "ANDROID_HOME", "ANDROID_SDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o700)


@pytest.fixture
def server() -> Iterator[str]:
    """An Appium 3.8, as far as `/status` tells."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = self.path == "/status"
            self.send_response(200 if good else 404)
            self.end_headers()
            self.wfile.write(b'{"value": {"ready": true, "build": {"version": "3.8.0"}}}' if good else b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}"
    running.shutdown()
    running.server_close()


def report(server: str | None, *automation: str) -> dict[str, tuple[bool, str, str]]:
    return {
        f"{entry.what} {entry.found}": (entry.ok, entry.found, entry.next)
        for entry in appium_report(server, automation)
    }


def test_everything_on_this_machine(machine: Path) -> None:
    told = [(entry.what, entry.ok, entry.found, entry.next) for entry in appium_report("auto", ["uiautomator2"])]
    assert told[0] == ("Appium", True, "3.8.0", "")
    assert told[1] == ("Appium drivers", True, "uiautomator2 8.7.0", "")
    assert told[2][:2] == ("Android SDK", False)
    assert told[2][3].startswith("export ANDROID_HOME=/")
    assert told[3] == ("Android phone", True, "R5CT Pixel_8 device, webview 139.0.7258.62", "")
    assert told[4] == ("Android phone", False, "R6 unauthorized", "unlock the phone and allow USB debugging")
    assert told[5] == ("Android phone", False, "R7 offline", "adb -s R7 reconnect")
    what, ok, found, advice = told[6]
    assert (what, ok, found) == ("ChromeDriver", False, "140.0.7339.207, and R5CT needs 139")
    assert "chromedriver_autodownload" in advice


def test_a_chromedriver_that_fits(machine: Path) -> None:
    program(machine, "chromedriver", "echo ChromeDriver 139.0.7258.5")
    (entry,) = [entry for entry in appium_report("auto") if entry.what == "ChromeDriver"]
    assert entry.ok
    assert entry.found == "139.0.7258.5: fits webviews of Chrome 139"


def test_a_driver_that_is_not_installed(machine: Path) -> None:
    (entry,) = [entry for entry in appium_report("auto", ["gecko", "xcuitest"]) if entry.what == "Appium drivers"]
    assert not entry.ok
    assert entry.found == "uiautomator2 8.7.0; not gecko, xcuitest"
    assert entry.next == "appium driver install gecko && appium driver install xcuitest"


def test_only_what_is_asked_for(machine: Path) -> None:
    assert [entry.what for entry in appium_report("auto", ["gecko"])] == ["Appium", "Appium drivers"]


def test_nothing_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("COMPATCHECK_APPIUM", "ANDROID_HOME", "ANDROID_SDK_ROOT"):
        monkeypatch.delenv(name, raising=False)
    told = {entry.what: entry for entry in appium_report("auto")}
    assert told["Appium"].next.startswith("npm install --global appium, then appium driver install")
    assert told["Android phones"].next.startswith("apt-get install adb")
    assert not any(entry.ok for name, entry in told.items() if name != "ChromeDriver")


def test_a_server(machine: Path, server: str) -> None:
    first, *others = appium_report(server)
    assert (first.what, first.ok, first.found) == (f"Appium server {server}", True, "3.8.0")
    assert [entry.what for entry in others][:2] == ["Appium drivers", "Android SDK"]


def test_no_server_and_a_wrong_path(machine: Path, server: str) -> None:
    (nobody,) = appium_report("http://user:key@127.0.0.1:9")
    assert not nobody.ok
    assert "key" not in repr(nobody)
    assert nobody.next == "appium server --port 9, or write `server: auto`"
    (wrong,) = appium_report(f"{server}/wd/hub")
    assert wrong.next == f"write `server: {server}`"


def test_doctor_says_it_for_a_matrix(machine: Path, server: str, tmp_path: Path) -> None:
    matrix = tmp_path / "devices.yaml"
    matrix.write_text(
        f"""version: 1
reference: desk
metrics: []
devices:
  - {{id: desk, browser: chromium, driver: folder, folder: {tmp_path}, viewport: {{width: 800, height: 600}}}}
  - id: phone
    driver: appium
    server: {server}
    preset: Pixel 8
    capabilities: {{platformName: Android, browserName: Chrome, "appium:automationName": UiAutomator2}}
"""
    )
    result = CliRunner().invoke(app, ["doctor", str(matrix)])
    assert result.exit_code == 3, result.output
    assert f"✓ Appium server {server}: 3.8.0" in result.output
    assert "✗ Android phone: R7 offline\n    → adb -s R7 reconnect" in result.output
    assert "✗ ChromeDriver: 140.0.7339.207, and R5CT needs 139" in result.output
