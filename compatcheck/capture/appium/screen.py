"""What the native side says about where the page is: its webview element, or the screen less the system bars."""

from __future__ import annotations

from typing import Any

from compatcheck.capture.appium.capabilities import platform_of
from compatcheck.capture.appium.contexts import Contexts
from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.geometry import PixelBox
from compatcheck.model.capture import RGB

WEBVIEW_CLASSES = {"android": "android.webkit.WebView", "ios": "XCUIElementTypeWebView"}


def expected_view(wire: Wire, contexts: Contexts, screen: RGB) -> tuple[PixelBox | None, dict[str, Any]]:
    """The rectangle that holds the page, in device px of the screen's picture, None when the native side names none.

    The second value says for the facts where it came from. iOS counts in points, which are scaled by the picture's own width.
    """
    rows, columns = screen.shape[:2]
    platform = platform_of(wire.capabilities)
    with contexts.native():
        scale = _scale(wire, columns) if platform == "ios" else 1.0
        box = _element(wire, platform, scale)
        if box is not None:
            return box, {"element": _as_dict(box)}
        bars = _bars(wire, platform)
    if bars is None:
        return None, {}
    top, bottom = (round(length * scale) for length in bars)
    box = PixelBox(0, top, columns, rows - bottom)
    return box, {"systemBars": {"top": top, "bottom": bottom}}


def _scale(wire: Wire, columns: int) -> float:
    try:
        window = wire.call("Asking for the window's size", wire.driver.get_window_rect)
    except SessionLost:
        raise
    except CaptureError:
        return 1.0
    return columns / float(window["width"]) if window.get("width") else 1.0


def _element(wire: Wire, platform: str, scale: float) -> PixelBox | None:
    """The largest webview element; nested ones (Android tells the document as one) lie inside it."""
    name = WEBVIEW_CLASSES.get(platform)
    if name is None:
        return None
    try:
        elements = wire.call("Looking for the webview", lambda: wire.driver.find_elements("class name", name))
        rects = wire.call("Asking where the webview is", lambda: [element.rect for element in elements])
    except SessionLost:
        raise
    except CaptureError:
        return None
    boxes = [
        PixelBox(
            *(
                round(edge * scale)
                for edge in (rect["x"], rect["y"], rect["x"] + rect["width"], rect["y"] + rect["height"])
            )
        )
        for rect in rects
    ]
    return max(boxes, key=lambda box: box.width * box.height, default=None)


def _bars(wire: Wire, platform: str) -> tuple[float, float] | None:
    """The heights of the bars at the screen's upper and lower end, in the native side's unit."""
    command = {"android": "mobile: getSystemBars", "ios": "mobile: deviceScreenInfo"}.get(platform)
    if command is None:
        return None
    try:
        told = wire.call("Asking for the system bars", lambda: wire.driver.execute_script(command))
        if platform == "ios":
            return float(told["statusBarSize"]["height"]), 0.0
        status, navigation = told.get("statusBar") or {}, told.get("navigationBar") or {}
        upper = status["height"] if status.get("visible") else 0
        # In landscape the navigation bar may stand at a side; then it takes nothing from below.
        lower = navigation["height"] if navigation.get("visible") and navigation.get("x", 0) == 0 else 0
        return float(upper), float(lower)
    except SessionLost:
        raise
    except (CaptureError, KeyError, TypeError, AttributeError):
        return None


def _as_dict(box: PixelBox) -> dict[str, int]:
    return {"x": box.left, "y": box.top, "width": box.width, "height": box.height}
