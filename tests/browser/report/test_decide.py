"""Deciding in real browsers: the buttons that write, the commands and the patch that do the same from disk, and undo."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator

import pytest

from compatcheck.matrix import read_waivers
from compatcheck.report import REPORTERS
from compatcheck.report.review import ReviewServer
from tests.factories import make_full_run
from tests.report_browser import NARROW, WIDE

pytestmark = pytest.mark.browser


@pytest.fixture(params=[WIDE, NARROW], ids=["1280", "390"])
def size(page, request):
    page.size(*request.param)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "reports" / "run"
    run = make_full_run(folder)
    for name in ("html", "json"):
        REPORTERS[name]().write(run, folder)
    return folder


def fill(page, reason, scope=None):
    page.wait("document.querySelector('.accept') !== null")
    page.one(".accept input[type=text]").send_keys(reason)
    if scope:
        page.js(
            "const s = document.querySelector('.accept select'); s.value = arguments[0]; s.dispatchEvent(new Event('change'))",
            scope,
        )
    page.one(".accept .primary").click()
    page.wait("document.querySelector('.accept') === null")


@pytest.fixture
def served(folder, tmp_path) -> Iterator[ReviewServer]:
    with ReviewServer(folder, waivers=tmp_path / "waivers.yaml", owner="ann", after_write=read_waivers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


def test_buttons_of_the_served_report_write_the_file(page, size, served):
    page.driver.get(served.url + "&lang=en")
    page.wait("document.querySelector('#content') !== null")
    page.js("location.hash = '#/pair/home/iphone'")
    page.wait("document.querySelectorAll('.finding').length === 3")
    page.press("j", "a")
    fill(page, "known: 旧按钮", "page")
    page.wait("document.querySelector('.badge.accepted') !== null")
    (waiver,) = read_waivers(served.waivers)
    assert (waiver.page, waiver.device, waiver.selector, waiver.kind) == ("home", "*", "#buy", "missing")
    assert (waiver.reason, waiver.owner) == ("known: 旧按钮", "ann")
    page.press("z")
    page.wait("document.querySelector('.badge.accepted') === null")
    assert read_waivers(served.waivers) == ()
    assert page.errors() == []


def test_a_family_is_accepted_in_one_go_and_stays_so_after_a_reload(page, size, served):
    page.driver.get(served.url + "&lang=en")
    page.wait("document.querySelectorAll('.card').length === 4")
    card = page.all(".card")[1]
    card.find_element("css selector", ".said > button").click()
    fill(page, "whole family")
    page.wait("document.querySelectorAll('.card.settled').length === 1")
    waivers = {(each.device, each.kind, each.selector) for each in read_waivers(served.waivers)}
    assert waivers == {("iphone", "missing", "#buy"), ("iphone", "moved", "#price"), ("pixel", "moved", "#price")}
    page.driver.refresh()
    page.wait("document.querySelectorAll('.card.settled').length === 1")


def test_a_refused_request_is_said_and_nothing_is_lost(page, size, served):
    page.driver.get(served.url + "&lang=en")
    page.wait("document.querySelectorAll('.card').length === 4")
    served.waivers.write_text("no: list")
    page.all(".card .said > button")[0].click()
    page.wait("document.querySelector('.accept') !== null")
    page.one(".accept input[type=text]").send_keys("why")
    page.one(".accept .primary").click()
    page.wait("document.querySelector('.accept [role=alert]') !== null")
    assert "must be a list of waivers" in page.one(".accept [role=alert]").text
    assert page.one(".accept input[type=text]").get_attribute("value") == "why"
    page.errors()  # Chromium logs the refused request


def accept_from_disk(page, folder):
    page.open(folder)
    page.js("localStorage.clear()")
    page.pair(folder, "home", "iphone")
    page.press("j", "a")
    fill(page, "it's $fine", "page")
    page.wait("document.querySelector('.drawer') !== null")
    page.js("document.querySelector('.drawer').open = true")


def test_the_report_from_disk_gives_the_command(page, size, folder):
    accept_from_disk(page, folder)
    assert page.texts(".badge.accepted") == ["accepted"]
    command = page.one(".commands").text
    assert command.startswith(f"compatcheck waive {folder} --page home --device iphone --finding ")
    assert command.endswith("--scope page --reason 'it'\\''s $fine'")
    page.open(folder)
    page.wait("document.querySelector('.drawer') !== null")  # kept in the browser
    page.press("z")
    page.wait("document.querySelector('.drawer') === null")
    page.pair(folder, "home", "iphone", "finding=none")
    assert page.texts(".badge.accepted") == []
    assert page.errors() == []


EXISTING = {
    "no file": None,
    "one entry": "# ours\n- id: old\n  kind: moved\n  reason: r\n",
    "many lines": "# a\n# b\n# c\n\n- id: old\n  kind: moved\n  reason: r\n  page: home\n",
    "no final newline": "- id: old\n  kind: moved\n  reason: r",
    "empty list": "# none yet\n[]\n",
}


@pytest.mark.parametrize("existing", sorted(EXISTING))
def test_the_patch_applies_and_means_the_same(page, folder, tmp_path, existing):
    path = tmp_path / "waivers.yaml"
    text = EXISTING[existing]
    if text is not None:
        path.write_text(text)
    REPORTERS["html"]().write(make_full_run(), folder)  # pictures stay; the index learns of the file
    accept_from_disk(page, folder)
    page.js(
        "window.saved = new Promise((done) => { URL.createObjectURL = (blob) => { blob.text().then(done); return 'blob:none'; };"
        "HTMLAnchorElement.prototype.click = () => {}; })"
    )
    page.button("Download the patch").click()
    patch = page.driver.execute_async_script("window.saved.then(arguments[0])")
    subprocess.run(["git", "apply", "-"], input=patch.encode(), cwd=tmp_path, check=True, capture_output=True)
    waivers = read_waivers(path)
    waiver = waivers[-1]
    assert [each.id for each in waivers[:-1]] == (["old"] if text and "old" in text else [])
    assert (waiver.page, waiver.device, waiver.selector, waiver.kind) == ("home", "*", "#buy", "missing")
    assert (waiver.reason, waiver.max_severity) == ("it's $fine", 0.95)
