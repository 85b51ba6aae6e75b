"""What a page finds when it is opened: cookies, storage, passwords, headers, hosts that are not asked, a clock that stands."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from compatcheck.capture.find import Found, find
from compatcheck.capture.look import look as look_with
from compatcheck.capture.remote import RemoteSelenium
from compatcheck.capture.view import ViewEyes, WebCamera
from compatcheck.cli.app import run_app
from compatcheck.errors import CaptureError
from compatcheck.matrix import load_matrix
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Page
from compatcheck.model.plan import Shot
from compatcheck.model.visit import BasicAuth, Cookie, Frozen
from tests.browser.conftest import Looker, device

pytestmark = pytest.mark.browser

CREDENTIALS = "Basic " + base64.b64encode(b"staging:open sesame").decode()
NOON = 1_769_860_800.0  # 2026-01-31T12:00:00Z

ECHO = """<!doctype html><title>echo</title><meta charset=utf-8>
<script>
  window.told = {time: Date.now(), random: [Math.random(), Math.random()], year: new Date().getFullYear(),
                 cookie: document.cookie, local: {...localStorage}, session: {...sessionStorage}};
  localStorage.setItem('left', 'behind'); sessionStorage.setItem('left', 'behind');
  document.cookie = 'left=behind';
</script>
<p>A page that tells what it was given</p>
<iframe src="/inner" width=100 height=20></iframe>
<img src="/own.svg" alt="own"><img src="http://localhost:%PORT%/foreign.svg" alt="foreign">
<script src="/tracker/count.js"></script>"""

FORM = """<!doctype html><title>form</title><meta charset=utf-8>
<form onsubmit="sign(); return false"><input id=user><input id=word type=password><button>Go</button></form>
<script>
  function sign() {
    if (document.getElementById('word').value !== 'open sesame') return;
    document.cookie = 'sid=' + document.getElementById('user').value + '; max-age=3600; samesite=lax';
    localStorage.setItem('user', 'ada');
    document.querySelector('form').outerHTML = '<p id=welcome>Welcome</p>';
  }
</script>"""


class Request(NamedTuple):
    """What the server was asked: the host by which it was called, the path, and the headers in lower case."""

    host: str
    path: str
    headers: dict[str, str]


class Echo(BaseHTTPRequestHandler):
    """Keeps every request; `/secret` wants a password."""

    protocol_version = "HTTP/1.1"
    asked: list[Request]

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        path = self.path.split("?")[0]
        self.asked.append(Request(self.headers["Host"].split(":")[0], path, headers))
        if path == "/secret" and headers.get("authorization") != CREDENTIALS:
            self._send(b"<!doctype html><h1>Who are you?</h1>", "text/html", 401)
        elif path.endswith(".svg"):
            self._send(b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "image/svg+xml")
        elif path.endswith(".js"):
            self._send(b"window.counted = true", "text/javascript")
        elif path == "/form":
            self._send(FORM.encode(), "text/html")
        elif path == "/inner":
            self._send(b"<!doctype html><script>window.told = {time: Date.now()}</script>inside", "text/html")
        else:
            port = str(self.server.server_address[1])
            self._send(ECHO.replace("%PORT%", port).encode(), "text/html")

    def _send(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="staging"')
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Shop(NamedTuple):
    """The echoing server: its address and what it was asked."""

    url: str
    asked: list[Request]


@pytest.fixture(scope="module")
def echo() -> Iterator[Shop]:
    asked: list[Request] = []
    handler = type("Handler", (Echo,), {"asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield Shop(f"http://127.0.0.1:{server.server_address[1]}", asked)
    server.shutdown()
    thread.join()
    server.server_close()


Visitor = Callable[..., tuple[Capture, dict[str, Any]]]


@pytest.fixture
def visit(echo: Shop, look: Looker, script: Callable[..., Any]) -> Visitor:
    """`visit(engine, path, headers=…)`: the capture and what the page's first script found."""

    def run(engine: str, path: str = "/", **wishes: object) -> tuple[Capture, dict[str, Any]]:
        echo.asked.clear()
        capture = look(engine, f"{echo.url}{path}", readiness="fast", **wishes)
        return capture, script(engine, "return window.told || {}")

    return run


