"""What a good matrix comes to: the sample of the design, defaults, presets, environment, widths, the document as used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compatcheck.geometry import Size
from compatcheck.matrix import load_matrix, sample_matrix
from compatcheck.metrics import METRICS
from compatcheck.model.matrix import METRIC_NAMES, Mask
from tests.unit.matrix.writing import HEAD, load, problems

ROOT = Path(__file__).parents[3]

DESIGN = """
version: 1
reference: chromium-desktop            # or one per device class: {desktop: chromium-desktop, phone: pixel-8}
defaults: {fullPage: true, readiness: balanced}
metrics: [ssim, ms_ssim, lpips]
thresholds: {sensitivity: normal, scores: {ssim: 0.6}}
devices:
  - {id: chromium-desktop, browser: chromium, viewport: {width: 1280, height: 800}}
  - {id: firefox-desktop, browser: firefox, viewport: {width: 1280, height: 800}}
  - {id: iphone, browser: webkit, preset: iPhone 15}
  - {id: wechat-look, browser: chromium, preset: Pixel 8, inApp: wechat}
  - {id: all-widths, browser: chromium, widths: {from: 320, to: 1400, step: 60}}
  - id: pixel-app
    driver: appium
    server: http://127.0.0.1:4723
    capabilities: {platformName: Android, "appium:automationName": UiAutomator2, "appium:udid": "${PIXEL_UDID}"}
    webview: {context: com.example.shop, open: {deepLink: "shop://web?url={url}"}}
  - id: edge-cloud
    driver: remote
    server: ${GRID_URL}
    capabilities: {browserName: MicrosoftEdge, "bstack:options": {os: Windows, osVersion: "11"}}
pages:
  - {id: home, url: "https://shop.example/", masks: [{selector: "#ads", mode: ignore}]}
"""


@pytest.fixture
def design(tmp_path):
    return load(tmp_path, DESIGN, PIXEL_UDID="0123456789", GRID_URL="https://me:hunter2@grid.example/wd/hub")


def test_sample_of_the_design(design):
    assert dict.fromkeys(("desktop", "tablet", "phone"), "chromium-desktop") == design.reference
    assert design.metrics == ("ssim", "ms_ssim", "lpips")
    assert design.thresholds.scores == {"ssim": 0.6}
    assert [page.masks for page in design.pages] == [(Mask(selector="#ads"),)]
    assert len(design.devices) == 6 + 19

    iphone = design.device("iphone")
    assert (iphone.engine, iphone.device_class) == ("webkit", "phone")
    assert iphone.screen.viewport == Size(393, 659)
    assert (iphone.screen.device_scale_factor, iphone.screen.is_mobile, iphone.screen.has_touch) == (3, True, True)
    assert "iPhone" in (iphone.user_agent or "")

    wechat = design.device("wechat-look")
    assert wechat.screen.device_scale_factor == 2.625
    assert "MicroMessenger" in (wechat.user_agent or "")
    assert "Pixel 8" in (wechat.user_agent or "")

    app = design.device("pixel-app")
    assert (app.driver, app.browser, app.device_class) == ("appium", "chrome", "phone")
    assert app.capabilities["appium:udid"] == "0123456789"  # text it stays, though it looks like a number
    assert app.options["webview"] == {
        "context": "com.example.shop",
        "open": {"deepLink": "shop://web?url={url}"},
        "timeout": 30.0,
        "picture": "auto",
        "alerts": "dismiss",
        "nativeContext": False,
    }

    cloud = design.device("edge-cloud")
    assert (cloud.browser, cloud.server) == ("edge", "https://me:hunter2@grid.example/wd/hub")
    assert cloud.capabilities["bstack:options"] == {"os": "Windows", "osVersion": "11"}


def test_widths(design):
    widths = [device for device in design.devices if device.group == "all-widths"]
    assert [device.screen.viewport.width for device in widths] == list(range(320, 1401, 60))
    assert {device.screen.viewport.height for device in widths} == {800}
    assert widths[0].id == "all-widths-320"


def test_widths_end_where_they_should(tmp_path):
    matrix = load(tmp_path, f"{HEAD}  - {{id: w, preset: Pixel 8, widths: {{from: 320, to: 400, step: 50}}}}\n")
    sizes = [device.screen.viewport for device in matrix.devices[1:]]
    assert sizes == [Size(320, 839), Size(370, 839), Size(400, 839)]


def test_as_used_has_no_secret(design):
    used = json.dumps(design.as_used)
    assert "hunter2" not in used
    assert "0123456789" not in used
    devices = {device["id"]: device for device in design.as_used["devices"]}
    assert devices["edge-cloud"]["server"] == "${GRID_URL}"
    assert devices["pixel-app"]["capabilities"]["appium:udid"] == "${PIXEL_UDID}"
    assert devices["iphone"]["viewport"] == {"width": 393, "height": 659}
    assert devices["iphone"]["fullPage"] is True
    assert devices["all-widths-380"]["group"] == "all-widths"
    assert design.redact("got https://me:hunter2@grid.example/wd/hub/status") == "got ${GRID_URL}/status"


def test_as_used_masks_what_is_written_out(tmp_path):
    text = f"""{HEAD}
  - id: cloud
    driver: remote
    server: https://me:hunter2@grid.example
    capabilities: {{"bstack:options": {{userName: me, accessKey: hunter2, buildName: x}}, "a:token": "${{T}}"}}
  - {{id: half, driver: remote, server: "https://${{T}}:hunter2@grid.example"}}
  - {{id: whole, driver: remote, server: "https://${{T}}:${{T}}@grid.example"}}
