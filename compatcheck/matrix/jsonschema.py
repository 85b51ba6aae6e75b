"""The JSON Schema of `devices.yaml`, for editors: made from the models, shipped as `devices.schema.json`.

`python -m compatcheck.matrix.jsonschema` writes the file again (a test holds the two equal).
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from compatcheck.matrix.schema import MatrixBlock

SCHEMA_FILE = "devices.schema.json"

_VARIABLE = {"type": "string", "pattern": r"^\$\{.+\}$"}


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12): what `load_matrix` accepts, as far as a schema can say it.

    A whole value may also be `${NAME}`; names of presets and in-app browsers, references and unique ids are checked by
    `compatcheck validate` only.
    """
    made = MatrixBlock.model_json_schema(by_alias=True, mode="validation")
    schema: dict[str, Any] = _open_to_variables(made)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "compatcheck device matrix",
        "patternProperties": {"^x-": {"description": "Anything: room for anchors that the rest of the file uses."}},
    }
    return {**head, **{key: value for key, value in schema.items() if key != "title"}}


def _open_to_variables(node: Any) -> Any:
    """The same schema where numbers, booleans and enumerations may also be read from the environment."""
    if isinstance(node, list):
        return [_open_to_variables(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _open_to_variables(value) for key, value in node.items() if not (key == "title" and node.get("type"))}
    if node.get("type") in ("integer", "number", "boolean") or (node.get("type") == "string" and "enum" in node):
        told = {key: made.pop(key) for key in ("description", "default") if key in made}
        return {**told, "anyOf": [made, dict(_VARIABLE)]}
    return made


def main() -> None:
    """Write the shipped schema again."""
    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    Path(str(resources.files(__package__).joinpath(SCHEMA_FILE))).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
