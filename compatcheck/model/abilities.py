"""What each engine can pretend to be, as one table: `doctor` shows it, the facts of a capture tell what a device lacks.

It is about browsers of this machine and, but for WebKitGTK, those of a Grid or a cloud. A phone's browser and an app's
webview are taken as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from compatcheck.model.matrix import Device, Engine

ENGINES: tuple[Engine, ...] = ("blink", "gecko", "webkit")

ENGINE_NAMES: Mapping[Engine, str] = {"blink": "Chromium", "gecko": "Firefox", "webkit": "WebKitGTK"}
"""What the engine of a local browser is called."""


@dataclass(frozen=True, slots=True)
class Ability:
    """Something that a device may ask for.

    `key` is the matrix's, `wanted` whether a device asks for it. `lacks` says for engines that cannot do it, or not wholly, what
    they do instead: what follows the engine's name in a sentence. `by` says how the others do it.
    """

    key: str
    wanted: Callable[[Device], bool]
    by: Mapping[Engine, str]
    lacks: Mapping[Engine, str] = field(default_factory=dict)


def _has_fractional_ratio(device: Device) -> bool:
    return device.screen.device_scale_factor != int(device.screen.device_scale_factor)


_CDP_BIDI_HOST: Mapping[Engine, str] = {"blink": "DevTools", "gecko": "BiDi", "webkit": "its window"}
_CDP_PREFS_HOST: Mapping[Engine, str] = {"blink": "DevTools", "gecko": "preferences", "webkit": "its window"}

ABILITIES: tuple[Ability, ...] = (
    Ability("viewport", lambda _: True, _CDP_BIDI_HOST),
    Ability(
        "deviceScaleFactor",
        _has_fractional_ratio,
        _CDP_BIDI_HOST,
        {"webkit": "draws at whole pixel ratios only: the nearest one is taken"},
    ),
    Ability(
        "isMobile",
        lambda device: device.screen.is_mobile,
        {"blink": "DevTools", "gecko": "BiDi, where the version knows it"},
        {"webkit": "does not follow the page's mobile viewport tag"},
    ),
    Ability(
        "hasTouch",
        lambda device: device.screen.has_touch,
        _CDP_PREFS_HOST,
        {"webkit": "cannot pretend to have a touch screen"},
    ),
    Ability(
        "orientation",
        lambda device: device.screen.is_mobile,
        {"blink": "DevTools", "gecko": "BiDi, where the version knows it"},
        {"webkit": "tells scripts (screen.orientation) of this machine's screen; media queries see the device's"},
    ),
    Ability("userAgent", lambda device: device.user_agent is not None, _CDP_PREFS_HOST),
    Ability("colorScheme", lambda device: device.color_scheme is not None, _CDP_PREFS_HOST),
    Ability("reducedMotion", lambda device: device.reduced_motion is not None, _CDP_PREFS_HOST),
    Ability(
        "forcedColors",
        lambda device: device.forced_colors is not None,
        _CDP_PREFS_HOST,
        {"webkit": "has no forced colours"},
    ),
    Ability("locale", lambda device: device.locale is not None, _CDP_BIDI_HOST),
    Ability("timezone", lambda device: device.timezone is not None, _CDP_BIDI_HOST),
    Ability(
        "console",
        lambda _: True,
        {"blink": "the browser's log", "gecko": "BiDi", "webkit": "a script in the page"},
    ),
)


def inabilities(device: Device) -> list[str]:
    """What a device asks for and its engine lacks: one sentence each."""
    name = ENGINE_NAMES[device.engine]
    return [
        f"{name} {ability.lacks[device.engine]}."
        for ability in ABILITIES
        if device.engine in ability.lacks and ability.wanted(device)
    ]


def honours(device: Device, key: str) -> bool:
    """Whether the device's engine does what a key of the matrix asks for.

    WebKit elsewhere is a Safari, and pictures made elsewhere were made with what they say: these are taken at their word.
    """
    lacks = {ability.key: ability.lacks for ability in ABILITIES}[key]
    return device.engine not in lacks or (device.engine == "webkit" and device.driver != "selenium")
