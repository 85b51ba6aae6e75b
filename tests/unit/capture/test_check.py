"""Which captures prove nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from compatcheck.capture.check import check_capture, is_one_colour
from compatcheck.geometry import Size
from compatcheck.model.capture import Facts
from compatcheck.model.matrix import Device, Screen

DEVICE = Device("phone", "chromium", Screen(Size(390, 844), 3, is_mobile=True))
FACTS = Facts(viewport=Size(390, 844), device_scale_factor=3, url="http://shop/", status=200)
PICTURE = np.zeros((20, 10, 3), np.uint8)
PICTURE[5, 5] = 9


def test_good_capture() -> None:
    assert check_capture(DEVICE, PICTURE, FACTS, layout_viewport=Size(390, 844)) == ""


def test_unknown_status_is_no_error() -> None:
    assert check_capture(DEVICE, PICTURE, replace(FACTS, status=None), layout_viewport=Size(390, 844)) == ""


def test_http_error() -> None:
    reason = check_capture(DEVICE, PICTURE, replace(FACTS, status=404), layout_viewport=Size(390, 844))
    assert reason == "The server answered HTTP 404 for http://shop/."


def test_clamped_viewport() -> None:
    facts = replace(FACTS, viewport=Size(500, 844))
    desktop = replace(DEVICE, screen=Screen(Size(390, 844)))
    reason = check_capture(desktop, PICTURE, facts, layout_viewport=Size(500, 844))
    assert reason == "The viewport was clamped: 390 × 844 was asked for, 500 × 844 is what the browser gave."


def test_phone_that_zooms_out_is_not_clamped() -> None:
    """A page without a viewport tag is laid out at 980 px; one that is too wide makes innerWidth larger, not clientWidth."""
    wide = replace(FACTS, viewport=Size(980, 2121))
    assert check_capture(DEVICE, PICTURE, wide, layout_viewport=Size(980, 2121)) == ""
    overflowing = replace(FACTS, viewport=Size(501, 1083))
    assert check_capture(DEVICE, PICTURE, overflowing, layout_viewport=Size(390, 844)) == ""


def test_narrower_than_asked_is_clamped_on_phones_too() -> None:
    facts = replace(FACTS, viewport=Size(320, 844))
    assert "clamped" in check_capture(DEVICE, PICTURE, facts, layout_viewport=Size(320, 844))


def test_blank_picture() -> None:
    picture = np.full((20, 10, 3), 255, np.uint8)
    reason = check_capture(DEVICE, picture, FACTS, layout_viewport=Size(390, 844))
    assert reason == "The picture is blank: every pixel is rgb(255, 255, 255)."
    picture[19, 9, 2] = 254
    assert not is_one_colour(picture)
    assert is_one_colour(np.zeros((0, 0, 3), np.uint8))
