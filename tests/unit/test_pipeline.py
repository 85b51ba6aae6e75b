"""The whole path, from a matrix to the outcomes and the files, on the fake driver: no browser, no weights."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from compatcheck.capture import DRIVERS
from compatcheck.capture.fake import FakeDriver, hide, move, recolour, stacked
from compatcheck.errors import CaptureError
from compatcheck.geometry import Size
from compatcheck.model.matrix import Device, Matrix, Networks, Page, Screen
from compatcheck.model.run import CaptureFailed, OutcomeReady, RunFinished, RunStarted, ShotTaken
from compatcheck.pipeline import Check
from compatcheck.plan import make_plan
from compatcheck.runfolder import RunFolder

SCENE = stacked("Shop header", "A long line about shoes", "!Buy now", "Delivery in two days", "Footer")


def device(name: str, browser: str = "chromium", width: int = 800, **fields) -> Device:
    return Device(id=name, browser=browser, screen=Screen(Size(width, 600)), driver="fake", **fields)


def matrix_of(*devices: Device, pages: tuple[Page, ...] = (Page("home", "https://shop.example/"),)) -> Matrix:
    reference = dict.fromkeys(("desktop", "tablet", "phone"), devices[0].id)
    return Matrix(devices=devices, reference=reference, pages=pages, metrics=("psnr", "ssim"))


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Callable[..., Check]:
    def make(driver, matrix: Matrix, **options) -> Check:
        monkeypatch.setitem(DRIVERS, "fake", lambda: driver)
        folder = RunFolder.create(tmp_path, options.pop("run_id", "run"))
        return Check(matrix, make_plan(matrix, matrix.pages), folder, **options)

    return make


def run_of(check: Check):
    *_, last = check.events()
    assert isinstance(last, RunFinished)
    return last.run


def verdicts(run) -> dict[str, str]:
    return {f"{outcome.page.id}/{outcome.device.id}": outcome.verdict.name for outcome in run.outcomes}


def test_equal_devices_match_and_the_files_are_there(check, tmp_path):
    run = run_of(
        check(
            FakeDriver(SCENE), matrix_of(device("reference"), device("firefox", "firefox"), device("phone", width=390))
        )
    )
    assert verdicts(run) == {"home/reference": "match", "home/firefox": "match", "home/phone": "match"}
    assert run.exit_code == 0
    by_device = {outcome.device.id: outcome for outcome in run.outcomes}
    assert not by_device["firefox"].uses_twin
    assert by_device["phone"].uses_twin
    assert by_device["phone"].direct_scores.keys() == {"psnr", "ssim"}
    for outcome in run.outcomes:
        for name in (outcome.images["reference"], outcome.images["candidate"], *outcome.images["maps"].values()):
            assert (tmp_path / "run" / name).is_file()
        facts = json.loads((tmp_path / "run" / outcome.images["candidate"]).with_suffix(".json").read_text())
        assert facts["facts"]["viewport"]["width"] == outcome.device.screen.viewport.width
        assert facts["pageModel"]["elements"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(hide("Buy now"), "missing"), (move("Buy now", 500), "moved")],
)
def test_a_fault_on_one_device_flags_that_device_and_no_other(check, fault, kind):
    devices = (device("reference"), device("firefox", "firefox"), device("webkit", "webkit"))
    run = run_of(check(FakeDriver(SCENE, faults={"firefox": [fault]}), matrix_of(*devices)))
    assert verdicts(run) == {"home/reference": "match", "home/firefox": "flagged", "home/webkit": "match"}
    assert run.exit_code == 1
    flagged = next(outcome for outcome in run.outcomes if outcome.verdict.name == "flagged")
    assert kind in {divergence.kind for divergence in flagged.verdict.divergences if divergence.flags}
    assert flagged.verdict.severity > 0


def test_a_twin_takes_the_fault_of_nobody(check):
    devices = (device("reference"), device("phone", "firefox", width=390))
    run = run_of(check(FakeDriver(SCENE, faults={"phone": [hide("Buy now")]}), matrix_of(*devices)))
    assert verdicts(run) == {"home/reference": "match", "home/phone": "flagged"}


def test_a_broken_device_sinks_only_itself(check):
    devices = (device("reference"), device("firefox", "firefox"), device("webkit", "webkit"))
    run = run_of(check(FakeDriver(SCENE, broken={"webkit": "the browser is not installed."}), matrix_of(*devices)))
    assert verdicts(run) == {"home/reference": "match", "home/firefox": "match", "home/webkit": "failed"}
    assert run.exit_code == 3
    assert "the browser is not installed" in run.outcomes[2].verdict.reason


def test_a_broken_reference_fails_its_pairs_and_says_why(check):
    run = run_of(
        check(
            FakeDriver(SCENE, broken={"reference": "gone."}),
            matrix_of(device("reference"), device("firefox", "firefox")),
        )
    )
    assert verdicts(run) == {"home/reference": "failed", "home/firefox": "failed"}
    assert "the reference device (reference) could not be captured: gone." in run.outcomes[1].verdict.reason


def test_an_unknown_driver_fails_the_device_with_one_line(check):
    devices = (device("reference"), dataclasses.replace(device("tv"), driver="smoke-signals"))
    run = run_of(check(FakeDriver(SCENE), matrix_of(*devices)))
    assert verdicts(run)["home/tv"] == "failed"
    assert "smoke-signals" in run.outcomes[1].verdict.reason


def test_invalid_captures_never_pass(check):
    class BlankDriver(FakeDriver):
        def open(self, device):
            return FakeDriver(stacked() if device.id == "firefox" else SCENE).open(device)

    run = run_of(check(BlankDriver(SCENE), matrix_of(device("reference"), device("firefox", "firefox"))))
    assert verdicts(run)["home/firefox"] == "invalid"
    assert run.exit_code == 3


def test_events_come_in_order_and_are_complete(check):
    pages = (Page("home", "https://shop.example/"), Page("list", "https://shop.example/list"))
    matrix = matrix_of(device("reference"), device("phone", "firefox", width=390), pages=pages)
    events = list(check(FakeDriver(SCENE), matrix).events())
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunFinished)
    taken = [event.shot.slug for event in events if isinstance(event, ShotTaken)]
    assert sorted(taken) == sorted(shot.slug for shot in events[0].plan.shots)
    assert len([event for event in events if isinstance(event, OutcomeReady)]) == 4
    assert [(o.page.id, o.device.id) for o in events[-1].run.outcomes] == [
        ("home", "reference"), ("home", "phone"), ("list", "reference"), ("list", "phone"),
    ]  # fmt: skip


def test_a_resumed_run_does_not_look_again(check):
    matrix = matrix_of(device("reference"), device("firefox", "firefox"))
    first = run_of(check(FakeDriver(SCENE), matrix))

    class NoLooks:
        def open(self, device):
            raise CaptureError("this run must not look")

    again = run_of(check(NoLooks(), matrix, resume=True))
    assert verdicts(again) == verdicts(first)


def test_a_resumed_run_looks_at_what_changed(check):
    matrix = matrix_of(device("reference"))
    run_of(check(FakeDriver(SCENE), matrix))
    other = matrix_of(device("reference", width=900))
    events = list(check(FakeDriver(SCENE, broken={"reference": "looked"}), other, resume=True).events())
    taken = [event for event in events if isinstance(event, ShotTaken)]
    assert [isinstance(event.result, CaptureFailed) for event in taken] == [True]


def test_stopping_early_keeps_what_was_finished(check):
    pages = tuple(Page(f"page{number}", f"https://shop.example/{number}") for number in range(20))
    job = check(FakeDriver(SCENE), matrix_of(device("reference"), pages=pages), jobs=1, cores=1)
    events = job.events()
    for event in events:
        if isinstance(event, OutcomeReady):
            break
    events.close()
    run = job.run(interrupted=True)
    assert 1 <= len(run.outcomes) < 20
    assert run.exit_code == 130


def test_a_capture_that_cannot_be_written_is_a_failed_outcome(check, monkeypatch):
    job = check(FakeDriver(SCENE), matrix_of(device("reference")))

    def full(_capture):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(job._store, "put", full)
    run = run_of(job)
    assert verdicts(run) == {"home/reference": "failed"}
    assert "No space left on device" in run.outcomes[0].verdict.reason


def test_text_that_utf_8_cannot_hold_is_kept_and_compared(check):
    devices = (device("reference"), device("firefox", "firefox"))
    run = run_of(check(FakeDriver(stacked("Header", "half a character: \ud83d")), matrix_of(*devices)))
    assert verdicts(run) == {"home/reference": "match", "home/firefox": "match"}


def test_colour_alone_is_seen(check):
    devices = (device("reference"), device("firefox", "firefox"))
    run = run_of(
        check(FakeDriver(SCENE, faults={"firefox": [recolour("Shop header", (200, 40, 40))]}), matrix_of(*devices))
    )
    assert run.outcomes[1].regions
    assert run.outcomes[1].scores["ssim"].value < 1


def test_what_metrics_compute_of_a_shared_reference_is_kept_and_of_no_other(check, monkeypatch):
    """Three desktops are held against one reference, the phone against a twin of its own and, directly, the reference."""
    from compatcheck import metrics

    score_pair, asked = metrics.score_pair, []

    def spy(reference, candidate, names, **options):
        asked.append((reference.shape[1], options["keep"], options["candidates"], options["networks"].precision))
        return score_pair(reference, candidate, names, **options)

    monkeypatch.setattr(metrics, "score_pair", spy, raising=False)
    devices = (device("reference"), device("a", "firefox"), device("b", "webkit"), device("phone", width=390))
    matrix = dataclasses.replace(matrix_of(*devices), networks=Networks(precision="fast"))
    run_of(check(FakeDriver(SCENE), matrix))
    assert sorted(asked) == [(390, False, 1, "fast"), *[(800, True, 3, "fast")] * 3]


def test_the_matrix_says_how_pictures_come_to_one_grid(check, monkeypatch):
    from compatcheck import compare

    align, asked = compare.align, []
    monkeypatch.setattr(
        compare, "align", lambda one, two, fit="align": asked.append(fit) or align(one, two, fit), raising=False
    )
    for fit in ("align", "crop"):
        matrix = dataclasses.replace(matrix_of(device("reference"), device("firefox", "firefox")), fit=fit)
        run_of(check(FakeDriver(SCENE), matrix, run_id=fit))
    assert asked == ["align", "crop"]


def test_pyramids_of_a_shared_reference_are_made_once_in_a_run_and_let_go_at_its_end(check, monkeypatch):
    """Three candidates, each of another colour, against one reference."""
    from compatcheck.metrics import kept, structure

    pyramid_of, made, held = structure.pyramid_of, [], []

    def spy(picture, scales):
        made.append(picture.shape)
        held.append(len(kept._entries))
        return pyramid_of(picture, scales)

    monkeypatch.setattr(structure, "pyramid_of", spy)
    devices = (device("reference"), *(device(name, "firefox") for name in ("a", "b", "c")))
    faults = {
        "a": [recolour("Shop header", (200, 40, 40))],
        "b": [recolour("Shop header", (40, 200, 40))],
        "c": [recolour("Shop header", (40, 40, 200))],
    }
    matrix = dataclasses.replace(matrix_of(*devices), metrics=("ms_ssim",))
    run = run_of(check(FakeDriver(SCENE, faults=faults), matrix))
    assert [outcome.scores["ms_ssim"].value < 1 for outcome in run.outcomes[1:]] == [True, True, True]
    assert len(made) == 1
    assert held[0] >= 1
    assert not kept._entries


@pytest.mark.parametrize("by_elements", [True, False])
def test_an_inserted_banner_does_not_ruin_the_scores_below_and_the_rule_is_in_the_results(check, by_elements):
    """With page models the matched elements align the rows; without, the rows themselves."""
    long = stacked(*(f"Paragraph {number} of the page" for number in range(12)))

    def banner(blocks):
        below = [dataclasses.replace(block, box=block.box.translated(0, 80)) for block in blocks[2:]]
        box = dataclasses.replace(blocks[2].box, height=60)
        return [*blocks[:2], dataclasses.replace(blocks[2], name="Sale", box=box, colour=(200, 0, 0)), *below]

    class Blind(FakeDriver):
        def open(self, device):
            return nullcontext(BlindSession(super().open(device)))

    class BlindSession:
        def __init__(self, opened):
            self.opened = opened

        def look(self, shot):
            with self.opened as session:
                return dataclasses.replace(session.look(shot), page_model=None)

    driver = (FakeDriver if by_elements else Blind)(long, faults={"banner": [banner]})
    devices = (device("reference"), device("banner", "firefox"))
    found = {}
    for fit in ("align", "resize"):
        matrix = dataclasses.replace(matrix_of(*devices), metrics=("ssim", "ms_ssim"), fit=fit)
        made = check(driver, matrix, run_id=f"{fit}-{by_elements}")
        run = run_of(made)
        found[fit] = run.outcomes[1]
        assert found[fit].fit == fit
    how = "matched elements" if by_elements else "their pixels"
    assert f"rows aligned by {how}" in found["align"].notes
    assert "80 CSS px of rows are only in the candidate" in found["align"].notes
    assert found["align"].scores["ms_ssim"].value > 0.92  # the banner is a thirteenth of the page
    assert found["resize"].scores["ms_ssim"].value < 0.8


def test_a_reference_with_rows_put_in_for_one_candidate_is_not_kept(check, monkeypatch):
    from compatcheck import metrics

    score_pair, asked = metrics.score_pair, {}

    def spy(reference, candidate, names, **options):
        asked[reference.shape[0]] = options["keep"]
        return score_pair(reference, candidate, names, **options)

    monkeypatch.setattr(metrics, "score_pair", spy, raising=False)
    devices = (device("reference"), device("same", "firefox"), device("taller", "firefox"))
    faults = {"taller": [move("Footer", 0, 300)]}
    run = run_of(check(FakeDriver(SCENE, faults=faults), matrix_of(*devices)))
    assert [outcome.fit for outcome in run.outcomes] == ["none", "same", "align"]
    assert [asked[height] for height in sorted(asked)] == [True, False]


@pytest.mark.parametrize("broken", [False, True])
def test_identical_looks_are_taken_once_and_kept_under_every_name(monkeypatch, tmp_path, broken):
    """A device like the reference, and a phone of the reference's engine that is the other phone's twin."""
    local = [
        dataclasses.replace(one, driver="selenium")
        for one in (
            *(device("reference"), device("again"), device("phone", width=390)),
            *(device("firefox-phone", "firefox", width=390), device("patient", timeout=5.0)),
        )
    ]
    looked: list[str] = []

    def scene(shot):
        looked.append(shot.device.id)
        if broken:
            raise CaptureError("no such page")
        return SCENE(shot)

    monkeypatch.setitem(DRIVERS, "selenium", lambda: FakeDriver(scene))
    matrix = matrix_of(*local)
    plan = make_plan(matrix, matrix.pages)
    twin = next(shot.device.id for shot in plan.shots if shot.device.twin_of)
    check = Check(matrix, plan, RunFolder.create(tmp_path, "run"))
    events = list(check.events())
    taken = {event.shot.device.id: event.result for event in events if isinstance(event, ShotTaken)}
    assert taken.keys() == {"reference", "again", "phone", "firefox-phone", "patient", twin}
    assert len(looked) == 4
    assert {"again", "patient"} & set(looked) == {"patient"}
    if broken:
        assert all(isinstance(result, CaptureFailed) for result in taken.values())
        return
    assert sum("sameLookAs" in result.facts.extra for result in taken.values()) == 2
    for name in taken:
        assert json.loads((tmp_path / f"run/captures/home/{name}.json").read_text())["device"] == name
    assert set(verdicts(events[-1].run).values()) == {"match"}
