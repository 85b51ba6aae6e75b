"""The overview: what a reviewer sees first, with sixty devices, with nothing wrong, since the last run, and on paper."""

from __future__ import annotations

import base64
import re

import pytest

from compatcheck.report import REPORTERS
from tests.factories import make_device, make_divergence, make_outcome, make_page, make_run
from tests.report_browser import WIDE

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def no_console_errors(page):
    yield
    assert page.errors() == []


def test_what_is_new_still_there_and_gone_is_told_and_filters(page, folder):
    page.open(folder)
    line = page.one(".since").text.replace("\n", " ")
    assert "Since 2026-01-01 00:00:" in line
    assert re.search(r"2 new 4 still there 2 gone", line), line
    page.button("2 new").click()
    page.wait("location.hash.includes('change=new')")
    assert page.one("[role=status]").text == "2 of 10 shown"
    page.driver.back()
    page.wait("document.querySelector('[role=status]').textContent.startsWith('10 ')")


def test_the_waivers_of_the_run_are_told_and_the_idle_ones_marked(page, folder):
    page.open(folder)
    waivers = page.one("details.gone:last-of-type")
    assert waivers.text == "Waivers in this run: 2 (1 expired or unused)"
    waivers.find_element("css selector", "summary").click()
    rows = [item.text for item in waivers.find_elements("css selector", "li")]
    assert rows[0].startswith("used w1")
    assert rows[1].startswith("expired w2")
    assert "until the relaunch" in rows[1]
    assert "bob" in rows[1]


def test_the_other_forms_and_the_versions_are_at_the_foot(page, folder):
    page.open(folder)
    links = {link.text: link.get_attribute("href") for link in page.all("footer a")}
    assert set(links) == {"results.json", "junit.xml", "summary.md", "findings.csv"}
    assert all((folder / name).is_file() for name in links)
    assert "compatcheck 0.1.0" in page.one("footer").text


@pytest.mark.parametrize(("sort", "first"), [("page", "form"), ("device", "chromium-desktop"), ("new", "iphone")])
def test_sorting(page, folder, sort, first):
    page.open(folder, "#/?view=list")
    page.js(
        "const s = [...document.querySelectorAll('.filters select')][0]; s.value = arguments[0]; s.dispatchEvent(new Event('change', {bubbles: true}))",
        sort,
    )
    page.wait(f"location.hash.includes('sort={sort}')")
    assert first in page.all(".list .item")[0].text


def test_nothing_to_review_shows_the_matrix(page, tmp_path):
    REPORTERS["html"]().write(make_run([make_outcome(make_page(f"p{n}")) for n in range(3)]), tmp_path)
    page.open(tmp_path)
    assert "Every device matches" in page.one(".allmatch").text
    assert len(page.all(".matrix .cell")) == 3


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Sixty devices on five pages, one finding each on every third device."""
    folder = tmp_path_factory.mktemp("many")
    devices = [make_device(f"device-number-{number:02}") for number in range(60)]
    outcomes = [
        make_outcome(make_page(f"page-{page}"), device, divergences=[make_divergence()] if number % 3 == 0 else [])
        for page in range(5)
        for number, device in enumerate(devices)
    ]
    REPORTERS["html"]().write(make_run(outcomes), folder)
    return folder


def test_the_matrix_stays_readable_at_sixty_devices(page, many):
    page.open(many, "#/?view=matrix")
    names = page.all(".matrix tbody th bdi")
    assert names[0].text == "device-number-00"
    page.js("document.querySelector('.scroller').scrollTo(0, 1e6); scrollTo(0, 1e6)")
    page.wait("[...document.querySelectorAll('.matrix tbody th')].some((th) => th.textContent.includes('59'))")
    page.settle()
    heads = [page.rect(head) for head in page.all(".matrix thead th")]
    assert all(top >= 0 for _, top, _, _ in heads), "the pages' names stay in sight"
    for cell in page.all(".matrix .cell")[:5]:
        left, top, right, bottom = page.rect(cell)
        assert right - left >= 24
        assert bottom - top >= 24
    cell = page.one("[aria-label*='page-4 on device-number-57']")
    assert cell.text.split()[0] == "1"


def test_on_paper_everything_is_there_and_the_controls_are_not(page, many):
    if page.name != "chromium":
        pytest.skip("Firefox does not hand out the pages it would print with its layout")
    page.open(many, "#/?view=list")
    page.size(*WIDE)
    assert len(page.all(".list .item")) < 100
    printed = base64.b64decode(page.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": False})["data"])
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert pages >= 6, "three hundred rows"
    page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        for selector in (".tools", ".filters", ".overview-bar .group"):
            assert not page.one(selector).is_displayed(), selector
        assert page.js("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    finally:
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
