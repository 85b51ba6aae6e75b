"""The report in real browsers, from disk: it runs, says what is there, and its boxes sit on the right pixels."""

from __future__ import annotations

import pytest

from tests.factories import BLOCK
from tests.report_browser import NARROW, extent

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def no_console_errors(page):
    yield
    assert page.errors() == []


def test_the_overview_counts_and_puts_the_worst_first(page, folder):
    page.open(folder)
    assert page.texts(".counts button") == ["✕ 2 failed", "∅ 1 invalid", "! 4 flagged", "✓ 3 match"]
    assert page.texts(".card h2")[0].startswith("! flagged 0.90 home 2 devices")
    assert page.texts(".card h2")[-1].startswith("∅ invalid form")


@pytest.mark.parametrize("device", ["firefox-desktop", "iphone", "pixel", "tablet"])
@pytest.mark.parametrize("zoomed", [False, True])
def test_boxes_sit_on_the_right_pixels_at_every_ratio(page, folder, device, zoomed):
    # Ratios 1, 3, 2.625 and 2. Every divergence with a box has a painted block exactly there, on each side.
    page.pair(folder, "home", device)
    if zoomed:
        page.press("+", "+")
        page.settle()
    screenshot = page.picture()
    checked = 0
    for pane in page.all(".pane"):
        left, top, right, bottom = page.rect(pane)
        for box in pane.find_elements("css selector", ".box"):
            x0, y0, x1, y1 = page.rect(box)
            if x0 < left + 1 or y0 < top + 1 or x1 > right - 4 or y1 > bottom - 4:
                continue
            around = screenshot[round(y0) - 1 : round(y1) + 1, round(x0) - 1 : round(x1) + 1]
            found = extent(around, BLOCK)
            assert found is not None, "no block under the box"
            expected = (1, 1, round(x1) - round(x0) + 1, round(y1) - round(y0) + 1)
            assert found == pytest.approx(expected, abs=1), (device, found, expected)
            checked += 1
    assert checked >= (0 if device == "tablet" else 1)


def test_clicking_a_finding_marks_its_boxes_on_both_sides(page, folder):
    page.pair(folder, "home", "iphone")
    page.all(".finding")[1].click()
    page.settle()
    assert len(page.all(".pane .box.chosen")) == 2
    assert "finding=" in page.hash()
    assert "#price" in page.one(".more").text


def test_every_link_on_every_view_leads_somewhere(page, folder):
    seen = set()
    for hash_ in ("#/", "#/?view=matrix", "#/?view=list"):
        page.open(folder, hash_)
        links = page.js("return [...document.querySelectorAll('#app a[href]')].map((a) => a.getAttribute('href'))")
        seen |= {link for link in links if link.startswith("#/pair/")}
    assert len(seen) >= 10
    for link in seen:
        page.js("location.hash = arguments[0]", link)
        page.wait("document.querySelector('.side') !== null")
        assert not page.all("main > .empty")
        pictures = page.js("return [...document.querySelectorAll('img')].map((img) => img.getAttribute('src'))")
        for picture in pictures:
            assert (folder / picture).is_file()


def test_nothing_sticks_out_at_390_px(page, folder):
    page.size(*NARROW)
    for hash_ in ("#/", "#/?view=matrix", "#/?view=list&verdict=flagged", "#/pair/home/iphone", "#/pair/form/iphone"):
        page.open(folder, hash_)
        page.settle()
        width = page.js("return document.documentElement.scrollWidth")
        assert width <= NARROW[0], hash_
