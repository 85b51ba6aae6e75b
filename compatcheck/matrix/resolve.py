"""From the checked blocks of `devices.yaml` to the model: defaults applied, presets looked up, widths expanded.

What a device says itself wins; then its preset; then what its capabilities say; then the defaults; then the built-in
default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from compatcheck.geometry import Size
from compatcheck.matrix import catalogue
from compatcheck.matrix.catalogue import InApp, Platform, Preset
from compatcheck.matrix.schema import DefaultsBlock, DeviceBlock, MatrixBlock, PageBlock, WidthsBlock
from compatcheck.matrix.thresholds import layered, selectors_of
from compatcheck.matrix.visiting import visit_of
from compatcheck.model.matrix import Browser, Device, Login, Matrix, Networks, Page, Screen

MAX_WIDTHS = 400
DEFAULT_VIEWPORT = Size(1280, 800)
DEFAULT_METRICS = ("ssim", "ms_ssim", "lpips")
DEFAULT_HEIGHT = 800
"""CSS px, of a device that names widths only."""

_BROWSER_OF_NAME: Mapping[str, Browser] = {
    "chrome": "chrome",
    "chromium": "chromium",
    "microsoftedge": "edge",
    "edge": "edge",
    "firefox": "firefox",
    "safari": "safari",
    "minibrowser": "webkit",
    "webkit": "webkit",
}

T = TypeVar("T")


def _first(*values: T | None) -> T | None:
    return next((value for value in values if value is not None), None)


def driver_of(device: Mapping[str, Any]) -> str:
    """The driver of a device as plain data: what it says, else a local Selenium session."""
    driver = device.get("driver")
    return driver if isinstance(driver, str) else "selenium"


def widths_of(widths: Mapping[str, Any] | WidthsBlock) -> list[int]:
    """Every width from `from` to `to`, both included; at most one more than MAX_WIDTHS; none when they are no numbers."""
    if isinstance(widths, WidthsBlock):
        start, end, step = widths.from_, widths.to, widths.step
    else:
        start, end, step = widths.get("from", 0), widths.get("to", 0), widths.get("step", 60)
    if not all(type(number) is int and number > 0 for number in (start, end, step)) or end < start:
        return []
    found = list(range(start, end + 1, step)[: MAX_WIDTHS + 1])
    return found if found[-1] == end or len(found) > MAX_WIDTHS else [*found, end]


def preset_of(device: Mapping[str, Any]) -> Preset | None:
    """The preset that a device as plain data names, turned as it is held. Raises UsageError when there is none."""
    name = device.get("preset")
    if not isinstance(name, str):
        return None
    preset = catalogue.preset_named(name)
    wide = preset.viewport.width > preset.viewport.height
    wanted = device.get("orientation")
    return preset.turned() if wanted in ("portrait", "landscape") and wide != (wanted == "landscape") else preset


def in_app_agent(app: InApp, preset: Preset | None, browser: str | None) -> str:
    """The user agent of an app on that device. Raises UsageError when the app is not made for its platform."""
    platform: Platform = "ios" if browser in ("webkit", "safari") else "android"
    return app.user_agent(preset, preset.platform if preset else platform)


def _browser_of_capabilities(capabilities: Mapping[str, Any]) -> Browser | None:
    """What W3C and Appium capabilities say about the engine, None when they say nothing."""
    name = str(capabilities.get("browserName", "")).lower()
    platform = str(capabilities.get("platformName", "")).lower()
    if name in _BROWSER_OF_NAME:
        return _BROWSER_OF_NAME[name]
    return "safari" if platform in ("ios", "ipados") else "chrome" if platform == "android" else None


def _phone_of_capabilities(driver: str, capabilities: Mapping[str, Any]) -> Preset | None:
    """A stand-in for the screen of a phone that nobody described: its real one is known only once it is looked at."""
    platform = str(capabilities.get("platformName", "")).lower()
    name = {"android": "Pixel 8", "ios": "iPhone 15"}.get(platform)
    return catalogue.preset_named(name) if driver == "appium" and name else None


def _screen(block: DeviceBlock, preset: Preset | None) -> Screen:
    viewport = preset.viewport if preset else DEFAULT_VIEWPORT
    if block.viewport is not None:
        viewport = Size(block.viewport.width, block.viewport.height)
        wide = viewport.width > viewport.height
        if block.orientation is not None and wide != (block.orientation == "landscape"):
            viewport = Size(viewport.height, viewport.width)
    return Screen(
        viewport=viewport,
        device_scale_factor=float(
            _first(block.device_scale_factor, preset.device_scale_factor if preset else None) or 1.0
        ),
        is_mobile=bool(_first(block.is_mobile, preset.is_mobile if preset else None)),
        has_touch=bool(_first(block.has_touch, preset.has_touch if preset else None)),
    )


def device_of(block: DeviceBlock, defaults: DefaultsBlock, folder: Path) -> Device:
    """One device, its widths not expanded. `folder` is where the matrix lies: relative paths start there."""
    preset = preset_of({"preset": block.preset, "orientation": block.orientation})
    capabilities = {**(defaults.capabilities or {}), **(block.capabilities or {})}
    driver = _first(block.driver, defaults.driver, "selenium") or "selenium"
    stand_in = preset or _phone_of_capabilities(driver, capabilities)
    browser = (
        block.browser
        or (preset.browser if preset else None)
        or _browser_of_capabilities(capabilities)
        or defaults.browser
        or "chromium"
    )
    agent = _first(block.user_agent, preset.user_agent(browser) if preset else None, defaults.user_agent)
    if block.in_app is not None:
        agent = in_app_agent(catalogue.in_app_named(block.in_app), preset, block.browser or defaults.browser)
    options: dict[str, Any] = {}
    if driver == "selenium" and (binary := block.binary or defaults.binary):
        options["binary"] = binary
    if driver == "selenium" and (program := block.driver_path or defaults.driver_path):
        options["driverPath"] = program
    if block.folder is not None:
        options["folder"] = str(folder / block.folder)
    if block.webview is not None:
        options["webview"] = block.webview.model_dump(by_alias=True, exclude_none=True)
    return Device(
        id=block.id,
        browser=browser,
        screen=_screen(block, stand_in),
        driver=driver,
        user_agent=agent,
        preset=block.preset,
        in_app=block.in_app,
        locale=_first(block.locale, defaults.locale),
        timezone=_first(block.timezone, defaults.timezone),
        color_scheme=_first(block.color_scheme, defaults.color_scheme),
        reduced_motion=_first(block.reduced_motion, defaults.reduced_motion),
        forced_colors=_first(block.forced_colors, defaults.forced_colors),
        server=_first(block.server, defaults.server) if driver in ("remote", "appium") else None,
        capabilities=capabilities,
        options=options,
        full_page=_first(block.full_page, defaults.full_page, True) is not False,
        readiness=_first(block.readiness, defaults.readiness) or "balanced",
        timeout=float(_first(block.timeout, defaults.timeout) or 60.0),
        own=frozenset(
            field.alias or name
            for name, field in DeviceBlock.model_fields.items()
            if name in block.model_fields_set and getattr(block, name) is not None
        ),
    )


def expand(device: Device, block: DeviceBlock) -> list[Device]:
    """One device per width, or the device itself."""
    if block.widths is None:
        return [device]
    screen = device.screen
    height = screen.viewport.height if block.viewport or block.preset else DEFAULT_HEIGHT
    return [
        replace(
            device, id=f"{device.id}-{width}", group=device.id, screen=replace(screen, viewport=Size(width, height))
        )
        for width in widths_of(block.widths)
    ]


def page_of(block: PageBlock, defaults: DefaultsBlock, folder: Path) -> Page:
    """One page. `full_page` and `readiness` stay None where the page says nothing."""
    visited = visit_of(block, defaults, folder)
    return replace(visited, id=block.id, url=block.url, full_page=block.full_page, readiness=block.readiness)


def login_of(block: MatrixBlock, reference: str, folder: Path) -> Login | None:
    """How to sign in. The page has no session state: that is what signing in makes."""
    login = block.login
    if login is None:
        return None
    page = replace(visit_of(login, block.defaults, folder), id="login", url=login.url, session_state=None)
    save = login.save or block.defaults.session_state
    return Login(page, login.device or reference, None if save is None else str(folder / Path(save).expanduser()))


def resolve(block: MatrixBlock, source: str) -> Matrix:
    """The matrix of a block that has passed all checks; `as_used`, `secrets` and waivers are added by the caller."""
    folder = Path(source).absolute().parent
    groups = [(entry, expand(device_of(entry, block.defaults, folder), entry)) for entry in block.devices]
    device_blocks = {
        name: entry.thresholds
        for entry, devices in groups
        if entry.thresholds is not None
        for name in dict.fromkeys((entry.id, *(device.id for device in devices)))
    }
    named = block.reference.model_dump(exclude_none=True)
    fallback = named.get("desktop") or next(iter(named.values()))
    return Matrix(
        devices=tuple(device for _, devices in groups for device in devices),
        reference={kind: named.get(kind, fallback) for kind in ("desktop", "tablet", "phone")},
        pages=tuple(
            replace(
                page_of(page, block.defaults, folder),
                threshold_regions=selectors_of((block.thresholds, page.thresholds, *device_blocks.values())),
            )
            for page in block.pages
        ),
        login=login_of(block, str(fallback), folder),
        metrics=DEFAULT_METRICS if block.metrics is None else tuple(block.metrics),
        fit=block.fit,
        networks=Networks(block.networks.device, block.networks.precision),
        thresholds=layered(block.thresholds),
        device_thresholds={name: layered(block.thresholds, own) for name, own in device_blocks.items()},
        page_thresholds={
            page.id: layered(block.thresholds, page.thresholds) for page in block.pages if page.thresholds
        },
        pair_thresholds={
            (page.id, name): layered(block.thresholds, page.thresholds, own)
            for page in block.pages
            if page.thresholds
            for name, own in device_blocks.items()
        },
        source=source,
        visit=replace(
            visit_of(block.defaults, DefaultsBlock(), folder),
            threshold_regions=selectors_of((block.thresholds, *device_blocks.values())),
        ),
    )
