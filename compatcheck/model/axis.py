"""The webview axis: the same page in a phone's browser and in each app on the same phone, to be shown next to one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from compatcheck.model.matrix import Device

_SAME_PHONE = ("appium:udid", "udid", "appium:deviceName", "deviceName")
# What tells one phone from another, the surest first; a cloud's block of capabilities may hold them too.


@dataclass(frozen=True, slots=True)
class Sight:
    """One device looking at one page: `phone` is `phone_of(device)` or stands for it, `app` is `is_app(device)`."""

    page: str
    phone: str
    app: bool


@dataclass(frozen=True, slots=True)
class PhoneViews:
    """One page on one phone: the places of its browsers and of its apps' webviews among the sights, both in their order."""

    page: str
    phone: str
    browsers: tuple[int, ...]
    apps: tuple[int, ...]


def webview_axis(sights: Iterable[Sight]) -> list[PhoneViews]:
    """Group sights by page and phone; only phones on which at least one app was looked at, beside something else."""
    groups: defaultdict[tuple[str, str], list[tuple[int, bool]]] = defaultdict(list)
    for place, sight in enumerate(sights):
        if sight.phone:
            groups[sight.page, sight.phone].append((place, sight.app))
    views = []
    for (page, phone), members in groups.items():
        apps = tuple(place for place, app in members if app)
        browsers = tuple(place for place, app in members if not app)
        if apps and len(members) > 1:
            views.append(PhoneViews(page, phone, browsers, apps))
    return views


def is_app(device: Device) -> bool:
    """True for the webview of an app, real or imitated (`inApp`); false for a browser."""
    chrome: Mapping[str, Any] = device.capabilities.get("goog:chromeOptions") or {}
    return bool(device.options.get("webview") or device.in_app) or "debuggerAddress" in chrome


def phone_of(device: Device) -> str:
    """Which phone a device stands for, empty when it stands for none: devices of one phone have the same answer."""
    blocks: list[Mapping[str, Any]] = [device.capabilities]
    blocks += [value for value in device.capabilities.values() if isinstance(value, Mapping)]
    for name in _SAME_PHONE:
        for block in blocks:
            if block.get(name):
                return str(block[name])
    return device.preset or ""
