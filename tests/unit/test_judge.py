"""The judge: what flags, what is waived, what proves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from compatcheck.geometry import CssBox, Size
from compatcheck.judge import LIMITS, judge, lowest_limit
from compatcheck.model.capture import Capture, Element, Facts, PageModel
from compatcheck.model.matrix import Device, Mask, Page, RegionThresholds, Screen, Sensitivity, Thresholds, Waiver
from compatcheck.model.plan import Shot
from compatcheck.model.verdict import Comparison, Divergence, Score, Verdict

TODAY = date(2030, 6, 15)
DEVICE = Device("phone", "webkit", Screen(Size(390, 844)))
PAGE = Page("home", "http://shop.test/")
BUTTON = Divergence("missing", 0.9, "#buy", "The button is missing.")
NUDGE = Divergence("moved", 0.35, "p.note", "The note stands 9 px down.")


def capture(page: Page = PAGE, device: Device = DEVICE, invalid: str = "") -> Capture:
    return Capture(Shot(device, page), np.zeros((844, 390, 3), np.uint8), Facts(Size(390, 844), 1.0), invalid=invalid)


BOX = CssBox(10, 10, 100, 20)


def model_of(*boxes: CssBox, parent: int | None = None) -> PageModel:
    elements = tuple(
        Element(at, parent, f"p{at}", f"p{at}", "p", "", "", box, visible_box=box) for at, box in enumerate(boxes)
    )
    return PageModel(Size(390, 844), Size(390, 844), elements)


def verdict(*found: Divergence, scores: dict[str, Score] | None = None, page: Page = PAGE, **more: Any) -> Verdict:
    options: dict[str, Any] = {
        "page": page, "device": DEVICE, "baseline": capture(page, replace(DEVICE, id="reference")), "candidate": capture(page),
        "thresholds": Thresholds(), "waivers": (), "today": TODAY, **more,
    }  # fmt: skip
    return judge(Comparison(divergences=found, scores=scores or {}), **options)


def test_nothing_found_is_a_match() -> None:
    assert verdict() == Verdict("match", 0.0, "No divergence.", ())


def test_severity_from_the_limit_on_flags_and_worst_comes_first() -> None:
    result = verdict(NUDGE, BUTTON)
    assert (result.name, result.severity) == ("flagged", 0.9)
    assert [(one.kind, one.flags) for one in result.divergences] == [("missing", True), ("moved", False)]
    assert result.reason == "The button is missing."


@pytest.mark.parametrize(("sensitivity", "limit"), LIMITS.items())
def test_sensitivity_moves_the_limit(sensitivity: Sensitivity, limit: float) -> None:
    thresholds = Thresholds(sensitivity)
    at, below = replace(NUDGE, severity=limit), replace(NUDGE, severity=limit - 0.01)
    assert verdict(at, thresholds=thresholds).name == "flagged"
    assert verdict(below, thresholds=thresholds).name == "match"


def test_a_kind_may_have_a_limit_of_its_own() -> None:
    assert verdict(NUDGE, thresholds=Thresholds(kinds={"moved": 0.3})).name == "flagged"
    assert verdict(BUTTON, thresholds=Thresholds(kinds={"missing": 1.01})).name == "match"


def in_region(region: RegionThresholds, *, base: Thresholds | None = None, **boxes: Any) -> bool:
    """Whether a nudge flags with thresholds of a region; the candidate has `.note` at 0, 0, 200 × 50."""
    note = Element(0, None, "p", "p.note", "p", "", "", CssBox(0, 0, 200, 50), attributes={"class": "note small"})
    model = PageModel(Size(390, 844), Size(390, 844), (note,), extra=boxes.pop("extra", {}))
    thresholds = replace(base or Thresholds(), regions=(region,))
    found = replace(NUDGE, **{"candidate_box": CssBox(10, 10, 100, 20), **boxes})
    result = verdict(found, thresholds=thresholds, candidate=replace(capture(), page_model=model))
    return result.name == "flagged"


STRICT = {"sensitivity": "strict"}


def test_a_part_of_the_page_may_have_limits_of_its_own() -> None:
    box = RegionThresholds(box=CssBox(0, 0, 390, 40), **STRICT)
    assert in_region(box)
    assert not in_region(box, candidate_box=CssBox(10, 300, 100, 20))
    assert not in_region(box, candidate_box=CssBox(0, 30, 300, 400)), "less than half of it lies in the region"
    assert in_region(box, candidate_box=None, reference_box=CssBox(0, 0, 50, 20)), "what is missing is where it was"


def test_a_region_by_selector_is_where_the_capture_says() -> None:
    assert in_region(RegionThresholds("main > p", **STRICT), extra={"regions": {"main > p": [[0, 0, 390, 60]]}})
    assert not in_region(RegionThresholds("main > p", **STRICT), extra={"regions": {"main > p": []}})
    for selector, there in ((".note", True), ("p", True), (".other", False), ("#note", False)):
        assert in_region(RegionThresholds(selector, **STRICT)) is there, selector


def test_of_several_regions_the_last_that_speaks_of_the_kind_counts() -> None:
    quiet = Thresholds(kinds={"moved": 1.01})
    assert in_region(RegionThresholds(".note", kinds={"moved": 0.3}), base=quiet)
    assert not in_region(RegionThresholds(".note", kinds={"text": 0.1}), base=quiet), "of this kind it says nothing"
    assert not in_region(RegionThresholds(".note", kinds={"moved": 1.01}), base=Thresholds("strict"))
    regions = (
        RegionThresholds(box=CssBox(0, 0, 390, 400), **STRICT),
        RegionThresholds(box=CssBox(0, 0, 390, 90), kinds={"moved": 0.9}),
    )
    result = verdict(
        replace(NUDGE, candidate_box=CssBox(0, 0, 50, 20)),
        replace(NUDGE, selector="h2", candidate_box=CssBox(0, 200, 50, 20)),
        thresholds=Thresholds(regions=regions),
    )
    assert {one.selector: one.flags for one in result.divergences} == {"p.note": False, "h2": True}
    assert lowest_limit(Thresholds("relaxed", regions=regions)) == LIMITS["strict"]


def test_shared_divergences_flag_too() -> None:
    assert verdict(replace(BUTTON, shared=True)).name == "flagged"


@pytest.mark.parametrize(
    ("value", "direction", "name"), [(0.5, "higher", "flagged"), (0.7, "higher", "match"), (0.7, "lower", "flagged"), (0.5, "lower", "match")]
)  # fmt: skip
def test_a_score_flags_in_its_own_direction_and_says_so(value: float, direction: Any, name: str) -> None:
    result = verdict(scores={"ssim": Score("ssim", value, direction)}, thresholds=Thresholds(scores={"ssim": 0.6}))
    assert result.name == name
    assert ("ssim" in result.reason) == (name == "flagged")


def test_a_score_that_could_not_be_computed_flags_nothing() -> None:
    scores = {"lpips": Score("lpips", None, "lower", "no weights")}
    assert verdict(scores=scores, thresholds=Thresholds(scores={"lpips": 0.1})).name == "match"


class TestWaivers:
    WAIVER = Waiver("home", "phone", "#buy", "missing", "the shop is closed", id="w1")

    def test_a_waived_divergence_neither_flags_nor_counts(self) -> None:
        result = verdict(BUTTON, NUDGE, waivers=(self.WAIVER,))
        assert (result.name, result.severity) == ("match", NUDGE.severity)
        assert [one.waived_by for one in result.divergences] == ["w1", None]

    @pytest.mark.parametrize(
        "change",
        [{"page": "*"}, {"device": "ph*"}, {"selector": "*"}, {"kind": "*"}, {"expires": "2030-06-15"}, {"max_severity": 0.9}],
    )  # fmt: skip
    def test_it_applies(self, change: dict[str, Any]) -> None:
        assert verdict(BUTTON, waivers=(replace(self.WAIVER, **change),)).name == "match"

    @pytest.mark.parametrize(
        "change",
        [
            {"page": "list"}, {"device": "tablet"}, {"selector": "#other"}, {"kind": "moved"}, {"expires": "2030-06-14"},
            {"expires": "someday"}, {"max_severity": 0.8},
        ],
    )  # fmt: skip
    def test_it_does_not_apply(self, change: dict[str, Any]) -> None:
        assert verdict(BUTTON, waivers=(replace(self.WAIVER, **change),)).name == "flagged"

    def test_brackets_in_selectors_are_plain_text(self) -> None:
        found = replace(BUTTON, selector='[data-testid="buy"]')
        waiver = replace(self.WAIVER, selector='[data-testid="*"]')
        assert verdict(found, waivers=(waiver,)).name == "match"


class TestInvalid:
    def test_a_candidate_that_proves_nothing(self) -> None:
        result = verdict(BUTTON, candidate=capture(invalid="The picture is blank."))
        assert (result.name, result.severity) == ("invalid", 0.0)
        assert "candidate" in result.reason
        assert "blank" in result.reason

    def test_a_baseline_that_proves_nothing_is_named(self) -> None:
        baseline = capture(device=replace(DEVICE, id="chromium~390"), invalid="The viewport was clamped.")
        assert "chromium~390" in verdict(baseline=baseline).reason

    @pytest.mark.parametrize(
        ("model", "words"),
        [
            (model_of(), "no elements"),
            (model_of(CssBox(float("nan"), 0, 9, 9), CssBox(0, 0, -4, 9), BOX), "2 of the 3 boxes"),
            (model_of(CssBox(0, 0, 1e12, 9)), "1 of the 1 boxes"),
            (model_of(CssBox(10, 10, 0, 0), CssBox(0, 0, 0, 20)), "every box is empty"),
            (model_of(BOX, BOX, BOX, parent=7), "name a parent"),
            (replace(model_of(BOX), viewport=Size(float("nan"), 0)), "nan × 0 px"),
        ],
    )
    def test_a_page_model_that_describes_no_page(self, model: PageModel, words: str) -> None:
        result = verdict(BUTTON, candidate=replace(capture(), page_model=model))
        assert (result.name, result.severity) == ("invalid", 0.0)
        assert words in result.reason

    def test_one_odd_box_on_a_page_is_fine(self) -> None:
        model = model_of(BOX, BOX, CssBox(float("nan"), 0, 9, 9))
        assert verdict(candidate=replace(capture(), page_model=model)).name == "match"

    def test_a_mask_over_most_of_the_page(self) -> None:
        page = replace(PAGE, masks=(Mask(box=CssBox(0, 0, 390, 700)),))
        result = verdict(BUTTON, page=page)
        assert result.name == "invalid"
        assert "83%" in result.reason

    def test_a_small_mask_is_fine(self) -> None:
        page = replace(PAGE, masks=(Mask(box=CssBox(0, 0, 390, 200)),))
        assert verdict(BUTTON, page=page).name == "flagged"
