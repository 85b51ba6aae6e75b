"""Verdicts sent to the clouds: what is sent where, with which key, and what is told when it is not taken."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from compatcheck.capture import DRIVERS
from compatcheck.capture.fake import FakeDriver, hide, stacked
from compatcheck.capture.providers import BrowserStack, Ended, LambdaTest, SauceLabs, VerdictCall, provider_of
from compatcheck.capture.verdicts import credentials, send_verdicts, summary
from compatcheck.cli.app import run_app
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device
from compatcheck.model.plan import Shot
from compatcheck.model.verdict import Outcome
from tests.factories import make_device, make_facts, make_outcome, make_page


class Api:
    """The double of a provider's REST API: it keeps what it is sent, and refuses a key that is wrong."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def _take(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                api.calls.append((self.command, self.path, body))
                good = self.headers["Authorization"] == "Basic " + base64.b64encode(b"me:key").decode()
                self.send_response(200 if good else 401)
                self.end_headers()

            do_PUT = do_PATCH = _take  # noqa: N815  (the standard library calls them so)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    double = Api()
    for kind in (BrowserStack, SauceLabs, LambdaTest):
        true_call = kind.verdict_call

        def here(*arguments: Any, true_call: Any = true_call, **how: Any) -> VerdictCall:
            call: VerdictCall = true_call(*arguments, **how)
            return replace(call, url=f"{double.url}/{call.url.removeprefix('https://')}")

        monkeypatch.setattr(kind, "verdict_call", here)
    yield double
    double.server.shutdown()
    double.server.server_close()


def looked(
    vendor: str, server: str = "http://me:key@hub.example", session: str = "s7", **verdicts: Any
) -> list[Outcome]:
    """Outcomes of one device: a page by each name, with that verdict."""
    device = make_device("cloud", driver="remote", server=server, capabilities={vendor: {}})
    facts = replace(make_facts(device), extra={"remote": {"session": session}})
    return [make_outcome(make_page(name), device, verdict=verdict, facts=facts) for name, verdict in verdicts.items()]


def test_browserstack(api: Api) -> None:
    assert send_verdicts(looked("bstack:options", home="match", help="match")) == []
    assert api.calls == [
        ("PUT", "/api.browserstack.com/automate/sessions/s7.json", {"status": "passed", "reason": "2 pages match"})
    ]


def test_sauce_labs_in_its_region(api: Api) -> None:
    server = "https://me:key@ondemand.eu-central-1.saucelabs.com/wd/hub"
    assert send_verdicts(looked("sauce:options", server, home="match", help="failed")) == []
    ((method, path, body),) = api.calls
    assert (method, path) == ("PUT", "/api.eu-central-1.saucelabs.com/rest/v1/me/jobs/s7")
    assert body["passed"] is False
    assert "1 of 2 pages do not match; help is failed" in body["custom-data"]["compatcheck"]


def test_lambdatest(api: Api) -> None:
    assert send_verdicts(looked("LT:Options", home="match")) == []
    ((method, path, body),) = api.calls
    assert (method, path) == ("PATCH", "/api.lambdatest.com/automation/api/v1/sessions/s7")
    assert body["status_ind"] == "passed"


def test_apps_have_an_address_of_their_own() -> None:
    device = make_device("app", driver="appium", capabilities={"bstack:options": {}, "platformName": "Android"})
    call = provider_of(device).verdict_call(Ended(device, "s1", "me", True, ""))
    assert call is not None
    assert call.url == "https://api-cloud.browserstack.com/app-automate/sessions/s1.json"


def test_every_session_of_a_device_and_no_other_server(api: Api) -> None:
    first, second = looked("bstack:options", home="match"), looked("bstack:options", session="s8", help="match")
    grid = make_outcome(make_page(), make_device("grid", driver="remote", server="http://grid:4444"))
    assert send_verdicts([*first, *second, grid]) == []
    assert [path.rpartition("/")[2] for _, path, _ in api.calls] == ["s7.json", "s8.json"]


