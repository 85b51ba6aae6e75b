"""A device with `widths` in a run: one session, one outcome, one finding for each thing that breaks."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import pytest

from compatcheck.capture import DRIVERS
from compatcheck.capture.fake import Block, FakeDriver, FakeSession, hide
from compatcheck.geometry import CssBox, Size
from compatcheck.layout.widths import WidthRange
from compatcheck.model.matrix import Device, Matrix, Page, Screen, Thresholds, Waiver
from compatcheck.model.plan import Shot
from compatcheck.model.run import OutcomeReady, Run, RunFinished
from compatcheck.model.verdict import Divergence, Outcome, Verdict
from compatcheck.over_widths import outcome_over_widths, span_words
from compatcheck.pipeline import Check
from compatcheck.plan import estimate_cost, make_plan
from compatcheck.runfolder import RunFolder
from compatcheck.sweep import Swept

LOW, HIGH = 512, 571
REFERENCE = Device("reference", "chromium", Screen(Size(800, 600)), driver="fake")


def scene(shot: Shot) -> Sequence[Block]:
    """A price that lies on a name between LOW and HIGH, and nowhere else."""
    width = shot.device.screen.viewport.width
    lies = LOW <= width <= HIGH
    return [
        Block("Garden shop", CssBox(20, 20, width - 40, 60)),
        Block("Spade with handle", CssBox(20, 100, 200, 40)),
        Block("Price of it", CssBox(20 if lies else 240, 112 if lies else 100, 160, 40)),
        Block("Footer", CssBox(20, 200, width - 40, 60)),
    ]


def widths_of(name: str, *widths: int, browser: str = "chromium") -> list[Device]:
    return [
        Device(f"{name}-{width}", browser, Screen(Size(width, 600)), driver="fake", group=name)  # type: ignore[arg-type]
        for width in widths
    ]


@dataclass
class Counting:
    """Opens fake sessions and remembers for whom, and what was looked at."""

    driver: FakeDriver
    opened: list[str] = field(default_factory=list)

    def open(self, device: Device) -> AbstractContextManager[FakeSession]:
        self.opened.append(device.group or device.id)
        return self.driver.open(device)


def run_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, driver: FakeDriver, *devices: Device, **more: object
) -> tuple[Run, Counting]:
    counting = Counting(driver)
    monkeypatch.setitem(DRIVERS, "fake", lambda: counting)
    matrix = Matrix(
        devices=(REFERENCE, *devices),
        reference=dict.fromkeys(("desktop", "tablet", "phone"), "reference"),
        pages=(Page("home", "https://shop.example/"),),
        metrics=("psnr",),
        **more,  # type: ignore[arg-type]
    )
    check = Check(matrix, make_plan(matrix, matrix.pages), RunFolder.create(tmp_path, "run"))
    *events, last = check.events()
    assert isinstance(last, RunFinished)
    assert [one.outcome for one in events if isinstance(one, OutcomeReady)] != []
    return last.run, counting


def of(run: Run, device: str) -> Outcome:
    (found,) = (outcome for outcome in run.outcomes if outcome.device.id == device)
    return found


def test_what_breaks_over_a_range_is_one_finding_to_the_pixel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    widths = widths_of("all-widths", *range(320, 801, 40))
    run, counting = run_of(tmp_path, monkeypatch, FakeDriver(scene), *widths)
    assert [outcome.device.id for outcome in run.outcomes] == ["reference", "all-widths"]
    outcome = of(run, "all-widths")
    flagging = [one for one in outcome.verdict.divergences if one.flags]
    assert [(one.kind, one.extra["widths"]) for one in flagging] == [("collision", [[LOW, HIGH]])]
    assert flagging[0].message.endswith(f"(broken from {LOW} to {HIGH} px).")
    assert flagging[0].shared
    assert outcome.verdict.name == "flagged"
    assert outcome.device.widths == tuple(range(320, 801, 40))
    # The picture is one of a width at which it can be seen, and the box is on it.
    assert outcome.facts is not None
    assert LOW <= outcome.facts.viewport.width <= HIGH
    assert (tmp_path / "run" / outcome.images["candidate"]).is_file()
    # One session at most for the widths, one for their twins, one for the reference; an idle one is handed on.
    assert len(counting.opened) == len(set(counting.opened))
    assert set(counting.opened) <= {"all-widths", "reference", "reference~all-widths"}


def test_what_breaks_over_a_few_px_is_a_small_range_and_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(shot: Shot) -> Sequence[Block]:
        width = shot.device.screen.viewport.width
        return [
            Block("Garden shop", CssBox(20, 20, 300, 60)),
            Block("Spade with handle", CssBox(20, 100, 200, 40)),
            Block("Price of it", CssBox(20 if 517 <= width <= 522 else 240, 112, 160, 40)),
        ]

    run, _ = run_of(tmp_path, monkeypatch, FakeDriver(few), *widths_of("all-widths", *range(400, 641, 40)))
    (told,) = of(run, "all-widths").verdict.divergences
    assert (told.kind, told.flags, told.shared) == ("small-range", True, True)
    assert told.extra["widths"] == [[517, 522]]
    assert told.message.endswith("is covered by the text “Price of it” (broken from 517 to 522 px).")


def test_looks_between_the_widths_are_kept_only_where_they_show_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    widths = widths_of("all-widths", *range(320, 801, 40))
    run, _ = run_of(tmp_path, monkeypatch, FakeDriver(scene), *widths)
    assert of(run, "all-widths").verdict.name == "flagged"
    files = {path.stem for path in (tmp_path / "run" / "captures" / "home").glob("all-widths-*.png")}
    assert files == {device.id for device in widths}


def test_a_page_that_cannot_be_swept_is_judged_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("no")

    monkeypatch.setattr("compatcheck.sweep.read_look", broken)
    run, _ = run_of(tmp_path, monkeypatch, FakeDriver(scene), *widths_of("all-widths", 480, 520, 560, 600))
    outcome = of(run, "all-widths")
    told = next(one.message for one in outcome.verdict.divergences if one.flags)
    assert told.endswith(f"(broken from {LOW} to {HIGH} px)."), "both sides were looked at instead"
    assert "Between the widths nothing was looked at" in outcome.notes[-1]


def test_a_finding_of_the_sweep_inside_one_of_the_pair_follows_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    width_range = WidthRange(
        Divergence("wrapped", 0.55, "a", "The link has wrapped.", path="html>body>nav>a"), 400, 440, None, 480, 440
    )
    widths = widths_of("all-widths", 400, 440, 480)
    run, _ = run_of(tmp_path, monkeypatch, FakeDriver(scene), *widths)
    plain = of(run, "all-widths")
    nav = Divergence(
        "moved", 0.6, "nav", "The navigation stands lower.", CssBox(0, 0, 9, 9), CssBox(0, 9, 9, 9), "html>body>nav"
    )

    def told(*divergences: Divergence) -> list[str]:
        outcomes = {
            width: replace(plain, device=device, verdict=Verdict("match", divergences=divergences))
            for width, device in zip((400, 440, 480), widths, strict=True)
        }
        matrix = Matrix((REFERENCE, *widths), dict.fromkeys(("desktop", "tablet", "phone"), "reference"))
        whole = outcome_over_widths(
            outcomes,
            Swept((width_range,), (400, 440, 480)),
            {},
            images_at=lambda _: {},
            baselines=dict,
            matrix=matrix,
            today=date(2030, 1, 1),
        )
        return [one.kind for one in whole.verdict.divergences]

    assert told(nav) == ["moved"]
    assert told(replace(nav, path="html>body>main")) == ["moved", "wrapped"]


def gone_over_a_range(shot: Shot) -> list[Block]:
    """The button that everybody else shows is gone from the device's widths 437 to 583."""
    here = shot.device.group == "all-widths" and 437 <= shot.device.screen.viewport.width <= 583
    blocks = [Block("Garden shop", CssBox(20, 20, 300, 60)), Block("Spade with handle", CssBox(20, 100, 200, 40))]
    return blocks if here else [*blocks, Block("Order it today", CssBox(20, 160, 200, 40))]


