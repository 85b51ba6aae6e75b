"""What both browsers computed, beside the finding: only what differs, never rounding, never an unmatched element's."""

from __future__ import annotations

from compatcheck.layout.computed import with_computed
from compatcheck.model.verdict import Divergence
from tests.unit.layout.build import box, page


def explained(
    before: dict[str, str], after: dict[str, str], kind: str = "resized", matched=((0, 0), (1, 1), (2, 2)), **more
):
    models = [page(box("main", 0, 0, 9, 9, style=style, **more)) for style in (before, after)]
    path = models[0].elements[2].path
    (found,) = with_computed([Divergence(kind, 0.5, "main", "m", path=path)], matched, *models)
    return found.extra.get("computed")


def test_what_differs_is_told_with_both_values():
    assert explained({"fontSize": "16px", "whiteSpace": "normal"}, {"fontSize": "20px", "whiteSpace": "normal"}) == {
        "fontSize": ["16px", "20px"]
    }


def test_rounding_and_what_the_boxes_say_already_are_not_told():
    assert explained({"paddingTop": "10px", "width": "90px"}, {"paddingTop": "10.4px", "width": "45px"}) is None
    assert explained({"opacity": "1"}, {"opacity": "0.6"}) == {"opacity": ["1", "0.6"]}


def test_an_element_that_is_missing_is_found_by_the_baseline_s_path():
    assert explained({"display": "block"}, {"display": "none"}, kind="missing") == {"display": ["block", "none"]}


def test_without_a_partner_nothing_is_said():
    for kind in ("missing", "extra"):
        assert explained({"color": "red"}, {"color": "blue"}, kind=kind, matched=((0, 0),)) is None