def test_a_wrong_key_and_no_key_are_told_and_do_no_harm(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    (told,) = send_verdicts(looked("bstack:options", "http://me:wrong@hub.example", home="match"))
    assert told == "cloud: BrowserStack was not told the verdict: Unauthorized."
    monkeypatch.delenv("SAUCE_ACCESS_KEY", raising=False)
    (told,) = send_verdicts(looked("sauce:options", "http://hub.example", home="match"))
    assert told.endswith("set SAUCE_USERNAME and SAUCE_ACCESS_KEY.")


def test_the_key_comes_from_the_url_or_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LT_USERNAME", "env-user")
    monkeypatch.setenv("LT_ACCESS_KEY", "env-key")
    plain = make_device("a", driver="remote", server="https://hub.example", capabilities={"LT:Options": {}})
    assert credentials(plain, provider_of(plain)) == ("env-user", "env-key")
    named = replace(plain, server="https://u%40x:k@hub.example")
    assert credentials(named, provider_of(named)) == ("u@x", "k")


def test_what_is_sent_holds_no_secret(api: Api) -> None:
    outcomes = looked("bstack:options", home="failed")
    send_verdicts(outcomes, lambda text: text.replace("home", "${PAGE}"))
    assert "home" not in json.dumps(api.calls)


def test_the_worst_page_is_named() -> None:
    passed, reason = summary(looked("LT:Options", home="match", shop="flagged"))
    assert not passed
    assert reason.startswith("1 of 2 pages do not match; shop is flagged")


class CloudDriver(FakeDriver):
    """The fake driver as a cloud's: captures know their session."""

    @contextmanager
    def open(self, device: Device) -> Iterator[Any]:
        with super().open(device) as session:

            def look(shot: Shot) -> Capture:
                capture = session.look(shot)
                return replace(capture, facts=replace(capture.facts, extra={"remote": {"session": f"s-{device.id}"}}))

            yield SimpleNamespace(look=look)


def test_a_run_tells_the_clouds_when_it_has_ended(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One device matches, one is flagged, one has a key that is refused: which is told, and changes nothing else."""
    blocks = stacked("Header", "Hello there", "!Buy now")
    monkeypatch.setitem(DRIVERS, "selenium", lambda: FakeDriver(blocks))
    monkeypatch.setitem(DRIVERS, "remote", lambda: CloudDriver(blocks, faults={"broken": [hide("Buy now")]}))
    for name, value in {"USER_NAME": "me", "KEY": "key", "WRONG": "wrong-key"}.items():
        monkeypatch.setenv(name, value)
    cloud = "browser: chromium, driver: remote, viewport: {width: 800, height: 600}"
    bstack = 'capabilities: {"bstack:options": {os: Windows}}'
    (tmp_path / "devices.yaml").write_text(
        f"""version: 1
reference: desktop
metrics: []
devices:
  - {{id: desktop, browser: chromium, viewport: {{width: 800, height: 600}}}}
  - {{id: good, {cloud}, server: "https://${{USER_NAME}}:${{KEY}}@hub.example/wd/hub", {bstack}}}
  - {{id: broken, {cloud}, server: "https://${{USER_NAME}}:${{KEY}}@hub.example/wd/hub", {bstack}}}
  - {{id: refused, {cloud}, server: "https://${{USER_NAME}}:${{WRONG}}@hub.example/wd/hub", {bstack}}}
pages: [{{id: home, url: "https://shop.example/"}}]
"""
    )
    monkeypatch.chdir(tmp_path)
    assert run_app(["run", "--quiet"]) == 1
    told = {path.rpartition("/")[2]: body for _, path, body in api.calls}
    assert told["s-good.json"]["status"] == "passed"
    assert told["s-broken.json"]["status"] == "failed"
    assert "Buy now" in told["s-broken.json"]["reason"]
    said = capsys.readouterr()
    assert "refused: BrowserStack was not told the verdict: Unauthorized." in said.err
    assert "wrong-key" not in said.out + said.err
