"""Facts → view data: the numbers people will see, families, what changed since the last run, and packing."""

from __future__ import annotations

import base64
import dataclasses
import gzip
import json

import pytest

from compatcheck.picture import write_png
from compatcheck.report.html.earlier import look_back
from compatcheck.report.html.families import find_families
from compatcheck.report.html.pack import CHUNK, json_block, pack_chunks
from compatcheck.report.html.view import FLAGS, KINDS, NEW, VERDICTS, WAIVED, build_view
from compatcheck.report.results import build_results, write_results
from tests.factories import (
    make_device,
    make_divergence,
    make_facts,
    make_full_run,
    make_outcome,
    make_page,
    make_run,
    paint_page,
)


def test_a_row_holds_what_filters_need(tmp_path):
    view = build_view(build_results(make_full_run(tmp_path)), tmp_path)
    page, device, verdict, severity, marks, family, reason, scores, severities = view.index["rows"][2]
    assert view.index["pages"][page]["id"] == "home"
    assert view.index["devices"][device]["id"] == "iphone"
    assert (VERDICTS[verdict], severity, reason, scores) == ("flagged", 0.9, -1, [0.98, 0.02])
    found = [(view.index["findings"][mark >> 4], mark & 15) for mark in marks]
    assert [(KINDS[finding[1]], finding[2], bits) for finding, bits in found] == [
        ("missing", "#buy", FLAGS),
        ("moved", "#price", FLAGS),
        ("colour", "footer", WAIVED),
    ]
    assert severities == [900, 450, 700]
    assert 2 in view.index["families"][family]


def test_pictures_are_measured_in_css_px_whatever_their_ratio(tmp_path):
    view = build_view(build_results(make_full_run(tmp_path)), tmp_path)
    ratios = set()
    for detail in view.details:
        for picture in detail["images"].values():
            if picture:
                ratios.add(picture["ratio"])
                assert picture["width"] == pytest.approx(320, abs=0.2)
                assert picture["height"] == pytest.approx(400, abs=0.2)
    assert ratios == {1, 2, 2.625, 3}


def test_a_picture_that_is_not_there_is_left_out(tmp_path):
    run = make_full_run(tmp_path)
    (tmp_path / "captures/home/iphone.png").write_bytes(b"not a picture at all, but long enough")
    detail = list(build_view(build_results(run), tmp_path).details)[2]
    assert detail["images"]["candidate"] is None
    assert detail["images"]["reference"] is not None


def test_a_phones_browser_stands_beside_the_apps_on_it(tmp_path):
    """Two devices of one UDID, one of them an app; a desktop, and another phone that has no app, are not there."""
    phone = make_device("pixel-chrome", capabilities={"appium:udid": "SECRET-1"})
    app = make_device("pixel-app", capabilities={"appium:udid": "SECRET-1"}, options={"webview": {"context": "x"}})
    other = make_device("other", capabilities={"appium:udid": "SECRET-2"})
    page = make_page()
    facts = dataclasses.replace(make_facts(app), extra={"phone": {"model": "Pixel 8"}})
    outcomes = [
        make_outcome(page, app, facts=facts),
        *(make_outcome(page, each) for each in (make_device("desk"), phone, other)),
    ]
    results = build_results(make_run(outcomes))
    assert "SECRET" not in results.model_dump_json()
    assert build_view(results, tmp_path).index["phones"] == [{"phone": "Pixel 8", "rows": [2, 0], "browsers": 1}]


def alike(count, *divergences, page=None, **rest):
    return [
        make_outcome(page, make_device(f"d{n}-{len(divergences)}"), divergences=divergences, **rest)
        for n in range(count)
    ]


def test_devices_that_share_half_their_findings_are_one_family():
    a, b, c, d = (make_divergence("moved", 0.9, f"#{name}") for name in "abcd")
    outcomes = build_results(make_run([*alike(3, a, b), *alike(2, a, b, c), *alike(1, d)])).outcomes
    assert [family.members for family in find_families(outcomes)] == [[0, 1, 2, 3, 4], [5]]


def test_pages_are_not_mixed_and_the_worst_comes_first():
    mild, bad = make_divergence("moved", 0.3, "#a"), make_divergence("moved", 0.8, "#a")
    outcomes = build_results(
        make_run([*alike(1, mild, page=make_page("one")), *alike(1, bad, page=make_page("two"))])
    ).outcomes
    assert [(family.page, family.members) for family in find_families(outcomes)] == [("two", [1]), ("one", [0])]


