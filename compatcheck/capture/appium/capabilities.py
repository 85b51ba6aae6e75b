"""The capabilities of an Appium session: the matrix's, untouched, and what is added where it says nothing.

Added: ports that parallel sessions must not share, an end for a session that we can no longer end ourselves, and for phones:
permissions granted, dialogs answered, no window animation, the device's orientation, language and region.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compatcheck.capture.appium.server import AUTO
from compatcheck.capture.chromium import chromium_options
from compatcheck.capture.find import Found, find
from compatcheck.capture.firefox import firefox_options
from compatcheck.errors import CaptureError
from compatcheck.model.capabilities import without_prefix
from compatcheck.model.matrix import Device

ABANDONED_SECONDS = 180
"""A session that hears nothing for so long is ended by the server: nothing is left behind when we die or lose the network."""


def automation_name(capabilities: Mapping[str, Any]) -> str:
    """`appium:automationName` in lower case, wherever it stands; empty when it is not given."""
    nested = capabilities.get("appium:options") or {}
    return str(capabilities.get("appium:automationName") or nested.get("automationName") or "").lower()


def platform_of(capabilities: Mapping[str, Any]) -> str:
    """`platformName` in lower case."""
    return str(capabilities.get("platformName") or "").lower()


def is_phone(capabilities: Mapping[str, Any]) -> bool:
    """True for Android and iOS, whoever drives them."""
    return platform_of(capabilities) in {"android", "ios", "tvos"}


def session_capabilities(device: Device, ports: Mapping[str, int]) -> dict[str, Any]:
    """What the session is asked for. Raises CaptureError for a name that lacks its prefix or a driver that is not named."""
    given = dict(device.capabilities)
    bare = without_prefix(given)
    if bare:
        written = ", ".join(f"{name} as appium:{name}" for name in bare)
        raise CaptureError(
            f"Device {device.id}: capabilities that are not standard need a prefix: {', '.join(bare)}.",
            hint=f"Write {written}.",
        )
    for name in ("platformName", "appium:automationName"):
        absent = not automation_name(given) if name.startswith("appium:") else not platform_of(given)
        if absent:
            raise CaptureError(
                f"Device {device.id}: `driver: appium` needs {name} in its capabilities.",
                hint="For example platformName: Android with appium:automationName: UiAutomator2.",
            )
    nested = given.get("appium:options") or {}
    added = {"appium:newCommandTimeout": ABANDONED_SECONDS, **{f"appium:{name}": port for name, port in ports.items()}}
    added |= _for_phones(device, given)
    if automation_name(given) in {"chromium", "gecko"} and not attaches(given):
        given |= _for_browsers(device, given)
    extra = {
        name: value for name, value in added.items() if name not in given and name.removeprefix("appium:") not in nested
    }
    return {**given, **extra}


def attaches(capabilities: Mapping[str, Any]) -> bool:
    """True when the session joins an app that runs already, as its webview."""
    return "debuggerAddress" in (capabilities.get("goog:chromeOptions") or {})


def _for_browsers(device: Device, given: Mapping[str, Any]) -> dict[str, Any]:
    """A desktop browser started by Appium gets the arguments that local ones get (the matrix's own ones added)."""
    options = firefox_options(device) if automation_name(given) == "gecko" else chromium_options(device)
    here = device.server in (None, AUTO)
    if here and not options.binary_location:
        program = find("firefox" if automation_name(given) == "gecko" else "chromium")
        options.binary_location = program.path if isinstance(program, Found) else ""
    wanted = options.to_capabilities()
    names = (options.KEY, "pageLoadStrategy", "unhandledPromptBehavior", "goog:loggingPrefs", "webSocketUrl")
    found = {name: wanted[name] for name in names if name in wanted and (name == options.KEY or name not in given)}
    driver = find("chromedriver")
    if here and automation_name(given) == "chromium" and "appium:executable" not in given and isinstance(driver, Found):
        found |= {"appium:executable": driver.path, "appium:autodownloadEnabled": False}
    return found


def _for_phones(device: Device, given: Mapping[str, Any]) -> dict[str, Any]:
    driver = automation_name(given)
    if driver not in {"uiautomator2", "espresso", "xcuitest"}:
        return {}
    viewport = device.screen.viewport
    added: dict[str, Any] = {"appium:orientation": "LANDSCAPE" if viewport.width > viewport.height else "PORTRAIT"}
    if device.locale:
        language, _, rest = device.locale.partition("-")
        region = rest.rpartition("-")[2]
        if region:  # UiAutomator2 takes both or none
            added["appium:language"] = language
            added["appium:locale"] = region if driver != "xcuitest" else f"{language}_{region}"
    if driver == "xcuitest":
        # Dialogs that ask for permissions stand over the page; iOS has no way of granting them beforehand on real phones.
        added |= {"appium:autoDismissAlerts": True}
        if device.reduced_motion:
            added |= {"appium:reduceMotion": True}
    else:
        added |= {"appium:autoGrantPermissions": True, "appium:disableWindowAnimation": True}
    return added
