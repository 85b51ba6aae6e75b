"""What a view that is as it is says about itself, and what it means when that is not what the matrix says."""

from __future__ import annotations

import re
from typing import Any

from compatcheck.capture.check import check_capture
from compatcheck.capture.wire import Wire
from compatcheck.geometry import Size
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device

_SAFE_AREA = """
const probe = document.createElement('div');
probe.style.cssText = 'position:fixed;visibility:hidden;padding:env(safe-area-inset-top,0px) env(safe-area-inset-right,0px) '
  + 'env(safe-area-inset-bottom,0px) env(safe-area-inset-left,0px)';
document.documentElement.appendChild(probe);
const style = getComputedStyle(probe);
const found = ['Top', 'Right', 'Bottom', 'Left'].map((side) => parseFloat(style['padding' + side]) || 0);
probe.remove();
return {safeArea: found, orientation: screen.orientation ? screen.orientation.type : '', screen: [screen.width, screen.height],
        scale: window.visualViewport ? visualViewport.scale : 1};
"""


def view_facts(wire: Wire, user_agent: str) -> dict[str, Any]:
    """Safe-area insets, screen, orientation and the engine's version, read in the page."""
    told = wire.script(_SAFE_AREA)
    insets = dict(zip(("top", "right", "bottom", "left"), told["safeArea"], strict=True))
    return {
        "safeArea": insets,
        "orientation": told["orientation"],
        "screen": {"width": told["screen"][0], "height": told["screen"][1]},
        "zoom": told["scale"],
        "engineVersion": engine_version(user_agent),
    }


def engine_version(user_agent: str) -> str:
    """The version of the engine that a user agent tells: Chrome's, Firefox's, or WebKit's."""
    for name in ("Chrome", "Firefox", "Version", "AppleWebKit"):
        match = re.search(rf"\b{name}/([\d.]+)", user_agent)
        if match:
            return match.group(1)
    return ""


def as_it_is(device: Device, capture: Capture) -> str:
    """Why a capture of a view proves nothing, or empty.

    Such a view cannot be sized. When it is not as large as the matrix says, the twin looked at the page at another size, so that like
    would not be compared with like; the sentence gives the lines that mend the matrix.
    """
    facts, screen = capture.facts, device.screen
    seen, ratio = facts.viewport, facts.device_scale_factor
    same = abs(seen.width - screen.viewport.width) < 1 and abs(seen.height - screen.viewport.height) < 1
    if same and abs(ratio - screen.device_scale_factor) < 0.01:
        return check_capture(device, capture.picture, facts, layout_viewport=Size(seen.width, seen.height))
    return (
        f"The page has {seen.width:.0f} × {seen.height:.0f} CSS px at ratio {ratio:g} there, and the matrix says "
        f"{screen.viewport.width:.0f} × {screen.viewport.height:.0f} at {screen.device_scale_factor:g}: write "
        f"viewport: {{width: {seen.width:.0f}, height: {seen.height:.0f}}}, deviceScaleFactor: {ratio:g}."
    )
