"""`results.json`: complete, finite, valid against the shipped schema, readable again, clear about bad files."""

from __future__ import annotations

import json
import math
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import compatcheck.report
from compatcheck.errors import UsageError
from compatcheck.geometry import CssBox
from compatcheck.model.matrix import RegionThresholds, Thresholds
from compatcheck.report.results import build_results, read_results, results_schema, write_results
from tests.factories import (
    make_device,
    make_divergence,
    make_facts,
    make_full_run,
    make_matrix,
    make_outcome,
    make_page,
    make_run,
    make_score,
)

SCHEMA = Path(compatcheck.report.__file__).with_name("results.schema.json")


def written(run, folder) -> dict:
    return json.loads(
        write_results(run, folder).read_text(), parse_constant=lambda name: pytest.fail(f"{name} in JSON")
    )


def test_shipped_schema_is_the_generated_one():
    assert json.loads(SCHEMA.read_text()) == results_schema(), "run `python -m compatcheck.report.results`"


def test_a_real_document_is_valid_and_a_bent_one_is_not(tmp_path):
    document = written(make_full_run(), tmp_path)
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    validator.validate(document)
    document["outcomes"][0]["divergences"][0]["kind"] = "ugly"
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(document)


def test_what_was_written_is_read_back_equal(tmp_path):
    run = make_full_run()
    write_results(run, tmp_path)
    assert read_results(tmp_path) == build_results(run)
    assert read_results(tmp_path / "results.json") == build_results(run)


def test_an_outcome_has_every_field_of_the_contract(tmp_path):
    document = written(make_full_run(), tmp_path)
    assert document["schemaVersion"] == 1
    assert document["summary"] == {"total": 10, "match": 3, "flagged": 4, "invalid": 1, "failed": 2}
    assert document["run"]["exitCode"] == 3
    iphone = next(
        item for item in document["outcomes"] if item["device"]["id"] == "iphone" and item["page"]["id"] == "home"
    )
    assert iphone["device"]["viewport"] == {"width": 200, "height": 300}
    assert iphone["device"]["deviceScaleFactor"] == 3
    assert iphone["reference"] == {"id": "chromium-desktop", "twin": True}
    assert iphone["verdict"] == "flagged"
    assert iphone["severity"] == 0.9
    assert iphone["scores"] == {"ssim": 0.98, "lpips": 0.02}
    assert iphone["scoreDetails"]["ssim"] == {"value": 0.98, "direction": "higher", "note": "", "direct": 0.41}
    assert iphone["directScores"] == {"ssim": 0.41}
    missing, moved, waived = iphone["divergences"]
    assert (missing["kind"], missing["axis"], missing["flags"]) == ("missing", "layout", True)
    assert missing["candidateBox"] is None
    assert missing["referenceBox"] == {"x": 40, "y": 40, "width": 80, "height": 30}
    assert (moved["cause"], moved["consequences"]) == ("one more line of text above it", 7)
    assert (waived["waivedBy"], waived["flags"]) == ("w1", False)
    assert iphone["regions"][0]["divergence"] == moved["id"]
    assert iphone["facts"]["console"][0]["text"] == "TypeError: x is undefined"
    assert iphone["timings"] == {"capture": 1.5, "compare": 0.25}
    assert document["waivers"][0]["reason"] == "new brand colour"


def test_every_verdict_can_be_recomputed(tmp_path):
    for outcome in written(make_full_run(), tmp_path)["outcomes"]:
        counted = [item for item in outcome["divergences"] if item["flags"] and not item["waivedBy"]]
        if outcome["verdict"] in ("match", "flagged"):
            assert outcome["verdict"] == ("flagged" if counted else "match")
            assert outcome["severity"] == max((item["severity"] for item in counted), default=0)


def test_the_limits_of_the_sensitivities_are_written_for_other_programs(tmp_path):
    document = written(make_run([make_outcome()], limits={"normal": 0.5, "strict": 0.3}), tmp_path)
    assert document["thresholds"]["severities"] == {"normal": 0.5, "strict": 0.3}


