"""`compatcheck doctor`: what is there for a matrix, in which version, and what to do about what is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compatcheck.model.exits import EXIT_FAILED

if TYPE_CHECKING:
    from rich.table import Table

    from compatcheck.model.matrix import Matrix

LOCAL_BROWSERS = ("chromium", "firefox", "webkit")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. `advice` is what to do about it; `needed` False when a run gets on without it."""

    what: str
    good: bool
    found: str
    advice: str = ""
    needed: bool = True


def doctor(
    matrix: Annotated[
        Path | None, typer.Argument(metavar="[MATRIX]", help="Look only at what this matrix needs.", show_default=False)
    ] = None,
) -> None:
    """Say which browsers, drivers, weights and servers are there, in which version, and what to do about the others.

    Exit code 3 when something that MATRIX needs is missing.
    """
    from rich.console import Console
    from rich.markup import escape

    from compatcheck.matrix import load_matrix
    from compatcheck.versions import versions

    loaded = load_matrix(matrix) if matrix else None
    console = Console(highlight=False, soft_wrap=True)
    known = versions()
    console.print(
        escape(f"compatcheck {known.pop('compatcheck')} · " + ", ".join(f"{k} {v}" for k, v in known.items()))
    )
    if loaded:
        console.print(f"{escape(str(matrix))}: valid, {len(loaded.devices)} devices")
    bad = 0
    for line in look(loaded):
        mark = "[green]✓[/]" if line.good else "[red]✗[/]" if line.needed else "[yellow]–[/]"
        console.print(f"{mark} {escape(line.what)}: {escape(line.found)}")
        if line.advice:
            console.print(f"    → {escape(line.advice)}")
        bad += line.needed and not line.good
    if loaded is None:
        console.print(abilities_table())
    if bad:
        raise typer.Exit(EXIT_FAILED if loaded else 0)


def look(matrix: Matrix | None) -> Iterator[Line]:
    """Everything that the matrix's devices and metrics need; without a matrix, everything that can be had locally."""
    yield from _browsers(matrix)
    yield from _servers(matrix)
    yield from _lacks(matrix)
    yield from _notes(matrix)
    yield from _metrics(matrix)


def _browsers(matrix: Matrix | None) -> Iterator[Line]:
    from compatcheck.capture.find import Found, browser_report

    wanted: tuple[str, ...] = LOCAL_BROWSERS
    if matrix:
        wanted = tuple(dict.fromkeys(device.browser for device in matrix.devices if device.driver == "selenium"))
    for report in browser_report(wanted):
        found = ", ".join(
            f"{name} {part.version or ''} ({part.path})".replace("  ", " ")
            if isinstance(part, Found)
            else f"no {part.what}"
            for name, part in report.parts
        )
        advice = " ".join(part.how_to_install for part in report.missing)
        yield Line(f"browser {report.browser}", report.ready, found, advice)


def _lacks(matrix: Matrix | None) -> Iterator[Line]:
    """What the matrix's devices ask for and their engines cannot pretend; a run goes on and says so in the facts."""
    from compatcheck.model.abilities import inabilities

    for device in matrix.devices if matrix else ():
        lacking = inabilities(device) if device.driver == "selenium" else []
        if lacking := [sentence for sentence in lacking if "console" not in sentence]:
            yield Line(f"device {device.id}", False, " ".join(lacking), needed=False)


def abilities_table() -> Table:
    """What each engine can pretend to be: `yes` and by what, or what it does instead."""
    from rich.table import Table

    from compatcheck.model.abilities import ABILITIES, ENGINE_NAMES, ENGINES

    table = Table(title="What local browsers can pretend", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for name in ("", *(ENGINE_NAMES[engine] for engine in ENGINES)):
        table.add_column(name, max_width=None if not name else 44)
    for ability in ABILITIES:
        cells = [
            f"no: {ability.lacks[engine]}" if engine in ability.lacks else f"yes ({ability.by[engine]})"
            for engine in ENGINES
        ]
        table.add_row(ability.key, *cells)
    return table


def _servers(matrix: Matrix | None) -> Iterator[Line]:
    devices = matrix.devices if matrix else ()
    for server in dict.fromkeys(device.server for device in devices if device.server and device.driver != "appium"):
        yield _server(server)
    if matrix is None:
        yield from _appium(None, set(), needed=False)
    phones = [device for device in devices if device.driver == "appium"]
    if phones:
        from compatcheck.capture.appium.capabilities import automation_name
    for place in dict.fromkeys(device.server for device in phones):
        names = {automation_name(device.capabilities) for device in phones if device.server == place}
        yield from _appium(place, names - {""}, needed=True)


def _appium(server: str | None, automation: set[str], *, needed: bool) -> Iterator[Line]:
    """An Appium server with its drivers, phones and ChromeDriver; `automation` are the names that devices ask for."""
    from compatcheck.capture.appium.readiness import appium_report

    for entry in appium_report(server, automation):
        yield Line(entry.what, entry.ok, entry.found, entry.next, needed)


def _server(server: str) -> Line:
    """Ask a WebDriver server for its status (W3C WebDriver, section 8.3)."""
    import json
    import urllib.request

    from compatcheck.matrix import without_credentials

    name = f"server {without_credentials(server)}"
    try:
        with urllib.request.urlopen(f"{server.rstrip('/')}/status", timeout=10) as answer:
            value = json.load(answer).get("value", {})
    except (OSError, ValueError, AttributeError) as error:
        advice = "Start it, or correct `server:` in the matrix."
        return Line(name, False, f"no answer ({getattr(error, 'reason', None) or error})", advice)
    version = value.get("build", {}).get("version") or value.get("version") or ""
    if value.get("ready") is False:
        return Line(
            name, False, f"up {version}, but says it is not ready: {value.get('message', '')}", "Free a slot, or wait."
        )
    return Line(name, True, f"ready {version}".strip())


def _notes(matrix: Matrix | None) -> Iterator[Line]:
    """Folders that stand for devices."""
    for device in matrix.devices if matrix else ():
        folder = device.options.get("folder")
        if device.driver == "folder" and folder:
            there = Path(str(folder)).is_dir()
            yield Line(
                f"device {device.id}",
                there,
                f"pictures in {folder}" if there else f"no folder {folder}",
                "" if there else "Make it, or correct `folder:`.",
            )


def _metrics(matrix: Matrix | None) -> Iterator[Line]:
    from compatcheck.weights import verify_weights

    wanted = matrix.metrics if matrix else ("lpips",)
    for status in verify_weights():
        if any(name.split(":")[0] in status.metrics or name in status.metrics for name in wanted):
            whole = status.installed and not status.problem
            found = (
                f"weights at {status.path}"
                if whole
                else f"{status.problem or 'weights not installed:'} the score will be left out"
            )
            yield Line(f"metric {' '.join(status.metrics)}", whole, found, status.advice, needed=False)
