"""The Appium server of a device: one that is there, or one that is started for the run and stopped after it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compatcheck.capture.appium.ports import leased_ports
from compatcheck.capture.find import Finding, Found, NotFound, find
from compatcheck.capture.processes import Household
from compatcheck.errors import DriverMissing
from compatcheck.model.matrix import Device

AUTO = "auto"
"""The word in `server:` that asks for a server of our own."""

STARTING_SECONDS = 60.0
"""How long Appium may take to start: its first start reads every installed driver."""

HOW_TO_INSTALL = (
    "npm install --global appium, then appium driver install uiautomator2 (or xcuitest, chromium, gecko), "
    "or set COMPATCHECK_APPIUM to the program."
)


def find_appium() -> Finding:
    """The Appium program: COMPATCHECK_APPIUM (a program, or Appium's index.js), else the one on PATH."""
    named = os.environ.get("COMPATCHECK_APPIUM")
    if named:
        path = shutil.which(named) or (named if Path(named).is_file() else None)
        return Found(path) if path else NotFound(f"Appium at {named} (COMPATCHECK_APPIUM)", "correct the variable.")
    path = shutil.which("appium")
    return Found(path) if path else NotFound("Appium", HOW_TO_INSTALL)


def appium_command(path: str, *arguments: str) -> list[str]:
    """The command line that runs Appium; a JavaScript file is run by node."""
    return (["node", path] if path.endswith(".js") else [path]) + list(arguments)


def server_status(url: str, seconds: float = 5.0) -> dict[str, Any]:
    """What the server at `url` answers to `GET /status`. Raises OSError, ValueError, KeyError or TypeError when that is no such answer."""
    with urllib.request.urlopen(f"{url.rstrip('/')}/status", timeout=seconds) as answer:
        value = json.loads(answer.read())["value"]
    return dict(value)


def server_version(url: str) -> str:
    """The version that the server tells, empty when it tells none."""
    try:
        return str(server_status(url).get("build", {}).get("version", ""))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""


@contextmanager
def server_for(device: Device) -> Iterator[str]:
    """The URL of the device's server; `server: auto`, or none, shares one that is started now and stopped with its last user.

    Raises DriverMissing when Appium is not installed or does not start.
    """
    if device.server and device.server != AUTO:
        yield device.server
        return
    with _OURS.used(device) as url:
        yield url


@dataclass(slots=True)
class _Running:
    url: str
    life: ExitStack


class _SharedServer:
    """One server for all devices of this process that ask for one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._running: _Running | None = None

    @contextmanager
    def used(self, device: Device) -> Iterator[str]:
        with self._lock:
            if self._running is not None and not _answers(self._running.url):
                self._running.life.close()  # it died under the sessions before; they have been told
                self._running = None
            if self._running is None:
                self._running = _start(device)
            self._users += 1
            running = self._running
        try:
            yield running.url
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0 and self._running is not None:
                    self._running.life.close()
                    self._running = None


_OURS = _SharedServer()


def _answers(url: str) -> bool:
    try:
        server_status(url, 3.0)
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return True


def _start(device: Device) -> _Running:
    finding = find_appium()
    if isinstance(finding, NotFound):
        raise DriverMissing(
            f"Device {device.id} asks for `server: auto`, and {finding.what} was not found.",
            hint=f"To mend it: {finding.how_to_install}",
        )
    life = ExitStack()
    try:
        port = life.enter_context(leased_ports(["port"]))["port"]
        household = Household()
        life.callback(household.end)
        log = household.folder / "appium.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                appium_command(
                    finding.path, "server", "--address", "127.0.0.1", "--port", str(port), "--log-no-colors"
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=household.environment(_with_geckodriver(household.folder)),
                start_new_session=household.popen_arguments.get("start_new_session", False),
            )
        household.adopt(process.pid)
        life.callback(_reap, process, household)
        url = f"http://127.0.0.1:{port}"
        _await_start(device, finding.path, process, url, log)
    except BaseException:
        life.close()
        raise
    return _Running(url, life)


def _with_geckodriver(folder: Path) -> dict[str, str]:
    """A PATH on which Appium's Gecko driver finds geckodriver under that very name, where this machine has one elsewhere."""
    finding = find("geckodriver")
    if shutil.which("geckodriver") or isinstance(finding, NotFound):
        return {}
    programs = folder / "bin"
    programs.mkdir()
    (programs / "geckodriver").symlink_to(finding.path)
    return {"PATH": os.pathsep.join([str(programs), os.environ.get("PATH", "")])}


def _await_start(device: Device, path: str, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while not _answers(url):
        ended = process.poll() is not None
        if ended or time.monotonic() > deadline:
            why = "ended at once" if ended else f"did not answer within {STARTING_SECONDS:.0f} s"
            raise DriverMissing(
                f"Device {device.id}: Appium ({path}) {why}: {_last_line(log)}",
                hint="Run `appium server` by hand to see what it needs.",
            )
        time.sleep(0.1)


def _reap(process: subprocess.Popen[bytes], household: Household) -> None:
    household.census()  # helpers that Appium started (ChromeDriver, adb) end with it
    process.terminate()
    try:
        process.wait(timeout=10)  # it ends its sessions first, which is politer than ending their browsers
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_line(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"
