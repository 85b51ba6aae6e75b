"""Steps and selectors without a browser."""

from __future__ import annotations

import pytest

from compatcheck.capture.visit.keys import CODE_POINTS, key_actions
from compatcheck.capture.visit.locate import Part, locator
from compatcheck.capture.visit.steps import describe
from compatcheck.errors import CaptureError
from compatcheck.model.visit import KEY_NAMES, Step


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Step("click", "#buy"), "click #buy"),
        (Step("fill", "#password", "hunter2"), "fill #password"),
        (Step("press", value="Enter"), "press Enter"),
        (Step("scroll", value="bottom"), "scroll bottom"),
        (Step("wait", seconds=0.5), "wait 0.5 s"),
        (Step("script", value="secret()"), "script"),
        (Step("goto", value="/cart"), "goto /cart"),
    ],
)
def test_steps_are_named_without_what_is_typed(step: Step, words: str) -> None:
    assert describe(step) == words


def test_keys_go_down_in_order_and_up_in_reverse() -> None:
    actions = [(action["type"], action["value"]) for action in key_actions("Control+Shift+a")]
    control, shift = CODE_POINTS["Control"], CODE_POINTS["Shift"]
    down = [("keyDown", control), ("keyDown", shift), ("keyDown", "a")]
    assert actions == [*down, ("keyUp", "a"), ("keyUp", shift), ("keyUp", control)]


def test_plus_is_a_key_too() -> None:
    assert [action["value"] for action in key_actions("+")] == ["+", "+"]
    assert [action["value"] for action in key_actions("Control++")][1] == "+"


def test_every_named_key_has_a_code_point() -> None:
    assert set(KEY_NAMES) == set(CODE_POINTS)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("#a > b", Part("css", "#a > b")),
        ("css=a", Part("css", "a")),
        ("//a[1]", Part("xpath", "//a[1]")),
        ("(//a)[1]", Part("xpath", "(//a)[1]")),
        ("./a", Part("xpath", "./a")),
        ("xpath=a", Part("xpath", "a")),
        ("text= Add  to cart", Part("text", "Add to cart")),
        ('text="Add"', Part("text", "Add", exact=True)),
        (".a/b", Part("css", ".a/b")),
    ],
)
def test_selectors_are_told_apart(text: str, part: Part) -> None:
    assert locator(text).chains == ((part,),)


def test_frames_and_shadow_roots_make_chains() -> None:
    found = locator("iframe[title=a] ||| #host >>> text=Accept").chains
    assert found == ((Part("css", "iframe[title=a]"),), (Part("css", "#host"), Part("text", "Accept")))


@pytest.mark.parametrize("text", ["", " ||| a", "a >>> ", "text="])
def test_half_a_selector_is_refused(text: str) -> None:
    with pytest.raises(CaptureError, match="is not whole"):
        locator(text)
