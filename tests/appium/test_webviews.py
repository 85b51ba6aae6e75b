"""Ways into a webview, and what can be wrong with one: intent, script, several of them, one that goes, a page that never loads; and a page's steps in one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from compatcheck.capture.appium.driver import AppiumDriver
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.geometry import Size
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot
from compatcheck.model.visit import Step
from tests.appium import parts
from tests.apps.android_double import AndroidDouble

pytestmark = pytest.mark.appium


@pytest.fixture(scope="module")
def phone(adb: parts.Adb) -> Iterator[AndroidDouble]:
    """One phone with the shop on it, for every test of this module."""
    with parts.android_phone(adb, 1) as (double, _):
        yield double


@pytest.fixture(autouse=True)
def at_home(phone: AndroidDouble) -> Iterator[None]:
    """The app as it was at first: one webview, with nothing in it."""
    yield
    phone.app("tap", {"id": "tabClose"})
    phone.app("tap", {"id": "tabShop"})
    phone.app("open", {"url": "about:blank"})


def device(appium: str, adb: parts.Adb, phone: AndroidDouble, **webview: Any) -> Device:
    return parts.android_device(appium, adb, phone, 1, options={"webview": webview}, timeout=16)


def looked(device: Device, url: str) -> Capture:
    with AppiumDriver().open(device) as session:
        return session.look(parts.shot(device, url))


@pytest.mark.parametrize(
    "way",
    [
        {"intent": {"action": "android.intent.action.VIEW", "package": "com.example.shop", "data": "{rawUrl}"}},
        {"script": "location.href = arguments[0]"},
        {"deepLink": "shop://web?url={url}"},
    ],
    ids=["intent", "script", "deep-link"],
)
def test_ways_into_the_app(
    appium: str, adb: parts.Adb, phone: AndroidDouble, site: str, way: dict[str, Any], nothing_left: None
) -> None:
    before = len(phone.log)
    capture = looked(device(appium, adb, phone, context="com.example.shop", open=way), f"{site}?way")
    assert not capture.invalid
    assert capture.facts.url == f"{site}?way"
    assert capture.facts.title == "Shop"
    started = [line for line in phone.log[before:] if line.startswith("am start")]
    assert len(started) == (0 if "script" in way else 1)


def test_of_several_webviews_the_one_that_is_seen(
    appium: str, adb: parts.Adb, phone: AndroidDouble, site: str, nothing_left: None
) -> None:
    """Two webviews in one app: the visible one is taken; a title takes the other, and a name that fits both is no question."""
    phone.app("tap", {"id": "tabHelp"})
    of = device(appium, adb, phone, context="com.example.shop")
    with AppiumDriver().open(of) as session:
        capture = session.look(parts.shot(of, site))
        assert not capture.invalid
        assert session.contexts is not None
        assert session.contexts.place is not None
        here, driver = session.contexts.place.window, session.wire.driver
        assert len(driver.window_handles) == 2
        (other,) = set(driver.window_handles) - {here}
        driver.switch_to.window(other)
        assert driver.current_url == "about:blank", "the webview that is hidden was left alone"


def test_a_webview_that_goes(appium: str, adb: parts.Adb, phone: AndroidDouble, site: str, nothing_left: None) -> None:
    phone.app("tap", {"id": "tabHelp"})
    of = device(appium, adb, phone, context="com.example.shop", picture="native")
    with AppiumDriver().open(of) as session:
        session.eyes.go(site, 15)
        phone.app("tap", {"id": "tabClose"})
        with pytest.raises(SessionLost, match=r"The webview WEBVIEW_com.example.shop \(.*\) disappeared"):
            session.eyes.glance()


def test_a_page_that_never_loads(
    appium: str,
    adb: parts.Adb,
    phone: AndroidDouble,
    site: str,
    monkeypatch: pytest.MonkeyPatch,
    nothing_left: None,
) -> None:
    """ChromeDriver does not let anyone into a webview whose page is on its way."""
    monkeypatch.setattr("compatcheck.capture.appium.contexts.SWITCH_SECONDS", 10.0)
    of = device(appium, adb, phone, context="com.example.shop", open={"deepLink": "shop://web?url={url}"})
    with pytest.raises(
        CaptureError, match=r"WEBVIEW_com.example.shop is there, but .* (did not load|does not finish loading)"
    ) as raised:
        looked(of, f"{site}hanging")
    assert "adb reverse" in raised.value.hint


def test_the_steps_of_a_page_in_a_webview(appium: str, qt: parts.QtShop, site: str, nothing_left: None) -> None:
    """The same steps as everywhere, in the web context of an app that Appium drives."""
    screen = Screen(Size(412, 560), 2.625, is_mobile=True, has_touch=True)
    of = Device(
        "qt",
        "chromium",
        screen,
        driver="appium",
        server=appium,
        capabilities=parts.qt_capabilities(qt),
        readiness="fast",
    )
    form = "document.querySelector('main').innerHTML = '<input id=name><select id=size><option>S<option>L</select><p id=said>'"
    steps = (
        Step("script", value=form),
        Step("fill", "#name", "Ada"),
        Step("press", "#name", "End"),
        Step("press", "#name", "!"),
        Step("select", "#size", "L", by="label"),
        Step("click", "text=Shop header"),
        Step("script", value="said.textContent = document.getElementById('name').value + ' ' + size.value"),
        Step("wait", "#said", state="visible"),
        Step("scroll", value="bottom"),
    )
    with AppiumDriver().open(of) as session:
        capture = session.look(Shot(of, Page("form", site, steps=steps)))
        assert session.wire.script("return said.textContent") == "Ada! L"
    assert not capture.invalid
    assert capture.page_model is not None
    assert any(element.text == "Ada! L" for element in capture.page_model.elements)
