"""What a reviewer finds beside the pictures and does with them: switching, layers, evidence, what the numbers mean."""

from __future__ import annotations

import pytest
from selenium.webdriver.support.select import Select

from compatcheck.geometry import CssBox
from compatcheck.report import REPORTERS
from tests.factories import (
    BLOCK,
    make_device,
    make_divergence,
    make_outcome,
    make_page,
    make_run,
    paint_outcome,
    with_images,
)
from tests.report_browser import extent

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def no_console_errors(page):
    yield
    assert page.errors() == []


def choose(page, label, text):
    select = Select(page.one(f".switcher select[title='{label}']"))
    select.select_by_visible_text(next(option.text for option in select.options if text in option.text))


def test_page_and_candidate_are_switched_without_leaving_the_view(page, folder):
    page.pair(folder, "home", "iphone", "mode=swipe")
    assert page.texts(".switcher option")[:2] == ["! home 0.90", "✕ form"]
    choose(page, "Candidate", "pixel")
    page.wait("location.hash.startsWith('#/pair/home/pixel?')")
    assert "mode=swipe" in page.hash()
    choose(page, "Page", "form")
    page.wait("location.hash.startsWith('#/pair/form/pixel?')")
    page.driver.back()
    page.driver.back()
    page.wait("location.hash.startsWith('#/pair/home/iphone?')")


def test_a_finding_tells_selector_boxes_cause_and_what_was_computed_differently(page, folder):
    page.pair(folder, "home", "iphone")
    page.press("j", "j")
    page.wait("document.querySelector('.computed') !== null")
    more = page.one(".more").text
    assert "#price" in more
    assert "one more line of text above it" in more
    assert "x 60, y 156, 50 × 24" in more
    rows = [row.text.split() for row in page.all(".computed tbody tr")]
    assert rows == [["font-size", "16px", "20px"], ["white-space", "nowrap", "normal"]]


def test_masks_are_drawn_where_they_lie_and_the_address_keeps_the_layers(page, folder):
    page.pair(folder, "home", "iphone", "zoom=100")
    boxes = [page.rect(mask) for mask in page.all(".mask")]
    left, top, _, _ = page.rect(page.all(".pane .sheet")[1])
    assert boxes == [
        pytest.approx((left + 200, top + y, left + 300, top + y + 60), abs=0.5) for y in (20, 100)
    ]  # fmt: skip
    assert "#ads" in page.all(".mask")[0].get_attribute("title")
    page.button("Masks 2").click()
    page.button("Regions 1").click()
    page.wait("document.querySelector('.mask') === null && document.querySelector('.region') !== null")
    assert "show=boxes%2Cregions" in page.hash()
    page.driver.refresh()
    page.wait("document.querySelector('.region') !== null")
    assert not page.all(".mask")
    assert page.one("[title='Fit width (0)']").text == "100%"


def test_zooming_is_kept_in_the_address_and_forgotten_by_the_next_pair(page, folder):
    page.pair(folder, "home", "iphone")
    page.press("+")
    page.wait("location.hash.includes('zoom=125')")
    page.press("]")
    page.wait("!location.hash.includes('iphone')")
    assert "zoom" not in page.hash()


def test_where_the_sliders_stand_and_what_is_switched_off_is_in_the_address(page, folder):
    page.pair(folder, "home", "iphone", "mode=swipe&split=25&off=blinking")
    place = "Number(document.querySelector('.slide input').value)"
    assert page.js(f"return {place}") == 25
    page.js(
        "const slider = document.querySelector('.slide input'); slider.value = 80; slider.dispatchEvent(new Event('input'))"
    )
    page.wait("location.hash.includes('split=80')")
    page.driver.refresh()
    page.wait(f"document.querySelector('.slide') !== null && {place} === 80")
    page.press("j")
    page.wait(f"!location.hash.includes('split=') && {place} !== 80")
    page.press("4")
    page.wait("document.querySelector('.stagebar').textContent.includes('Pause')")
    assert (
        page.js(
            "return [...document.querySelectorAll('.stagebar [aria-pressed=true]')].map((each) => each.textContent)"
        )[-1]
        == "Pause"
    )
    page.button("Pause").click()
    page.wait("!location.hash.includes('off=')")


