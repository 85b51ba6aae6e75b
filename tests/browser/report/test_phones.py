"""The webview axis: one page in a phone's browser and in the apps on the same phone, side by side."""

from __future__ import annotations

import pytest

from compatcheck.report import REPORTERS
from tests.factories import (
    make_device,
    make_divergence,
    make_outcome,
    make_page,
    make_run,
    paint_outcome,
    with_images,
)

pytestmark = pytest.mark.browser


def test_a_phones_browser_and_its_apps_stand_side_by_side(page, tmp_path):
    phone = {"capabilities": {"appium:udid": "P1"}, "preset": "Pixel 8"}
    app = make_device("pixel-app", options={"webview": {"context": "x"}}, **phone)
    outcomes = [
        make_outcome(make_page(), app, divergences=[make_divergence()]),
        make_outcome(make_page(), make_device("desktop")),
        make_outcome(make_page(), make_device("pixel-chrome", **phone)),
    ]
    painted = [with_images(outcome, paint_outcome(outcome, tmp_path)) for outcome in outcomes]
    REPORTERS["html"]().write(make_run(painted), tmp_path)
    page.open(tmp_path)
    page.button("In apps").click()
    page.wait("[...document.querySelectorAll('.phone img')].filter(image => image.naturalWidth > 0).length === 2")
    assert page.one(".phone h2").text == "home · Pixel 8"
    views = page.all(".phone li")
    assert [view.text.splitlines()[0] for view in views] == ["pixel-chrome", "pixel-app"]
    assert "in the browser" in views[0].text
    assert "in an app" in views[1].text
    assert "#buy is moved" in views[1].text
    assert views[0].rect["y"] == views[1].rect["y"]
    assert views[1].rect["x"] > views[0].rect["x"]
    page.one(".phone li:nth-child(2) a").click()
    page.wait("location.hash.startsWith('#/pair/home/pixel-app')")
    assert page.errors() == []


def test_without_such_phones_there_is_no_such_view(page, folder):
    page.open(folder)
    assert "In apps" not in page.one(".overview-bar").text
