"""The report at its edges in real browsers: accessibility, hostile pages, thousands of outcomes, one file, no script, print."""

from __future__ import annotations

from pathlib import Path

import pytest

import compatcheck.report
from compatcheck.geometry import CssBox
from compatcheck.model.capture import ConsoleMessage, MaskedArea
from compatcheck.report import REPORTERS
from compatcheck.report.pack_up import write_single_file
from tests.factories import make_device, make_divergence, make_facts, make_outcome, make_page, make_run
from tests.report_browser import NARROW, WIDE

pytestmark = pytest.mark.browser
AXE = Path(compatcheck.report.__file__).parent / "ui" / "node_modules" / "axe-core" / "axe.min.js"


STATES = {
    "families": ("#/", ()),
    "filters": ("#/?verdict=flagged&kind=moved", ()),
    "matrix": ("#/?view=matrix", ()),
    "list": ("#/?view=list", ()),
    "plots": ("#/?view=plots", ()),
    "nothing": ("#/?q=zzz", ()),
    "pair": ("#/pair/home/iphone", ("j", "a")),
    "swipe": ("#/pair/home/iphone?mode=swipe", ()),
    "failed": ("#/pair/form/iphone", ()),
    "help": ("#/", ("?",)),
}


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: run `scripts/ui-parts` (it needs npm)")
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("size", "query"), [(WIDE, "lang=en&theme=light"), (NARROW, "lang=zh&theme=dark")])
def test_axe_finds_no_violation(page, folder, state, size, query):
    if page.name == "firefox" and state not in ("families", "pair"):
        pytest.skip("the rules read the same document in both browsers; two states show that they run here too")
    hash_, keys = STATES[state]
    page.size(*size)
    page.open(folder, hash_, query)
    page.js("localStorage.clear()")
    page.press(*keys)
    page.settle()
    page.js("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.driver.execute_script(AXE.read_text())
    violations = page.driver.execute_async_script(
        "const done = arguments[0];"
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then((r) =>"
        "done(r.violations.map((v) => v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.html + ' ' + n.failureSummary).join(' | '))))"
    )
    assert violations == []


HOSTILE = '"><img src=x onerror=window.hacked=1></script><script>window.hacked=1</script>javascript:window.hacked=1 \u202e{{7*7}}'


def test_hostile_pages_run_nothing(page, tmp_path):
    device = make_device()
    facts = make_facts(
        device, title=HOSTILE, url=HOSTILE, user_agent=HOSTILE, console=(ConsoleMessage(HOSTILE, HOSTILE, HOSTILE),),
        failed_requests=(HOSTILE,), settle=({HOSTILE: HOSTILE},), notes=(HOSTILE,), extra={HOSTILE: HOSTILE, "fonts": {HOSTILE: True}},
    )  # fmt: skip
    finding = make_divergence(
        selector=HOSTILE,
        message=HOSTILE,
        path=HOSTILE,
        cause=HOSTILE,
        extra={HOSTILE: HOSTILE, "computed": {HOSTILE: [HOSTILE, HOSTILE]}},
    )
    outcome = make_outcome(
        make_page("home", f"https://x.example/{HOSTILE}"), device, divergences=[finding], reason=HOSTILE, notes=(HOSTILE,),
        facts=facts, scores={HOSTILE: 0.5}, images={"candidate": "javascript:window.hacked=1"}, masks=(MaskedArea(CssBox(1, 1, 50, 50), "ignore", HOSTILE),),
    )  # fmt: skip
    REPORTERS["html"]().write(make_run([outcome], id=HOSTILE, command=HOSTILE), tmp_path)
    page.size(*WIDE)
    for hash_ in ("#/", "#/?view=matrix", "#/?view=list", "#/?view=plots", "#/pair/home/chromium-desktop"):
        page.open(tmp_path, hash_)
        page.settle()
        page.press("j")
        page.settle()
        assert page.js("return window.hacked") is None
        links = page.js(
            "return [...document.querySelectorAll('a[href], img')].map((e) => e.getAttribute('href') || e.src)"
        )
        assert not [link for link in links if link.lower().startswith("javascript")]
        assert page.js("return document.querySelectorAll('img[onerror]').length") == 0
    assert HOSTILE[:20] in page.one("main").text
    assert "\u202e" not in page.js("return document.documentElement.textContent.replace(/<script[^]*/, '')")


def test_a_large_run_loads_its_details_when_they_are_needed(page, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("compatcheck.report.html.write.INLINE_BYTES", 0)
    devices = [make_device(f"d{n:02}") for n in range(20)]
    outcomes = [
        make_outcome(
            make_page(f"p{n:02}"), device, divergences=[make_divergence(message=f"finding {n} on {device.id}")]
        )
        for n in range(50)
        for device in devices
    ]
    REPORTERS["html"]().write(make_run(outcomes), tmp_path)
    assert len(list((tmp_path / "data").iterdir())) == 32
    page.size(*WIDE)
    page.open(tmp_path, "#/pair/p49/d19")
    page.wait("document.querySelector('.finding') !== null")
    assert "finding 49 on d19" in page.one(".finding").text
    page.open(tmp_path, "#/?view=list")
    assert len(page.all(".list .item")) < 100, "only the rows in sight are in the document"
    page.js("scrollTo(0, 1e6)")
    page.wait("[...document.querySelectorAll('.list .item')].some((row) => row.textContent.includes('p49'))")
    (tmp_path / "data" / "0.js").unlink()
    page.open(tmp_path, "#/pair/p00/d00")
    page.wait("document.querySelector('main .empty.warn') !== null")
    assert "data/0.js is missing" in page.one("main .empty.warn").text
    page.errors()  # the missing file is logged


def test_a_single_file_opens_alone(page, folder, tmp_path):
    alone = write_single_file(folder, tmp_path / "alone.html")
    page.size(*WIDE)
    page.pair(alone.as_uri(), "home", "iphone")
    assert page.js(
        "return [...document.querySelectorAll('.pane img')].every((i) => i.src.startsWith('data:image/png'))"
    )
    assert page.errors() == []


def test_without_script_the_main_facts_are_there(folder):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    from tests.report_browser import program

    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium")
    options.add_argument("--headless=new")
    options.add_argument("--no-sandbox")
    options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(options=options, service=Service(program("chromedriver")))
    try:
        driver.get((folder / "index.html").as_uri())
        text = driver.find_element("tag name", "main").text
    finally:
        driver.quit()
    assert "! flagged: 4" in text
    assert "The button “Buy” is missing." in text
