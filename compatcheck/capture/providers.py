"""What a cloud wants to be told about a session, and what it tells: name, build, outcome, and a link to look at.

Each provider takes these through scripts that its own server catches (they never reach the page). The outcome that is sent so when
a session ends says whether its pages could be looked at. Verdicts come after that, from comparing, when keeping the session open
would cost the cloud's minutes: they are sent to the provider's REST API (`verdicts.py`), which takes them for a session that is over.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError
from compatcheck.model.matrix import Device

REASON_LENGTH = 250
"""Characters of a reason that every provider keeps."""

BUILD_VARIABLE = "COMPATCHECK_BUILD"
"""The build that sessions are filed under, where the capabilities name none; else the CI's own number is taken."""

_CI_BUILDS = ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_TAG", "CIRCLE_BUILD_NUM", "BITBUCKET_BUILD_NUMBER")


def build_name() -> str:
    """The name of the build, empty when nobody gives one."""
    return next((value for name in (BUILD_VARIABLE, *_CI_BUILDS) if (value := os.environ.get(name))), "")


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that is over: `session` is its id at the provider, `user` whose it is, and then its verdict."""

    device: Device
    session: str
    user: str
    passed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class VerdictCall:
    """The REST call that tells a provider how a session ended."""

    method: str
    url: str
    body: Mapping[str, Any]


class Provider:
    """A server that wants to be told nothing: a driver program, Appium, a private Grid."""

    name = "WebDriver"
    vendor = ""
    variables = ("", "")
    """The environment's names for user name and access key, where the server's URL holds none."""

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

    def verdict_call(self, ended: Ended) -> VerdictCall | None:  # noqa: ARG002  (the same)
        """The REST call that tells a session's verdict; None for a server that has none."""
        return None

    def facts(self, wire: Wire) -> dict[str, Any]:
        """For the captures' facts: provider, session and link."""
        return {"provider": self.name, "session": str(wire.driver.session_id), "link": self.link(wire)}

    def _tell(self, wire: Wire, script: str) -> Any:
        """Run a script that the provider's server catches. What it does not understand is no reason to fail a capture."""
        try:
            return wire.call("Telling the provider", lambda: wire.driver.execute_script(script))
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
    variables = ("BROWSERSTACK_USERNAME", "BROWSERSTACK_ACCESS_KEY")

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
        self._execute(wire, "setSessionStatus", {"status": status, "reason": reason[:REASON_LENGTH]})

    def verdict_call(self, ended: Ended) -> VerdictCall:
        """browserstack.com/docs/automate/api-reference/selenium/session (app-automate/api-reference/appium/sessions for apps)."""
        app = ended.device.driver == "appium" and not ended.device.capabilities.get("browserName")
        place = "https://api-cloud.browserstack.com/app-automate" if app else "https://api.browserstack.com/automate"
        body = {"status": "passed" if ended.passed else "failed", "reason": ended.reason[:REASON_LENGTH]}
        return VerdictCall("PUT", f"{place}/sessions/{ended.session}.json", body)

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
    variables = ("SAUCE_USERNAME", "SAUCE_ACCESS_KEY")

    def capabilities(self, device: Device) -> dict[str, Any]:
        return self._added(device, {"name": device.id, "build": build_name()})

    def begin(self, wire: Wire, device: Device) -> None:
        given = device.capabilities.get(self.vendor) or {}
        self._tell(wire, f"sauce:job-name={given.get('name', device.id)}")
        if build := given.get("build") or build_name():
            self._tell(wire, f"sauce:job-build={build}")

    def end(self, wire: Wire, *, passed: bool, reason: str) -> None:
        self._tell(wire, f"sauce:context={reason[:REASON_LENGTH]}")
        self._tell(wire, f"sauce:job-result={'passed' if passed else 'failed'}")

    def verdict_call(self, ended: Ended) -> VerdictCall:
        """docs.saucelabs.com/dev/api/jobs: update a job."""
        region = _sauce_region(ended.device.server or "") or ".us-west-1"
        body = {"passed": ended.passed, "custom-data": {"compatcheck": ended.reason[:REASON_LENGTH]}}
        return VerdictCall(
            "PUT", f"https://api{region}.saucelabs.com/rest/v1/{quote(ended.user)}/jobs/{ended.session}", body
        )

    def link(self, wire: Wire) -> str:
        server = str(wire.driver.command_executor._client_config.remote_server_addr)  # type: ignore[union-attr]
        region = _sauce_region(server)
        return f"https://app{'' if region == '.us-west-1' else region}.saucelabs.com/tests/{wire.driver.session_id}"


def _sauce_region(server: str) -> str:
    """The region in the host name of Sauce Labs' server, with its dot; empty where it names none."""
    match = re.search(
        r"\.(eu-central-1|us-west-1|us-east-4|apac-southeast-1)\.", f".{urlsplit(server).hostname or ''}."
    )
    return f".{match.group(1)}" if match else ""


class LambdaTest(Provider):
    """LambdaTest: `lambda-name`, `lambda-build`, `lambda-status`."""

    name = "LambdaTest"
    vendor = "LT:Options"
    variables = ("LT_USERNAME", "LT_ACCESS_KEY")

    def capabilities(self, device: Device) -> dict[str, Any]:
        return self._added(device, {"name": device.id, "build": build_name()})

    def begin(self, wire: Wire, device: Device) -> None:
        given = device.capabilities.get(self.vendor) or {}
        self._tell(wire, f"lambda-name={given.get('name', device.id)}")
        if build := given.get("build") or build_name():
            self._tell(wire, f"lambda-build={build}")

    def end(self, wire: Wire, *, passed: bool, reason: str) -> None:  # noqa: ARG002  (it takes no reason)
        self._tell(wire, f"lambda-status={'passed' if passed else 'failed'}")

    def verdict_call(self, ended: Ended) -> VerdictCall:
        """lambdatest.com/support/api-doc: PATCH a session."""
        place = (
            "mobile-api.lambdatest.com/mobile-automation"
            if ended.device.driver == "appium"
            else "api.lambdatest.com/automation"
        )
        body = {"status_ind": "passed" if ended.passed else "failed", "reason": ended.reason[:REASON_LENGTH]}
        return VerdictCall("PATCH", f"https://{place}/api/v1/sessions/{ended.session}", body)

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
