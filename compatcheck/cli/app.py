"""The Typer app: every command in one list, and how errors and interrupts end the program."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from compatcheck import __version__
from compatcheck.cli import compare, demo, doctor, info, login, metrics, review, run, selftest, weights, widths
from compatcheck.errors import CompatcheckError, UsageError
from compatcheck.model.exits import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE

app = typer.Typer(
    name="compatcheck",
    help="Look at a web page on every device of a matrix and see where the layout really breaks.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"compatcheck {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


app.command("run")(run.run)
app.command("compare")(compare.compare)
app.command("demo")(demo.demo)
app.command("login")(login.login)
app.command("init")(info.init)
app.command("validate")(info.validate)
app.command("devices")(info.devices)
app.command("schema")(info.schema)
app.command("doctor")(doctor.doctor)
app.command("selftest")(selftest.selftest)
app.command("widths")(widths.widths)
for command in (review.report, review.show, review.review, review.waive, review.merge):
    app.command(command.__name__)(command)
app.add_typer(metrics.app, name="metrics")
app.add_typer(weights.app, name="weights")


def run_app(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code (DESIGN.md): errors and interrupts never show a traceback."""
    try:
        result = app(arguments, standalone_mode=True)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except CompatcheckError as error:
        typer.echo(f"error: {error}", err=True)
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_FAILED
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`): no more output, and none at interpreter exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    return int(result or 0)