def test_cookies_and_storage_are_there_for_the_first_script_and_gone_for_the_next_page(
    engine: str, visit: Visitor, echo: Shop
) -> None:
    cookies = (
        Cookie("plain", "one two", same_site="Lax"),
        Cookie("hidden", "x", http_only=True, expires=NOON * 2),
        Cookie("elsewhere", "no", domain="shop.example"),
    )
    capture, told = visit(engine, cookies=cookies, local_storage={"theme": "dark"}, session_storage={"step": "3"})
    assert not capture.invalid
    assert told["cookie"] == "plain=one two"
    assert set(echo.asked[0].headers["cookie"].split("; ")) == {"plain=one two", "hidden=x"}
    assert told["local"] == {"theme": "dark"}
    assert told["session"] == {"step": "3"}

    _, told = visit(engine)
    assert told["cookie"] == ""
    assert told["local"] == told["session"] == {}
    assert "cookie" not in echo.asked[0].headers


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)  # signing in tries the others
def test_session_state_of_a_file(engine: str, visit: Visitor, echo: Shop, tmp_path: Path) -> None:
    state = {
        "cookies": [
            {"name": "sid", "value": "42", "domain": "127.0.0.1", "path": "/", "expires": -1, "httpOnly": True,
             "secure": False, "sameSite": "Lax"}
        ],
        "origins": [{"origin": echo.url, "localStorage": [{"name": "user", "value": "ada"}]}],
    }  # fmt: skip
    file = tmp_path / "state.json"
    file.write_text(json.dumps(state), encoding="utf-8")
    _, told = visit(engine, session_state=str(file), local_storage={"theme": "dark"})
    assert echo.asked[0].headers["cookie"] == "sid=42"
    assert told["local"] == {"user": "ada", "theme": "dark"}


def test_headers_go_to_the_pages_own_host_only(engine: str, visit: Visitor, echo: Shop) -> None:
    capture, _ = visit(engine, headers={"X-Shop": "blue", "Accept-Language": "eo"})
    by_path = {request.path: request.headers for request in echo.asked}
    assert by_path["/"]["x-shop"] == "blue"
    assert by_path["/"]["accept-language"] == "eo"
    assert "x-shop" not in by_path["/foreign.svg"]
    if engine == "webkit":
        assert "WebKitGTK sends extra headers with the document only." in capture.facts.notes
    else:
        assert by_path["/own.svg"]["x-shop"] == by_path["/tracker/count.js"]["x-shop"] == "blue"
    visit(engine)
    assert "x-shop" not in echo.asked[0].headers


def test_password(engine: str, visit: Visitor) -> None:
    wrong, _ = visit(engine, "/secret", basic_auth=BasicAuth("staging", "wrong"))
    assert "HTTP 401" in wrong.invalid
    right, told = visit(engine, "/secret", basic_auth=BasicAuth("staging", "open sesame"))
    assert not right.invalid
    assert right.facts.status == 200
    assert told


def test_blocked_hosts_are_not_asked(engine: str, visit: Visitor, echo: Shop, script: Callable[..., Any]) -> None:
    capture, _ = visit(engine, blocked_hosts=("localhost", "*/tracker/*.js"))
    assert not capture.invalid
    paths = {request.path for request in echo.asked}
    assert "/own.svg" in paths
    assert not paths & {"/foreign.svg", "/tracker/count.js"}
    assert script(engine, "return window.counted === undefined")
    visit(engine)
    assert {"/foreign.svg", "/tracker/count.js"} <= {request.path for request in echo.asked}


