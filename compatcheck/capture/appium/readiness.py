"""What `compatcheck doctor` says about Appium: the server, its drivers, phones, and the next command for each gap."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from compatcheck.capture.appium.failures import without_secrets
from compatcheck.capture.appium.server import AUTO, appium_command, find_appium, server_status
from compatcheck.capture.find import Found, NotFound, find, version_of

ON_ANDROID = ("uiautomator2", "espresso")
"""The automation names whose sessions need adb and a phone on it."""

WITH_CHROMEDRIVER = (*ON_ANDROID, "chromium")
"""Those that reach web pages through a ChromeDriver of the server's machine."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """One thing that captures through Appium need: `ok`, what was found, and else the `next` command to type."""

    what: str
    ok: bool
    found: str
    next: str = ""


def appium_report(server: str | None = None, automation: Collection[str] = ()) -> list[Readiness]:
    """What is there at a server (`auto`, None: of this machine), in the order in which gaps are best filled.

    `automation` are the `appium:automationName`s that are going to be asked for, in lower case; empty: any. What only the
    server's own machine can tell (installed drivers, phones, ChromeDriver) is asked for when the server is on this one.
    """
    if server in (None, AUTO):
        return [*_own_program(), *_beside(automation)]
    url = str(server)
    name = f"Appium server {without_secrets(url)}"
    try:
        status = server_status(url)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = str(getattr(error, "reason", error)) or type(error).__name__
        return [Readiness(name, False, f"does not answer ({reason})", _how_to_start(url))]
    version = str((status.get("build") or {}).get("version", ""))
    major = version.partition(".")[0]
    good = not major.isdigit() or int(major) >= 2
    entry = Readiness(
        name, good, version or "answers, tells no version", "" if good else "npm install --global appium@latest"
    )
    here = re.search(r"//(127\.|localhost|\[::1\])", url) is not None
    return [entry, *(_beside(automation) if here else [])]


def _how_to_start(url: str) -> str:
    """The command that starts a server at this address, or what else mends it."""
    parts = urlsplit(url)
    if parts.path.strip("/"):
        try:
            server_status(urlunsplit((parts.scheme, parts.netloc, "", "", "")))
        except (OSError, ValueError, KeyError, TypeError):
            pass
        else:
            return f"write `server: {urlunsplit((parts.scheme, parts.netloc.rpartition('@')[2], '', '', ''))}`"
    return f"appium server --port {parts.port or 4723}, or write `server: auto`"


def _beside(automation: Collection[str]) -> list[Readiness]:
    """What a server on this machine uses: its drivers, phones, ChromeDriver."""
    entries = _drivers(automation)
    phones: list[_Phone] = []
    if not automation or any(name in ON_ANDROID for name in automation):
        android, phones = _phones()
        entries += android
    if not automation or any(name in WITH_CHROMEDRIVER for name in automation):
        entries += _chromedriver(phones)
    return entries


def _own_program() -> list[Readiness]:
    finding = find_appium()
    if isinstance(finding, NotFound):
        return [Readiness("Appium", False, f"{finding.what} was not found", finding.how_to_install)]
    done = _run(appium_command(finding.path, "--version"))
    version = done.strip().splitlines()[-1] if done.strip() else ""
    return [
        Readiness(
            "Appium",
            bool(version),
            version or f"{finding.path} does not run",
            "" if version else "npm install --global appium",
        )
    ]


def _drivers(automation: Collection[str]) -> list[Readiness]:
    """The drivers that Appium of this machine has installed; nothing when there is no such program to ask."""
    finding = find_appium()
    if isinstance(finding, NotFound):
        return []
    text = _run(appium_command(finding.path, "driver", "list", "--installed", "--json"))
    try:
        drivers: dict[str, Any] = json.loads(text[text.index("{") :])
    except ValueError:
        return [Readiness("Appium drivers", False, "the list could not be read", "appium driver list --installed")]
    there = {str(about.get("automationName") or name).lower() for name, about in drivers.items()}
    names = [f"{name} {about.get('version', '')}".strip() for name, about in sorted(drivers.items())]
    absent = sorted(set(automation) - there) if automation else [] if names else ["uiautomator2"]
    found = ", ".join(names) or "none"
    return [
        Readiness(
            "Appium drivers",
            not absent,
            found + (f"; not {', '.join(absent)}" if absent and names else ""),
            " && ".join(f"appium driver install {name}" for name in absent),
        )
    ]


@dataclass(frozen=True, slots=True)
class _Phone:
    """An attached Android phone, and the version of its webview, empty when it tells none."""

    serial: str
    webview: str


def _phones() -> tuple[list[Readiness], list[_Phone]]:
    """Android's tools and phones on this machine, and the phones that can be used."""
    home = os.environ.get("ANDROID_HOME") or os.environ.get("ANDROID_SDK_ROOT")
    adb = shutil.which("adb") or (str(Path(home) / "platform-tools" / "adb") if home else None)
    if adb is None or not Path(adb).is_file():
        how = "apt-get install adb, and set ANDROID_HOME=/usr/lib/android-sdk"
        return [Readiness("Android phones", False, "adb was not found", how)], []
    entries: list[Readiness] = []
    phones: list[_Phone] = []
    if not home:
        how = f"export ANDROID_HOME={Path(adb).resolve().parent.parent}"
        entries.append(Readiness("Android SDK", False, "ANDROID_HOME is not set", how))
    told = [line.split() for line in _run([adb, "devices", "-l"]).splitlines()[1:]]
    lines = [words for words in told if len(words) >= 2 and not words[0].startswith("*")]
    for serial, state, *more in lines:
        model = next((part.partition(":")[2] for part in more if part.startswith("model:")), "")
        found = f"{serial} {model} {state}".replace("  ", " ")
        if state != "device":
            mend = {"unauthorized": "unlock the phone and allow USB debugging", "offline": f"adb -s {serial} reconnect"}
            entries.append(Readiness("Android phone", False, found, mend.get(state, "adb kill-server")))
            continue
        webview = _webview_version(_run([adb, "-s", serial, "shell", "dumpsys", "webviewupdate"]))
        entries.append(Readiness("Android phone", True, found + (f", webview {webview}" if webview else "")))
        phones.append(_Phone(serial, webview))
    if not lines:
        how = "plug one in with USB debugging on, then adb devices"
        entries.append(Readiness("Android phones", False, "none is attached", how))
    return entries, phones


def _webview_version(told: str) -> str:
    """From `dumpsys webviewupdate`: `Current WebView package (name, version): (com.google.android.webview, 140.0.1.2)`."""
    match = re.search(r"Current WebView package[^:]*: \([\w.]+, ([\d.]+)\)", told)
    return match.group(1) if match else ""


def _chromedriver(phones: Sequence[_Phone]) -> list[Readiness]:
    """The ChromeDriver of this machine: a webview's Chrome must have the same major version."""
    fetch = (
        'appium server --allow-insecure "*:chromedriver_autodownload", or name one in `appium:chromedriverExecutable`'
    )
    finding = find("chromedriver")
    if not isinstance(finding, Found):
        return [Readiness("ChromeDriver", False, "was not found", fetch)]
    version = version_of(finding.path)
    major = version.partition(".")[0]
    others = [phone for phone in phones if phone.webview and phone.webview.partition(".")[0] != major]
    if not others:
        return [Readiness("ChromeDriver", True, f"{version}: fits webviews of Chrome {major}")]
    needed = ", ".join(f"{phone.serial} needs {phone.webview.partition('.')[0]}" for phone in others)
    return [Readiness("ChromeDriver", False, f"{version}, and {needed}", fetch)]


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