def test_failures_are_grouped_by_what_went_wrong_not_where():
    reasons = [
        "http://a.example/1: answered 500 after 12.1 s",
        "http://b.example/2: answered 500 after 3 s",
        "Firefox is not installed.",
    ]
    outcomes = [make_outcome(make_page(f"p{n}"), verdict="failed", reason=reason) for n, reason in enumerate(reasons)]
    assert [family.members for family in find_families(build_results(make_run(outcomes)).outcomes)] == [[0, 1], [2]]


def test_what_is_new_still_there_and_gone(tmp_path):
    old, still, new = (make_divergence("moved", 0.9, f"#{name}") for name in ("old", "still", "new"))
    device, fresh = make_device(), make_device("added")
    before = make_run(
        [make_outcome(device=device, divergences=[old, still])], id="r1", started_at="2026-01-01T00:00:00Z"
    )
    after = build_results(
        make_run(
            [make_outcome(device=device, divergences=[still, new]), make_outcome(device=fresh, divergences=[new])],
            id="r2",
        )
    )
    write_results(before, tmp_path / "r1")
    write_results(make_run(id="r3", started_at="2026-05-01T00:00:00Z"), tmp_path / "r3")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "results.json").write_text('{"startedAt": "2026-01-01T12:00:00Z", ')
    (tmp_path / "latest").symlink_to("r1")
    earlier = look_back(after, tmp_path / "r2")
    assert earlier.previous == {"id": "r1", "startedAt": "2026-01-01T00:00:00Z"}
    view = build_view(after, tmp_path / "r2", earlier)
    assert [mark & NEW for mark in view.index["rows"][0][4]] == [0, NEW]
    assert [mark & NEW for mark in view.index["rows"][1][4]] == [0], "a device without a past has nothing new"
    assert view.index["gone"] == [{"page": "home", "device": "chromium-desktop", "kind": "moved", "selector": "#old"}]
    assert view.index["history"] == [
        {"id": "r1", "startedAt": "2026-01-01T00:00:00Z", "devices": {"chromium-desktop": [1, 1, 0.9]}}
    ]


def test_a_failed_device_makes_nothing_gone(tmp_path):
    old = make_divergence("moved", 0.9, "#old")
    write_results(make_run([make_outcome(divergences=[old])], started_at="2026-01-01T00:00:00Z"), tmp_path / "r1")
    after = build_results(make_run([make_outcome(verdict="failed", reason="no browser")]))
    assert look_back(after, tmp_path / "r2").gone(after) == []


def test_chunks_hold_every_detail_once_and_are_repeatable():
    details = [{"n": n, "text": "é中"} for n in range(CHUNK * 2 + 1)]
    packed = pack_chunks(details)
    assert packed == pack_chunks(details)
    back = [item for chunk in packed for item in json.loads(gzip.decompress(base64.b64decode(chunk)))]
    assert back == details


def test_a_json_block_cannot_leave_its_element():
    value = {"a": "</script><!--<script>\u2028&amp;"}
    text = json_block(value)
    assert not set(text) & set("<>&\u2028\u2029")
    assert json.loads(text) == value


def test_a_finding_tells_its_widths_what_was_computed_and_its_own_pictures(tmp_path):
    write_png(tmp_path / "own.png", paint_page((390, 100), 1, []))
    extra = {
        "widths": [[320, 412], "odd"],
        "images": {"candidate": "own.png", "reference": "../../etc/passwd.png"},
        "computed": {"fontSize": ["16px", "20px"], "odd": "no pair"},
        "regions": ["header", "hero"],
    }
    run = make_run([make_outcome(divergences=[make_divergence(extra=extra)])])
    (detail,) = build_view(build_results(run), tmp_path).details
    (finding,) = detail["divergences"]
    assert finding["widths"] == [[320, 412]]
    assert finding["computed"] == [["fontSize", "16px", "20px"]]
    assert finding["images"]["candidate"]["width"] == 390
    assert finding["images"]["reference"] is None
    assert finding["extra"] == {"regions": "header, hero"}


def test_fonts_noise_and_masks_reach_the_reader(tmp_path):
    details = list(build_view(build_results(make_full_run(tmp_path)), tmp_path).details)
    facts = details[2]["facts"]
    assert facts["fonts"] == [["Noto Sans", True], ["Arial", False]]
    assert facts["noise"] == {"looks": 3, "areas": 1, "share": 0.0123}
    assert facts["extra"] == {"touchPoints": "5"}
    assert details[2]["masks"] == [[200, 20, 100, 60, "ignore", "#ads"], [200, 100, 100, 60, "layout", "#map"]]
    assert details[7]["images"]["candidate"]["src"] == "failures/form/iphone.png"
