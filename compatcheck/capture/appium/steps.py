"""Native steps: what a person does in the app before the page is there.

steps:
  - tap: {accessibilityId: Browse}
  - type: {id: address, text: "{rawUrl}", enter: true}
  - waitFor: {xpath: "//*[@text='Ready']", timeout: 10}
  - back: true
  - hideKeyboard: true
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from compatcheck.capture.wire import Wire, clear_errors
from compatcheck.errors import CaptureError

STEP_SECONDS = 15.0
"""How long an element may take to come, unless a step's `timeout` says otherwise."""

LOCATORS: Mapping[str, str] = {
    "accessibilityId": "accessibility id",
    "id": "id",
    "xpath": "xpath",
    "className": "class name",
    "uiautomator": "-android uiautomator",
    "predicate": "-ios predicate string",
    "classChain": "-ios class chain",
}
"""The keys of a step that say which element, and Appium's names for those strategies."""


def run_steps(wire: Wire, steps: Sequence[Mapping[str, Any]], url: str) -> None:
    """Carry the steps out in the native context. Raises CaptureError naming the step that failed."""
    for number, step in enumerate(steps, 1):
        verb, how = next(iter(step.items()))
        where = f"webview.open.steps[{number - 1}] ({verb})"
        with clear_errors(where):
            _run(wire, verb, how, url, where)


def _run(wire: Wire, verb: str, how: Any, url: str, where: str) -> None:
    driver: Any = wire.driver
    wire.driver.command_executor.client_config.timeout = 60  # type: ignore[union-attr]
    if verb == "back":
        driver.back()
    elif verb == "hideKeyboard":
        if driver.is_keyboard_shown():
            driver.hide_keyboard()
    elif verb == "pause":
        time.sleep(float(how))
    elif verb in ("tap", "type", "waitFor"):
        element = _find(driver, how, where)
        if verb == "tap":
            element.click()
        elif verb == "type":
            element.clear()
            text = str(how["text"]).replace("{rawUrl}", url).replace("{url}", url)
            element.send_keys(text + ("\n" if how.get("enter") else ""))
    else:
        raise CaptureError(f"{where} is no step.", hint="Known: tap, type, waitFor, back, hideKeyboard, pause.")


def _find(driver: Any, how: Mapping[str, Any], where: str) -> Any:
    from selenium.common.exceptions import NoSuchElementException

    key = next((key for key in LOCATORS if key in how), None)
    if key is None:
        raise CaptureError(f"{where} names no element.", hint=f"Give one of {', '.join(LOCATORS)}.")
    seconds = float(how.get("timeout", STEP_SECONDS))
    deadline = time.monotonic() + seconds
    while True:
        try:
            return driver.find_element(LOCATORS[key], how[key])
        except NoSuchElementException:
            if time.monotonic() > deadline:
                raise CaptureError(
                    f"{where}: the app shows no element with {key} {how[key]!r} within {seconds:.0f} s.",
                    hint="Look at the app's elements with Appium Inspector.",
                ) from None
            time.sleep(0.2)
