"""Which fonts text is set in."""

from __future__ import annotations

from compatcheck.capture.ingredients import fonts_used
from compatcheck.geometry import CssBox, Size
from compatcheck.model.capture import Element, PageModel

STACK = '-apple-system, "Segoe UI", Roboto, "Odd, Name", sans-serif'


def model(families: dict[str, bool | None], *texts: tuple[str, str]) -> PageModel:
    elements = tuple(
        Element(at, None, f"p{at}", f"p{at}", "p", "", text, CssBox(0, 0, 1, 1), style={"fontFamily": family})
        for at, (text, family) in enumerate(texts)
    )
    return PageModel(Size(1, 1), Size(1, 1), elements, extra={"families": families})


def test_first_family_that_is_there_counts() -> None:
    families = {"-apple-system": None, "Segoe UI": False, "Roboto": True, "Odd, Name": True, "sans-serif": None}
    seen = model(families, ("words", STACK), ("", STACK), ("more", '"Segoe UI", "Odd, Name"'), ("none", '"Segoe UI"'))
    assert fonts_used(seen, "Linux x86_64") == {"Roboto": ["p0"], "Odd, Name": ["p2"], "the browser's own": ["p3"]}
    assert fonts_used(seen, "MacIntel")["-apple-system"] == ["p0"]


def test_generic_names_and_unknown_ones() -> None:
    seen = model({"Segoe UI": False, "sans-serif": None}, ("words", "Segoe UI, Never Asked, sans-serif"))
    assert fonts_used(seen, "Linux") == {"sans-serif": ["p0"]}


def test_few_elements_are_named() -> None:
    assert len(fonts_used(model({"A": True}, *[("words", "A")] * 30), "Linux")["A"]) == 8
