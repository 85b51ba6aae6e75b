"""`compatcheck weights`: the networks' weights that LPIPS needs, brought once and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from compatcheck.model.exits import EXIT_FAILED

app = typer.Typer(
    help="The weights of the networks that LPIPS uses: list, install, verify. A run never fetches any.",
    no_args_is_help=True,
)


@app.command("list")
def list_() -> None:
    """Say which weights there are, which metrics need them, and whether they are on this machine and whole."""
    from compatcheck.weights import verify_weights

    for status in verify_weights():
        if not status.installed:
            state = f"missing ({status.megabytes} MB). {status.advice}"
        elif status.problem:
            state = f"damaged, {status.problem} {status.advice}"
        else:
            state = f"installed, {status.path}"
        typer.echo(f"{status.name}: {status.title}, for {', '.join(status.metrics)}: {state}")


@app.command()
def install(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]…", help="Which; all that can be had when none.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A file that holds them, where there is no network.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Bring them again although they are there.")] = False,
) -> None:
    """Bring weights, check them by SHA-256 and keep them. Exit code 3 when no source can be reached."""
    from compatcheck.weights import install_weights

    install_weights(names or (), file=file, force=force, say=typer.echo)


@app.command()
def verify() -> None:
    """Read all weights that are there and compare their checksums. Exit code 3 when one is wrong."""
    from compatcheck.weights import verify_weights

    wrong = False
    for status in verify_weights():
        if not status.installed:
            typer.echo(f"{status.name}: not installed. {status.advice}")
        elif status.problem:
            wrong = True
            typer.echo(f"{status.name}: {status.problem} {status.advice}", err=True)
        else:
            typer.echo(f"{status.name}: right")
    if wrong:
        raise typer.Exit(EXIT_FAILED)
