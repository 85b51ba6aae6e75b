"""The shipped schema is the models', says yes to what loads, and no to plain mistakes; the documentation knows every key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from compatcheck.matrix import json_schema, sample_matrix
from compatcheck.matrix.jsonschema import SCHEMA_FILE
from compatcheck.matrix.schema import WaiverBlock
from tests.unit.matrix.test_load import DESIGN

ROOT = Path(__file__).parents[3]


def test_shipped_file_is_up_to_date():
    shipped = json.loads((ROOT / "compatcheck/matrix" / SCHEMA_FILE).read_text(encoding="utf-8"))
    assert shipped == json_schema(), "run python -m compatcheck.matrix.jsonschema"


def test_is_a_schema():
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize(
    "text",
    [
        DESIGN,
        sample_matrix(),
        (ROOT / "devices.yaml").read_text(),
        (ROOT / "compatcheck/demo/devices.yaml").read_text(),
        "x-a: 1\nversion: 1\nreference: {desktop: a}\ndevices: [{id: a, timeout: '${T}', browser: '${B}', isMobile: '${M}'}]",
        "{version: 1, reference: a, thresholds: {kinds: {moved: never, colour: 0.5}}, devices: [{id: a, reducedMotion: reduce}]}",
    ],
)
def test_says_yes(text):
    errors = [error.message for error in Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(text))]
    assert errors == []


@pytest.mark.parametrize(
    "text",
    [
        "version: 2\nreference: a\ndevices: [{id: a}]",
        "version: 1\ndevices: [{id: a}]",
        "version: 1\nreference: a\ndevices: []",
        "version: 1\nreference: a\ndevices: [{id: a, viewprot: 1}]",
        "version: 1\nreference: a\ndevices: [{id: a, viewport: {width: 0, height: 1}}]",
        "version: 1\nreference: a\ndevices: [{id: a, browser: crome}]",
        "version: 1\nreference: a\ndevices: [{id: a/b}]",
        "version: 1\nreference: a\nmetrics: [mssim]\ndevices: [{id: a}]",
    ],
)
def test_says_no(text):
    assert list(Draft202012Validator(json_schema()).iter_errors(yaml.safe_load(text)))


def keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "properties":
                yield from value
            yield from keys(value)
    elif isinstance(node, list):
        for item in node:
            yield from keys(item)


def test_every_key_is_explained():
    every = set(keys(json_schema())) | set(keys(WaiverBlock.model_json_schema(by_alias=True)))
    documented = set(re.findall(r"`(\w+)`", (ROOT / "docs/devices-yaml.md").read_text(encoding="utf-8")))
    assert every - documented == set()


def test_examples_of_the_documentation_load(tmp_path):
    """Every yaml block that begins with `version:` is a whole matrix; one with `# waivers.yaml` is a list of waivers."""
    from compatcheck.matrix import load_matrix, read_waivers

    text = (ROOT / "docs/devices-yaml.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    whole = [block for block in blocks if block.startswith("version:")]
    waivers = [block for block in blocks if block.startswith("# waivers.yaml")]
    assert len(whole) >= 3
    assert waivers
    for index, block in enumerate(whole):
        file = tmp_path / f"devices-{index}.yaml"
        file.write_text(block, encoding="utf-8")
        environ = {name: f"https://{name.lower()}.example" for name in re.findall(r"\$\{(\w+)", block)}
        assert load_matrix(file, environ=environ).devices
    file = tmp_path / "waivers.yaml"
    file.write_text(waivers[0], encoding="utf-8")
    assert read_waivers(file)
