"""What the page model says of a page beside its boxes, in every engine: missing glyphs, CSS that is lacking, regions, media queries."""

from __future__ import annotations

import pytest

from compatcheck.layout import inspect
from compatcheck.model.capture import Capture, Element

from .conftest import Looker

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def seen(engine: str, look: Looker) -> Capture:
    return look(engine, "moved", threshold_regions=("#plain", ".ratio", "[", ".nobody"))


def element(capture: Capture, name: str) -> Element:
    """The element of that id, class or tag."""
    assert capture.page_model is not None
    return next(
        one
        for one in capture.page_model.elements
        if name in (one.tag, *(one.attributes.get(key) for key in ("id", "class")))
    )


def test_characters_that_no_font_has_are_found(seen: Capture) -> None:
    found = {one.selector: one.message for one in inspect(seen) if one.kind == "glyph-missing"}
    assert sorted(found) == ["#tofu", "a.cart"]
    assert "U+1B8B0" in found["#tofu"]
    assert "U+E123" in found["#tofu"]
    assert "U+4E2D" not in found["#tofu"], "Noto has it"
    assert "U+F07A in ::before: the icon font is not there" in found["a.cart"]


def test_regions_are_where_their_elements_are(seen: Capture) -> None:
    assert seen.page_model is not None
    regions = seen.page_model.extra["regions"]
    box = element(seen, "plain").box
    assert regions["#plain"] == [[box.x, box.y, box.width, box.height]]
    assert regions[".nobody"] == []
    assert "[" not in regions, "a selector that is none"
    assert regions[".ratio"][0][2:] == [100, 50]


def test_newer_css_is_known_by_rule_and_engine(seen: Capture) -> None:
    assert seen.page_model is not None
    lacks = seen.page_model.extra["lacks"]
    assert "aspect-ratio" not in lacks
    assert "aspect-ratio" in element(seen, "ratio").extra["uses"]
    assert ":has()" in element(seen, "main").extra["uses"]
    # Whoever has field-sizing says that the field's rule uses it; whoever lacks it cannot.
    assert ("field-sizing" in lacks) != ("field-sizing" in element(seen, "field").extra.get("uses", []))


def test_declarations_that_the_engine_does_not_take_are_told(seen: Capture) -> None:
    assert seen.page_model is not None
    told, lacks = seen.facts.extra["cssLacking"], seen.page_model.extra["lacks"]
    assert {"no-such-property: 3px", "colour: red"} <= set(told)
    assert ("field-sizing: content" in told) == ("field-sizing" in lacks)
    assert not [one for one in told if one.startswith(("src", "font-display", "color", "width", "height", "display"))]


def test_fonts_are_told_with_the_text_that_is_set_in_them(seen: Capture) -> None:
    fonts = seen.facts.extra["fontsUsed"]
    assert "#plain" in fonts["Liberation Sans"]
    assert "No Such Icons" not in fonts


def test_where_the_browser_was_sent_on_from(seen: Capture, site: str) -> None:
    assert seen.facts.extra["redirectedFrom"] == [f"302 {site}/moved", f"301 {site}/moved/again"]
    assert seen.facts.extra["redirects"] == 2
    assert seen.facts.url == f"{site}/facts.html"


def test_media_queries_say_whether_they_apply(seen: Capture) -> None:
    assert seen.page_model is not None
    assert seen.page_model.extra["media"] == {"(min-width: 700px)": True}