def test_clock_stands_and_dice_are_loaded(engine: str, visit: Visitor, script: Callable[..., Any]) -> None:
    _, first = visit(engine, frozen=Frozen(NOON, 7))
    inner = script(
        engine, "return [frames[0].told.time, new Date(0).getTime(), new Date() instanceof Date, Date.now.name]"
    )
    _, second = visit(engine, frozen=Frozen(NOON, 7))
    _, other = visit(engine, frozen=Frozen(random=8))
    assert first["time"] == second["time"] == NOON * 1000
    assert first["year"] == 2026
    assert inner == [NOON * 1000, 0, True, "now"]
    assert first["random"] == second["random"] != other["random"]
    assert all(0 <= value < 1 for value in first["random"])
    assert other["time"] != NOON * 1000


def test_dice_fall_alike_in_every_engine(look: Looker, visit: Visitor) -> None:
    engines = sorted({engine for engine, _ in look.sessions})  # type: ignore[attr-defined]
    thrown = {engine: tuple(visit(engine, frozen=Frozen(random=7))[1]["random"]) for engine in engines}
    assert len(set(thrown.values())) == 1, thrown


@pytest.mark.parametrize("engine", ["chromium"], indirect=True)  # pages are read before any engine is asked
def test_a_matrix_says_it_once_for_all_pages(engine: str, visit: Visitor, echo: Shop, tmp_path: Path) -> None:
    file = tmp_path / "devices.yaml"
    file.write_text(
        "version: 1\nreference: d\ndevices: [{id: d}]\n"
        "defaults: {cookies: [{name: all, value: pages}], freeze: {time: '2026-01-31T12:00:00Z'}, localStorage: {a: '1'}}\n"
        f"pages: [{{id: own, url: '{echo.url}/', cookies: [{{name: one, value: page}}], localStorage: {{b: '2'}}}}]\n",
        encoding="utf-8",
    )
    (page,) = load_matrix(file).pages
    wishes = {name: getattr(page, name) for name in ("cookies", "local_storage", "frozen")}
    _, told = visit(engine, **wishes)
    assert set(told["cookie"].split("; ")) == {"all=pages", "one=page"}
    assert told["local"] == {"a": "1", "b": "2"}
    assert told["time"] == NOON * 1000


def _login_matrix(folder: Path, echo: Shop, engine: str, word: str) -> Path:
    file = folder / "devices.yaml"
    file.write_text(
        f"version: 1\nreference: d\ndevices: [{{id: d, browser: {engine}, timeout: 20}}]\n"
        "defaults: {sessionState: kept/state.json, readiness: fast}\n"
        f"login:\n  url: {echo.url}/form\n  waitForSelector: '#welcome'\n"
        f"  steps: [{{fill: {{selector: '#user', text: ada}}}}, {{fill: {{selector: '#word', text: '{word}'}}}}, {{click: button}}]\n"
        f"pages: [{{id: own, url: '{echo.url}/'}}]\n",
        encoding="utf-8",
    )
    return file


