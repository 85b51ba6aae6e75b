"""Real browsers look at pages of trouble: each test says what must be seen."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from compatcheck.errors import CaptureError
from compatcheck.geometry import CssPx, Size, to_device_px
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Screen
from compatcheck.model.plan import Shot
from tests.browser.conftest import DESKTOP, PHONE, Looker, device
from tests.browser.pictures import BLUE, GREEN, MAGENTA, RED, YELLOW, bands, extent

pytestmark = pytest.mark.browser


def ratio_of(engine: str) -> float:
    return 3 if engine == "webkit" else 2.625


def size_of(capture: Capture) -> tuple[int, int]:
    """What the picture's (width, height) must be."""
    facts = capture.facts
    width, height = (CssPx(value) for value in (facts.document.width, facts.document.height))
    return to_device_px(width, facts.device_scale_factor), to_device_px(height, facts.device_scale_factor)


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
class TestHero:
    """One page that counts what the camera does to it, at ratio 1 and at a fractional ratio."""

    def test_screen_is_exact_and_everything_is_there_once(self, engine, look, script, screen) -> None:
        capture = look(engine, "hero.html", screen=screen)
        ratio = screen.device_scale_factor if screen is DESKTOP else ratio_of(engine)
        width, height = screen.viewport.width, screen.viewport.height
        facts, picture = capture.facts, capture.picture
        assert not capture.invalid
        assert facts.viewport == screen.viewport
        assert facts.device_scale_factor == ratio
        assert facts.document == Size(width, height + 4 * 710)
        assert (picture.shape[1], picture.shape[0]) == size_of(capture)
        assert facts.status == 200
        assert facts.settled
        assert bands(picture, GREEN, ratio) == [(0, 40)]
        assert extent(picture, RED, ratio) == (0, 40, width, height)
        assert extent(picture, MAGENTA, ratio) == (width - 60, height - 60, width, height)
        assert bands(picture, BLUE, ratio) == [(height + 710 * n, height + 710 * n + 10) for n in range(4)]
        counts = script(engine, "return window.counts", screen)
        assert not any(counts.values()), counts
        assert capture.page_model is not None
        assert capture.page_model.document == facts.document
        assert capture.page_model.viewport == screen.viewport


def test_sticky_bar_is_where_it_is_at_the_top(engine: str, look: Looker) -> None:
    picture = look(engine, "sticky.html").picture
    assert bands(picture, YELLOW, 1) == [(0, 50)]
    assert bands(picture, GREEN, 1) == [(50, 90)]
    assert bands(picture, BLUE, 1) == [(90 + 710 * n, 100 + 710 * n) for n in range(4)]


def test_lazy_images_are_painted(engine: str, look: Looker) -> None:
    capture = look(engine, "lazy.html")
    assert bands(capture.picture, MAGENTA, 1) == [(1500 + 1600 * n, 1600 + 1600 * n) for n in range(4)]
    assert capture.facts.settled
    assert capture.facts.extra["images"] == {"all": 4, "broken": 0, "pending": 0}


def test_moving_things_are_still_and_entrances_are_over(engine: str, look: Looker, script) -> None:
    first, second = look(engine, "endless.html"), look(engine, "endless.html")
    assert np.array_equal(first.picture, second.picture)
    assert first.facts.settled
    assert extent(first.picture, GREEN, 1) == (0, 170, 100, 270)
    assert extent(first.picture, MAGENTA, 1) == (0, 270, 200, 290)
    states = (
        "return document.getAnimations().filter((one) => one.playState !== 'finished')"
        ".map((one) => one.playState + ' ' + one.animationName)"
    )
    assert sorted(script(engine, states)) == ["running pulse", "running spin"]  # all is undone
    assert script(engine, "return document.adoptedStyleSheets.length") == 0