def test_what_is_only_seen_beside_the_reference_has_its_range_to_the_pixel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = run_of(
        tmp_path, monkeypatch, FakeDriver(gone_over_a_range), *widths_of("all-widths", *range(320, 801, 40))
    )
    (told,) = (one for one in of(run, "all-widths").verdict.divergences if one.flags)
    assert (told.kind, told.extra["widths"]) == ("missing", [[437, 583]])
    assert told.message.endswith("(broken from 437 to 583 px).")


def test_ends_that_cannot_be_looked_at_are_told_of_the_widths_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = range(320, 801, 40)
    between = {f"all-widths-{width}": "the browser went away." for width in range(320, 801) if width not in asked}
    driver = FakeDriver(gone_over_a_range, broken=between)
    run, _ = run_of(tmp_path, monkeypatch, driver, *widths_of("all-widths", *asked))
    outcome = of(run, "all-widths")
    (told,) = (one for one in outcome.verdict.divergences if one.flags)
    assert told.message.endswith("(broken from 440 to 560 px, of the widths looked at).")
    assert "Not all ends of ranges are exact: the browser went away." in outcome.notes


def test_what_breaks_between_the_widths_does_not_sink_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("no")

    monkeypatch.setattr("compatcheck.narrowing.find_divergences", broken)
    run, _ = run_of(tmp_path, monkeypatch, FakeDriver(gone_over_a_range), *widths_of("all-widths", 400, 440, 480))
    outcome = of(run, "all-widths")
    (told,) = (one for one in outcome.verdict.divergences if one.flags)
    assert told.message.endswith("(broken from 440 to 480 px, of the widths looked at).")
    assert outcome.notes[-1] == "Not all ends of ranges are exact: ZeroDivisionError: no (a bug in compatcheck)."


