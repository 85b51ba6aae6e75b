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


@pytest.fixture
def parts(tmp_path):
    """scripts/ui-parts in a folder of its own, with nothing on PATH but what it needs, and npm when given."""
    (tmp_path / "scripts").mkdir()
    script = shutil.copy(UI.parents[2] / "scripts" / "ui-parts", tmp_path / "scripts")
    ui = tmp_path / "compatcheck" / "report" / "ui"
    ui.mkdir(parents=True)
    (ui / "package-lock.json").write_text("{}")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("dirname", "touch", "mkdir"):
        (programs / name).symlink_to(shutil.which(name) or name)

    def call(*options: str, npm: str | None = None) -> subprocess.CompletedProcess[str]:
        if npm is not None:
            (programs / "npm").write_text(f"#!/bin/sh\necho called >>{tmp_path}/calls\n{npm}\n")
            (programs / "npm").chmod(0o755)
        return subprocess.run(
            ["/bin/sh", script, *options],
            env={"PATH": str(programs)},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    call.calls = tmp_path / "calls"  # type: ignore[attr-defined]
    return call


def test_the_parts_are_fetched_once(parts):
    fetch = "mkdir -p node_modules && touch node_modules/.package-lock.json"
    for _ in range(2):
        assert parts(npm=fetch).returncode == 0
    assert parts.calls.read_text().splitlines() == ["called"]


@pytest.mark.parametrize(("npm", "words"), [(None, "npm was not found"), ("exit 1", "npm ci failed")])
def test_without_the_parts_make_test_goes_on_and_make_ui_does_not(parts, npm, words):
    tried = parts("--try", npm=npm)
    assert tried.returncode == 0
    assert words in tried.stderr
    assert "will be skipped" in tried.stderr
    assert parts().returncode == 1