"""
    matrix = load(tmp_path, text, T="sesame")
    used = json.dumps(matrix.as_used)
    assert "hunter2" not in used
    assert "sesame" not in used
    _, cloud, half, whole = matrix.as_used["devices"]
    assert cloud["server"] == "https://***@grid.example"
    assert cloud["capabilities"] == {
        "bstack:options": {"userName": "me", "accessKey": "***", "buildName": "x"},
        "a:token": "${T}",
    }
    assert half["server"] == "https://***@grid.example"
    assert whole["server"] == "https://${T}:${T}@grid.example"


def test_defaults_are_overridden_by_page_then_by_device(tmp_path):
    text = """
version: 1
reference: plain
defaults:
  fullPage: false
  readiness: fast
  locale: de-DE
  timeout: 20
  browser: firefox
  capabilities: {"a:x": 1, "a:y": 2}
  waitForSelector: main
  masks: [{selector: .ad}]
devices:
  - {id: plain}
  - {id: own, fullPage: true, locale: fr-FR, capabilities: {"a:y": 3}, browser: chromium}
  - {id: phone, preset: Pixel 8}
pages:
  - {id: a, url: "https://a.example/"}
  - {id: b, url: "https://b.example/", fullPage: true, readiness: strict, waitForSelector: h1, masks: [{xpath: //p, mode: layout}]}
"""
    matrix = load(tmp_path, text)
    plain, own, phone = matrix.devices
    assert (plain.full_page, plain.readiness, plain.locale, plain.timeout) == (False, "fast", "de-DE", 20.0)
    assert (plain.browser, plain.capabilities) == ("firefox", {"a:x": 1, "a:y": 2})
    assert (own.full_page, own.readiness, own.locale, own.browser) == (True, "fast", "fr-FR", "chromium")
    assert own.capabilities == {"a:x": 1, "a:y": 3}
    assert "fullPage" in own.own
    assert "fullPage" not in plain.own
    assert phone.browser == "chromium"  # a preset says more about a device than the defaults do
    first, second = matrix.pages
    assert (first.full_page, first.readiness, first.wait_for_selector) == (None, None, "main")
    assert (second.full_page, second.readiness, second.wait_for_selector) == (True, "strict", "h1")
    assert second.masks == (Mask(selector=".ad"), Mask(xpath="//p", mode="layout"))


def test_device_overrides_its_preset(tmp_path):
    line = (
        "  - {id: a, preset: Pixel 8, browser: firefox, viewport: {width: 400, height: 700}, deviceScaleFactor: 2, "
        "hasTouch: false, userAgent: me}\n"
    )
    device = load(tmp_path, HEAD + line).devices[1]
    assert (device.browser, device.user_agent) == ("firefox", "me")
    assert (device.screen.viewport, device.screen.device_scale_factor) == (Size(400, 700), 2.0)
    assert (device.screen.is_mobile, device.screen.has_touch) == (True, False)


@pytest.mark.parametrize(
    ("line", "size"),
    [
        ("preset: iPhone 15, orientation: landscape", Size(734, 343)),
        ("preset: iPhone 15 landscape", Size(734, 343)),
        ("preset: iphone15, orientation: portrait", Size(393, 659)),
        ("preset: iPhone 15 landscape, orientation: portrait", Size(393, 659)),
        ("viewport: {width: 400, height: 800}, orientation: landscape", Size(800, 400)),
        ("viewport: {width: 800, height: 400}, orientation: landscape", Size(800, 400)),
        ("browser: firefox", Size(1280, 800)),
    ],
)
def test_orientation(tmp_path, line, size):
    assert load(tmp_path, f"{HEAD}  - {{id: a, {line}}}\n").devices[1].screen.viewport == size


@pytest.mark.parametrize(
    ("capabilities", "browser"),
    [
        ("{browserName: MicrosoftEdge}", "edge"),
        ("{browserName: Firefox}", "firefox"),
        ("{platformName: iOS}", "safari"),
        ("{platformName: Android}", "chrome"),
        ("{}", "chromium"),
    ],
)
def test_browser_of_capabilities(tmp_path, capabilities, browser):
    line = f"  - {{id: a, driver: remote, server: http://grid.example, capabilities: {capabilities}}}\n"
    assert load(tmp_path, HEAD + line).devices[1].browser == browser


def test_environment(tmp_path):
    text = f"""{HEAD}
  - id: a
    timeout: ${{SECONDS:-90}}
    isMobile: ${{MOBILE}}
    userAgent: "${{BUILD}}"
    viewport: {{width: "${{WIDTH:-390}}", height: 800}}
"""
    assert problems(tmp_path, text, {"MOBILE": "true", "BUILD": "17"}) == [
        'devices.yaml:10:23: devices[1].viewport.width: must be a whole number, not "${WIDTH:-390}".'
    ]
    text = text.replace('{width: "${WIDTH:-390}", height: 800}', "\n      width: ${WIDTH:-390}\n      height: 800")
    device = load(tmp_path, text, MOBILE="true", BUILD="17").devices[1]
    assert (device.timeout, device.screen.is_mobile, device.user_agent) == (90.0, True, "17")
    assert device.screen.viewport == Size(390, 800)


def test_environment_that_is_not_there(tmp_path):
    text = f"{HEAD}  - {{id: a, driver: remote, server: '${{GRID_URL}}'}}\n  - {{id: b, userAgent: '${{1}}'}}\n"
    assert problems(tmp_path, text, {"GRID_URI": "x"}) == [
        "devices.yaml:5:37: devices[1].server: the environment variable GRID_URL is not set. Did you mean GRID_URI? Else set "
        "it, or give a default: ${GRID_URL:-value}.",
        "devices.yaml:6:24: devices[2].userAgent: `${1}` names no variable. Write ${NAME} or ${NAME:-default}; $${ is a "
        "literal ${.",
    ]


def test_words_of_the_format_are_no_secrets(tmp_path):
    """A browser chosen by the environment must not garble every other text that holds its name."""
    text = (
        'version: 1\nreference: chromium-a\ndevices:\n  - {id: chromium-a, browser: "${BROWSER}", timeout: 1.0e+999}\n'
    )
    assert problems(tmp_path, text, {"BROWSER": "chromium"}) == [
        'devices.yaml:4:54: devices[0].timeout: must be a number, not "1.0e+999".'
    ]
    matrix = load(tmp_path, text.replace("1.0e+999", "99"), BROWSER="chromium")
    assert matrix.as_used["reference"]["desktop"] == "chromium-a"
    assert matrix.as_used["devices"][0]["browser"] == "chromium"


def test_literal_dollar(tmp_path):
    assert load(tmp_path, f"{HEAD}  - {{id: a, userAgent: 'a $${{b}} $c'}}\n").devices[1].user_agent == "a ${b} $c"


def test_anchors_and_merges(tmp_path):
    text = """
x-phone: &phone {browser: webkit, preset: iPhone 15, locale: de-DE}
version: 1
reference: desktop
devices:
  - {id: desktop}
  - {<<: *phone, id: a, locale: fr-FR}
  - {<<: [{timezone: Europe/Paris}, *phone], id: b}
"""
    _, first, second = load(tmp_path, text).devices
    assert (first.preset, first.locale) == ("iPhone 15", "fr-FR")
    assert (second.preset, second.locale, second.timezone) == ("iPhone 15", "de-DE", "Europe/Paris")


def test_merged_values_keep_their_place(tmp_path):
    text = "x-a: &a\n  locale: no\n" + HEAD + "  - {<<: *a, id: b}\n"
    assert problems(tmp_path, text) == [
        'devices.yaml:2:11: devices[1].locale: must be text, not no (which YAML reads as false). Put it in quotes: "no".'
    ]


def test_thresholds(tmp_path):
    text = f"""{HEAD}
  - {{id: a, thresholds: {{sensitivity: strict, kinds: {{moved: never}}, scores: {{ssim: 0.9}}}}}}
thresholds: {{kinds: {{moved: 0.5, colour: 0.2}}, scores: {{psnr: 20}}}}
"""
    matrix = load(tmp_path, text)
    assert matrix.thresholds_for("desktop").kinds == {"moved": 0.5, "colour": 0.2}
    own = matrix.thresholds_for("a")
    assert (own.sensitivity, own.kinds, own.scores) == (
        "strict",
        {"moved": 1.01, "colour": 0.2},
        {"psnr": 20.0, "ssim": 0.9},
    )


def test_reference_per_class(tmp_path):
    text = "version: 1\nreference: {phone: b, tablet: a}\ndevices: [{id: a}, {id: b, preset: Pixel 8}]\n"
    matrix = load(tmp_path, text)
    assert matrix.reference == {"desktop": "a", "tablet": "a", "phone": "b"}
    assert matrix.reference_for(matrix.device("b")).id == "b"


def test_folder_is_relative_to_the_matrix(tmp_path):
    device = load(tmp_path, f"{HEAD}  - {{id: a, driver: folder, folder: shots/a}}\n").devices[1]
    assert device.options["folder"] == str(tmp_path / "shots/a")


def test_local_programs(tmp_path):
    device = load(tmp_path, f"{HEAD}  - {{id: a, binary: /opt/c, driverPath: /opt/d}}\n").devices[1]
    assert device.options == {"binary": "/opt/c", "driverPath": "/opt/d"}


@pytest.mark.parametrize("matrix", ["devices.yaml", "compatcheck/demo/devices.yaml"])
def test_shipped_matrices_load(matrix):
    assert len(load_matrix(ROOT / matrix, environ={}).devices) >= 6


def test_sample_loads(tmp_path):
    assert len(load(tmp_path, sample_matrix()).devices) >= 5


def test_metric_names_are_the_metrics():
    assert set(METRICS) == set(METRIC_NAMES)