def test_thresholds_of_single_devices_pages_and_pairs_are_kept(tmp_path):
    outcome = make_outcome()
    region = RegionThresholds(selector="#news", kinds={"text": 1.01})
    own = Thresholds("strict", {"moved": 0.2}, {"ssim": 0.9}, (region,))
    matrix = make_matrix(
        [outcome],
        device_thresholds={"chromium-desktop": own},
        page_thresholds={"home": Thresholds("relaxed")},
        pair_thresholds={("home", "chromium-desktop"): own},
    )
    thresholds = written(make_run([outcome], matrix), tmp_path)["thresholds"]
    told = {
        "sensitivity": "strict",
        "kinds": {"moved": 0.2},
        "scores": {"ssim": 0.9},
        "regions": [{"name": "#news", "selector": "#news", "box": None, "sensitivity": None, "kinds": {"text": 1.01}}],
    }
    assert thresholds["devices"] == {"chromium-desktop": told}
    assert thresholds["pairs"] == {"home/chromium-desktop": told}
    assert thresholds["pages"]["home"]["sensitivity"] == "relaxed"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_has_no_form_for_become_null(tmp_path, value):
    device = make_device()
    outcome = make_outcome(
        device=device,
        divergences=[make_divergence(severity=value, box=CssBox(0, value, 1, 1))],
        scores={"ssim": value},
        direct_scores={"psnr": make_score("psnr", value)},
        timings={"capture": value, "compare": 1.0},
        facts=make_facts(device, timings={"load": value}, extra={"deep": [{"x": value}], "np": np.float32(value)}),
    )
    document = written(make_run([outcome], seconds=value), tmp_path)
    found = document["outcomes"][0]
    assert found["scores"] == {"ssim": None}
    assert found["scoreDetails"]["psnr"]["direct"] is None
    assert found["timings"] == {"compare": 1.0}
    assert found["facts"]["extra"] == {"deep": [{"x": None}], "np": None}
    assert found["divergences"][0]["candidateBox"] is None
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))


def test_huge_and_broken_texts_are_bounded_and_written(tmp_path):
    device = make_device()
    facts = make_facts(device, title="x" * 10_000_000, url="\ud800/broken", extra={"odd": {1, 2}, "own": object})
    write_results(make_run([make_outcome(device=device, facts=facts)]), tmp_path)
    assert (tmp_path / "results.json").stat().st_size < 100_000
    read = read_results(tmp_path).outcomes[0].facts
    assert read is not None
    assert "10000000 characters" in read.title
    assert read.url == "\ufffd/broken"


def test_secrets_never_reach_the_file(tmp_path):
    page = make_page(url="https://ann:hunter22@shop.example/?key=s3cr3t-token")
    outcome = make_outcome(
        page, verdict="failed", reason="GET https://ann:hunter22@shop.example/?key=s3cr3t-token: 500"
    )
    matrix = make_matrix([outcome], secrets={"s3cr3t-token": "${KEY}"})
    run = make_run(
        [outcome], matrix, command="compatcheck run --url https://ann:hunter22@shop.example/?key=s3cr3t-token"
    )
    text = write_results(run, tmp_path).read_text()
    assert "hunter22" not in text
    assert "s3cr3t-token" not in text
    assert "${KEY}" in text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a results.json"),
        ('{"schemaVersion": true}', "not a results.json"),
        ('{"schemaVersion": 99}', "newer compatcheck"),
        ('{"schemaVersion": 1}', "damaged"),
        ('{"schemaVersion": 0, "run": {}}', "damaged"),
    ],
)
def test_a_file_that_cannot_be_used_says_what_is_wrong(tmp_path, content, words):
    if content is not None:
        (tmp_path / "results.json").write_text(content)
    with pytest.raises(UsageError, match=words) as caught:
        read_results(tmp_path / "results.json")
    assert str(tmp_path / "results.json") in str(caught.value)


def test_fields_of_a_later_minor_version_are_passed_over(tmp_path):
    document = written(make_full_run(), tmp_path)
    document["outcomes"][0]["brandNew"] = 1
    (tmp_path / "results.json").write_text(json.dumps(document))
    assert read_results(tmp_path).outcomes[0].page.id == "home"
