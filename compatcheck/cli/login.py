"""`compatcheck login`: sign in once, keep what the browser remembers, for all devices and runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from compatcheck.cli.run import Quiet
from compatcheck.errors import UsageError


def login(
    url: Annotated[
        str | None,
        typer.Argument(
            metavar="[URL]", help="The page with the form. [default: the matrix's `login.url`]", show_default=False
        ),
    ] = None,
    matrix: Annotated[
        Path, typer.Option("--matrix", "-m", metavar="FILE", help="The device matrix, with `login`.")
    ] = Path("devices.yaml"),
    save: Annotated[
        Path | None,
        typer.Option(
            "--save",
            "-s",
            metavar="FILE",
            help="Where to keep it. [default: `login.save`, or the defaults' `sessionState`]",
        ),
    ] = None,
    device: Annotated[
        str | None, typer.Option("--device", "-d", help="Who signs in. [default: `login.device`, or the reference]")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Do the steps of the matrix's `login` on one device, and save its cookies and local storage.

    The file has Playwright's storage-state format and can be read by you only; name it as `sessionState` of pages or of the
    defaults. Exit codes: 0 saved, 2 bad matrix or usage, 3 signing in did not work.
    """
    from compatcheck.capture.login import sign_in
    from compatcheck.capture.prepare.state import state_text
    from compatcheck.cli.execution import interruptible
    from compatcheck.matrix import load_matrix, pages_from_urls
    from compatcheck.runfolder import write_whole

    loaded = load_matrix(matrix)
    if loaded.login is None:
        raise UsageError(
            f"{matrix} does not say how to sign in.",
            hint='Add login: {url: "https://…", steps: [...], waitForSelector: "what shows when it has worked"}.',
        )
    file = save or (Path(loaded.login.save) if loaded.login.save else None)
    if file is None:
        raise UsageError("Where to keep the session is not said.", hint="Give --save FILE, or `save:` in `login`.")
    name = device or loaded.login.device
    if name not in {one.id for one in loaded.devices}:
        raise UsageError(f"--device {name}: there is no such device.", hint="`compatcheck validate` lists them.")
    page = loaded.login.page
    if url is not None:
        page = replace(page, url=pages_from_urls([url])[0].url)
    with interruptible():
        state = sign_in(loaded.device(name), page)
    write_whole(file, state_text(state).encode(), mode=0o600)
    if not quiet:
        stored = sum(len(entries) for entries in state.local_storage.values())
        typer.echo(f"{len(state.cookies)} cookies and {stored} entries of local storage are in {file}.")
        if not state.cookies and not stored:
            typer.echo("That is nothing: check that the steps really sign in.", err=True)