def test_two_things_at_two_widths_have_pictures_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults = {"all-widths-400": [hide("Garden shop")]}
    run, _ = run_of(tmp_path, monkeypatch, FakeDriver(scene, faults), *widths_of("all-widths", *range(320, 801, 40)))
    outcome = of(run, "all-widths")
    found = {one.kind: one for one in outcome.verdict.divergences if one.flags}
    assert set(found) == {"missing", "collision"}
    assert found["missing"].message.endswith("(broken at 400 px).")
    own = [one for one in found.values() if "images" in one.extra]
    assert len(own) == 1, "the outcome shows the width of the other one"
    assert (tmp_path / "run" / own[0].extra["images"]["candidate"]).is_file()


def test_a_width_that_cannot_be_looked_at_fails_the_device_and_the_rest_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = FakeDriver(scene, broken={"all-widths-440": "the browser went away."})
    run, _ = run_of(tmp_path, monkeypatch, driver, *widths_of("all-widths", 400, 440, 480, 520, 560))
    verdict = of(run, "all-widths").verdict
    assert verdict.name == "failed"
    assert verdict.reason == "at 440 px: the browser went away."
    assert [one.kind for one in verdict.divergences if one.flags] == ["collision"]


def test_thresholds_and_waivers_name_the_device_of_the_matrix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    widths = widths_of("all-widths", 480, 520, 560, 600)
    waiver = Waiver("home", "all-widths", "*", "collision", "known", id="known")
    run, _ = run_of(tmp_path, monkeypatch, FakeDriver(scene), *widths, waivers=(waiver,))
    assert of(run, "all-widths").verdict.name == "match"
    assert {one.waived_by for one in of(run, "all-widths").verdict.divergences if one.kind == "collision"} == {"known"}
    scores = {"all-widths": Thresholds(scores={"psnr": 1000.0})}
    faults = {"all-widths-520": [hide("Footer")]}
    run, _ = run_of(tmp_path / "b", monkeypatch, FakeDriver(scene, faults), *widths, device_thresholds=scores)
    outcome = of(run, "all-widths")
    assert "psnr" in outcome.verdict.reason
    assert outcome.scores["psnr"].note == "the worst of all widths, at 520 px"


def test_one_width_alone_is_an_ordinary_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run, _ = run_of(tmp_path, monkeypatch, FakeDriver(scene), *widths_of("all-widths", 520))
    assert [outcome.device.id for outcome in run.outcomes] == ["reference", "all-widths-520"]


def test_the_cost_counts_sessions_and_outcomes() -> None:
    widths = widths_of("all-widths", 320, 380, 440)
    matrix = Matrix((REFERENCE, *widths), dict.fromkeys(("desktop", "tablet", "phone"), "reference"))
    cost = estimate_cost(make_plan(matrix, [Page("home", "https://shop.example/")]))
    assert (cost.shots, cost.sessions, cost.pairs) == (7, 2, 2)


@pytest.mark.parametrize(
    ("spans", "exact", "words"),
    [
        ([(768, 1132)], True, "(broken from 768 to 1132 px)"),
        ([(768, 768)], True, "(broken at 768 px)"),
        ([(320, 500), (768, 768)], True, "(broken from 320 to 500 px and at 768 px)"),
        ([(320, 500), (600, 620), (768, 800)], True, "(broken from 320 to 500 px, from 600 to 620 px and from 768 to 800 px)"),
        ([(380, 500)], False, "(broken from 380 to 500 px, of the widths looked at)"),
        ([(320, 1400)], False, "(broken at every width from 320 to 1400 px)"),
    ],
)  # fmt: skip
def test_words_of_a_span(spans: list[tuple[int, int]], exact: bool, words: str) -> None:
    assert span_words(spans, (320, 700, 1400), exact=exact) == words
