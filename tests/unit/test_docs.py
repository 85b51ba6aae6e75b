"""What README and docs/ show must work: links, YAML examples, commands, options and make targets."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main
import yaml

from compatcheck.cli.app import app
from compatcheck.matrix import load_matrix

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs" / "ci.md"]
GROUP = typer.main.get_command(app)


def blocks(path: Path, language: str) -> list[str]:
    """The fenced code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [t for t in targets if not t.startswith("https://") and not (page.parent / t).exists()]
    assert missing == []


def test_the_readmes_matrix_is_valid(tmp_path: Path) -> None:
    (example,) = blocks(ROOT / "README.md", "yaml")
    (tmp_path / "devices.yaml").write_text(example, encoding="utf-8")
    matrix = load_matrix(tmp_path / "devices.yaml")
    assert matrix.reference["desktop"] == "chromium-desktop"
    assert [page.id for page in matrix.pages] == ["home"]


def test_the_ci_examples_are_yaml() -> None:
    examples = [yaml.safe_load(text) for text in blocks(ROOT / "docs" / "ci.md", "yaml")]
    assert len(examples) == 2
    assert all(isinstance(example, dict) for example in examples)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_their_options_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    calls = re.findall(
        r"(?<!-C )\bcompatcheck ([a-z]+)((?: --?[a-z][a-z-]*| [^\s`|'\"]+)*)",
        "\n".join(
            re.findall(r"`(compatcheck [^`]+)`", text)
            + [line for block in blocks(page, "sh") for line in block.splitlines()]
        ),
    )
    assert calls
    commands = GROUP.commands  # type: ignore[attr-defined]
    for name, rest in calls:
        assert name in commands, name
        known = {option for parameter in commands[name].params for option in parameter.opts}
        assert set(re.findall(r"(?<= )--[a-z-]+", rest.split("#")[0])) <= known | {"--help"}, f"{name}{rest}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    code = "\n".join(blocks(page, "sh") + re.findall(r"`(make [^`]+)`", page.read_text(encoding="utf-8")))
    named = set(re.findall(r"\bmake (?:-C \S+ )?([a-z]+)", code))
    assert named
    assert named <= targets
