"""`compatcheck demo`: the main job on the demo site that comes with the package, or on a page of one's own."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from compatcheck.cli.run import CORES, Jobs, Json, Output, Quiet, choose_pages, command_line
from compatcheck.model.exits import EXIT_FLAGGED, EXIT_MATCH


def demo(
    url: Annotated[
        list[str] | None,
        typer.Option("--url", "-u", help="Look at this page instead of the demo site; may be repeated."),
    ] = None,
    output: Output = Path("reports"),
    device: Annotated[
        list[str] | None, typer.Option("--device", "-d", help="Only this device; may be repeated.")
    ] = None,
    jobs: Jobs = CORES,
    serve: Annotated[bool, typer.Option("--serve", help="Only serve the demo site, until Ctrl-C.")] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Run the main job on the demo site: one of its pages is broken on some devices, so that the report has something to show.

    Exit code 0 also when something is flagged: that is what the demo is for.
    """
    from compatcheck import demo as site
    from compatcheck.cli.execution import execute
    from compatcheck.matrix import load_matrix
    from compatcheck.plan import make_plan

    with site.serve() as base:
        if serve:
            typer.echo(f"the demo site is at {base} (Ctrl-C stops it)")
            while True:
                time.sleep(3600)
        matrix = load_matrix(site.demo_matrix())
        pages = choose_pages(matrix, url, None, []) if url else site.demo_pages(base)
        plan = make_plan(matrix, pages, devices=device or None)
        code = execute(matrix, plan, output, jobs=jobs, quiet=quiet, json=json, command=command_line())
    raise typer.Exit(EXIT_MATCH if code == EXIT_FLAGGED else code)
