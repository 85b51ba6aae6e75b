"""Whole runs in which something dies: the others finish, the report says what happened, and no session is left open."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from compatcheck.cli.execution import execute
from compatcheck.geometry import Size
from compatcheck.model.matrix import Device, Matrix, Page, Screen
from compatcheck.plan import make_plan
from tests.appium import parts

pytestmark = pytest.mark.appium


def test_a_killed_app_a_killed_server_and_a_phone_offline(
    appium: str, adb: parts.Adb, site: str, tmp_path: Path, nothing_left: None
) -> None:
    """Each dies while its device looks; every session was opened on a server that is asked afterwards."""
    seen: list[str] = []
    with (
        parts.android_phone(adb, 1) as (first, shop),
        parts.android_phone(adb, 1) as (second, _),
        parts.appium_server(tmp_path / "second.log") as doomed,
    ):
        fatal = {"killed-app": shop.close, "phone-offline": second.device.close, "dead-server": lambda: _kill(doomed)}
        impatient: dict[str, Any] = {
            "options": {"webview": {"context": "com.example.shop", "timeout": 3}},
            "timeout": 15,
        }
        chromium = {"driver": "appium", "capabilities": parts.chromium_capabilities(), "readiness": "fast"}
        devices = (
            Device("desktop", "chromium", Screen(Size(412, 560)), readiness="fast"),
            parts.android_device(appium, adb, first, 1, id="killed-app", **impatient),
            parts.android_device(appium, adb, second, 1, id="phone-offline", **impatient),
            Device("dead-server", "chromium", Screen(Size(412, 560)), server=doomed, **chromium),
            Device("appium-chromium", "chromium", Screen(Size(412, 560)), server=appium, **chromium),
        )
        matrix = Matrix(devices, dict.fromkeys(("desktop", "tablet", "phone"), "desktop"), metrics=())
        # The second page is where they die: it is asked for by their user agents and ports, which nobody else has.
        plan = make_plan(matrix, (Page("first", site), Page("second", f"{site}?second")))
        watchers = [
            threading.Thread(target=_kill_in_mid_run, args=(tmp_path, name, kill, seen)) for name, kill in fatal.items()
        ]
        for watcher in watchers:
            watcher.start()
        code = execute(matrix, plan, tmp_path / "reports", jobs=2, quiet=True)
        for watcher in watchers:
            watcher.join(timeout=10)
    assert sorted(seen) == sorted(fatal)
    assert code == 3
    results = json.loads((tmp_path / "reports/latest/results.json").read_text())
    outcomes = {(outcome["device"]["id"], outcome["page"]["id"]): outcome for outcome in results["outcomes"]}
    assert len(outcomes) == 2 * len(devices)
    for device in devices:
        second_look = outcomes[device.id, "second"]
        if device.id not in fatal:
            assert {outcomes[device.id, page]["verdict"] for page in ("first", "second")} == {"match"}
            continue
        assert second_look["verdict"] == "failed", device.id
        assert second_look["reason"].startswith(f"Device {device.id}: "), second_look["reason"]
        assert "\n" not in second_look["reason"]
        assert outcomes[device.id, "first"]["verdict"] != "failed"
    report = (tmp_path / "reports/latest/index.html").read_text()
    assert all(f"Device {name}: " in report for name in fatal)


def _kill_in_mid_run(folder: Path, name: str, kill: Callable[[], object], seen: list[str]) -> None:
    """Wait until the device's first look is in the run folder, which is when its second begins; then kill."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if list(folder.glob(f"reports/*/captures/first/{name}.json")):
            seen.append(name)
            kill()
            return
        time.sleep(0.02)


def _kill(server: str) -> None:
    """Kill the Appium server that listens there, which can end nothing any more, and then what it has left behind."""
    port = server.rpartition(":")[2]
    (process,) = [
        each
        for each in psutil.process_iter(["cmdline"])
        if port in (each.info["cmdline"] or []) and "server" in each.info["cmdline"]
    ]
    orphans = process.children(recursive=True)
    os.kill(process.pid, signal.SIGKILL)
    for orphan in orphans:
        orphan.kill()
