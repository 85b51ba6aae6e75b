"""The webview axis: the same page in a phone's browser and in each app on the same phone, to be shown next to one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from compatcheck.model.matrix import Device
from compatcheck.model.verdict import Outcome

_SAME_PHONE = ("appium:udid", "udid", "appium:deviceName", "deviceName")
# What tells one phone from another, the surest first; a cloud's block of capabilities may hold them too.


@dataclass(frozen=True, slots=True)
class PhoneViews:
    """One page on one phone: `browsers` are its browsers' outcomes, `apps` those of webviews, both in the run's order."""

    page: str
    phone: str
    browsers: tuple[Outcome, ...]
    apps: tuple[Outcome, ...]


def webview_axis(outcomes: Iterable[Outcome]) -> list[PhoneViews]:
    """Group outcomes by page and phone; only phones on which at least one app was looked at, beside something else."""
    groups: defaultdict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if phone := phone_of(outcome.device):
            groups[outcome.page.id, phone].append(outcome)
    views = []
    for (page, phone), members in groups.items():
        apps = tuple(outcome for outcome in members if is_app(outcome.device))
        browsers = tuple(outcome for outcome in members if not is_app(outcome.device))
        if apps and len(members) > 1:
            views.append(PhoneViews(page, phone, browsers, apps))
    return views


def is_app(device: Device) -> bool:
    """True for the webview of an app, false for a browser."""
    chrome: Mapping[str, Any] = device.capabilities.get("goog:chromeOptions") or {}
    return bool(device.options.get("webview")) or "debuggerAddress" in chrome


def phone_of(device: Device) -> str:
    """Which phone a device stands for, empty when it stands for none: devices of one phone have the same answer."""
    blocks: list[Mapping[str, Any]] = [device.capabilities]
    blocks += [value for value in device.capabilities.values() if isinstance(value, Mapping)]
    for name in _SAME_PHONE:
        for block in blocks:
            if block.get(name):
                return str(block[name])
    return device.preset or ""
