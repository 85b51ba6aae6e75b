"""A run in which devices die half-way: the others finish, the report says what happened, and every session is ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from compatcheck.capture import DRIVERS
from compatcheck.capture.appium.failures import explain_loss
from compatcheck.capture.fake import FakeDriver, stacked
from compatcheck.cli.app import run_app
from compatcheck.errors import SessionLost
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device
from compatcheck.model.plan import Shot

DEATHS = {
    "killed-app": (
        "Taking the picture failed: not connected to DevTools",
        "the webview closed while the page was looked at",
    ),
    "dead-server": (
        "Taking the picture lost the connection to the browser (ProtocolError).",
        "the server at the other end died or was stopped",
    ),
    "offline": ("Listing the contexts failed: error: device '127.0.0.1:5555' not found", "went offline"),
}
"""What Appium and its drivers say, and what the report is to say of it."""


class MortalDriver(FakeDriver):
    """Appium's devices, drawn; those of DEATHS die at their second page, at every try."""

    def __init__(self) -> None:
        super().__init__(stacked("Header", "Hello there"))
        self.opened = self.ended = 0

    @contextmanager
    def open(self, device: Device) -> Iterator[Any]:
        self.opened += 1
        try:
            with super().open(device) as session:

                def look(shot: Shot) -> Capture:
                    if device.id in DEATHS and shot.page.id == "second":
                        raise explain_loss(device, SessionLost(DEATHS[device.id][0]))
                    return session.look(shot)

                yield SimpleNamespace(look=look)
        finally:
            self.ended += 1


def test_devices_that_die_in_mid_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    driver = MortalDriver()
    monkeypatch.setitem(DRIVERS, "selenium", lambda: FakeDriver(stacked("Header", "Hello there")))
    monkeypatch.setitem(DRIVERS, "appium", lambda: driver)
    monkeypatch.chdir(tmp_path)
    phones = "\n".join(
        f"  - {{id: {name}, browser: chromium, driver: appium, server: auto, viewport: {{width: 400, height: 600}}, "
        'capabilities: {platformName: Android, "appium:automationName": UiAutomator2}}'
        for name in (*DEATHS, "living")
    )
    (tmp_path / "devices.yaml").write_text(
        f"""version: 1
reference: desktop
metrics: []
devices:
  - {{id: desktop, browser: chromium, viewport: {{width: 400, height: 600}}}}
{phones}
pages: [{{id: first, url: "https://shop.example/1"}}, {{id: second, url: "https://shop.example/2"}}]
"""
    )
    assert run_app(["run"]) == 3
    assert "Traceback" not in "".join(capsys.readouterr())
    latest = tmp_path / "reports" / "latest"
    results = json.loads((latest / "results.json").read_text())
    outcomes = {(each["device"]["id"], each["page"]["id"]): each for each in results["outcomes"]}
    report, junit = (latest / "index.html").read_text(), (latest / "junit.xml").read_text()
    for (name, page), outcome in outcomes.items():
        dies = name in DEATHS and page == "second"
        assert outcome["verdict"] == ("failed" if dies else "match"), outcome
        if dies:
            assert outcome["reason"].startswith(f"Device {name}: ")
            assert DEATHS[name][1] in outcome["reason"]
            assert DEATHS[name][1] in report
            assert DEATHS[name][1] in junit
    assert len(outcomes) == 10
    assert driver.opened == driver.ended
    assert driver.opened > 4, "a session that dies is opened once more"
