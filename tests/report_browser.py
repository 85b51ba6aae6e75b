"""Opening a report in a real browser: what the tests under tests/browser/report share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.firefox.service import Service as FirefoxService
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from compatcheck import picture
from compatcheck.capture.find import Found, find
from compatcheck.model.capture import RGB

WIDE, NARROW = (1280, 900), (390, 800)


def program(name: str) -> str:
    found = find(name)
    if not isinstance(found, Found):
        pytest.skip(f"{found.what} is not installed")
    return found.path


def _chromium(environment: dict[str, str]) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium")
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--force-device-scale-factor=1"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=ChromeService(program("chromedriver"), env=environment))


def _firefox(environment: dict[str, str]) -> webdriver.Firefox:
    options = webdriver.FirefoxOptions()
    options.binary_location = program("firefox")
    options.add_argument("-headless")
    options.set_capability("webSocketUrl", True)
    return webdriver.Firefox(options=options, service=FirefoxService(program("geckodriver"), env=environment))


BROWSERS = {"chromium": _chromium, "firefox": _firefox}


@contextmanager
def open_browser(name: str) -> Iterator[ReportPage]:
    # Chromium leaves its socket's folder behind where `quit` is quicker than it is.
    with TemporaryDirectory(prefix="cc", ignore_cleanup_errors=True) as folder:
        yield from _opened(name, {**os.environ, "TMPDIR": folder})


def _opened(name: str, environment: dict[str, str]) -> Iterator[ReportPage]:
    driver = BROWSERS[name](environment)
    try:
        driver.set_page_load_timeout(60)
        yield ReportPage(name, driver)
    finally:
        driver.quit()


class ReportPage:
    """One browser with a report in it."""

    def __init__(self, name: str, driver: Any) -> None:
        self.name = name
        self.driver = driver

    def size(self, width: int, height: int) -> None:
        """Make the viewport exactly this large, whatever bars the browser's window has."""
        if self.name == "chromium":
            self.driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
            )
        else:
            self.driver.browsing_context.set_viewport(
                context=self.driver.current_window_handle, viewport={"width": width, "height": height}
            )

    def open(self, address: Path | str, hash_: str = "#/", query: str = "lang=en&theme=light") -> None:
        """Load the report of a run folder, or a URL, at one of its states."""
        url = address if isinstance(address, str) else f"{(address / 'index.html').as_uri()}"
        self.driver.get("about:blank")
        self.driver.get(f"{url}?{query}{hash_}")
        self.wait("document.querySelector('#content') !== null")

    def js(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def wait(self, condition: str, seconds: float = 15) -> None:
        """Wait until a JavaScript expression is true."""
        WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(
            lambda driver: driver.execute_script(f"return Boolean({condition})"), condition
        )

    def all(self, selector: str) -> list[WebElement]:
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector: str) -> list[str]:
        return [element.text for element in self.all(selector)]

    def button(self, text: str) -> WebElement:
        """The first visible button or link whose text or label is, or begins with, `text`."""
        for element in self.all("button, a"):
            label = element.text or element.get_attribute("aria-label") or ""
            if label.strip().startswith(text) and element.is_displayed():
                return element
        raise AssertionError(f"no button {text!r}")

    def press(self, *keys: str) -> None:
        """Type keys at the page itself."""
        for key in keys:
            self.one("body").send_keys(getattr(Keys, key, key))

    def hash(self) -> str:
        return str(self.js("return location.hash"))

    def pair(self, folder: Path | str, page: str, device: str, query: str = "", **rest: Any) -> None:
        """Open a pair and wait for its pictures."""
        self.open(folder, f"#/pair/{page}/{device}{query and '?' + query}", **rest)
        self.wait("document.querySelector('.side') !== null")
        self.wait("[...document.querySelectorAll('.pane img')].every((img) => img.complete && img.naturalWidth > 0)")
        self.settle()

    def settle(self) -> None:
        """Two frames: what was asked for is painted."""
        self.driver.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60)))"
        )

    def picture(self) -> RGB:
        return picture.decode(self.driver.get_screenshot_as_png(), "screenshot")

    def rect(self, element: WebElement) -> tuple[float, float, float, float]:
        """left, top, right, bottom in the viewport."""
        found = self.js(
            "const r = arguments[0].getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]", element
        )
        return tuple(found)

    def errors(self) -> list[str]:
        """Console errors so far (Chromium only: Firefox's log is not offered through WebDriver)."""
        if self.name != "chromium":
            return []
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def extent(area: RGB, colour: tuple[int, int, int], tolerance: int = 24) -> tuple[int, int, int, int] | None:
    """left, top, right, bottom of the pixels of one colour, half-open; None when there is none."""
    near = np.abs(area.astype(np.int16) - np.array(colour)).max(axis=2) <= tolerance
    rows, columns = np.flatnonzero(near.any(axis=1)), np.flatnonzero(near.any(axis=0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
