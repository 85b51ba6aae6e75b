"""`init`, `validate`, `devices` and `schema`: the commands about the matrix that look at nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from compatcheck.errors import UsageError


def init(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The matrix to write.")] = Path("devices.yaml"),
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write a sample matrix to start from."""
    from compatcheck.matrix import sample_matrix
    from compatcheck.runfolder import write_whole

    if path.exists() and not force:
        raise UsageError(f"{path} is there already.", hint="Give another name, or --force to write over it.")
    try:
        write_whole(path, sample_matrix().encode())
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}.") from error
    typer.echo(f"wrote {path}. Next: compatcheck doctor {path}, then compatcheck run {path} --url https://…")


def validate(
    matrix: Annotated[Path, typer.Argument(metavar="MATRIX", help="The device matrix.")] = Path("devices.yaml"),
) -> None:
    """Check a matrix and say all that is wrong with it. Exit code 2 when something is."""
    from compatcheck.matrix import load_matrix

    loaded = load_matrix(matrix)
    references = ", ".join(dict.fromkeys(loaded.reference.values()))
    typer.echo(f"{matrix}: valid. {len(loaded.devices)} devices, {len(loaded.pages)} pages, reference {references}.")


def devices(
    word: Annotated[str, typer.Argument(metavar="[WORD]", help="Part of a preset's name, kind or platform.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the device presets (`preset:`) and the in-app browsers (`inApp:`) that a matrix may name."""
    from compatcheck.matrix import find_in_app, find_presets

    presets, in_apps = find_presets(word), find_in_app(word)
    if as_json:
        from pydantic import TypeAdapter

        rows = {"presets": presets, "inApp": in_apps}
        typer.echo(json.dumps(TypeAdapter(dict).dump_python(rows, mode="json"), ensure_ascii=False, indent=2))
        return
    if not presets and not in_apps:
        raise UsageError(f"no preset has {word!r} in its name.", hint="`compatcheck devices` lists them all.")
    import rich.box
    import rich.console
    from rich.table import Table

    console = rich.console.Console(highlight=False)
    if presets:
        table = Table("preset", "kind", "viewport", "ratio", "touch", "browser", "year", box=rich.box.SIMPLE_HEAD)
        for preset in presets:
            size = f"{preset.viewport.width:g} × {preset.viewport.height:g}"
            touch = "yes" if preset.has_touch else "no"
            table.add_row(
                preset.name,
                preset.kind,
                size,
                f"{preset.device_scale_factor:g}",
                touch,
                preset.browser,
                str(preset.year),
            )
        console.print(table)
    if in_apps:
        table = Table("inApp", "what it is", box=rich.box.SIMPLE_HEAD)
        for in_app in in_apps:
            table.add_row(in_app.name, in_app.title)
        console.print(table)


def schema(
    results: Annotated[bool, typer.Option("--results", help="The schema of results.json instead.")] = False,
) -> None:
    """Print the JSON Schema of devices.yaml, for editors."""
    if results:
        from compatcheck.report.results import results_schema as wanted
    else:
        from compatcheck.matrix import json_schema as wanted
    typer.echo(json.dumps(wanted(), ensure_ascii=False, indent=2))
