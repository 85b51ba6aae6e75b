"""User agent strings and what goes with them."""

from __future__ import annotations

from compatcheck.capture.agent import client_hints, navigator_platform

PIXEL = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.6778.33 Mobile Safari/537.36"
WECHAT = (
    "Mozilla/5.0 (Linux; Android 13; 2211133C Build/TKQ1.220905.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.42"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1"


def test_android() -> None:
    hints = client_hints(PIXEL, mobile=True)
    assert (hints["platform"], hints["platformVersion"], hints["model"], hints["mobile"]) == (
        "Android",
        "14",
        "Pixel 8",
        True,
    )
    assert {"brand": "Google Chrome", "version": "131"} in hints["brands"]
    assert {"brand": "Google Chrome", "version": "131.0.6778.33"} in hints["fullVersionList"]


def test_build_number_is_not_the_model() -> None:
    assert client_hints(WECHAT, mobile=True)["model"] == "2211133C"


def test_iphone() -> None:
    hints = client_hints(IPHONE, mobile=True)
    assert (hints["platform"], hints["platformVersion"]) == ("iOS", "17.5")
    assert [brand["brand"] for brand in hints["brands"]] == ["Not;A=Brand"]


def test_navigator_platform() -> None:
    assert navigator_platform(IPHONE) == "iPhone"
    assert navigator_platform(PIXEL) == "Linux armv81"
    assert navigator_platform("Mozilla/5.0 (Windows NT 10.0; Win64; x64)") == "Win32"
    assert navigator_platform("curl/8") == ""
