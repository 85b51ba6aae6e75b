"""A real phone: `make test-device UDID=…` (PLATFORM=iOS for an iPhone, SERVER=… for an Appium that runs already).

The phone's own browser looks at https://example.com/ (PAGE=… names another page): once as the web context pictures it, once cropped
from the screen. Not run where this was written: no phone and no emulator is there.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import pytest

from compatcheck.capture.appium.driver import AppiumDriver
from compatcheck.geometry import Size
from compatcheck.model.matrix import Device, Screen
from tests.appium import parts

UDID = os.environ.get("UDID", "")
pytestmark = [pytest.mark.appium, pytest.mark.skipif(not UDID, reason="no phone: make test-device UDID=…")]


@pytest.fixture(scope="module")
def phone() -> Device:
    ios = os.environ.get("PLATFORM", "Android").lower() == "ios"
    capabilities: dict[str, Any] = {
        "platformName": "iOS" if ios else "Android",
        "browserName": "Safari" if ios else "Chrome",
        "appium:automationName": "XCUITest" if ios else "UiAutomator2",
        "appium:udid": UDID,
    }
    unknown = Screen(Size(1, 1), 1, is_mobile=True, has_touch=True)
    device = Device(
        "phone",
        "safari" if ios else "chrome",
        unknown,
        driver="appium",
        server=os.environ.get("SERVER", "auto"),
        capabilities=capabilities,
        timeout=120,
    )
    with AppiumDriver().open(device) as session:
        session.wire.driver.get(os.environ.get("PAGE", "https://example.com/"))
        width, height, ratio = session.wire.script("return [innerWidth, innerHeight, devicePixelRatio]")
    return replace(device, screen=Screen(Size(width, height), ratio, is_mobile=True, has_touch=True))


@pytest.mark.parametrize("way", ["web", "native"])
def test_a_page_on_a_phone(phone: Device, way: str) -> None:
    device = replace(phone, options={"webview": {"picture": way}})
    with AppiumDriver().open(device) as session:
        capture = session.look(parts.shot(device, os.environ.get("PAGE", "https://example.com/")))
    assert not capture.invalid, capture.invalid
    assert capture.facts.extra["view"]["picture"]["way"] == way
    assert capture.facts.extra["phone"]["systemVersion"]
    assert abs(capture.picture.shape[1] - device.screen.viewport.width * device.screen.device_scale_factor) <= 2
