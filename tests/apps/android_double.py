"""An Android phone for Appium, made of an adb device, a UiAutomator2 server and the Qt shop behind both.

It proves the protocol: Appium, its UiAutomator2 driver, adb and ChromeDriver are the real ones, and so is the web page (Chromium
inside Qt). It is no Android: nothing that Android itself would paint is painted here.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import urllib.parse
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.apps.adb_device import AdbDevice

PACKAGE = "com.example.shop"
ACTIVITY = ".MainActivity"
PID = 4242

KINDS = {
    "QWebEngineView": "android.webkit.WebView",
    "QLabel": "android.widget.TextView",
    "QLineEdit": "android.widget.EditText",
    "QPushButton": "android.widget.Button",
}


class AndroidDouble:
    """The phone. `serial` is its name for adb; `log` holds every shell command; `unknown` those it had no answer to."""

    def __init__(self, control: int, debug: int, *, installed: bool = True) -> None:
        self.control, self.debug = control, debug
        self.installed = installed
        self.log: list[str] = []
        self.unknown: list[str] = []
        self.alert = ""
        self.keyboard = False
        self.night = "no"
        self.socket_name = f"webview_devtools_remote_{PID}"
        self.shows_webview = True
        self._stopped = threading.Event()
        self.server = _automation_server(self)
        self.device = AdbDevice(self.shell, self.resolve)
        self.serial = f"127.0.0.1:{self.device.port}"

    def close(self) -> None:
        self._stopped.set()
        self.device.close()
        self.server.shutdown()
        self.server.server_close()

    def resolve(self, service: str) -> int | None:
        """The port here that a forwarded port or socket of the phone stands for."""
        if service == "tcp:6790":
            return int(self.server.server_address[1])
        return self.debug if service == f"localabstract:{self.socket_name}" else None

    def app(self, path: str, how: dict[str, Any] | None = None) -> bytes:
        """Ask the shop. Raises OSError when it is not there."""
        data = None if how is None else json.dumps(how).encode()
        with urllib.request.urlopen(f"http://127.0.0.1:{self.control}/{path}", data, timeout=20) as answer:
            return bytes(answer.read())

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self.app("state"))
        return state

    def shell(self, command: str) -> str:
        """What the phone's shell prints."""
        self.log.append(command)
        if command.startswith("am instrument"):  # runs for as long as the automation server does
            self._stopped.clear()
            self._stopped.wait(600)
            return "INSTRUMENTATION_CODE: 0\n"
        if command.startswith("am force-stop io.appium.uiautomator2"):
            self._stopped.set()
        for pattern, answer in self._answers():
            match = re.search(pattern, command)
            if match:
                return answer(match) if callable(answer) else answer
        self.unknown.append(command)
        return ""

    def _answers(self) -> list[tuple[str, Any]]:
        process = f"u0_a1 {PID} 1 0 0 0 0 S {PACKAGE}"
        return [
            (r"getprop ro\.build\.version\.sdk", "34\n"),
            (r"getprop ro\.build\.version\.release", "14\n"),
            (r"getprop ro\.product\.model", "Double\n"),
            (r"getprop ro\.product\.manufacturer", "Example\n"),
            (r"getprop sys\.boot_completed|getprop init\.svc\.bootanim|getprop dev\.bootcomplete", "1\n"),
            (r"^echo ping$", "ping\n"),
            (r"(cat|grep) .*/proc/net/unix", self._sockets),
            (r"cat /proc/\d+/cmdline", f"{PACKAGE}\0"),
            (r"pidof .*com\.example\.shop|pgrep .*com\\?\.example\\?\.shop", f"{PID}\n"),
            (r"pidof|pgrep", ""),
            (r"^'?ps\b", f"USER PID PPID VSZ RSS WCHAN PC S NAME\n{process}\n"),
            (r"wm size", lambda _: "Physical size: {}x{}\n".format(*self.state()["window"])),
            (r"wm density", lambda _: f"Physical density: {round(self.state()['ratio'] * 160)}\n"),
            (r"am start(?:-activity)? .*?-d '?\"?([^'\" ]+)", lambda match: self._link(match.group(1))),
            (r"am start", "Status: ok\n"),
            (r"cmd uimode night( yes| no)?", self._night),
            (
                r"dumpsys package",
                f"Packages:\n  Package [{PACKAGE}]\n    versionCode=7 minSdk=24 targetSdk=34\n    versionName=1.2\n",
            ),
            (
                r"dumpsys webviewupdate",
                "  Current WebView package (name, version): (com.google.android.webview, 140.0.7339.207)\n",
            ),
            (r"pm list packages", f"package:{PACKAGE}\n" if self.installed else "\n"),
            (r"pm path", f"package:/data/app/{PACKAGE}.apk\n" if self.installed else ""),
            (r"dumpsys window", f"mCurrentFocus=Window{{1 u0 {PACKAGE}/{PACKAGE}{ACTIVITY}}}\n"),
            (
                r"dumpsys input_method",
                lambda _: f"mInputShown={str(self.keyboard).lower()} isInputViewShown={str(self.keyboard).lower()}\n",
            ),
            (r"settings get", "1\n"),
            (r"cmd package resolve-activity", f"priority=0\n{PACKAGE}/{ACTIVITY}\n"),
            (r"mock_apps\.json|RecorderService", ""),
            (r"^(settings|am|input|svc|appops|logcat|rm|mkdir|cmd|date|ime|kill)\b", ""),
        ]

    def _sockets(self, _: Any) -> str:
        # Without its header line: that is how Appium's and ChromeDriver's readers both understand it.
        names = [self.socket_name] if self.shows_webview else []
        return "".join(f"0000000000000000: 00000002 00000000 00010000 0001 01 3131 @{name}\n" for name in names)

    def _link(self, link: str) -> str:
        self.open_link(link.replace("\\", ""))
        return "Starting: Intent\nStatus: ok\nComplete\n"

    def open_link(self, link: str) -> None:
        """What the app does with a deep link `shop://web?url=…`."""
        wanted = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query).get("url", [link])[0]
        self.app("open", {"url": wanted})

    def _night(self, match: Any) -> str:
        self.night = (match.group(1) or f" {self.night}").strip()
        return f"Night mode: {self.night}\n"


