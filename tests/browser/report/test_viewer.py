"""The pair viewer in real browsers: every mode, key and filter, the address that holds them, and what is on the screen."""

from __future__ import annotations

import numpy as np
import pytest

from compatcheck.report.results import read_results
from tests.factories import BLOCK
from tests.report_browser import NARROW, extent

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def no_console_errors(page):
    yield
    assert page.errors() == []


def shown_area(page, selector=".pane .sheet"):
    """The screen's pixels of the sheet's first 320 × 230 CSS px, without boxes."""
    left, top, _, _ = page.rect(page.one(selector))
    return page.picture()[round(top) : round(top) + 230, round(left) : round(left) + 320]


MOVED_THERE, MOVED_HERE = (60, 156, 110, 180), (60, 180, 110, 204)


def test_each_mode_shows_what_it_says(page, folder):
    page.pair(folder, "home", "iphone")
    page.press("b")
    page.settle()
    assert extent(shown_area(page)[100:], BLOCK) == (60, 56, 110, 80), "the reference's block, from row 100"

    page.press("2")  # swipe: reference left of the middle, candidate right of it
    page.settle()
    area = shown_area(page)
    assert extent(area[:, :155], BLOCK)[1] == 40, "left: the button that is missing on the candidate"
    assert extent(area[:, 165:], BLOCK) is None

    page.press("3")  # onion skin: both at half strength
    page.settle()
    half = tuple((np.array(BLOCK) + 255) // 2)
    assert extent(shown_area(page)[100:], half) == pytest.approx((60, 56, 110, 104), abs=1)

    page.press("4")  # blink: now one, now the other
    seen = set()
    for _ in range(12):
        seen.add(extent(shown_area(page)[100:], BLOCK))
        if len(seen) > 1:
            break
        page.driver.execute_async_script("setTimeout(arguments[0], 300)")
    assert {(60, 56, 110, 80), (60, 80, 110, 104)} <= seen

    page.press("5")  # heat-map, painted red by the factory
    page.settle()
    assert extent(shown_area(page), (180, 20, 20)) == MOVED_HERE

    page.press("6")  # differences: black where both are equal
    page.settle()
    area = shown_area(page)
    assert area[10, 10].tolist() == [0, 0, 0]
    found = extent(area[100:], tuple(255 - value for value in BLOCK))
    assert found == pytest.approx((60, 56, 110, 104), abs=1)
    assert "mode=diff" in page.hash()


def test_the_reference_device_itself_can_be_looked_at(page, folder):
    page.pair(folder, "home", "iphone")
    page.press("t")
    page.settle()
    assert "against=direct" in page.hash()
    assert page.texts("figcaption span")[0] == "Reference device itself: chromium-desktop"
    assert page.all(".pane")[0].find_elements("css selector", ".box") == [], "boxes belong to the twin's picture"


def test_keys_walk_through_findings_and_pairs(page, folder):
    page.pair(folder, "home", "iphone")
    ids = [item.id for item in read_results(folder).outcomes[2].divergences]
    page.press("j")
    assert f"finding={ids[0]}" in page.hash()
    page.press("n")
    assert f"finding={ids[1]}" in page.hash()
    page.press("k")
    assert f"finding={ids[0]}" in page.hash()
    page.press("]")
    page.wait("!location.hash.includes('iphone')")
    first = page.hash()
    page.press("[")
    page.wait("location.hash.includes('iphone')")
    page.press("J")
    page.wait(f"location.hash === '{first}'")
    page.press("u")
    page.wait("location.hash.startsWith('#/?') || location.hash === '#/'")


@pytest.mark.parametrize("mode", ["side", "swipe", "onion", "blink", "heat", "diff"])
def test_every_mode_works_at_390_px(page, folder, mode):
    page.size(*NARROW)
    page.pair(folder, "home", "iphone", f"mode={mode}")
    page.press("j", "j")
    page.wait("document.querySelector('.box.chosen') !== null")
    page.settle()
    assert page.js("return document.documentElement.scrollWidth") <= NARROW[0]
    left, _, right, _ = page.rect(page.one(".pane"))
    x0, _, x1, _ = page.rect(page.all(".box.chosen")[-1])
    assert x1 > left
    assert x0 < right or mode == "side"


def test_search_and_back_have_keys(page, folder):
    page.pair(folder, "home", "iphone")
    page.press("/")
    page.wait("document.activeElement.id === 'search'")
    assert page.hash() == "#/"
    page.one("#search").send_keys("pixel")
    page.wait("location.hash.includes('q=pixel')")
    page.js("document.activeElement.blur()")
    page.one(".card a").click()
    page.wait("location.hash.startsWith('#/pair/')")
    page.press("p", "p")
    page.wait("location.hash.includes('finding=')")
    page.press("ESCAPE")
    page.wait("location.hash === '#/?q=pixel'")


def test_help_opens_and_closes_with_the_keyboard(page, folder):
    page.open(folder)
    page.press("?")
    page.wait("document.querySelector('dialog[open]') !== null")
    assert "next finding" in page.one("dialog").text
    page.driver.switch_to.active_element.send_keys("\ue00c")
    page.wait("document.querySelector('dialog[open]') === null")


def test_zoom_keeps_both_sides_at_one_scale_and_scrolling_is_locked(page, folder):
    page.pair(folder, "home", "pixel")
    page.press("+", "+", "+", "+")
    for _ in range(4):  # each zoom scrolls to keep the middle, some frames later
        page.settle()
    sizes = {tuple(round(value) for value in (e.size["width"], e.size["height"])) for e in page.all(".pane img")}
    assert len(sizes) == 1
    page.js("document.querySelectorAll('.pane')[0].scrollTo(37, 53)")
    there = "[...document.querySelectorAll('.pane')].every((p) => Math.abs(p.scrollLeft - 37) <= 1 && Math.abs(p.scrollTop - 53) <= 1)"
    page.wait(there)  # Firefox puts what is scrolled on whole device pixels, a frame later
    page.button("Lock scrolling").click()
    page.js("document.querySelectorAll('.pane')[0].scrollTo(0, 0)")
    page.settle()
    assert abs(page.js("return document.querySelectorAll('.pane')[1].scrollTop") - 53) <= 1
    page.press("0")
    page.settle()
    assert page.one("[title='Fit width (0)']").get_attribute("aria-pressed") == "true"


def test_a_finding_is_brought_into_view_on_both_sides(page, folder):
    page.size(1280, 420)
    page.pair(folder, "home", "iphone")
    page.press("j", "j")
    page.settle()
    page.settle()
    for pane in page.all(".pane"):
        left, top, right, bottom = page.rect(pane)
        x0, y0, x1, y1 = page.rect(pane.find_element("css selector", ".box.chosen"))
        assert left <= x0 < x1 <= right
        assert top <= y0 < y1 <= bottom


FILTERS = [
    ("verdict=failed", {"form iphone", "form tablet"}),
    ("kind=missing", {"home firefox-desktop", "home iphone"}),
    ("axis=paint", {"home iphone", "home tablet"}),
    ("engine=gecko", {"home firefox-desktop", "form firefox-desktop"}),
    ("size=tablet&verdict=match", {"home tablet"}),
    ("severity=0.6", {"home firefox-desktop", "home iphone"}),
    ("page=form&verdict=match", {"form chromium-desktop", "form firefox-desktop"}),
    ("change=waived", {"home iphone", "home tablet"}),
    ("q=webkitwebdriver", {"form iphone", "form tablet"}),
    ("q=%23price+pixel", {"home pixel"}),
    ("q=no+such+thing", set()),
]


def test_every_filter_is_in_the_address_and_does_what_it_says(page, folder):
    page.open(folder, "#/?view=list")
    for query, expected in FILTERS:
        page.js("location.hash = arguments[0]", f"#/?view=list&{query}")
        page.wait(f"document.querySelector('[role=status]').textContent.startsWith('{len(expected)} of 10 ')")
        page.settle()
        cells = page.js(
            "return [...document.querySelectorAll('.list .item')].map((r) => [r.cells[1].innerText, r.cells[2].innerText])"
        )
        assert {" ".join(pair) for pair in cells} == expected, query


def test_clicking_filters_changes_the_address_and_back_undoes_it(page, folder):
    page.open(folder, "#/?view=list")
    page.button("Filters").click()
    page.js(
        "[...document.querySelectorAll('#filter-panel label')].find((l) => l.textContent.trim() === 'gecko').click()"
    )
    page.wait("location.hash.includes('engine=gecko')")
    page.one(".list .item a").click()
    page.wait("location.hash.startsWith('#/pair/')")
    assert "engine=gecko" in page.hash(), "the next pair is the next of what passes the filter"
    assert "1/2" in page.one(".pairbar nav").text
    page.driver.back()
    page.wait("document.querySelector('.list') !== null && location.hash.includes('engine=gecko')")
    page.driver.back()
    page.wait("!location.hash.includes('engine')")
    assert len(page.all(".list .item")) == 10
    page.one("#search").send_keys("firefox")
    page.wait("document.querySelectorAll('.list .item').length === 2")
    page.button("Clear filters").click()
    page.wait("document.querySelectorAll('.list .item').length === 10")


def test_both_languages_and_themes_are_kept(page, folder):
    page.open(folder, query="")
    page.js("localStorage.clear()")
    page.open(folder, query="lang=zh&theme=light")
    assert page.one("html").get_attribute("lang") == "zh-Hans"
    assert page.texts(".counts button") == ["✕ 2 失败", "∅ 1 无效", "! 4 有问题", "✓ 3 一致"]
    light = page.js("return getComputedStyle(document.body).backgroundColor")
    page.button("主题").click()
    page.wait(f"getComputedStyle(document.body).backgroundColor !== '{light}'")
    page.button("English").click()
    page.wait("document.documentElement.lang === 'en'")


def test_matrix_and_plots_show_every_device(page, folder):
    page.open(folder, "#/?view=matrix")
    assert len(page.all(".matrix .cell")) == 10
    assert page.one(".matrix .cell[aria-label*='home on iphone']").text.split() == ["2", "0.90"]
    page.open(folder, "#/?view=plots")
    assert len(page.all("circle.dot")) == 6
    assert len(page.all("circle.dot.broken")) == 4
    assert page.all("line.limit")
