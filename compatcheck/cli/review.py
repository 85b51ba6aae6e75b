"""`report`, `merge`, `show`, `review` and `waive`: what is done with a run after it has ended."""

from __future__ import annotations

import getpass
import os
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from compatcheck.errors import UsageError

RunFolder = Annotated[
    Path, typer.Argument(metavar="[RUN]", help="A run folder, or a folder of runs: its newest is taken.")
]
REPORTS = Path("reports")


def resolve(path: Path) -> Path:
    """The run folder that is meant: `path` itself, or the newest run in it."""
    from compatcheck.report.again import latest_run

    return path if (path / "results.json").is_file() else latest_run(path)


def report(
    run: RunFolder = REPORTS,
    formats: Annotated[
        str, typer.Option("--format", help="Which to write, comma-separated: html, json, junit, markdown, csv.")
    ] = "html,junit,markdown,csv",
    single_file: Annotated[
        bool, typer.Option("--single-file", help="Also pack one HTML with all pictures in it, for mailing.")
    ] = False,
    as_zip: Annotated[bool, typer.Option("--zip", help="Also pack the report and its pictures into one ZIP.")] = False,
) -> None:
    """Write the reports of a run again from its results.json."""
    from compatcheck.report.again import rewrite_reports
    from compatcheck.report.pack_up import write_single_file, write_zip

    folder = resolve(run)
    written = rewrite_reports(folder, [name.strip() for name in formats.split(",") if name.strip()])
    if single_file:
        written.append(write_single_file(folder))
    if as_zip:
        written.append(write_zip(folder))
    for path in written:
        typer.echo(path)


def merge(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="The run folders of the shards.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where runs go: the joined one gets a folder of its own in it.")
    ] = REPORTS,
) -> None:
    """Join the runs of several shards into one, with one report. The exit code is the joined run's."""
    from compatcheck import runfolder
    from compatcheck.report.again import rewrite_reports
    from compatcheck.report.merge import merge_runs

    folder = runfolder.RunFolder.create(output)
    merged = merge_runs([resolve(run) for run in runs], folder.path)
    rewrite_reports(folder.path, ("html", "junit", "markdown", "csv"))
    folder.point_latest()
    typer.echo(f"{len(merged.outcomes)} outcomes of {len(runs)} runs")
    typer.echo(f"report: {folder.path / 'index.html'}")
    raise typer.Exit(merged.run.exit_code)


def show(run: RunFolder = REPORTS) -> None:
    """Open a run's report in the browser; the newest run's when none is named."""
    from compatcheck.report.again import find_index

    index = find_index(run)
    typer.echo(f"report: {index}")
    webbrowser.open(index.resolve().as_uri())


def review(
    run: RunFolder = REPORTS,
    waivers: Annotated[
        Path | None,
        typer.Option(
            "--waivers", help="The file to write. [default: waivers.yaml next to the matrix]", show_default=False
        ),
    ] = None,
    owner: Annotated[
        str,
        typer.Option(
            "--owner",
            help="Who decides, as the waivers will say. [default: who you are logged in as]",
            show_default=False,
        ),
    ] = "",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 0,
    browse: Annotated[bool, typer.Option("--open/--no-open", help="Open it in the browser.")] = True,
) -> None:
    """Review a run with buttons that write waivers.yaml. Serves on this machine's loopback address only, until Ctrl-C."""
    from compatcheck.matrix import read_waivers
    from compatcheck.report.review import ReviewServer

    server = ReviewServer(resolve(run), waivers=waivers, owner=owner or _me(), port=port, after_write=read_waivers)
    with server:
        typer.echo(f"reviewing {server.folder} at {server.url}")
        typer.echo(f"decisions go to {server.waivers} (Ctrl-C stops)")
        if browse:
            webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("stopped")


def waive(
    run: RunFolder = REPORTS,
    page: Annotated[str, typer.Option("--page", "-p", help="The page's id.")] = "",
    device: Annotated[str, typer.Option("--device", "-d", help="The device's id.")] = "",
    finding: Annotated[str, typer.Option("--finding", "-f", help="The divergence's id, as the report shows it.")] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why it is accepted.")] = "",
    scope: Annotated[
        str, typer.Option("--scope", help="finding, page (all devices), device (all pages), family, everywhere.")
    ] = "finding",
    owner: Annotated[
        str, typer.Option("--owner", help="Who decides. [default: who you are logged in as]", show_default=False)
    ] = "",
    expires: Annotated[str, typer.Option("--expires", help="The last day it is good for, such as 2027-01-31.")] = "",
    undo: Annotated[
        list[str] | None, typer.Option("--undo", help="Take the waiver with this id back; may be repeated.")
    ] = None,
    waivers: Annotated[
        Path | None,
        typer.Option(
            "--waivers", help="The file to write. [default: waivers.yaml next to the matrix]", show_default=False
        ),
    ] = None,
) -> None:
    """Accept a finding (write a waiver), or take waivers back. It holds from the next run on."""
    from compatcheck.matrix import read_waivers
    from compatcheck.report.decide import waivers_for
    from compatcheck.report.results import read_results
    from compatcheck.report.review import check_date
    from compatcheck.report.waivers_file import add_waivers, remove_waivers, waivers_path

    results = read_results(resolve(run))
    path = waivers or waivers_path(results.matrix_file)
    if path.is_file():
        read_waivers(path)  # a broken file is told, not written over
    if undo:
        removed = remove_waivers(path, undo)
        if missing := [each for each in undo if each not in removed]:
            raise UsageError(f"--undo {missing[0]}: {path} has no such waiver.")
        typer.echo(f"took back {len(removed)} in {path}")
        return
    for option, value in (("--page", page), ("--device", device), ("--finding", finding)):
        if not value:
            raise UsageError(f"{option} is missing.", hint="The report's Accept button assembles the whole command.")
    if expires:
        check_date(expires)
    new = waivers_for(
        results, page=page, device=device, finding=finding, scope=scope, reason=reason, owner=owner or _me(), expires=expires or None,
    )  # fmt: skip
    for waiver in add_waivers(path, new):
        typer.echo(f"{waiver.id}: {waiver.kind} {waiver.selector} on {waiver.page} × {waiver.device}")
    typer.echo(f"written to {path}")


def _me() -> str:
    try:
        return os.environ.get("COMPATCHECK_OWNER") or getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return ""
