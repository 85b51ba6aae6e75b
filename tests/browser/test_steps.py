"""Steps on a page, in every engine: what was done, what the picture shows, and where a failing step stood."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from compatcheck.capture.session import capture_shots
from compatcheck.errors import StepFailed
from compatcheck.model.matrix import Page
from compatcheck.model.plan import Shot
from compatcheck.model.run import CaptureFailed
from compatcheck.model.visit import Step
from tests.browser.conftest import Looker, device
from tests.browser.pictures import GREEN, MAGENTA, extent, where

pytestmark = pytest.mark.browser

EVERY = (
    Step("click", "#open"),
    Step("wait", "#menu"),
    Step("fill", "#name", "Ada"),
    Step("press", "#name", "Enter"),
    Step("select", "#size", "Medium", by="label"),
    Step("press", value="Control+b"),
    Step("scroll", "#list", y=120),
    Step("click", "#host >>> button"),
    Step("click", "iframe ||| text=frame"),
    Step("script", value="await new Promise((done) => setTimeout(done, 50)); say('script');"),
    Step("wait", seconds=0.1),
    Step("scroll", "#far"),
    Step("hover", "#tip"),
)


def test_every_step_is_done(engine: str, look: Looker, script: Callable[..., object]) -> None:
    capture = look(engine, "steps.html", steps=EVERY)
    told = str(script(engine, "return log.textContent"))
    for wanted in (
        "open;",
        "name Ada;",
        "key Enter;",
        "sent;",
        "size m;",
        "key Control+b;",
        "list 120;",
        "shadow;",
        "script;",
    ):
        assert wanted in told, told
    assert script(engine, "return document.querySelector('iframe').contentDocument.body.innerText.trim()") == "inside"
    assert [entry["step"] for entry in capture.facts.extra["steps"]][:3] == ["click #open", "wait #menu", "fill #name"]
    assert where(capture.picture, GREEN).any()
    assert where(capture.picture, MAGENTA).any()  # the pointer is still there


def test_view_stays_where_the_steps_scrolled_to(engine: str, look: Looker) -> None:
    capture = look(engine, "sticky.html", steps=(Step("scroll", y=700),), full_page=False)
    assert capture.picture.shape == (600, 800, 3)
    assert capture.facts.extra["part"]["y"] == 700
    assert extent(capture.picture, GREEN, 1) == (0, 0, 800, 40)


def test_step_that_goes_elsewhere_is_followed(engine: str, look: Looker) -> None:
    clicked = look(engine, "steps.html", steps=(Step("click", "text=elsewhere"),), readiness="fast")
    gone = look(engine, "steps.html", steps=(Step("goto", value="rtl.html"),), readiness="fast")
    assert [capture.facts.url.rpartition("/")[2] for capture in (clicked, gone)] == ["rtl.html"] * 2
    assert extent(gone.picture, MAGENTA, 1) == (760, 0, 800, 40)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (Step("click", "#nowhere", timeout=0.3), r"^Step 2 of 2 \(click #nowhere\): no element matched within"),
        (Step("click", "a[", timeout=0.3), r"^Step 2 of 2 \(click a\[\): The selector 'a\[' cannot be used"),
        (Step("wait", "#menu", state="detached", timeout=0.3), r"\(wait #menu\): the element was not detached"),
        (Step("select", "#size", "Huge", by="label", timeout=0.3), r"no such option; there are Small, Medium"),
        (Step("script", value="throw new Error('no')"), r"the script failed: Error: no"),
        (
            Step("goto", value="http://127.0.0.1:7997/", timeout=8),
            r"goto http://127\.0\.0\.1:7997/\): http://127\.0\.0\.1:7997/ could not be opened: .*(refused|connect)",
        ),
    ],
    ids=["nothing", "unreadable", "state", "option", "script", "goto"],
)
def test_failing_step_names_itself_and_shows_where_it_stood(
    engine: str, look: Looker, step: Step, message: str
) -> None:
    opened = Step("script", value="document.querySelector('#menu').classList.add('open');")
    with pytest.raises(StepFailed, match=message) as caught:
        look(engine, "steps.html", steps=(opened, step))
    assert "\n" not in str(caught.value)
    assert caught.value.picture is not None
    if step.action != "goto":
        assert where(caught.value.picture, GREEN).any()


def test_failing_step_comes_out_of_a_session_with_its_picture(site: str) -> None:
    of = device("chromium")
    page = Page("page", f"{site}/steps.html", steps=(Step("click", "#nowhere", timeout=0.2),))
    (failed,) = capture_shots(of, [Shot(of, page)])
    assert isinstance(failed, CaptureFailed)
    assert failed.message.startswith("Step 1 of 1 (click #nowhere)")
    assert failed.picture is not None
    assert failed.picture.shape == (600, 800, 3)
