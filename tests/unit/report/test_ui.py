"""The interface's code base: its types hold, its own tests pass, and what is committed is what its sources build to."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path

import pytest

import compatcheck.report

UI = Path(compatcheck.report.__file__).with_name("ui")
ASSETS = Path(compatcheck.report.__file__).parent / "html" / "assets"
needs_node = pytest.mark.skipif(
    not (shutil.which("node") and (UI / "node_modules" / "esbuild").is_dir()),
    reason="what builds the interface is not installed: run `scripts/ui-parts` (it needs npm)",
)


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=UI, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_committed_build_is_of_the_committed_sources():
    files = [*(UI / "src").rglob("*.*")]
    files.sort(key=lambda file: file.as_posix())
    digest = hashlib.sha256()
    for file in [*files, UI / "package-lock.json", UI / "build.mjs"]:
        digest.update(file.read_bytes())
    built = json.loads((ASSETS / "sources.json").read_text())["sha256"]
    assert built == digest.hexdigest(), "run `make ui` and commit compatcheck/report/html/assets"


@needs_node
def test_building_again_gives_the_committed_bytes(tmp_path):
    run("node", "build.mjs", str(tmp_path))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["report.css", "report.js", "sources.json"]
    for file in tmp_path.iterdir():
        assert file.read_bytes() == (ASSETS / file.name).read_bytes(), f"{file.name}: run `make ui` and commit it"


@needs_node
def test_the_types_hold():
    run("node_modules/.bin/tsc", "--noEmit")


@needs_node
def test_what_decides_something_is_tested_without_a_browser():
    run("node", "test.mjs")
