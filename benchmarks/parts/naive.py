"""What people write without a tool: a WebDriver session, `get`, `save_screenshot`; and Playwright on the same Chromium."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service as ChromeService
from selenium.webdriver.firefox.service import Service as FirefoxService
from selenium.webdriver.webkitgtk.options import Options as WebKitOptions
from selenium.webdriver.webkitgtk.service import Service as WebKitService

from compatcheck.capture.display import display
from compatcheck.capture.find import Found, find
from compatcheck.model.matrix import Device

PLAYWRIGHT = "playwright-core@1.56.1"
MINIBROWSERS = ("/usr/lib/*/webkit2gtk-4.1/MiniBrowser", "/usr/libexec/webkit2gtk-4.1/MiniBrowser")
PLAIN = ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars")


def program(name: str) -> str:
    found = find(name)
    if not isinstance(found, Found):
        raise SystemExit(f"{found.what} is needed: {found.how_to_install}")
    return found.path


def open_naive(device: Device) -> Any:
    """A session as the first page of Selenium's documentation has it, with the device's screen as far as that goes."""
    size, ratio = device.screen.viewport, device.screen.device_scale_factor
    if device.browser == "chromium":
        chrome = webdriver.ChromeOptions()
        chrome.binary_location = program("chromium")
        for argument in (*PLAIN, f"--window-size={size.width:.0f},{size.height:.0f}"):
            chrome.add_argument(argument)
        metrics = {"width": int(size.width), "height": int(size.height), "pixelRatio": ratio}
        metrics |= {"mobile": device.screen.is_mobile, "touch": device.screen.has_touch}
        chrome.add_experimental_option("mobileEmulation", {"deviceMetrics": metrics})
        return webdriver.Chrome(options=chrome, service=ChromeService(program("chromedriver")))
    if device.browser == "firefox":
        firefox = webdriver.FirefoxOptions()
        firefox.binary_location = program("firefox")
        for argument in ("-headless", f"--width={size.width:.0f}", f"--height={size.height:.0f}"):
            firefox.add_argument(argument)
        firefox.set_preference("layout.css.devPixelsPerPx", str(ratio))
        return webdriver.Firefox(options=firefox, service=FirefoxService(program("geckodriver")))
    webkit = WebKitOptions()
    browsers = [path for pattern in MINIBROWSERS for path in Path("/").glob(pattern[1:])]
    if not browsers:
        raise SystemExit("WebKitGTK's MiniBrowser is needed: install Debian's webkit2gtk-driver.")
    webkit.binary_location = str(browsers[0])
    webkit.add_argument("--automation")
    webkit.set_capability("browserName", "MiniBrowser")
    driver = webdriver.WebKitGTK(options=webkit, service=WebKitService(program("WebKitWebDriver")))
    driver.set_window_size(size.width, size.height)
    return driver


@contextmanager
def screen() -> Iterator[None]:
    """A screen for MiniBrowser; it is there before the clock starts."""
    with display() as name:
        before = os.environ.get("DISPLAY")
        os.environ["DISPLAY"] = name
        os.environ["WEBKIT_DISABLE_DMABUF_RENDERER"] = "1"
        try:
            yield
        finally:
            os.environ.pop("DISPLAY") if before is None else os.environ.update(DISPLAY=before)


def session_per_capture(devices: Sequence[Device], pages: Mapping[str, str], folder: Path) -> float:
    started = time.monotonic()
    for device in devices:
        for name, url in pages.items():
            driver = open_naive(device)
            try:
                driver.get(url)
                assert driver.save_screenshot(str(folder / f"{name}-{device.id}.png"))
            finally:
                driver.quit()
    return time.monotonic() - started


def session_per_device(devices: Sequence[Device], pages: Mapping[str, str], folder: Path) -> float:
    started = time.monotonic()
    for device in devices:
        driver = open_naive(device)
        try:
            for name, url in pages.items():
                driver.get(url)
                assert driver.save_screenshot(str(folder / f"{name}-{device.id}.png"))
        finally:
            driver.quit()
    return time.monotonic() - started


_SCRIPT = """
const { chromium } = require(process.argv[2] + '/node_modules/playwright-core');
const { executable, devices, pages, folder, together } = JSON.parse(process.argv[3]);
(async () => {
  const started = performance.now();
  const browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  const rest = [...devices];
  const work = async () => {
    for (let device = rest.shift(); device; device = rest.shift()) {
      const { id, ...screen } = device;
      const context = await browser.newContext(screen);
      const page = await context.newPage();
      for (const [name, url] of Object.entries(pages)) {
        await page.goto(url);
        await page.screenshot({ path: `${folder}/${name}-${id}.png`, fullPage: true, animations: 'disabled' });
      }
      await context.close();
    }
  };
  await Promise.all(Array.from({ length: together }, work));
  await browser.close();
  console.log((performance.now() - started) / 1000);
})();
"""


def playwright(
    devices: Sequence[Device], pages: Mapping[str, str], folder: Path, cache: Path, *, together: int
) -> float:
    """Whole-page pictures by Playwright, `together` contexts at a time in one browser. Node's own start is not counted."""
    if not (cache / "node_modules" / "playwright-core").is_dir():
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("npm is needed to fetch playwright-core.")
        cache.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--ignore-scripts", "--no-save", "--no-audit", "--no-fund", PLAYWRIGHT]
        subprocess.run(command, cwd=cache, check=True, stdout=subprocess.DEVNULL)
    told = {
        "executable": program("chromium"),
        "pages": dict(pages),
        "folder": str(folder),
        "together": together,
        "devices": [
            {
                "id": device.id,
                "viewport": {
                    "width": int(device.screen.viewport.width),
                    "height": int(device.screen.viewport.height),
                },
                "deviceScaleFactor": device.screen.device_scale_factor,
                "isMobile": device.screen.is_mobile,
                "hasTouch": device.screen.has_touch,
            }
            for device in devices
        ],
    }
    script = folder / "playwright.cjs"
    script.write_text(_SCRIPT, encoding="utf-8")
    command = [shutil.which("node") or "node", str(script), str(cache), json.dumps(told)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return float(done.stdout)
