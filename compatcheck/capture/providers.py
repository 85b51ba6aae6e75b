"""What a cloud wants to be told about a session, and what it tells: name, build, outcome, and a link to look at.

Each provider takes these through scripts that its own server catches (they never reach the page). The outcome that is sent when a
session ends says whether its pages could be looked at; the verdicts come after that, from comparing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError
from compatcheck.model.matrix import Device

BUILD_VARIABLE = "COMPATCHECK_BUILD"
"""The build that sessions are filed under, where the capabilities name none; else the CI's own number is taken."""

_CI_BUILDS = ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_TAG", "CIRCLE_BUILD_NUM", "BITBUCKET_BUILD_NUMBER")


def build_name() -> str:
    """The name of the build, empty when nobody gives one."""
    return next((value for name in (BUILD_VARIABLE, *_CI_BUILDS) if (value := os.environ.get(name))), "")


class Provider:
    """A server that wants to be told nothing: a driver program, Appium, a private Grid."""

    name = "WebDriver"
    vendor = ""

    def capabilities(self, device: Device) -> dict[str, Any]:  # noqa: ARG002  (those that want something use it)
        """Capabilities to add to the matrix's; none may replace what it says."""
        return {}

    def begin(self, wire: Wire, device: Device) -> None:
        """The session is open."""

    def end(self, wire: Wire, *, passed: bool, reason: str) -> None:
        """The session is about to be ended. Must not fail."""

    def link(self, wire: Wire) -> str:  # noqa: ARG002  (the same)
        """Where a person can look at the session, empty when nowhere."""
        return ""

    def facts(self, wire: Wire) -> dict[str, Any]:
        """For the captures' facts: provider, session and link."""
        return {"provider": self.name, "session": str(wire.driver.session_id), "link": self.link(wire)}

    def _tell(self, wire: Wire, script: str) -> Any:
        """Run a script that the provider's server catches. What it does not understand is no reason to fail a capture."""
        try:
            return wire.script(script)
        except CaptureError:
            return None

    def _added(self, device: Device, values: Mapping[str, str]) -> dict[str, Any]:
        """The vendor's block of capabilities with the values that it does not name itself."""
        given = dict(device.capabilities.get(self.vendor) or {})
        return {self.vendor: {**{name: value for name, value in values.items() if value}, **given}}


class Grid(Provider):
    """Selenium Grid 4."""

    name = "Selenium Grid"

    def link(self, wire: Wire) -> str:
        server = urlsplit(str(wire.driver.command_executor._client_config.remote_server_addr))  # type: ignore[union-attr]
        return f"{server.scheme}://{server.netloc.rpartition('@')[2]}/ui/#/session/{wire.driver.session_id}"


class BrowserStack(Provider):
    """BrowserStack Automate and App Automate: `browserstack_executor`."""

    name = "BrowserStack"
    vendor = "bstack:options"

    def __init__(self) -> None:
        self._link: str | None = None

    def capabilities(self, device: Device) -> dict[str, Any]:
        return self._added(device, {"sessionName": device.id, "buildName": build_name()})

    def _execute(self, wire: Wire, action: str, arguments: Mapping[str, Any]) -> Any:
        order = json.dumps({"action": action, "arguments": arguments}, ensure_ascii=False)
        return self._tell(wire, f"browserstack_executor: {order}")

    def begin(self, wire: Wire, device: Device) -> None:
        name = (device.capabilities.get(self.vendor) or {}).get("sessionName", device.id)
        self._execute(wire, "setSessionName", {"name": name})

    def end(self, wire: Wire, *, passed: bool, reason: str) -> None:
        status = "passed" if passed else "failed"
        self._execute(wire, "setSessionStatus", {"status": status, "reason": reason[:250]})

    def link(self, wire: Wire) -> str:
        if self._link is None:
            told = self._execute(wire, "getSessionDetails", {})
            try:
                details = json.loads(told) if isinstance(told, str) else dict(told or {})
            except (ValueError, TypeError):
                details = {}
            self._link = str(details.get("browser_url") or details.get("public_url") or "")
        return self._link


class SauceLabs(Provider):
    """Sauce Labs: `sauce:job-name`, `sauce:job-build`, `sauce:job-result`."""

    name = "Sauce Labs"
    vendor = "sauce:options"

    def capabilities(self, device: Device) -> dict[str, Any]:
        return self._added(device, {"name": device.id, "build": build_name()})

    def begin(self, wire: Wire, device: Device) -> None:
        given = device.capabilities.get(self.vendor) or {}
        self._tell(wire, f"sauce:job-name={given.get('name', device.id)}")
        if build := given.get("build") or build_name():
            self._tell(wire, f"sauce:job-build={build}")

    def end(self, wire: Wire, *, passed: bool, reason: str) -> None:
        self._tell(wire, f"sauce:context={reason[:250]}")
        self._tell(wire, f"sauce:job-result={'passed' if passed else 'failed'}")

    def link(self, wire: Wire) -> str:
        server = str(wire.driver.command_executor._client_config.remote_server_addr)  # type: ignore[union-attr]
        region = ".eu-central-1" if "eu-central-1" in server else ""
        return f"https://app{region}.saucelabs.com/tests/{wire.driver.session_id}"


class LambdaTest(Provider):
    """LambdaTest: `lambda-name`, `lambda-build`, `lambda-status`."""

    name = "LambdaTest"
    vendor = "LT:Options"

    def capabilities(self, device: Device) -> dict[str, Any]:
        return self._added(device, {"name": device.id, "build": build_name()})

    def begin(self, wire: Wire, device: Device) -> None:
        given = device.capabilities.get(self.vendor) or {}
        self._tell(wire, f"lambda-name={given.get('name', device.id)}")
        if build := given.get("build") or build_name():
            self._tell(wire, f"lambda-build={build}")

    def end(self, wire: Wire, *, passed: bool, reason: str) -> None:  # noqa: ARG002  (it takes no reason)
        self._tell(wire, f"lambda-status={'passed' if passed else 'failed'}")

    def link(self, wire: Wire) -> str:
        return f"https://automation.lambdatest.com/logs/?sessionID={wire.driver.session_id}"


PROVIDERS: tuple[type[Provider], ...] = (BrowserStack, SauceLabs, LambdaTest)
"""Those that are known by their block of capabilities."""


def provider_of(device: Device) -> Provider:
    """The provider that the device's capabilities or its server's address name."""
    host = (urlsplit(device.server or "").hostname or "").lower()
    for kind in PROVIDERS:
        if kind.vendor in device.capabilities or kind.name.lower().replace(" ", "") in host:
            return kind()
    return Grid() if device.driver == "remote" else Provider()
