"""What goes wrong: one line each that says what and what to do, the others go on, and no session stays open."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from compatcheck.capture.appium.driver import AppiumDriver
from compatcheck.capture.appium.readiness import appium_report
from compatcheck.capture.session import capture_shots
from compatcheck.errors import CaptureError
from compatcheck.geometry import Size
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Screen
from compatcheck.model.run import CaptureFailed
from tests.appium import parts

pytestmark = pytest.mark.appium

SMALL = Screen(Size(500, 400))


def looked(device: Device, url: str, retries: int = 0) -> Capture | CaptureFailed:
    (result,) = capture_shots(device, [parts.shot(device, url)], retries=retries)
    return result


def failure(device: Device, url: str = "http://127.0.0.1:9/") -> str:
    result = looked(device, url)
    assert isinstance(result, CaptureFailed), "it was looked at"
    words = f"{result.message} {result.hint}"
    assert "\n" not in words
    assert "Traceback" not in words
    return words


def of(server: str, **capabilities: Any) -> Device:
    return Device(
        "phone", "chromium", SMALL, driver="appium", server=server, capabilities=capabilities, readiness="fast"
    )


def test_refusals(appium: str, adb: parts.Adb, tmp_path: Path, nothing_left: None) -> None:
    chromium = parts.chromium_capabilities()
    assert "no Appium server answers" in failure(of("http://127.0.0.1:9", **chromium))
    assert f"Write `server: {appium}`" in failure(of(f"{appium}/wd/hub", **chromium))
    assert "appium driver install" in failure(
        of(appium, **{"platformName": "iOS", "appium:automationName": "XCUITest"})
    )
    assert "udid as appium:udid" in failure(of(appium, udid="1", **chromium))
    assert "needs appium:automationName" in failure(of(appium, platformName="Android"))
    assert "there is no ChromeDriver at /no/driver" in failure(
        of(appium, **{**chromium, "appium:executable": "/no/driver"})
    )
    missing = {
        "platformName": "Fake",
        "appium:automationName": "Fake",
        "appium:deviceName": "F",
        "appium:app": "/no/app.xml",
    }
    assert "the app /no/app.xml is not on" in failure(of(appium, **missing))
    phone = {"platformName": "Android", "appium:automationName": "UiAutomator2", "appium:adbPort": adb.port}
    gone = failure(of(appium, **phone, **{"appium:udid": "nowhere", "appium:adbExecTimeout": 5000}))
    assert "not connected" in gone or "no phone is connected" in gone


def test_no_android_sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK is the server's business; this one has none, and is started and stopped by us (`server: auto`)."""
    monkeypatch.setenv("COMPATCHECK_APPIUM", str(parts.APPIUM))
    monkeypatch.setenv("APPIUM_HOME", str(parts.HERE))
    monkeypatch.delenv("ANDROID_HOME", raising=False)
    monkeypatch.delenv("ANDROID_SDK_ROOT", raising=False)
    phone = {"platformName": "Android", "appium:automationName": "UiAutomator2"}
    assert "does not know where the Android SDK is" in failure(of("auto", **phone))


