"""Who may import whom, and what must not be loaded before it is needed. docs/architecture.md says the same in words."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import groupby
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "compatcheck"

WORDS = {"model", "geometry", "errors"}
"""What everything speaks in; these import nothing of the project but each other."""

TOOLS = {
    "picture": {"native"},
    "native": set(),
    "weights": set(),
    "queues": set(),
    "runfolder": set(),
    "versions": {"__version__"},
}
"""What stages or the wiring use; beside WORDS they import what stands here."""

STAGES = {
    "matrix": set(),
    "plan": set(),
    "capture": {"picture"},
    "compare": {"picture"},
    "metrics": {"picture", "weights", "native"},
    "layout": set(),
    "judge": set(),
    "report": set(),
    "execute": set(),
    "demo": set(),
}
"""The stages, and what each imports beside WORDS: never another stage."""

WIRING = {"pipeline", "pairs", "sweep", "narrowing", "over_widths", "captures", "selftest", "cli", "__main__"}
"""What puts the stages together: these may import any of them."""

HEAVY = {"torch", "torchvision", "lpips", "cv2", "numpy", "scipy", "skimage", "selenium", "appium", "PIL"}
"""Libraries that take long to load. pydantic is not among them: Typer itself loads it to read a command's arguments."""

PART_OF = {"markupsafe": "jinja2", "pydantic_core": "pydantic", "urllib3": "selenium"}
"""Modules that belong to another dependency and come in its version."""

LONGEST = 360
"""Lines of a module. Past this a module has grown a second job."""

SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if "node_modules" not in path.parts)


def top_of(path: Path) -> str:
    """The part of the package that a file belongs to: `capture`, `pipeline`; empty for the package itself."""
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imports_of(path: Path) -> list[tuple[str, int]]:
    """Every module that a file imports, anywhere in it, with its line: `compatcheck.model.plan`, `numpy`."""
    found: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            module = node.module or ""
            found += [
                (f"{module}.{alias.name}" if module == "compatcheck" else module, node.lineno) for alias in node.names
            ]
    return found


def neighbours_of(path: Path) -> list[tuple[str, int]]:
    """The other parts of the package that a file imports."""
    parts = [(name.split(".")[1], line) for name, line in imports_of(path) if name.startswith("compatcheck.")]
    return [(part, line) for part, line in parts if part != top_of(path)]


def allowed(top: str) -> set[str]:
    if top in WORDS:
        return WORDS
    if top in STAGES or top in TOOLS:
        return WORDS | {**STAGES, **TOOLS}[top]
    return {"__version__", *WORDS, *TOOLS, *STAGES, *WIRING}


def test_every_part_has_its_place() -> None:
    known = {"", *WORDS, *TOOLS, *STAGES, *WIRING}
    tops = {top_of(path) for path in SOURCES}
    assert tops - known == set(), "decide whether it is a stage, a tool or wiring, here and in docs/architecture.md"
    assert known - tops - {""} == set(), "named here, but not there"


def test_stages_import_words_and_never_each_other() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports compatcheck.{part}"
        for path in SOURCES
        for part, line in neighbours_of(path)
        if part not in allowed(top_of(path))
    ]
    assert wrong == []


def test_the_pipeline_knows_none_of_its_listeners() -> None:
    for name in ("pipeline", "pairs", "sweep", "narrowing", "over_widths", "captures"):
        parts = {part for part, _ in neighbours_of(PACKAGE / f"{name}.py")}
        assert parts & {"cli", "report", "demo"} == set(), name


def test_the_rule_is_one_that_can_fail() -> None:
    assert "layout" not in allowed("compare")
    assert "capture" not in allowed("report")
    assert "layout" in allowed("pairs")
    assert ("capture", 1) not in [(part, 1) for part, _ in neighbours_of(PACKAGE / "plan.py")]
    assert "capture" in {part for part, _ in neighbours_of(PACKAGE / "pipeline.py")}


def loaded_by(code: str) -> set[str]:
    """The heavy modules that a fresh interpreter has loaded after `code`."""
    script = f"import json, sys\n{code}\nprint('LOADED', json.dumps(sorted(set(sys.modules) & set({sorted(HEAVY)!r}))))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(done.stdout.rpartition("LOADED ")[2]))


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], ["run", "--help"], ["compare", "--help"], ["demo", "--help"], ["doctor", "--help"]],
    ids=" ".join,
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert loaded_by(f"from compatcheck.cli.app import run_app\nassert run_app({arguments!r}) == 0") == set()


@pytest.mark.parametrize(
    "name", ["cli", "capture", "metrics", "matrix", "report", "compare", "layout", "execute", "weights"]
)
def test_a_package_is_light_until_it_is_used(name: str) -> None:
    # numpy is what pictures are typed with; everything else waits for its first use.
    assert loaded_by(f"import compatcheck.{name}") <= {"numpy"}


def test_reading_a_matrix_needs_neither_browsers_nor_networks() -> None:
    assert loaded_by("from compatcheck.matrix import load_matrix; load_matrix('devices.yaml')") <= {"numpy"}


def test_every_library_is_a_named_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {re.split(r"[<>=!~;\[ ]", requirement)[0].lower() for requirement in project["dependencies"]}
    distributions = packages_distributions()
    missing: dict[str, str] = {}
    for path in SOURCES:
        for name, line in imports_of(path):
            top = name.split(".")[0]
            if top in sys.stdlib_module_names or top in {"compatcheck", "gi", "webkit_watch"}:
                continue  # gi is the system Python's, not ours, and so is what runs there (webkit_host.py)
            owners = {owner.lower() for owner in distributions.get(PART_OF.get(top, top), [top])}
            if not owners & named:
                missing[top] = f"{path.relative_to(ROOT)}:{line}"
    assert missing == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT)) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_every_folder_of_code_is_a_package() -> None:
    for folder, _ in groupby(SOURCES, key=lambda path: path.parent):
        assert (folder / "__init__.py").is_file(), folder


def test_no_module_has_grown_a_second_job() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
    assert sorted(lengths.values())[len(lengths) // 2] < 250


def test_private_names_stay_in_their_part() -> None:
    wrong = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("compatcheck."):
                other = (node.module or "").split(".")[1] != top_of(path)
                wrong += [
                    f"{path.relative_to(ROOT)}:{node.lineno} {alias.name}"
                    for alias in node.names
                    if other and alias.name.startswith("_") and not alias.name.startswith("__")
                ]
    assert wrong == []
