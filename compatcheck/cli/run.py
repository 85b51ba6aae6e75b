"""`compatcheck run`: the main command."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compatcheck.errors import UsageError
from compatcheck.native.together import cores

if TYPE_CHECKING:
    from compatcheck.model.matrix import Matrix, Page

MatrixFile = Annotated[Path, typer.Argument(metavar="MATRIX", help="The device matrix.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="Where runs go: this one gets a folder of its own in it.")]
Jobs = Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Devices captured at once. [default: cores]")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print errors only.")]
Json = Annotated[
    bool, typer.Option("--json", help="Print results.json on standard output, all else on standard error.")
]


CORES = cores()
"""How many cores this process may use: so many devices are captured at once, and so many pairs compared."""


def run(
    matrix: MatrixFile = Path("devices.yaml"),
    url: Annotated[list[str] | None, typer.Option("--url", "-u", help="A page to look at; may be repeated.")] = None,
    urls: Annotated[
        str | None,
        typer.Option("--urls", metavar="FILE", help="Pages, one URL a line, # comments, - for standard input."),
    ] = None,
    output: Output = Path("reports"),
    device: Annotated[
        list[str] | None, typer.Option("--device", "-d", help="Only this device; may be repeated.")
    ] = None,
    page: Annotated[
        list[str] | None, typer.Option("--page", "-p", help="Only this page of the matrix (its id); may be repeated.")
    ] = None,
    jobs: Jobs = CORES,
    resume: Annotated[
        str | None,
        typer.Option("--resume", metavar="RUN", help="Go on with an interrupted run (its folder's name, or `latest`)."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan and what it will cost; look at nothing.")
    ] = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Look at pages on every device of MATRIX, compare, judge and write a report.

    Exit codes: 0 every device matches, 1 something is flagged, 2 bad matrix or usage, 3 something could not be captured or
    compared, 130 interrupted.
    """
    from compatcheck.cli.console import Console
    from compatcheck.cli.execution import execute
    from compatcheck.matrix import load_matrix
    from compatcheck.plan import make_plan

    loaded = load_matrix(matrix)
    pages = choose_pages(loaded, url or [], urls, page or [])
    plan = make_plan(loaded, pages, devices=device or None)
    if dry_run:
        Console(quiet=False, json=False).plan(plan, jobs)
        return
    raise typer.Exit(
        execute(loaded, plan, output, jobs=jobs, resume=resume, quiet=quiet, json=json, command=command_line())
    )


def command_line() -> str:
    """The command as typed, for the report; credentials in URLs are masked when it is written."""
    return shlex.join(["compatcheck", *sys.argv[1:]])


def choose_pages(matrix: Matrix, given: list[str], urls_file: str | None, ids: list[str]) -> tuple[Page, ...]:
    """The pages to look at: those of the command line, else the matrix's; `--page` then selects by id.

    A URL that the matrix knows keeps its page's id, steps and masks; the others get those of the defaults. Raises UsageError when nothing is left.
    """
    from compatcheck.matrix import pages_from_urls, read_url_file

    pages = matrix.pages
    if given or urls_file is not None:
        known = {page.url: page for page in matrix.pages}
        listed = pages_from_urls(given) if given else ()
        if urls_file is not None:
            listed = pages_from_urls([*given, *read_url_file(urls_file, sys.stdin)], source=f"--urls {urls_file}")
        pages = tuple(known.get(page.url) or replace(matrix.visit, id=page.id, url=page.url) for page in listed)
    if unknown := sorted(set(ids) - {page.id for page in pages}):
        names = ", ".join(page.id for page in pages) or "none"
        raise UsageError(f"--page {unknown[0]}: there is no such page.", hint=f"The pages are: {names}.")
    if ids:
        pages = tuple(page for page in pages if page.id in ids)
    if not pages:
        raise UsageError(
            f"{matrix.source or 'the matrix'} lists no pages, and no URL was given.",
            hint="Give --url https://…, --urls FILE, or add `pages:` to the matrix.",
        )
    return pages
