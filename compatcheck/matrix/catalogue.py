"""The catalogue: what screens and user agents real devices have, and how apps name themselves in theirs.

The facts are in `presets.json` and `in_app.json`, read when they are first asked for. Sizes are CSS px; `viewport` is what a
page gets in the device's own browser with the bars shown, `screen` the whole screen. Names are looked up without regard to
case, spaces and punctuation, and may end in "landscape". A user agent is put together from a template for platform and
browser, because browsers no longer tell more: Chrome on Android says "Android 10; K" whatever the phone, Safari on an iPad
says it is a Mac. Only apps still name the model.

Sources: Playwright's device descriptors (viewports of iPhones, iPads, Pixels and foldables), Google Play's device catalogue
(pixels and density of other Android devices; 24 px of status bar and 52 px of toolbar are taken off their height, as on
Playwright's Pixels), the vendors' data sheets for desktops.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any, Literal

from compatcheck.errors import UsageError
from compatcheck.geometry import Size
from compatcheck.matrix.nearest import did_you_mean
from compatcheck.model.matrix import Browser, DeviceClass

Platform = Literal["ios", "ipados", "android", "desktop"]


@dataclass(frozen=True, slots=True)
class Preset:
    """One device of the catalogue. `model` and `os` are what its apps put into their user agents."""

    name: str
    maker: str
    kind: DeviceClass
    platform: Platform
    year: int
    screen: Size
    viewport: Size
    landscape: Size
    device_scale_factor: float
    is_mobile: bool
    has_touch: bool
    browser: Browser
    model: str = ""
    os: str = ""

    def turned(self) -> Preset:
        """The same device held the other way; its name says so."""
        upright = re.sub(r" (landscape|portrait)$", "", self.name)
        way = "portrait" if self.viewport.width > self.viewport.height else "landscape"
        return replace(
            self,
            name=upright if upright != self.name else f"{upright} {way}",
            viewport=self.landscape,
            landscape=self.viewport,
            screen=Size(self.screen.height, self.screen.width),
        )

    def user_agent(self, browser: Browser | None = None) -> str | None:
        """What `browser` (the device's own by default) says it is on this device; None where the engine's own is right."""
        if self.platform == "desktop":
            return None
        templates = _data("presets.json")["userAgents"][self.platform]
        name = "mini" if "iPad mini" in self.name else browser or self.browser
        return fill_template(templates.get(f"{name} {self.kind}") or templates.get(name) or templates["default"], self)


@dataclass(frozen=True, slots=True)
class InApp:
    """How an app's own browser names itself: a template for each platform, None where the app does not exist."""

    name: str
    title: str
    android: str | None
    ios: str | None
    names: tuple[str, ...] = ()

    @property
    def platforms(self) -> tuple[str, ...]:
        return tuple(name for name, template in (("android", self.android), ("ios", self.ios)) if template)

    def user_agent(self, preset: Preset | None, platform: Platform) -> str:
        """What the app says on `preset`, or on a plain phone of `platform`. Raises UsageError when it is not made for it."""
        template = self.android if platform == "android" else self.ios
        if platform == "desktop" or template is None:
            where = " and ".join({"android": "Android", "ios": "iOS"}[name] for name in self.platforms)
            raise UsageError(
                f"{self.title} shows no pages on {'a desktop' if platform == 'desktop' else 'iOS'}.",
                hint=f"It is made for {where}: choose another preset.",
            )
        return fill_template(template, preset or preset_named("Pixel 8" if platform == "android" else "iPhone 15"))


@lru_cache(maxsize=2)
def _data(file: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(resources.files(__package__).joinpath(file).read_text(encoding="utf-8"))
    return data


def fill_template(template: str, preset: Preset) -> str:
    """Put the device's facts and the browsers' versions into a user agent template."""
    shared = _data("presets.json")
    release = preset.os.replace("_", ".")
    major = release.split(".", 1)[0]
    facts = {
        **shared["versions"],
        "os": preset.os,
        "release": release,
        "sdk": shared["androidSdk"].get(major, ""),
        "build": shared["androidBuild"].get(major, ""),
        "model": preset.model or preset.name,
        "apple": f"{'iPad; CPU' if preset.platform == 'ipados' else 'iPhone; CPU iPhone'} OS {preset.os} like Mac OS X",
        "mobile": "" if preset.kind == "tablet" else "Mobile ",
        "width": f"{preset.viewport.width:g}",
        "height": f"{preset.viewport.height:g}",
        "pixelWidth": f"{round(preset.screen.width * preset.device_scale_factor)}",
        "pixelHeight": f"{round(preset.screen.height * preset.device_scale_factor)}",
        "scale": f"{preset.device_scale_factor:g}",
        "dpi": f"{round(preset.device_scale_factor * 160)}",
    }
    for name, shape in shared["shapes"].items():
        template = template.replace(f"<{name}>", shape)
    # a preset's own version of the system also decides which Safari it has
    if preset.platform in ("ios", "ipados") and major.isdigit() and int(major) < shared["frozenIos"]:
        facts["safari"] = release
    return re.sub(r"\{(\w+)\}", lambda match: facts[match[1]], template)


def _size(value: list[float]) -> Size:
    return Size(*value)


@lru_cache(maxsize=1)
def presets() -> tuple[Preset, ...]:
    """Every preset, as the catalogue orders them: by kind, maker and year."""
    found = []
    for item in _data("presets.json")["presets"]:
        screen = _size(item["screen"])
        viewport = _size(item.get("viewport", item["screen"]))
        bars = screen.height - viewport.height
        handheld = item["kind"] != "desktop"
        platform: Platform = item["platform"]
        found.append(
            Preset(
                name=item["name"],
                maker=item["maker"],
                kind=item["kind"],
                platform=platform,
                year=item["year"],
                screen=screen,
                viewport=viewport,
                landscape=_size(item.get("landscape", [screen.height, screen.width - bars])),
                device_scale_factor=item["deviceScaleFactor"],
                is_mobile=item.get("mobile", handheld),
                has_touch=handheld,
                browser=item.get("browser", "webkit" if platform in ("ios", "ipados") else "chromium"),
                model=item.get("model", ""),
                os=item.get("os", _data("presets.json")["os"].get(platform, "")),
            )
        )
    return tuple(found)


@lru_cache(maxsize=1)
def in_apps() -> tuple[InApp, ...]:
    """Every in-app browser, in alphabetical order."""
    return tuple(
        InApp(item["name"], item["title"], item.get("android"), item.get("ios"), tuple(item.get("names", ())))
        for item in sorted(_data("in_app.json")["inApp"], key=lambda item: str(item["name"]))
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold().replace("+", "plus"))


@lru_cache(maxsize=1)
def _by_plain_name() -> dict[str, Preset]:
    named = {_plain(name): preset for preset in presets() for name in (preset.name, f"{preset.maker} {preset.name}")}
    return {**{_plain(alias): named[_plain(name)] for alias, name in _data("presets.json")["aliases"].items()}, **named}


def preset_named(name: str) -> Preset:
    """The preset of that name, turned when it ends in "landscape". Raises UsageError with the nearest names."""
    upright, way = name, None
    if match := re.fullmatch(r"(.*?)[\s(-]+(landscape|portrait)\)?\s*", name, flags=re.IGNORECASE):
        upright, way = match[1], match[2].lower()
    preset = _by_plain_name().get(_plain(upright))
    if preset is None:
        near = did_you_mean(upright, [preset.name for preset in presets()], count=3)
        raise UsageError(f'there is no preset "{name}".', hint=near or "`compatcheck devices` lists them all.")
    wide = preset.viewport.width > preset.viewport.height
    return preset.turned() if way is not None and wide != (way == "landscape") else preset


def in_app_named(name: str) -> InApp:
    """The in-app browser of that name. Raises UsageError with the nearest names."""
    wanted = _plain(name)
    for app in in_apps():
        if wanted in (_plain(known) for known in (app.name, app.title, *app.names)):
            return app
    names = [known for app in in_apps() for known in (app.name, *app.names)]
    hint = did_you_mean(name, names) or f"There are {', '.join(app.name for app in in_apps())}."
    raise UsageError(f'there is no in-app browser "{name}".', hint=hint)


def find_presets(word: str = "") -> tuple[Preset, ...]:
    """The presets whose name, maker, kind or platform holds every part of `word`; all of them without one."""
    parts = word.casefold().split()
    return tuple(
        preset
        for preset in presets()
        if all(
            part in f"{preset.maker} {preset.name} {preset.kind} {preset.platform} {preset.year}".casefold()
            for part in parts
        )
    )


def find_in_app(word: str = "") -> tuple[InApp, ...]:
    """The in-app browsers whose name holds every part of `word`; all of them without one."""
    parts = word.casefold().split()
    return tuple(
        app
        for app in in_apps()
        if all(part in " ".join((app.name, app.title, *app.names, "in-app inapp")).casefold() for part in parts)
    )