class _Missing(Exception):
    """An element that is not on the screen."""


def _automation_server(phone: AndroidDouble) -> ThreadingHTTPServer:
    """The HTTP server that Appium's UiAutomator2 driver talks to, as far as it is used here."""
    session = str(uuid.uuid4())
    orientation = {"value": "PORTRAIT"}

    def element(name: str) -> dict[str, str]:
        return {"ELEMENT": name, "element-6066-11e4-a52e-4f735466cecf": name}

    def found(how: dict[str, Any]) -> list[str]:
        elements, wanted = phone.state()["elements"], how["selector"]
        kind = how["strategy"]
        if kind == "class name":
            return [part["id"] for part in elements if KINDS.get(part["kind"]) == wanted]
        if kind == "id":
            return [part["id"] for part in elements if part["id"] == wanted.rpartition("/")[2]]
        if kind == "accessibility id":
            return [part["id"] for part in elements if part["text"] == wanted]
        if kind == "xpath":
            text = re.search(r"@text=['\"]([^'\"]*)", wanted)
            return [part["id"] for part in elements if text and part["text"] == text.group(1)]
        return []

    def part(name: str) -> dict[str, Any]:
        for one in phone.state()["elements"]:
            if one["id"] == name:
                return dict(one)
        raise _Missing(name)

    def answer(method: str, path: str, how: dict[str, Any]) -> Any:
        route = re.sub(r"^/session/[^/]+", "", path) or path
        element_id = match.group(1) if (match := re.match(r"/element/([^/]+)/", route)) else ""
        if path == "/status":
            return {"ready": True, "message": "the double", "build": {"version": "7.0.0"}}
        if path == "/session":
            return {"sessionId": session, "capabilities": {}}
        if route == "/screenshot":
            return base64.b64encode(phone.app("screenshot")).decode()
        if route in ("/element", "/elements"):
            names = found(how)
            if route == "/elements":
                return [element(name) for name in names]
            if not names:
                raise _Missing(str(how))
            return element(names[0])
        if element_id and route.endswith("/click"):
            return phone.app("tap", {"id": element_id}) and None
        if element_id and route.endswith(("/value", "/clear")):
            text = "" if route.endswith("/clear") else how.get("text", "".join(how.get("value", [])))
            phone.keyboard = True
            return phone.app("type", {"id": element_id, "text": text}) and None
        if element_id and route.endswith("/rect"):
            x, y, width, height = part(element_id)["rect"]
            return {"x": x, "y": y, "width": width, "height": height}
        if element_id and route.endswith("/text"):
            return part(element_id)["text"]
        if route == "/orientation":
            if method == "POST":
                orientation["value"] = how["orientation"]
                phone.app("orientation", {"value": how["orientation"]})
            return orientation["value"]
        if route in {"/window/current/size", "/window/rect"}:
            width, height = phone.state()["window"]
            return {"x": 0, "y": 0, "width": width, "height": height}
        if route == "/appium/device/info":
            return {
                "androidId": "double",
                "model": "Double",
                "manufacturer": "Example",
                "platformVersion": "14",
                "apiVersion": "34",
            }
        if route == "/appium/device/display_density":
            return round(phone.state()["ratio"] * 160)
        if route == "/appium/device/system_bars":
            return {"statusBar": part("statusBar")["rect"][3]}
        if route == "/appium/device/pixel_ratio":
            return phone.state()["ratio"]
        if route.startswith("/alert") or route.startswith("/accept_alert") or route.startswith("/dismiss_alert"):
            if not phone.alert:
                raise _Missing("no alert")
            phone.alert = ""
            return None
        return None

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0) or 0))
            phone.log.append(f"{self.command} {self.path} {body[:200]!r}")
            status = 200
            try:
                value = answer(self.command, self.path, json.loads(body or b"{}"))
            except _Missing as error:
                status, value = 404, {"error": "no such element", "message": str(error), "stacktrace": ""}
            except OSError as error:
                status, value = (
                    500,
                    {"error": "unknown error", "message": f"the app is not running ({error})", "stacktrace": ""},
                )
            data = json.dumps({"sessionId": session, "value": value}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_DELETE(self) -> None:
            self._serve()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