def test_scores_say_what_is_usual_and_what_they_mean(page, folder):
    page.pair(folder, "home", "firefox-desktop")
    table = page.one(".scores").text
    assert "ssim ↑ 0.512 !" in table.replace("\n", " ")
    assert "≥ 0.6" in table
    page.js("document.querySelector('.meanings').parentElement.open = true")
    assert "Structural similarity" in page.one(".meanings").text
    page.pair(folder, "home", "iphone")
    side = page.one(".side").text
    assert "1.23 % of the picture differed between 3 looks" in side
    assert set(page.texts(".facts s")) == {"Arial"}, "a font that the device does not have"
    assert "TypeError: x is undefined" in page.js("return document.querySelector('.side').textContent")
    assert "404 /a.png" in page.js("return document.querySelector('.side').textContent")


def test_a_failed_look_shows_what_the_browser_showed_last(page, folder):
    page.pair(folder, "form", "iphone")
    assert page.texts("figcaption span") == ["iphone: what the browser showed last"]
    assert "WebKitWebDriver is not installed" in page.one(".reason").text


@pytest.fixture(scope="module")
def tall(tmp_path_factory):
    """A page of 4 000 px; its block moved by 24 px, far down."""
    folder = tmp_path_factory.mktemp("tall")
    moved = make_divergence("moved", 0.8, box=CssBox(40, 3024, 80, 30), reference_box=CssBox(40, 3000, 80, 30))
    outcome = make_outcome(
        make_page(), make_device("phone", ratio=2.0), divergences=[moved], reference=make_device(), uses_twin=True
    )
    run = make_run([with_images(outcome, paint_outcome(outcome, folder, (320, 4000)))])
    REPORTERS["html"]().write(run, folder)
    return folder


def test_a_tall_page_opens_at_its_first_finding_and_the_strip_jumps_to_it(page, tall):
    page.pair(tall, "home", "phone")
    page.wait("[...document.querySelectorAll('.pane')].every((pane) => pane.scrollTop > 2000)")
    for pane in page.all(".pane"):
        _, top, _, bottom = page.rect(pane)
        _, y0, _, y1 = page.rect(pane.find_element("css selector", ".box"))
        assert top <= y0 < y1 <= bottom
    page.js("document.querySelectorAll('.pane')[0].scrollTo(0, 0)")
    page.settle()
    page.js("document.querySelector('.strip rect').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    page.wait("location.hash.includes('finding=')")
    page.wait("document.querySelectorAll('.pane')[0].scrollTop > 2000")


def test_pictures_laid_over_each_other_meet_at_the_chosen_finding(page, tall):
    page.pair(tall, "home", "phone", "mode=diff&show=")
    difference = tuple(255 - value for value in BLOCK)

    def area():
        page.settle()
        left, top, right, bottom = (round(value) for value in page.rect(page.one(".pane")))
        return page.picture()[top + 2 : bottom - 20, left + 2 : right - 20]

    page.wait("document.querySelector('.pane').scrollTop > 2000")
    assert extent(area(), difference) is not None
    page.press("j")
    page.wait("document.querySelector('[title*=coincides]') !== null")
    page.settle()
    assert extent(area(), difference) is None, "block over block: nothing differs"
    page.button("Aligned here").click()
    assert extent(area(), difference) is not None


def test_blinking_can_be_paused(page, folder):
    page.pair(folder, "home", "iphone", "mode=blink")
    page.button("Pause").click()
    page.settle()
    seen = set()
    for _ in range(4):
        seen.add(page.js("return document.querySelectorAll('.stack img')[1].style.visibility"))
        page.driver.execute_async_script("setTimeout(arguments[0], 400)")
    assert len(seen) == 1