def test_auto_without_appium(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPATCHECK_APPIUM", "/no/appium")
    assert "Appium at /no/appium (COMPATCHECK_APPIUM) was not found" in failure(
        of("auto", **parts.chromium_capabilities())
    )


def test_webviews(appium: str, adb: parts.Adb, site: str, nothing_left: None) -> None:
    """An old ChromeDriver, a context that never comes, a page that is another, two webviews, one that goes."""
    with parts.android_phone(adb, 2) as (phone, _):
        strict = parts.android_device(appium, adb, phone, more={"appium:chromedriverDisableBuildCheck": False})
        assert "ChromeDriver" in failure(strict, site)
        never = parts.android_device(appium, adb, phone, options={"webview": {"context": "com.other", "timeout": 1}})
        assert (
            "No web context matched 'com.other' within 1 s; there is: NATIVE_APP, WEBVIEW_com.example.shop"
            in failure(never, site)
        )
        elsewhere = {"webview": {"open": {"deepLink": "shop://web?url=data:text/html,<title>Login</title>"}}}
        wrong = parts.android_device(appium, adb, phone, options=elsewhere, timeout=12)
        assert f"instead of {site}" in failure(wrong, site)
        native = {
            "steps": [
                {"tap": {"accessibilityId": "Help"}},
                {"waitFor": {"id": "webview-help"}},
                {"tap": {"xpath": "//*[@text='Shop']"}},
                {"type": {"id": "address", "text": "{url}", "enter": True}},
            ]
        }
        good = parts.android_device(
            appium,
            adb,
            phone,
            options={"webview": {"context": {"title": "Shop|^$|blank", "url": "127|blank"}, "open": native}},
        )
        assert isinstance(result := looked(good, site), Capture), result
        assert phone.keyboard is True
        unknown = {"webview": {"open": {"steps": [{"tap": {"id": "nothing", "timeout": 1}}]}}}
        words = failure(parts.android_device(appium, adb, phone, options=unknown), site)
        assert "webview.open.steps[0] (tap): the app shows no element with id 'nothing' within 1 s" in words


def test_killed_app_dead_server_and_phone_offline(
    adb: parts.Adb, appium: str, site: str, tmp_path: Path, nothing_left: None
) -> None:
    """Each dies in the middle of a look; a plain browser beside them finishes."""
    results: dict[str, Capture | CaptureFailed] = {}

    def dying(device: Device, kill: Callable[[], object]) -> None:
        try:
            with AppiumDriver().open(device) as session:
                session.eyes.go(site, 20)
                kill()
                session.look(parts.shot(device, site))
        except CaptureError as error:
            results[device.id] = CaptureFailed(parts.shot(device, site), str(error))
        else:
            pytest.fail(f"{device.id} was looked at after its end")

    impatient: dict[str, Any] = {"options": {"webview": {"context": "com.example.shop", "timeout": 4}}}
    with parts.android_phone(adb, 2) as (phone, shop), parts.android_phone(adb, 2) as (other, _):
        dying(parts.android_device(appium, adb, phone, id="killed-app", **impatient), shop.close)
        dying(parts.android_device(appium, adb, other, id="offline", **impatient), other.device.close)
    with parts.appium_server(tmp_path / "second.log") as second:
        pid = next(
            process.pid
            for process in parts.psutil.process_iter(["cmdline"])
            if second.rpartition(":")[2] in (process.info["cmdline"] or [])
        )
        chromium = dataclasses.replace(of(second, **parts.chromium_capabilities()), id="dead-server")
        dying(chromium, lambda: os.kill(pid, signal.SIGKILL))
    plain = of(appium, **parts.chromium_capabilities())
    assert isinstance(looked(plain, site), Capture)
    for name, result in results.items():
        assert isinstance(result, CaptureFailed)
        assert f"Device {name}: " in result.message, result.message
        assert "\n" not in result.message


def test_four_sessions_at_once_never_collide(appium: str, qt: parts.QtShop, nothing_left: None) -> None:
    """Twenty rounds of four sessions, each with a ChromeDriver of its own; all join one app, so that it is the ports that count."""
    used: list[int] = []
    lock = threading.Lock()

    def join(_: int) -> None:
        with AppiumDriver().open(of(appium, **parts.qt_capabilities(qt))) as session:
            with lock:
                used.append(session.about["ports"]["chromedriverPort"])
            assert session.wire.script("return 6 * 7") == 42

    with ThreadPoolExecutor(4) as pool:
        for _ in range(20):
            used.clear()
            list(pool.map(join, range(4)))
            assert len(set(used)) == 4


def test_doctor(appium: str, adb: parts.Adb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPATCHECK_APPIUM", str(parts.APPIUM))
    monkeypatch.setenv("APPIUM_HOME", str(parts.HERE))
    monkeypatch.setenv("ANDROID_ADB_SERVER_PORT", str(adb.port))
    with parts.android_phone(adb, 1) as (phone, _):
        report = appium_report(appium, ["uiautomator2", "xcuitest"])
    told = {entry.what: entry for entry in report}
    assert told[f"Appium server {appium}"].found == "3.8.0"
    assert "uiautomator2 8.7.0" in told["Appium drivers"].found
    assert told["Appium drivers"].next == "appium driver install xcuitest"
    assert told["Android phone"].found == f"{phone.serial} Double device, webview 140.0.7339.207"
    assert "ChromeDriver" in told
    assert all(entry.ok or entry.next for entry in report)
    (nobody,) = appium_report("http://127.0.0.1:9")
    assert not nobody.ok
    assert "appium server --port 9" in nobody.next
