"""What `compatcheck doctor` says about Appium: the server, its drivers, phones, and the next command for each gap."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compatcheck.capture.appium.failures import without_secrets
from compatcheck.capture.appium.server import AUTO, appium_command, find_appium, server_status
from compatcheck.capture.find import Found, NotFound, find, version_of

DRIVER_OF_PLATFORM = {
    "android": "uiautomator2",
    "ios": "xcuitest",
    "linux": "chromium",
    "windows": "chromium",
    "mac": "safari",
}


@dataclass(frozen=True, slots=True)
class Readiness:
    """One thing that captures through Appium need: `ok`, what was found, and else the `next` command to type."""

    what: str
    ok: bool
    found: str
    next: str = ""


def appium_report(server: str | None = None) -> list[Readiness]:
    """What is there at a server (`auto`, None: of this machine), in the order in which gaps are best filled.

    What only the server's own machine can tell (installed drivers, phones) is asked for when the server is on this one.
    """
    if server in (None, AUTO):
        return [*_own_program(), *_drivers(), *_phones(), *_chromedriver()]
    url = str(server)
    try:
        status = server_status(url)
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = str(getattr(error, "reason", error)) or type(error).__name__
        return [
            Readiness(
                "Appium server",
                False,
                f"{without_secrets(url)} does not answer ({reason})",
                "appium server, or write `server: auto`",
            )
        ]
    version = str((status.get("build") or {}).get("version", "")) or "no version told"
    major = version.partition(".")[0]
    good = not major.isdigit() or int(major) >= 2
    entries = [
        Readiness(
            "Appium server",
            good,
            f"{without_secrets(url)}: {version}",
            "" if good else "npm install --global appium@latest",
        )
    ]
    here = re.search(r"//(127\.|localhost|\[::1\])", url) is not None
    return [*entries, *(_drivers() if here else []), *(_phones() if here else []), *(_chromedriver() if here else [])]


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


def _drivers() -> list[Readiness]:
    """The drivers that Appium of this machine has installed; nothing when there is no such program to ask."""
    finding = find_appium()
    if isinstance(finding, NotFound):
        return []
    text = _run(appium_command(finding.path, "driver", "list", "--installed", "--json"))
    try:
        drivers: dict[str, Any] = json.loads(text[text.index("{") :])
    except ValueError:
        return [Readiness("Appium drivers", False, "the list could not be read", "appium driver list --installed")]
    names = [f"{name} {about.get('version', '')}".strip() for name, about in sorted(drivers.items())]
    return [
        Readiness(
            "Appium drivers",
            bool(names),
            ", ".join(names) or "none",
            "" if names else "appium driver install uiautomator2",
        )
    ]


def _phones() -> list[Readiness]:
    home = os.environ.get("ANDROID_HOME") or os.environ.get("ANDROID_SDK_ROOT")
    adb = shutil.which("adb") or (str(Path(home) / "platform-tools" / "adb") if home else None)
    if adb is None or not Path(adb).is_file():
        return [
            Readiness(
                "Android phones",
                False,
                "adb was not found",
                "apt-get install adb, and set ANDROID_HOME=/usr/lib/android-sdk",
            )
        ]
    entries = []
    if not home:
        entries.append(
            Readiness(
                "Android SDK",
                False,
                "ANDROID_HOME is not set",
                f"export ANDROID_HOME={Path(adb).resolve().parent.parent}",
            )
        )
    lines = [
        line.split()
        for line in _run([adb, "devices", "-l"]).splitlines()[1:]
        if line.strip() and not line.startswith("*")
    ]
    for serial, state, *more in (line for line in lines if len(line) >= 2):
        model = next((part.partition(":")[2] for part in more if part.startswith("model:")), "")
        ok = state == "device"
        mend = {"unauthorized": "unlock the phone and allow USB debugging", "offline": f"adb -s {serial} reconnect"}
        entries.append(
            Readiness(
                "Android phone",
                ok,
                f"{serial} {model} {state}".strip(),
                "" if ok else mend.get(state, "adb kill-server"),
            )
        )
    if not lines:
        entries.append(
            Readiness(
                "Android phones", False, "none is attached", "plug one in with USB debugging on, then adb devices"
            )
        )
    return entries


def _chromedriver() -> list[Readiness]:
    """The ChromeDriver of this machine: a webview's Chrome must have the same major version."""
    finding = find("chromedriver")
    if not isinstance(finding, Found):
        return [
            Readiness(
                "ChromeDriver", False, "was not found", 'appium server --allow-insecure "*:chromedriver_autodownload"'
            )
        ]
    version = version_of(finding.path)
    return [Readiness("ChromeDriver", True, f"{version}: fits webviews of Chrome {version.partition('.')[0]}")]


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
