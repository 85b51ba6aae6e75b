"""`devices.yaml` → `Matrix`: read, checked, presets looked up, defaults applied, environment filled in.

    devices.yaml ─ reader ─▶ values with places ─ schema, checks ─▶ problems, all at once
                                                  └ resolve ─▶ Matrix

| module | what it does |
|---|---|
| `reader`, `document`, `environment` | YAML as plain data with the place of every value; `${NAME}` |
| `schema`, `fields` | which keys there are, as pydantic models; what a single value may be |
| `checks` | what must hold between several places of the file |
| `problems`, `nearest` | pydantic's findings in our words; "did you mean" |
| `resolve`, `used` | the blocks as model; the document as used, without secrets |
| `catalogue`, `presets.json`, `in_app.json` | devices and in-app browsers |
| `urls` | pages from URLs of the command line |
| `waivers` | `waivers.yaml` next to the matrix |
| `jsonschema`, `sample` | for editors and for `compatcheck init` |

A new key: one field in `schema.py`, one line in `resolve.py`, one row in `docs/devices-yaml.md`, then `python -m
compatcheck.matrix.jsonschema` for the shipped schema. The names below are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compatcheck.matrix.catalogue import InApp, Preset, find_in_app, find_presets
    from compatcheck.matrix.jsonschema import json_schema
    from compatcheck.matrix.load import load_matrix
    from compatcheck.matrix.sample import sample_matrix
    from compatcheck.matrix.urls import pages_from_urls, read_url_file
    from compatcheck.matrix.used import without_credentials
    from compatcheck.matrix.waivers import read_waivers

__all__ = [
    "InApp",
    "Preset",
    "find_in_app",
    "find_presets",
    "json_schema",
    "load_matrix",
    "pages_from_urls",
    "read_url_file",
    "read_waivers",
    "sample_matrix",
    "without_credentials",
]

_MODULE_OF = {
    "InApp": "catalogue",
    "Preset": "catalogue",
    "find_in_app": "catalogue",
    "find_presets": "catalogue",
    "json_schema": "jsonschema",
    "load_matrix": "load",
    "pages_from_urls": "urls",
    "read_url_file": "urls",
    "read_waivers": "waivers",
    "sample_matrix": "sample",
    "without_credentials": "used",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
