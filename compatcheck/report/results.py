"""`results.json`: written, read back, and its JSON Schema. `build.py` makes it from a run, `records.py` says what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from compatcheck.errors import UsageError
from compatcheck.model.run import Run
from compatcheck.report.build import build_results
from compatcheck.report.files import write_whole
from compatcheck.report.records import SCHEMA_VERSION, Results

__all__ = [
    "RESULTS_NAME",
    "JsonReporter",
    "Results",
    "as_results",
    "build_results",
    "read_results",
    "results_schema",
    "write_results",
]

RESULTS_NAME = "results.json"


def as_results(run: Run | Results) -> Results:
    """`run` itself when it already is `Results`, else `build_results` of it."""
    return run if isinstance(run, Results) else build_results(run)


def write_results(run: Run | Results, folder: Path) -> Path:
    """Write `results.json` into the run folder and return its path. Raises UsageError when that is not possible."""
    return write_whole(folder / RESULTS_NAME, _json_parts(as_results(run)))


def _json_parts(results: Results) -> Iterator[str]:
    """The document an outcome a line: ten thousand of them in one string would take more memory than all the rest."""
    head = results.model_copy(update={"outcomes": []}).model_dump_json(by_alias=True)
    before = "\n"
    yield head.removesuffix("]}")
    for outcome in results.outcomes:
        yield before + outcome.model_dump_json(by_alias=True)
        before = ",\n"
    yield "\n]}\n"


def read_results(path: Path) -> Results:
    """Read a `results.json`, or the one inside the run folder `path`.

    Raises UsageError when there is none, when it is broken or foreign, or when a newer compatcheck wrote it.
    """
    file = path / RESULTS_NAME if path.is_dir() else path
    try:
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise UsageError(
            f"{file}: there is no such file.", hint="Name a run folder, such as reports/latest, or its results.json."
        ) from None
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{file}: is not JSON ({error}).", hint="The file is cut short or foreign; run the check again."
        ) from None
    version = data.get("schemaVersion") if isinstance(data, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise UsageError(f"{file}: is not a results.json of compatcheck: it has no schemaVersion.")
    if version > SCHEMA_VERSION:
        raise UsageError(
            f"{file}: was written by a newer compatcheck (schemaVersion {version}, this one reads {SCHEMA_VERSION}).",
            hint="Upgrade compatcheck.",
        )
    try:
        return Results.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"{file}: {place}: {first['msg']} ({error.error_count()} problem(s) in all).",
            hint="The file is damaged or foreign; `compatcheck schema results` prints what it must look like.",
        ) from None


def results_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of `results.json`; the copy beside this file is kept equal by a test."""
    schema = Results.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "compatcheck results.json"} | schema


class JsonReporter:
    """Writes `results.json`."""

    def write(self, run: Run | Results, folder: Path) -> Path:
        return write_results(run, folder)


if __name__ == "__main__":  # writes the shipped schema anew
    text = json.dumps(results_schema(), indent=1, ensure_ascii=False)
    write_whole(Path(__file__).with_name("results.schema.json"), text + "\n")
