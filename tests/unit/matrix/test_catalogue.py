"""The catalogue: complete, plausible, and found by the names that people type."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from compatcheck.errors import UsageError
from compatcheck.geometry import Size
from compatcheck.matrix import find_in_app, find_presets
from compatcheck.matrix.catalogue import in_app_named, in_apps, preset_named, presets


def test_size_and_kinds():
    kinds = [preset.kind for preset in presets()]
    assert len(kinds) >= 60
    assert {"phone", "tablet", "desktop"} == set(kinds)
    makers = {preset.maker for preset in presets()}
    wanted = "Apple Google Samsung Xiaomi Huawei OPPO vivo OnePlus Honor Nothing Motorola Microsoft Lenovo"
    assert makers >= set(wanted.split())
    assert len({preset.name.casefold() for preset in presets()}) == len(kinds)


@pytest.mark.parametrize("preset", presets(), ids=lambda preset: preset.name)
def test_facts_are_plausible(preset):
    assert preset.viewport.width <= preset.screen.width
    assert preset.viewport.height <= preset.screen.height
    short = min(preset.screen.width, preset.screen.height)
    low, high = {"phone": (320, 480), "tablet": (600, 1400), "desktop": (720, 1440)}[preset.kind]
    assert low <= short <= high
    assert 1 <= preset.device_scale_factor <= 4
    assert preset.has_touch == (preset.kind != "desktop")
    assert 2015 <= preset.year <= 2026
    assert preset.turned().turned() == preset
    agent = preset.user_agent()
    if preset.platform == "desktop":
        assert agent is None
        return
    assert agent is not None
    assert agent.startswith("Mozilla/5.0 (")
    assert not re.search(r"[{}<>]", agent)
    assert ("Mobile" in agent) == (preset.kind == "phone" or "iPad mini" in preset.name)
    word = {"ios": "iPhone", "android": "Android", "ipados": "Macintosh"}[preset.platform]
    assert word in agent or "iPad mini" in preset.name
    firefox = preset.user_agent("firefox") or ""
    assert ("Firefox/" in firefox) == (preset.platform == "android")


@pytest.mark.parametrize(
    ("name", "viewport", "ratio"),
    [
        # published figures: Apple's and Google's data sheets (points, dp), Playwright's descriptors
        ("iPhone SE (3rd gen)", Size(375, 553), 2),
        ("iPhone 13 mini", Size(375, 629), 3),
        ("iPhone 15", Size(393, 659), 3),
        ("iPhone 16 Pro Max", Size(440, 763), 3),
        ("Pixel 7", Size(412, 839), 2.625),
        ("Pixel 6 Pro", Size(412, 816), 3.5),
        ("Galaxy S24", Size(360, 704), 3),
        ("Galaxy A54", Size(384, 756), 2.8125),
        ("Redmi Note 13", Size(393, 797), 2.75),
        ("iPad (10th gen)", Size(820, 1106), 2),
        ("Desktop 1080p", Size(1920, 1080), 1),
    ],
)
def test_known_figures(name, viewport, ratio):
    preset = preset_named(name)
    assert (preset.viewport, preset.device_scale_factor) == (viewport, ratio)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("IPHONE 15", "iPhone 15"),
        ("iphone15", "iPhone 15"),
        ("iPhone 15 Pro", "iPhone 15 Pro"),
        ("iPhone 12 Mini", "iPhone 12 mini"),
        ("iphone se", "iPhone SE (3rd gen)"),
        ("Galaxy S24+", "Galaxy S24+"),
        ("Samsung Galaxy S24 Plus", "Galaxy S24+"),
        ("google pixel 8", "Pixel 8"),
        ("iPad Pro 11", "iPad Pro 11 (M4)"),
        ("Pixel 8 landscape", "Pixel 8 landscape"),
        ("Pixel 8 (landscape)", "Pixel 8 landscape"),
        ("Surface Pro 9 landscape", "Surface Pro 9"),
    ],
)
def test_names(typed, meant):
    assert preset_named(typed).name == meant


def test_plus_is_another_device():
    assert preset_named("Galaxy S24").device_scale_factor != preset_named("Galaxy S24+").device_scale_factor


def test_older_system_says_so():
    assert "iPhone OS 15_8" in (preset_named("iPhone SE (1st gen)").user_agent() or "")
    assert "Version/15.8" in (preset_named("iPhone SE (1st gen)").user_agent() or "")
    assert "iPhone OS 18_7" in (preset_named("iPhone 17").user_agent() or "")


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("wechat", "MicroMessenger/"),
        ("weixin", "MicroMessenger/"),
        ("QQ", " QQ/"),
        ("uc", "UCBrowser/"),
        ("alipay", "AlipayClient/"),
        ("facebook", "FBAV/"),
        ("instagram", "Instagram "),
        ("line", "Line/"),
        ("tiktok", "musical_ly_"),
        ("samsung-internet", "SamsungBrowser/"),
        ("Samsung Internet", "SamsungBrowser/"),
        ("twitter", "Twitter"),
    ],
)
def test_apps_are_known_by_their_token(name, token):
    app = in_app_named(name)
    for platform in app.platforms:
        assert token in app.user_agent(None, platform)


@pytest.mark.parametrize("app", in_apps(), ids=lambda app: app.name)
def test_every_app_on_every_phone(app):
    for preset in presets():
        wanted = {"android": "android", "ios": "ios", "ipados": "ios"}.get(preset.platform)
        if wanted not in app.platforms:
            with pytest.raises(UsageError, match=f"^{re.escape(app.title)} shows no pages on"):
                app.user_agent(preset, preset.platform)
            continue
        agent = app.user_agent(preset, preset.platform)
        assert re.fullmatch(r"Mozilla/5\.0 [\x20-\x7e]+", agent)
        assert not re.search(r"[{}<]", agent)


def test_find():
    assert all("iphone" in preset.name.casefold() for preset in find_presets("iPhone 15"))
    assert next(preset.name for preset in find_presets("iphone 15")) == "iPhone 15"
    assert {preset.kind for preset in find_presets("tablet")} == {"tablet"}
    assert len(find_presets("")) == len(presets())
    assert find_presets("no such thing") == ()
    assert [app.name for app in find_in_app("weixin")] == ["wechat"]


def test_listing_loads_nothing_heavy():
    """`compatcheck devices` needs neither pydantic nor PyYAML, and is read in a moment."""
    code = (
        "import sys, time; from compatcheck.matrix import find_presets; start = time.perf_counter();"
        "assert find_presets(''); assert time.perf_counter() - start < 0.5;"
        "assert not {'pydantic', 'yaml', 'numpy', 'torch', 'selenium'} & set(sys.modules), 'heavy'"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