def test_signing_in_once_is_remembered_by_every_engine(
    engine: str, visit: Visitor, echo: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    matrix = _login_matrix(tmp_path, echo, engine, "open sesame")
    assert run_app(["login", "--matrix", str(matrix)]) == 0
    assert "1 cookies and 1 entries of local storage are in" in capsys.readouterr().out
    file = tmp_path / "kept" / "state.json"
    assert file.stat().st_mode & 0o077 == 0
    state = json.loads(file.read_text(encoding="utf-8"))
    (cookie,) = state["cookies"]
    assert (cookie["name"], cookie["value"], cookie["domain"], cookie["sameSite"]) == ("sid", "ada", "127.0.0.1", "Lax")
    assert cookie["expires"] > time.time() + 3000
    assert state["origins"] == [{"origin": echo.url, "localStorage": [{"name": "user", "value": "ada"}]}]
    (page,) = load_matrix(matrix).pages
    _, told = visit(engine, session_state=page.session_state)
    assert told["cookie"] == "sid=ada"
    assert told["local"] == {"user": "ada"}


def test_signing_in_that_does_not_work_is_told(echo: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    matrix = _login_matrix(tmp_path, echo, "chromium", "wrong")
    assert run_app(["login", "--matrix", str(matrix), "--save", str(tmp_path / "x.json")]) == 3
    assert "nothing visible matched '#welcome'" in capsys.readouterr().err
    assert not (tmp_path / "x.json").exists()


class TestElsewhere:
    """Sessions that were not started here get what WebDriver, DevTools or BiDi can do; the rest is said."""

    def test_remote_chromium_and_firefox(self, echo: Shop, program: str) -> None:
        browser, server = program.split("@")
        of = device(browser, driver="remote", server=server)
        page = Page(
            "page", f"{echo.url}/secret", cookies=(Cookie("plain", "1"),), local_storage={"a": "1"},
            headers={"X-Shop": "blue"}, basic_auth=BasicAuth("staging", "open sesame"), blocked_hosts=("localhost",),
            frozen=Frozen(NOON), readiness="fast",
        )  # fmt: skip
        echo.asked.clear()
        with RemoteSelenium().open(of) as session:
            capture = session.look(Shot(of, page))
            told = session.wire.script("return window.told")
        assert not capture.invalid
        assert (told["cookie"], told["local"], told["time"]) == ("plain=1", {"a": "1"}, NOON * 1000)
        document = [request for request in echo.asked if request.path == "/secret"][-1]
        assert document.headers["x-shop"] == "blue"
        assert "/foreign.svg" not in {request.path for request in echo.asked}

    @pytest.fixture(params=["chromium", "firefox"])
    def program(self, request: pytest.FixtureRequest) -> Iterator[str]:
        """`browser@url` of a driver program that was started by somebody else."""
        from selenium.webdriver.chrome.service import Service as Chrome
        from selenium.webdriver.firefox.service import Service as Firefox

        kind, name = {"chromium": (Chrome, "chromedriver"), "firefox": (Firefox, "geckodriver")}[request.param]
        driver = find(name)
        if not isinstance(driver, Found) or not isinstance(find(request.param), Found):
            pytest.skip(f"{request.param} is not there")
        service = kind(executable_path=driver.path)
        service.start()
        yield f"{request.param}@{service.service_url}"
        service.stop()

    def test_view_that_only_webdriver_reaches(self, engine: str, visit: Visitor, echo: Shop, look: Looker) -> None:
        visit(engine)
        wire = next(one.eyes.wire for (name, _), one in look.sessions.items() if name == engine)  # type: ignore[attr-defined]
        eyes = ViewEyes(wire, WebCamera(wire))
        page = Page(
            "page", f"{echo.url}/", cookies=(Cookie("plain", "1"),), local_storage={"a": "1"}, session_storage={"b": "2"},
            headers={"X-Shop": "blue"}, blocked_hosts=("localhost",), frozen=Frozen(NOON), readiness="fast",
        )  # fmt: skip
        of = device(engine)
        echo.asked.clear()
        capture = look_with(eyes, Shot(of, page))
        told = wire.script("return window.told")
        assert "plain=1" in told["cookie"]
        assert told["local"]["a"] == "1"
        assert told["session"]["b"] == "2"
        said = " ".join(capture.facts.notes)
        for what, really in (
            ("could not be sent", any("x-shop" in one.headers for one in echo.asked)),
            ("told to block hosts", "/foreign.svg" not in {one.path for one in echo.asked}),
            ("not frozen", told["time"] == NOON * 1000),
        ):
            assert (what in said) != really, f"{what}: said {said!r}"
        with pytest.raises(CaptureError, match="basicAuth"):
            look_with(eyes, Shot(of, replace(page, basic_auth=BasicAuth("a", "b"))))