def test_page_that_never_rests_is_looked_at_on_time(engine: str, look: Looker) -> None:
    capture = look(engine, "restless.html", timeout=6)
    assert not capture.facts.settled
    assert capture.facts.timings["total"] < 6
    assert any("the layout kept changing" in note for note in capture.facts.notes)
    assert extent(capture.picture, RED, 1)[:2] == (0, 0)


def test_tall_page_has_every_band_once(engine: str, look: Looker) -> None:
    capture = look(engine, "tall.html", screen=PHONE)
    ratio = ratio_of(engine)
    assert (capture.picture.shape[1], capture.picture.shape[0]) == size_of(capture)
    assert bands(capture.picture, BLUE, ratio) == [(1000 * n, 1000 * n + 20) for n in range(20)]
    rows = [round((1000 * n + 500) * ratio) for n in range(20)]
    assert [int(capture.picture[row, 100, 0]) for row in rows] == [40 + 10 * n for n in range(20)]


def test_page_beyond_the_maximum_says_so(engine: str, look: Looker) -> None:
    capture = look(engine, "overtall.html")
    assert capture.picture.shape == (30_000, 800, 3)
    assert any("40000 px tall; only its first 30000 px" in note for note in capture.facts.notes)
    assert not np.array_equal(capture.picture[-1], capture.picture[0])


def test_content_that_runs_out_to_the_right_is_pictured(engine: str, look: Looker) -> None:
    capture = look(engine, "wide.html", screen=PHONE)
    assert not capture.invalid
    assert capture.facts.document.width in {500, 501}  # Chromium rounds the zoomed-out screen up
    assert (capture.picture.shape[1], capture.picture.shape[0]) == size_of(capture)
    assert extent(capture.picture, MAGENTA, ratio_of(engine)) == (480, 0, 500, 100)


def test_page_without_viewport_tag(engine: str, look: Looker) -> None:
    capture = look(engine, "noviewport.html", screen=PHONE)
    follows = engine == "chromium"
    width = 980 if follows else 390
    assert not capture.invalid
    assert capture.facts.document.width == width
    assert (capture.picture.shape[1], capture.picture.shape[0]) == size_of(capture)
    assert extent(capture.picture, MAGENTA, capture.facts.device_scale_factor) == (width - 40, 0, width, 40)
    assert follows or any("viewport tag" in note for note in capture.facts.notes)


def test_strict_policy_does_not_stop_the_look(engine: str, look: Looker) -> None:
    capture = look(engine, "policy.html")
    assert extent(capture.picture, GREEN, 1) == (0, 0, 800, 100)
    assert capture.page_model is not None
    assert len(capture.page_model.elements) >= 3


def test_troubles_are_in_the_facts(engine: str, look: Looker) -> None:
    capture = look(engine, "troubles.html")
    assert not capture.invalid
    assert any("missing.png" in failed for failed in capture.facts.failed_requests)
    assert capture.facts.extra["images"]["broken"] == 1
    text = " ".join(message.text for message in capture.facts.console)
    assert "a console error" in text
    assert "an uncaught exception" in text


def test_page_that_sends_itself_elsewhere_is_followed(engine: str, look: Looker) -> None:
    capture = look(engine, "elsewhere.html")
    assert capture.facts.url.endswith("/rtl.html")
    assert extent(capture.picture, MAGENTA, 1) == (760, 0, 800, 40)


def test_late_banner_is_pictured(engine: str, look: Looker) -> None:
    picture = look(engine, "shift.html").picture
    assert bands(picture, MAGENTA, 1) == [(0, 80)]
    assert bands(picture, GREEN, 1) == [(80, 180)]


def test_frames_and_shadow_trees_are_seen(engine: str, look: Looker) -> None:
    capture = look(engine, "frames.html")
    assert extent(capture.picture, GREEN, 1) == (0, 0, 300, 120)
    assert bands(capture.picture, MAGENTA, 1) == [(120, 170)]
    assert capture.page_model is not None
    texts = [element.text for element in capture.page_model.elements]
    assert "inside the frame" in texts
    assert "inside the shadow" in texts


