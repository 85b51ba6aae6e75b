"""The gold report: the whole output of one run against what was looked at and found good.

When it differs, the new output is kept beside the old one as `*.actual` for looking; run with UPDATE_GOLD=1 to accept it.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from compatcheck.report import REPORTERS
from compatcheck.report.html.view import build_view
from compatcheck.report.results import build_results
from tests.factories import make_full_run

GOLD = Path(__file__).parents[2] / "gold"

SCRUBBERS = {
    "script": (r"<script>.*?</script>", "<script>SCRIPT</script>"),
    "style": (r"<style>.*?</style>", "<style>STYLE</style>"),
    "hash": (r"sha256-[A-Za-z0-9+/=]+", "sha256-HASH"),
    # zlib's output differs between its builds; the details are compared unpacked, as view.json.
    "chunk": (r'(id="chunk-\d+">)[^<]+', r"\1CHUNK"),
}


def scrub(text: str) -> str:
    for pattern, replacement in SCRUBBERS.values():
        text = re.sub(pattern, replacement, text, flags=re.S)
    return text


def outputs(folder: Path) -> dict[str, str]:
    run = make_full_run(folder)
    texts = {
        path.name: path.read_bytes().decode()
        for path in (REPORTERS[name]().write(run, folder) for name in sorted(REPORTERS))
    }
    view = build_view(build_results(run), folder)
    texts["view.json"] = (
        json.dumps({"index": view.index, "details": list(view.details)}, indent=1, ensure_ascii=False) + "\n"
    )
    return {name: scrub(text) for name, text in texts.items()}


@pytest.mark.parametrize("name", ["index.html", "results.json", "junit.xml", "summary.md", "findings.csv", "view.json"])
def test_gold(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    actual = outputs(tmp_path)[name]
    gold = GOLD / name
    if os.environ.get("UPDATE_GOLD"):
        gold.write_text(actual, newline="")
    kept = gold.with_name(f"{name}.actual")
    if actual != gold.read_bytes().decode():
        kept.write_text(actual, newline="")
        pytest.fail(f"compare {gold} with {kept}; accept with UPDATE_GOLD=1")
    kept.unlink(missing_ok=True)
