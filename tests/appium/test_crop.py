"""The native picture, cropped, is the web context's own picture, pixel for pixel."""

from __future__ import annotations

import struct
import time
from pathlib import Path

import numpy as np
import pytest

from compatcheck.capture.appium.camera import MARKER_SIDE, NativeCamera
from compatcheck.capture.appium.crop import View, choose_markers, find_view
from compatcheck.capture.appium.driver import AppiumDriver
from compatcheck.capture.remote import RemoteSelenium, WebKitGtkCamera
from compatcheck.capture.view import WebCamera
from compatcheck.capture.wire import script_text
from compatcheck.errors import InvalidCapture
from compatcheck.geometry import Size
from compatcheck.model.capture import RGB
from compatcheck.model.matrix import Device, Screen
from tests.appium import parts

pytestmark = pytest.mark.appium


def same(native: RGB, web: RGB) -> None:
    assert native.shape == web.shape
    different = int((native != web).any(axis=2).sum())
    assert different == 0, f"{different} of {native.shape[0] * native.shape[1]} px differ"


@pytest.mark.parametrize("ratio", [1, 2, 2.625])
def test_qt_webview_through_the_android_double(
    appium: str, adb: parts.Adb, site: str, ratio: float, nothing_left: None
) -> None:
    """Appium, adb, the UiAutomator2 driver and ChromeDriver are real, the page is Chromium inside Qt; portrait, then landscape."""
    with (
        parts.android_phone(adb, ratio) as (phone, _),
        AppiumDriver().open(parts.android_device(appium, adb, phone, ratio)) as session,
    ):
        assert session.contexts is not None
        for landscape in (False, True):
            if landscape:
                with session.contexts.native():
                    session.wire.driver.orientation = "LANDSCAPE"  # type: ignore[attr-defined]
            session.eyes.go(site, 20)
            camera = NativeCamera(session.wire, session.contexts)
            camera.new_page()
            same(camera.picture(), WebCamera(session.wire).picture())
            facts = camera.facts()
            assert facts["provenBy"] == "marker"
            assert facts["crop"] == facts["element"], "the marker and the native element say the same"
            shown = session.wire.script("return [innerWidth, innerHeight]")
            assert (shown[0] > shown[1]) is landscape


def test_covered_corners_and_camera_are_noticed_and_filled(
    appium: str, adb: parts.Adb, site: str, nothing_left: None
) -> None:
    with (
        parts.android_phone(adb, 2, rounded=24, notch=True) as (phone, _),
        AppiumDriver().open(
            parts.android_device(appium, adb, phone, options={"webview": {"picture": "native"}})
        ) as session,
    ):
        capture = session.look(parts.shot(session.device, site))
        assert not capture.invalid
        assert capture.facts.extra["view"]["picture"]["coveredPixels"] > 1000
        assert any("were filled" in note for note in capture.facts.notes)
        session.camera.way = "web"  # type: ignore[union-attr]  # the same page without the phone's case
        whole = session.look(parts.shot(session.device, site))
    assert capture.picture.shape == whole.picture.shape
    black = (capture.picture == 0).all(axis=2) & ~(whole.picture == 0).all(axis=2)
    assert black.sum() < 50, "nothing of the black case is left"
    # What is not covered is exact; the case covers the ends of one view only, the strips between avoid it.
    assert (capture.picture != whole.picture).any(axis=2).mean() < 0.005


def test_the_whole_screen_when_it_is_asked_for(appium: str, adb: parts.Adb, site: str, nothing_left: None) -> None:
    with parts.android_phone(adb, 2) as (phone, _):
        device = parts.android_device(appium, adb, phone, options={"webview": {"nativeContext": True}}, full_page=False)
        with AppiumDriver().open(device) as session:
            capture = session.look(parts.shot(device, site))
    assert capture.picture.shape == (1400, 824, 3)
    assert capture.page_model is None
    assert tuple(capture.picture[4, 400]) == (0x10, 0x20, 0x30), "the status bar is in the picture"


@pytest.mark.parametrize(("scale", "size"), [(1, "412x660"), (1, "700x372"), (2, "412x660"), (2, "700x372")])
def test_webkitgtk_in_an_app(tmp_path: Path, site: str, scale: int, size: str) -> None:
    """GTK 3 draws at whole ratios only, so 2.625 cannot be had."""
    width, height = (int(side) for side in size.split("x"))
    with parts.gtk_shop(tmp_path, scale, size) as (server, launcher, screen):
        capabilities = {"browserName": "shop-app", "webkitgtk:browserOptions": {"binary": launcher, "args": []}}
        view = Screen(Size(width, height - 100), scale)
        device = Device("gtk-app", "webkit", view, driver="remote", server=server, capabilities=capabilities)
        with RemoteSelenium().open(device) as session:
            capture = session.look(parts.shot(device, site))
            assert not capture.invalid
            wire = session.wire
            mark = f"({script_text('scripts/marker.js')})(arguments[0], arguments[arguments.length - 1])"
            markers = choose_markers(screen_of(screen))
            wire.driver.execute_async_script(mark, markers.options(MARKER_SIDE))
            found = find_view(screen_of(screen), markers)
            deadline = time.monotonic() + 10
            while not isinstance(found, View) and time.monotonic() < deadline:  # the screen follows a moment later
                time.sleep(0.1)
                found = find_view(screen_of(screen), markers)
            wire.driver.execute_async_script(mark, {"remove": True})
            web = WebKitGtkCamera(wire).picture()
            assert isinstance(found, View), found
            assert (found.box.top, found.box.left) == (52 * scale, 0)
            native = found.of(screen_of(screen))
            while (
                not np.array_equal(native, web) and time.monotonic() < deadline
            ):  # the marker leaves it a moment later
                time.sleep(0.1)
                native = found.of(screen_of(screen))
            same(native, web)


def screen_of(file: Path) -> RGB:
    """The screen of an Xvfb that keeps it in a file, in the format of xwd: a header in big-endian words, colours, BGRX rows."""
    data = file.read_bytes()
    header = struct.unpack(">25I", data[:100])
    width, height, stride, colours = header[4], header[5], header[12], header[19]
    pixels = np.frombuffer(data, np.uint8, offset=header[0] + colours * 12)[: stride * height]
    return np.ascontiguousarray(pixels.reshape(height, stride // 4, 4)[:, :width, 2::-1])


def test_a_page_under_a_dialog_proves_nothing() -> None:
    screen = np.full((400, 300, 3), 255, np.uint8)
    markers = choose_markers(screen)
    screen[100:300, 50:250] = markers.cover
    for colour, (top, left) in zip(markers.corners, ((100, 50), (100, 230), (280, 50), (280, 230)), strict=True):
        screen[top : top + 20, left : left + 20] = colour
    found = find_view(screen, markers)
    assert isinstance(found, View)
    assert (found.box.left, found.box.top, found.box.right, found.box.bottom) == (50, 100, 250, 300)
    assert not found.covered.any()
    screen[150:250, 60:240] = 127
    covered = find_view(screen, markers)
    assert isinstance(covered, View)
    with pytest.raises(InvalidCapture, match=r"covers \d\d% of the page"):
        NativeCamera._check(object.__new__(NativeCamera), covered)
