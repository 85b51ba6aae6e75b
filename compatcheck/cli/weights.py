"""`compatcheck weights`: the networks' weights that LPIPS needs, brought once and checked."""

from __future__ import annotations

import typer

app = typer.Typer(help="The weights of the networks that LPIPS uses: list, install, verify.", no_args_is_help=True)
