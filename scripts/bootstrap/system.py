"""Browsers, fonts and libraries: which are there, and the missing ones from Debian where that may be done.

What is there is found by files alone, so that asking costs nothing. What can be missing without harm to the rest (a browser)
stays missing with one line that says what to type: a run goes on with the browsers that are there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .packages import COMPILERS

Say = Callable[[str], None]

APT_SECONDS = 30 * 60
"""The longest that one call of apt-get may take: three browsers over a slow line."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something from outside Python that a run uses.

    `probes` are the conditions for its being there: of each tuple one entry must exist, a program's name on PATH or a
    pattern of absolute paths.
    """

    name: str
    why: str
    packages: tuple[str, ...]
    probes: tuple[tuple[str, ...], ...]

    def is_there(self, root: Path = Path("/")) -> bool:
        """True when every probe finds something; `root` stands for the file system's root in tests."""
        return all(any(_exists(entry, root) for entry in probe) for probe in self.probes)


def _exists(entry: str, root: Path) -> bool:
    if entry.startswith("/"):
        return next(root.glob(entry.lstrip("/")), None) is not None
    return shutil.which(entry) is not None


def _font(pattern: str) -> tuple[tuple[str, ...], ...]:
    return ((f"/usr/share/fonts/**/{pattern}", f"/usr/local/share/fonts/**/{pattern}"),)


PARTS = (
    Part(
        "Chromium",
        "the reference engine",
        ("chromium", "chromium-driver"),
        (
            ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"),
            ("chromedriver", "/usr/lib/chromium*/chromedriver"),
        ),
    ),
    Part(
        "Chromium's sandbox",
        "users other than root need it where user namespaces are switched off",
        ("chromium-sandbox",),
        (
            (
                "/usr/lib*/chromium*/chrome-sandbox",
                "/opt/google/chrome/chrome-sandbox",
                "/snap/bin/chromium",
            ),
        ),
    ),
    Part("Firefox", "the Gecko engine", ("firefox-esr",), (("firefox", "firefox-esr"),)),
    Part(
        "WebKitGTK",
        "the engine of Safari and of every browser on an iPhone",
        ("webkit2gtk-driver", "gir1.2-webkit2-4.1", "gir1.2-gtk-3.0", "python3-gi"),
        (
            ("WebKitWebDriver",),
            ("/usr/lib/*/girepository-1.0/WebKit2-4.1.typelib", "/usr/lib*/girepository-1.0/WebKit2-4.1.typelib"),
            ("/usr/lib/*/girepository-1.0/Gtk-3.0.typelib", "/usr/lib*/girepository-1.0/Gtk-3.0.typelib"),
            ("/usr/lib/python3*/*-packages/gi/__init__.py", "/usr/lib*/python3*/*-packages/gi/__init__.py"),
        ),
    ),
    Part("Xvfb", "a screen for WebKitGTK where there is none", ("xvfb", "xauth"), (("Xvfb",), ("xauth",))),
    Part("Noto fonts", "text in most scripts", ("fonts-noto-core",), _font("NotoSansArabic-Regular.*")),
    Part(
        "Chinese, Japanese, Korean fonts", "text in these scripts", ("fonts-noto-cjk",), _font("NotoSansCJK-Regular.*")
    ),
    Part(
        "Liberation fonts", "what pages call Arial and Times", ("fonts-liberation",), _font("LiberationSans-Regular.*")
    ),
    Part("emoji font", "emoji in colour", ("fonts-noto-color-emoji",), _font("NotoColorEmoji.*")),
    Part(
        "graphics libraries",
        "OpenCV loads them",
        ("libgl1", "libglib2.0-0"),
        (
            ("/usr/lib/*/libGL.so.1", "/usr/lib*/libGL.so.1"),
            ("/usr/lib/*/libgthread-2.0.so.0", "/usr/lib*/libgthread-2.0.so.0"),
        ),
    ),
    Part(
        "C compiler",
        "the scores' inner loops are several times faster in C",
        ("gcc", "libc6-dev"),
        (COMPILERS, ("/usr/include/stdio.h", "/Library/Developer/CommandLineTools", "/Applications/Xcode.app")),
    ),
)

MACOS_HINT = (
    "brew install --cask chromium firefox && brew install chromedriver geckodriver (WebKitGTK is for Linux; "
    "for Safari itself: safaridriver --enable)"
)


def missing(parts: Iterable[Part] = PARTS, root: Path = Path("/")) -> list[Part]:
    """The parts that are not there, in order."""
    return [part for part in parts if not part.is_there(root)]


def packages_of(parts: Iterable[Part]) -> list[str]:
    """The Debian packages of all the parts."""
    return [package for part in parts for package in part.packages]


def apt_prefix(environ: os._Environ[str] | dict[str, str]) -> list[str] | None:
    """How apt-get may be called here: `[]` as root, `["sudo", "-n", …]` with a sudo that asks nothing, None for not at all."""
    if environ.get("INSTALL") == "no" or not shutil.which("apt-get"):
        return None
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive"]
    if os.geteuid() == 0:
        return quiet
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n", *quiet]
    return None


class Apt:
    """apt-get without questions: bounded, its output kept in a file."""

    def __init__(self, prefix: Sequence[str], log: Path, say: Say) -> None:
        self.prefix = list(prefix)
        self.log = log
        self.say = say

    def install(self, parts: Sequence[Part]) -> list[Part]:
        """Install what `parts` need, all at once; when that fails, part by part. Gives those that could not be had."""
        self.log.write_text("", encoding="utf-8")
        if not self._call("update"):
            self.say("apt-get update failed; going on with the package lists that are there")
        if self._install(packages_of(parts)):
            return []
        failed = []
        for part in parts:
            if not self._install(part.packages):
                failed.append(part)
        return failed

    def _install(self, packages: Sequence[str]) -> bool:
        return self._call("install", "--yes", "--no-install-recommends", *packages)

    def _call(self, *arguments: str) -> bool:
        options = ["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3", "-o", "Dpkg::Use-Pty=0"]
        command = [*self.prefix, "apt-get", *options, *arguments]
        with self.log.open("a", encoding="utf-8") as log:
            log.write(f"\n$ {' '.join(command)}\n")
            log.flush()
            try:
                done = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    timeout=APT_SECONDS,
                    check=False,
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                log.write(f"{error}\n")
                return False
        return done.returncode == 0


def how_to_install(parts: Sequence[Part], *, macos: bool, has_apt: bool) -> str:
    """What to type for the missing parts on this kind of machine."""
    if macos:
        return MACOS_HINT
    words = " ".join(packages_of(parts))
    if has_apt:
        return f"sudo apt-get install --no-install-recommends {words}"
    return f"your system's packages for what Debian calls {words}"
