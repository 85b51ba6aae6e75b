"""Appium without a server: capabilities, ports, contexts, crops, words for failures, the webview axis."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from compatcheck.capture.appium.capabilities import session_capabilities
from compatcheck.capture.appium.contexts import Wanted
from compatcheck.capture.appium.crop import NotProven, View, choose_markers, find_view
from compatcheck.capture.appium.failures import access, explain_loss, explain_refusal, without_secrets
from compatcheck.capture.appium.opening import filled, same_page
from compatcheck.capture.appium.ports import leased_ports, missing_ports
from compatcheck.capture.viewfacts import engine_version
from compatcheck.errors import CaptureError, DriverMissing, SessionLost
from compatcheck.geometry import PixelBox, Size
from compatcheck.model.axis import Sight, is_app, phone_of, webview_axis
from compatcheck.model.matrix import Device, Screen

ANDROID = {"platformName": "Android", "appium:automationName": "UiAutomator2"}


def device(**capabilities: Any) -> Device:
    screen = Screen(Size(412, 700), 2.625, is_mobile=True, has_touch=True)
    return Device(
        "pixel", "chromium", screen, driver="appium", server="http://127.0.0.1:4723", capabilities=capabilities
    )


def test_what_the_matrix_says_is_passed_on_untouched():
    given = {
        **ANDROID,
        "appium:newCommandTimeout": 7,
        "appium:orientation": "LANDSCAPE",
        "goog:chromeOptions": {"w3c": True},
    }
    made = session_capabilities(device(**given), {"systemPort": 20001})
    assert {name: made[name] for name in given} == given
    assert made["appium:systemPort"] == 20001
    assert made["appium:autoGrantPermissions"] is True
    assert made["appium:disableWindowAnimation"] is True


def test_orientation_and_locale_follow_the_device():
    wide = replace(
        device(**ANDROID), screen=Screen(Size(700, 412), 2.625, is_mobile=True, has_touch=True), locale="de-AT"
    )
    made = session_capabilities(wide, {})
    assert made["appium:orientation"] == "LANDSCAPE"
    assert (made["appium:language"], made["appium:locale"]) == ("de", "AT")


@pytest.mark.parametrize(
    ("capabilities", "words"),
    [
        ({**ANDROID, "udid": "x", "app": "y"}, "udid as appium:udid, app as appium:app"),
        ({"platformName": "Android"}, "needs appium:automationName"),
        ({"appium:automationName": "XCUITest"}, "needs platformName"),
    ],
)
def test_capabilities_that_cannot_work(capabilities: dict[str, Any], words: str):
    with pytest.raises(CaptureError, match=words):
        session_capabilities(device(**capabilities), {})


def test_ports_are_those_of_the_driver_and_not_those_that_are_given():
    assert missing_ports({**ANDROID, "appium:systemPort": 8200}) == ("chromedriverPort", "mjpegServerPort")
    assert missing_ports({"appium:options": {"automationName": "XCUITest", "wdaLocalPort": 1}}) == ("mjpegServerPort",)
    assert missing_ports({"appium:automationName": "Unknown"}) == ()


def test_leased_ports_are_distinct_free_and_given_back():
    with leased_ports("abcdefgh") as one, leased_ports("ijklmnop") as other:
        ports = [*one.values(), *other.values()]
        assert len(set(ports)) == 16
        for port in ports:
            with socket.socket() as server:
                server.bind(("127.0.0.1", port))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as lease:
        lease.bind(("127.0.0.1", ports[0]))


@pytest.mark.parametrize(
    ("wanted", "context", "meant"),
    [
        ("com.example.shop", "WEBVIEW_com.example.shop", True),
        ("com.example.shop", "NATIVE_APP", False),
        ("shop$", "WEBVIEW_com.example.shop", True),
        ("com.other", "WEBVIEW_com.example.shop", False),
        (None, "WEBVIEW_1", True),
        (None, "NATIVE_APP", False),
        ({"name": "WEBVIEW_\\d+"}, "WEBVIEW_12", True),
    ],
)
def test_which_context_is_meant(wanted: Any, context: str, meant: bool):
    assert Wanted.from_options(wanted).names(context) is meant


def test_which_page_is_meant():
    page = {"title": "Shop: home", "url": "https://shop.example/a"}
    assert Wanted.from_options({"title": "^Shop", "url": "shop\\.example"}).shows(page)
    assert not Wanted.from_options({"title": "^Help"}).shows(page)
    with pytest.raises(CaptureError, match="is no regular expression"):
        Wanted.from_options("(")


def screen_with(markers: Any, box: PixelBox, side: int = 20, height: int = 400, width: int = 300) -> np.ndarray:
    screen = np.full((height, width, 3), 200, np.uint8)
    screen[box.slices()] = markers.cover
    for colour, (row, column) in zip(
        markers.corners,
        [
            (box.top, box.left),
            (box.top, box.right - side),
            (box.bottom - side, box.left),
            (box.bottom - side, box.right - side),
        ],
        strict=True,
    ):
        screen[row : row + side, column : column + side] = colour
    return screen


BOX = PixelBox(0, 47, 300, 361)


def test_view_is_found_to_the_pixel_and_must_lie_where_the_phone_says():
    markers = choose_markers(np.full((400, 300, 3), 200, np.uint8))
    screen = screen_with(markers, BOX)
    found = find_view(screen, markers, PixelBox(0, 45, 300, 362))
    assert isinstance(found, View)
    assert found.box == BOX
    assert not found.covered.any()
    outside = find_view(screen, markers, PixelBox(0, 100, 300, 362))
    assert isinstance(outside, NotProven)
    assert "where the phone says it is" in outside.reason


def test_rounded_corners_are_seen_but_do_not_move_the_edges():
    markers = choose_markers(np.full((400, 300, 3), 200, np.uint8))
    screen = screen_with(markers, BOX)
    for row in range(8):
        screen[BOX.top + row, : 8 - row] = 0
    found = find_view(screen, markers)
    assert isinstance(found, View)
    assert found.box == BOX
    first, last = found.clear_rows
    assert 8 <= first <= 14
    assert last == BOX.height


def test_a_page_whose_corner_is_hidden_is_not_believed():
    markers = choose_markers(np.full((400, 300, 3), 200, np.uint8))
    screen = screen_with(markers, BOX)
    screen[340:] = 10  # a bar over the page's lower end
    found = find_view(screen, markers)
    assert isinstance(found, NotProven)


def test_colours_are_those_that_the_screen_does_not_show():
    screen = np.full((40, 30, 3), 0, np.uint8)
    screen[:] = (255, 0, 255)
    assert (255, 0, 255) not in {choose_markers(screen).cover, *choose_markers(screen).corners}


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (
            "Could not find a driver for automationName 'XCUITest' and platformName 'iOS'.",
            DriverMissing,
            "appium driver install",
        ),
        ("Neither ANDROID_HOME nor ANDROID_SDK_ROOT environment variable was exported.", DriverMissing, "ANDROID_HOME"),
        ("Could not find a connected Android device in 20000ms", CaptureError, "no phone is connected"),
        (
            "Device emulator-5554 was not in the list of connected devices",
            CaptureError,
            "the phone emulator-5554 is not connected",
        ),
        (
            "No Chromedriver found that can automate Chrome '140.0.7339'.",
            DriverMissing,
            "fits the webview's Chrome 140.0.7339",
        ),
        ("The application at '/x/shop.apk' does not exist or is not accessible", CaptureError, "the app /x/shop.apk"),
        ("ENOENT: no such file or directory, open '/nope.apk'", CaptureError, "the app /nope.apk"),
        ("Could not start a new session. New session request timed out", CaptureError, "no place was free"),
        ("something nobody has seen", CaptureError, "something nobody has seen"),
    ],
)
def test_refusals_say_what_to_do(said: str, kind: type[CaptureError], words: str):
    error = explain_refusal(device(**ANDROID), "http://127.0.0.1:9", RuntimeError(said))
    assert type(error) is kind
    assert words in str(error)
    assert error.hint
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Taking the picture failed: A session is either terminated or not started", "its session ended on the server"),
        ("X failed: Could not proxy command to the remote server. Original error: socket hang up", "stopped answering"),
        ("X failed: error: device '127.0.0.1:5555' not found", "went offline"),
        ("X lost the connection to the browser (MaxRetryError).", "the server at the other end died"),
    ],
)
def test_losses_are_worth_another_try(said: str, words: str):
    error = explain_loss(device(**ANDROID), CaptureError(said))
    assert isinstance(error, SessionLost)
    assert words in error.message


def test_keys_stay_out_of_words():
    assert without_secrets("https://user:key@hub.example/wd/hub") == "https://hub.example/wd/hub"
    assert {"username": "us@er", "password": "k:ey"}.items() <= access("https://us%40er:k%3Aey@hub.example").items()


def test_links_and_pages():
    assert filled("shop://web?url={url}", "https://a/b?c=d") == "shop://web?url=https%3A%2F%2Fa%2Fb%3Fc%3Dd"
    assert filled("{rawUrl}", "https://a/b") == "https://a/b"
    assert same_page("https://A.example/shop/#top", "https://a.example/shop")
    assert not same_page("https://a.example/login", "https://a.example/shop")
    assert engine_version("Mozilla/5.0 (Linux; Android 14; wv) Chrome/140.0.1.2 Mobile Safari/537.36") == "140.0.1.2"


def test_webview_axis():
    browser = replace(device(**ANDROID, **{"appium:udid": "P1"}), id="browser")
    app = replace(browser, id="app", options={"webview": {"context": "x"}})
    other = replace(device(**ANDROID, **{"appium:udid": "P2"}), id="other")
    desktop = Device("desktop", "chromium", Screen(Size(800, 600)))
    imitated = replace(desktop, id="wechat", preset="Pixel 8", in_app="wechat")
    devices = (desktop, browser, other, app, imitated, replace(imitated, id="pixel", in_app=None))
    first, second = webview_axis(Sight("home", phone_of(each), is_app(each)) for each in devices)
    assert (first.page, first.phone, first.browsers, first.apps) == ("home", "P1", (1,), (3,))
    assert (second.phone, second.browsers, second.apps) == ("Pixel 8", (5,), (4,))


def test_one_phone_with_one_view_has_no_axis():
    app = replace(device(**ANDROID, **{"appium:udid": "P1"}), options={"webview": {"context": "x"}})
    assert webview_axis([Sight("home", phone_of(app), True), Sight("help", phone_of(app), True)]) == []