def test_right_to_left(engine: str, look: Looker) -> None:
    picture = look(engine, "rtl.html").picture
    assert extent(picture, MAGENTA, 1) == (760, 0, 800, 40)
    assert extent(picture, GREEN, 1) == (0, 0, 40, 40)


def test_viewport_only(engine: str, look: Looker) -> None:
    capture = look(engine, "hero.html", full_page=False)
    assert capture.picture.shape == (600, 800, 3)


def test_blank_page_is_invalid(engine: str, look: Looker) -> None:
    assert "blank" in look(engine, "blank.html").invalid


@pytest.mark.parametrize("status", [404, 500])
def test_error_status_is_invalid(engine: str, look: Looker, status: int) -> None:
    capture = look(engine, f"status/{status}")
    assert capture.facts.status == status
    assert f"HTTP {status}" in capture.invalid


def test_request_that_never_ends_does_not_block(engine: str, look: Looker) -> None:
    capture = look(engine, "hanging.html", timeout=4)
    assert not capture.invalid
    assert not capture.facts.settled
    assert any("never came" in note for note in capture.facts.notes)
    assert extent(capture.picture, GREEN, 1) == (0, 0, 800, 100)


def test_document_that_never_ends_is_invalid(engine: str, look: Looker) -> None:
    capture = look(engine, "stream", readiness="fast", timeout=4)
    assert "still arriving" in capture.invalid


def test_server_that_says_nothing(engine: str, look: Looker, site: str) -> None:
    with pytest.raises(CaptureError, match=r"/silent did not answer within 2 s"):
        look(engine, "silent", timeout=4)
    assert not look(engine, "hero.html").invalid  # the session lives on


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:7997/", "refused|connection failure"),
        ("http://no.such.invalid/", "not resolved|resolving|dns"),
    ],
)
def test_unreachable_page_names_it(engine: str, look: Looker, url: str, reason: str) -> None:
    with pytest.raises(CaptureError) as caught:
        look(engine, url)
    assert f"{url} could not be opened" in str(caught.value)
    assert re.search(reason, str(caught.value))
    assert "\n" not in str(caught.value)


def test_session_that_becomes_another_device_looks_as_a_new_one_does(engine: str, look: Looker) -> None:
    """As a run hands a browser on: there and back, and nothing of the device before is to be seen."""
    first, phone = look(engine, "ratio.html"), look(engine, "ratio.html", screen=PHONE)
    session = look.sessions[engine, DESKTOP]  # type: ignore[attr-defined]
    # Firefox takes touch from its preferences, and the WebKitGTK window its scale from its environment.
    other = phone.shot.device if engine == "chromium" else device(engine, Screen(Size(400, 500)))
    assert session.become(other)
    as_other = session.look(Shot(other, phone.shot.page))
    assert session.become(first.shot.device)
    again = session.look(first.shot)
    assert as_other.invalid == again.invalid == ""
    assert as_other.facts.viewport == other.screen.viewport
    assert (again.picture == first.picture).all()
    assert (again.facts.extra, again.facts.user_agent) == (first.facts.extra, first.facts.user_agent)
    if engine == "chromium":
        assert (as_other.picture == phone.picture).all()
        assert (as_other.facts.extra, as_other.facts.notes) == (phone.facts.extra, phone.facts.notes)


def test_session_does_not_become_what_is_set_when_a_browser_starts(engine: str, look: Looker) -> None:
    first = look(engine, "ratio.html").shot.device
    session = look.sessions[engine, DESKTOP]  # type: ignore[attr-defined]
    assert not session.become(replace(first, locale="de-DE"))
    assert not session.become(replace(first, timezone="Asia/Tokyo"))
    assert look(engine, "ratio.html").facts.extra["timezone"] != "Asia/Tokyo"
