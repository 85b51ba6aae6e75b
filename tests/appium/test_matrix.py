"""Webviews, phones and plain browsers in one matrix, through the whole pipeline."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest

from compatcheck.geometry import Size
from compatcheck.model.matrix import Device, Matrix, Page, Screen
from compatcheck.model.run import OutcomeReady
from compatcheck.pipeline import Check
from compatcheck.plan import make_plan
from compatcheck.runfolder import RunFolder
from tests.appium import parts

pytestmark = pytest.mark.appium

PHONE = Screen(Size(412, 560), 2.625, is_mobile=True, has_touch=True)


def test_one_matrix(
    appium: str, adb: parts.Adb, qt: parts.QtShop, site: str, tmp_path: Path, nothing_left: None
) -> None:
    """The same page in a desktop browser, in Chromium and Firefox through Appium, in webviews of three apps: all are looked at and judged."""
    common = {"driver": "appium", "server": appium, "readiness": "fast"}
    gtk_folder = tmp_path / "gtk"
    gtk_folder.mkdir()
    with (
        parts.android_phone(adb, 2) as (phone, _),
        parts.chromedriver_server(tmp_path / "chromedriver.log") as chromedriver,
        contextlib.closing(parts.QtShop(2.625)) as second,
        parts.gtk_shop(gtk_folder, 1, "412x660") as (webkit, launcher, _),
    ):
        qt_remote = {"browserName": "chrome", "goog:chromeOptions": {"debuggerAddress": f"127.0.0.1:{second.debug}"}}
        gtk = {"browserName": "shop-app", "webkitgtk:browserOptions": {"binary": launcher, "args": []}}
        devices = (
            Device("desktop", "chromium", Screen(Size(800, 600)), readiness="fast"),
            Device("appium-chromium", "chromium", PHONE, capabilities=parts.chromium_capabilities(), **common),
            Device(
                "appium-firefox",
                "firefox",
                Screen(Size(600, 500)),
                capabilities={"platformName": "linux", "browserName": "firefox", "appium:automationName": "Gecko"},
                **common,
            ),
            Device("qt-app-appium", "chromium", PHONE, capabilities=parts.qt_capabilities(qt), **common),
            parts.android_device(appium, adb, phone),
            Device("qt-app-selenium", "chromium", PHONE, driver="remote", server=chromedriver, capabilities=qt_remote),
            Device("gtk-app", "webkit", Screen(Size(412, 560)), driver="remote", server=webkit, capabilities=gtk),
        )
        matrix = Matrix(devices, dict.fromkeys(("desktop", "tablet", "phone"), "desktop"), metrics=("psnr",))
        plan = make_plan(matrix, (Page("shop", site),))
        folder = RunFolder.create(tmp_path / "reports")
        told = {
            event.outcome.device.id: event.outcome
            for event in Check(matrix, plan, folder, jobs=2).events()
            if isinstance(event, OutcomeReady)
        }
    verdicts = {name: f"{outcome.verdict.name} {outcome.verdict.reason}" for name, outcome in told.items()}
    assert set(told) == {device.id for device in devices}
    assert not [words for words in verdicts.values() if words.startswith(("failed", "invalid"))], json.dumps(
        verdicts, indent=1
    )
    agents = {name: outcome.facts.user_agent for name, outcome in told.items() if outcome.facts is not None}
    assert all("QtWebEngine" in agents[name] for name in ("qt-app-appium", "qt-app-selenium", "pixel-app"))
    facts = told["pixel-app"].facts
    assert facts is not None
    assert facts.extra["view"]["context"] == "WEBVIEW_com.example.shop"
    assert facts.extra["phone"]["systemVersion"] == "14"
    # The same engine in an app and in a window of the same size: the twin and the app must agree.
    assert told["appium-chromium"].verdict.name == "match", verdicts
