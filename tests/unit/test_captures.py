"""Captures on disk: no secret in any file of a run, and a fingerprint that other processes make too."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compatcheck import picture
from compatcheck.capture import DRIVERS
from compatcheck.capture.fake import Block, FakeDriver
from compatcheck.captures import fingerprint
from compatcheck.cli.console import Console
from compatcheck.errors import StepFailed
from compatcheck.geometry import CssBox, Size
from compatcheck.model.matrix import Device, Matrix, Page, Screen
from compatcheck.model.plan import Shot
from compatcheck.model.run import RunFinished
from compatcheck.pipeline import Check
from compatcheck.plan import make_plan
from compatcheck.report import REPORTERS
from compatcheck.runfolder import RunFolder

SECRET = "hunter2-tea"


def scene(shot: Shot) -> list[Block]:
    width = 300 if shot.device.id == "narrow" else 600
    return [Block(f"Welcome back {SECRET}", CssBox(20, 20, width, 60)), Block("Footer", CssBox(20, 120, 600, 60))]


def test_no_file_and_no_line_of_a_run_tells_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen(Size(800, 600))
    devices = (
        Device("reference", "chromium", screen, driver="fake", server=f"https://me:{SECRET}@grid.example"),
        Device("narrow", "firefox", screen, driver="fake", user_agent=f"Robot {SECRET}"),
        Device("broken", "webkit", screen, driver="fake"),
    )
    pages = (Page("home", f"https://shop.example/?key={SECRET}"),)
    matrix = Matrix(
        devices,
        dict.fromkeys(("desktop", "tablet", "phone"), "reference"),
        pages,
        metrics=("psnr",),
        secrets={SECRET: "${KEY}"},
    )
    driver = FakeDriver(scene, broken={"broken": f"https://shop.example/?key={SECRET} could not be opened"})
    monkeypatch.setitem(DRIVERS, "fake", lambda: driver)
    folder = RunFolder.create(tmp_path, "run")
    console = Console(quiet=False, json=False)
    for event in Check(matrix, make_plan(matrix, pages), folder, command=f"run --url ?key={SECRET}").events():
        console.show(event)
    assert isinstance(event, RunFinished)
    for load in REPORTERS.values():
        load().write(event.run, folder.path)
    telling = [str(file) for file in folder.path.rglob("*.*") if SECRET.encode() in file.read_bytes()]
    assert telling == []
    told = "".join(capsys.readouterr())
    assert SECRET not in told
    assert "?key=${KEY} could not be opened" in told


def test_fingerprints_are_the_same_in_every_process() -> None:
    code = (
        "from compatcheck.captures import fingerprint\nfrom compatcheck.geometry import Size\n"
        "from compatcheck.model.matrix import Device, Page, Screen\nfrom compatcheck.model.plan import Shot\n"
        "own = frozenset({'viewport', 'userAgent', 'hasTouch', 'isMobile'})\n"
        "print(fingerprint(Shot(Device('a', 'firefox', Screen(Size(1, 2)), own=own), Page('p', 'http://x/'))))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1


def test_fingerprints_tell_shots_apart_and_hold_no_secret() -> None:
    shot = Shot(Device("a", "firefox", Screen(Size(1, 2)), user_agent=SECRET), Page("p", "http://x/"))
    other = Shot(shot.device, replace(shot.page, url="http://y/"))
    assert fingerprint(shot) != fingerprint(other)
    assert SECRET not in fingerprint(shot)


def _step_failed(shot: Shot) -> list[Block]:
    if shot.device.id == "stuck":
        picture = np.full((600, 800, 3), 90, np.uint8)
        raise StepFailed("Step 1 of 1 (click #buy): no element matched within 10 s.", picture=picture)
    return scene(shot)


def test_what_a_failed_step_left_on_the_screen_is_in_the_run_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = tuple(Device(name, "chromium", Screen(Size(800, 600)), driver="fake") for name in ("reference", "stuck"))
    pages = (Page("home", "https://shop.example/"),)
    matrix = Matrix(devices, dict.fromkeys(("desktop", "tablet", "phone"), "reference"), pages, metrics=("psnr",))
    monkeypatch.setitem(DRIVERS, "fake", lambda: FakeDriver(_step_failed))
    folder = RunFolder.create(tmp_path, "run")
    *_, last = Check(matrix, make_plan(matrix, pages), folder).events()
    assert isinstance(last, RunFinished)
    (outcome,) = (one for one in last.run.outcomes if one.device.id == "stuck")
    assert outcome.verdict.name == "failed"
    assert "Step 1 of 1 (click #buy)" in outcome.verdict.reason
    name = str(outcome.images["candidate"])
    assert name == folder.picture_name("home/stuck")
    assert (picture.read(folder.file(name)) == 90).all()
    assert not folder.file(folder.facts_name("home/stuck")).exists()  # a resumed run looks again
