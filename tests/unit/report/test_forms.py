"""The report's other forms: Markdown, annotations, CSV, one file, a zip; merging shards; finding and rewriting runs."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import re
import zipfile
from pathlib import Path

import pytest

import compatcheck.report
from compatcheck.errors import UsageError
from compatcheck.geometry import CssBox
from compatcheck.model.matrix import Thresholds
from compatcheck.picture import write_png
from compatcheck.report import REPORTERS
from compatcheck.report.again import find_index, latest_run, rewrite_reports
from compatcheck.report.html.pack import CHUNK
from compatcheck.report.merge import merge_runs
from compatcheck.report.pack_up import write_single_file, write_zip
from compatcheck.report.results import build_results, read_results, write_results
from compatcheck.report.summary import escape, render_annotations, render_markdown
from compatcheck.report.table import render_csv
from tests.factories import (
    make_device,
    make_divergence,
    make_full_run,
    make_matrix,
    make_outcome,
    make_page,
    make_run,
    paint_outcome,
    paint_page,
    with_images,
)


def test_markdown_counts_and_puts_the_worst_first():
    text = render_markdown(build_results(make_full_run()))
    assert text.startswith("## compatcheck: 4 flagged, 2 failed, 1 invalid\n")
    rows = [line for line in text.splitlines() if line.startswith(("| ❌", "| 🚫", "| ⚠️")) and "match" not in line]
    assert [re.sub(r"\|.*?\|", "|", row, count=1)[:10] for row in rows] == [
        "| home | f",
        "| home | i",
        "| form | i",
        "| form | p",
    ]
    assert "all 1 match" in render_markdown(build_results(make_run([make_outcome()])))
    assert "nothing was compared" in render_markdown(build_results(make_run()))


def test_markdown_shows_hostile_text_as_text():
    text = escape("<img src=x> [a](javascript:1) `b` | c\n# d @team &lt; ![x](y)")
    assert "<" not in text
    assert "\n" not in text
    assert not re.search(r"(?<!\\)[\[\]`|@!]", text)


def test_annotations_are_one_line_each_and_cannot_be_broken_out_of():
    outcome = make_outcome(make_page("a"), divergences=[make_divergence(message="50%\n::error::hacked,x:y")])
    (command,) = render_annotations(build_results(make_run([outcome])))
    assert command == "::error title=a on chromium-desktop%3A flagged::moved: 50%25%0A::error::hacked,x:y"
    levels = [line.split(" ")[0] for line in render_annotations(build_results(make_full_run()))]
    assert levels == ["::error", "::error", "::warning", "::warning"]


def test_csv_has_a_line_per_finding_and_no_formulas():
    hostile = make_outcome(
        make_page("x"), divergences=[make_divergence(selector="=cmd|' /C calc'!A0", message="@SUM(1)")]
    )
    rows = list(csv.DictReader(io.StringIO(render_csv(build_results(make_run([hostile]))))))
    assert (rows[0]["selector"], rows[0]["message"]) == ("'=cmd|' /C calc'!A0", "'@SUM(1)")
    rows = list(csv.DictReader(io.StringIO(render_csv(build_results(make_full_run())))))
    assert len(rows) == 15
    assert rows[1]["kind"] == "missing"
    assert rows[1]["ssim"] == "0.512"
    assert rows[-1]["reason"].startswith("WebKitWebDriver")


def test_a_single_file_holds_every_picture(tmp_path):
    folder = tmp_path / "run"
    write_results(make_full_run(folder), folder)
    text = write_single_file(folder).read_text()
    pictures = json.loads(re.search(r'id="report-pictures">(.*?)</script>', text, re.S)[1])
    assert (
        base64.b64decode(pictures["captures/home/iphone.png"].split(",")[1])
        == (folder / "captures/home/iphone.png").read_bytes()
    )
    assert len(pictures) == len(list(folder.rglob("*.png")))
    assert 'id="chunk-0"' in text


def test_too_many_pictures_for_one_file_is_said_in_time(tmp_path, monkeypatch):
    folder = tmp_path / "run"
    write_results(make_full_run(folder), folder)
    monkeypatch.setattr("compatcheck.report.pack_up.MOST_BYTES", 1000)
    with pytest.raises(UsageError, match="--zip"):
        write_single_file(folder)
    assert not (folder / "report.html").exists()


def test_a_zip_holds_the_report_and_what_it_shows(tmp_path):
    folder = tmp_path / "run"
    write_results(make_full_run(folder), folder)
    (folder / "captures" / "home" / "iphone.json").write_text("{}")
    path = write_zip(folder)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        names = set(archive.namelist())
    assert path.name == "run.zip"
    assert {"run/index.html", "run/results.json", "run/captures/home/iphone.png"} <= names
    assert not [name for name in names if name.endswith("iphone.json")]


def shard(folder, page, devices, severity=0.8, **rest):
    reference = make_device()
    box = CssBox(severity * 100, 60, 80, 30)
    finding = make_divergence(severity=severity, box=box, reference_box=box)
    outcomes = [
        make_outcome(page, device, divergences=[finding], reference=reference) for device in (reference, *devices)
    ]
    outcomes = [with_images(outcome, paint_outcome(outcome, folder)) for outcome in outcomes]
    run = make_run(outcomes, make_matrix(outcomes, **rest), id=folder.name, seconds=10 * severity)
    write_results(run, folder)
    return folder


def test_shards_become_one_run_and_keep_their_own_pictures(tmp_path):
    page = make_page()
    one = shard(tmp_path / "one", page, [make_device("d1")])
    two = shard(tmp_path / "two", page, [make_device("d2"), make_device("d3")], severity=0.6)
    merged = merge_runs([one, two], tmp_path / "all")
    assert read_results(tmp_path / "all") == merged
    assert [outcome.device.id for outcome in merged.outcomes] == ["chromium-desktop", "d1", "d2", "d3"]
    assert (merged.summary.total, merged.run.exit_code, merged.run.seconds, merged.run.id) == (4, 1, 8.0, "all")
    assert [item["id"] for item in merged.matrix["devices"]] == ["chromium-desktop", "d1", "d2", "d3"]
    for outcome, folder in zip(merged.outcomes, (one, one, two, two), strict=True):
        before = next(item for item in read_results(folder).outcomes if item.device.id == outcome.device.id)
        for new, old in (
            (outcome.images.reference, before.images.reference),
            (outcome.images.candidate, before.images.candidate),
        ):
            assert (tmp_path / "all" / new).read_bytes() == (folder / old).read_bytes()
    assert merged.outcomes[2].images.reference == "captures/home/chromium-desktop~shard2.png"


def test_the_worse_of_two_outcomes_of_the_same_place_stays(tmp_path):
    one = shard(tmp_path / "one", make_page(), [], severity=0.6)
    two = shard(tmp_path / "two", make_page(), [], severity=0.9)
    (outcome,) = merge_runs([one, two], tmp_path / "all").outcomes
    assert outcome.severity == 0.9
    assert "Several shards looked at this" in outcome.notes[0]


def test_what_cannot_be_merged_is_refused(tmp_path):
    one = shard(tmp_path / "one", make_page(), [])
    other = shard(tmp_path / "two", make_page(), [], thresholds=Thresholds("strict"))
    with pytest.raises(UsageError, match="other thresholds"):
        merge_runs([one, other], tmp_path / "all")
    with pytest.raises(UsageError, match="one of the runs"):
        merge_runs([one], one)
    with pytest.raises(UsageError, match="Nothing to merge"):
        merge_runs([], tmp_path / "all")


def test_reports_are_written_again_from_results_alone(tmp_path):
    folder = tmp_path / "run"
    run = make_full_run(folder)
    first = {name: REPORTERS[name]().write(run, folder).read_bytes() for name in REPORTERS}
    for path in folder.glob("*.*"):
        if path.name != "results.json":
            path.unlink()
    again = rewrite_reports(folder, tuple(REPORTERS))
    assert [path.read_bytes() for path in again] == list(first.values())
    with pytest.raises(UsageError, match="no such report"):
        rewrite_reports(folder, ["pdf"])


def test_the_latest_run_is_found_with_and_without_its_link(tmp_path):
    for number, name in enumerate(("b", "a")):
        path = write_results(make_run(), tmp_path / name)
        os.utime(path, (number, number))
    assert latest_run(tmp_path).name == "a"
    (tmp_path / "latest").symlink_to("b")
    assert latest_run(tmp_path).name == "b"
    (tmp_path / "latest").unlink()
    (tmp_path / "latest").write_text("b\n")
    assert latest_run(tmp_path).name == "b"
    assert find_index(tmp_path) == (tmp_path / "b" / "index.html").resolve()
    assert find_index(tmp_path / "a") == tmp_path / "a" / "index.html"
    with pytest.raises(UsageError, match="no finished run"):
        latest_run(tmp_path / "a")


def test_the_script_and_the_packer_agree_on_the_size_of_a_chunk():
    source = Path(compatcheck.report.__file__).parent / "ui" / "src" / "data.ts"
    assert f"const CHUNK = {CHUNK};" in source.read_text()


def with_own_pictures(folder):
    """A run whose finding shows at one of several widths, with pictures of that width."""
    images = {"reference": "captures/home/d~390-reference.png", "candidate": "captures/home/d~390.png"}
    for path in images.values():
        write_png(folder / path, paint_page((390, 100), 1, []))
    finding = make_divergence(extra={"widths": [[320, 412], [600, 600]], "images": images})
    write_results(make_run([make_outcome(divergences=[finding])], id=folder.name), folder)
    return images


def test_a_finding_s_own_pictures_travel_with_it(tmp_path):
    images = with_own_pictures(tmp_path / "run")
    text = write_single_file(tmp_path / "run").read_text()
    assert all(path in text for path in images.values())
    with zipfile.ZipFile(write_zip(tmp_path / "run")) as archive:
        assert {f"run/{path}" for path in images.values()} <= set(archive.namelist())
    merge_runs([tmp_path / "run"], tmp_path / "all")
    (item,) = read_results(tmp_path / "all").outcomes[0].divergences
    assert item.extra["images"] == images
    assert all((tmp_path / "all" / path).is_file() for path in images.values())
