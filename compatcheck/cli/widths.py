"""`compatcheck widths`: one page at many widths, and over which of them it breaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from compatcheck.cli.run import MatrixFile, choose_pages
from compatcheck.errors import CompatcheckError, UsageError
from compatcheck.geometry import Size
from compatcheck.model.exits import EXIT_FAILED, EXIT_FLAGGED

if TYPE_CHECKING:
    from compatcheck.layout.widths import WidthRange
    from compatcheck.model.capture import Capture
    from compatcheck.model.matrix import Device, Page

MOST_BREAKPOINTS = 24
"""Widths added because the page's own media queries name them."""
MOST_NARROWED = 12
"""Ranges, worst first, whose ends are found to the pixel: each takes up to a dozen looks."""


def widths(
    matrix: MatrixFile,
    url: Annotated[list[str] | None, typer.Option("--url", "-u", help="A page to look at; may be repeated.")] = None,
    device: Annotated[
        str | None, typer.Option("--device", "-d", help="Whose browser looks. [default: the reference]")
    ] = None,
    start: Annotated[int, typer.Option("--from", min=200, max=5000, help="The narrowest viewport, in CSS px.")] = 320,
    stop: Annotated[int, typer.Option("--to", min=200, max=5000, help="The widest.")] = 1400,
    step: Annotated[int, typer.Option("--step", min=1, max=1000, help="CSS px from one look to the next.")] = 60,
    exact: Annotated[bool, typer.Option(help="Find the ends of every range to the pixel.")] = True,
) -> None:
    """Look at a page at many widths and say over which of them it breaks, such as "broken from 768 to 1132 px".

    The widths that the page's own media queries name are looked at too. Exit codes: 0 nothing breaks, 1 something does, 2 bad
    matrix or usage, 3 something could not be captured.
    """
    from compatcheck.judge import LIMITS
    from compatcheck.matrix import load_matrix

    if stop < start:
        raise UsageError(f"--to {stop} is less than --from {start}.")
    loaded = load_matrix(matrix)
    known = {one.id: one for one in loaded.devices}
    wanted = device or loaded.reference["desktop"]
    if wanted not in known:
        raise UsageError(f"--device {wanted}: there is no such device.", hint=f"The devices are: {', '.join(known)}.")
    limit = LIMITS[loaded.thresholds_for(wanted).sensitivity]
    found = 0
    for page in choose_pages(loaded, url or [], None, []):
        try:
            ranges = sweep(known[wanted], page, range(start, stop + 1, step), limit, exact=exact)
        except CompatcheckError as error:
            typer.echo(f"{page.url}: {error}", err=True)
            raise typer.Exit(EXIT_FAILED) from None
        typer.echo(f"{page.url}: {len(ranges)} found" if ranges else f"{page.url}: nothing breaks")
        for one in ranges:
            typer.echo(f"  {one.divergence.kind:<20} {one.divergence.severity:.2f}  {one.divergence.message}")
        found += len(ranges)
    if found:
        raise typer.Exit(EXIT_FLAGGED)


def sweep(device: Device, page: Page, steps: Iterable[int], limit: float, *, exact: bool = True) -> list[WidthRange]:
    """Look at every width of `steps` and at the page's breakpoints between them. Raises CaptureError when a look fails."""
    from compatcheck.layout.widths import find_ranges, narrow_all

    look = _looker(device, page)
    captures = {width: look(width) for width in steps}
    low, high = min(captures), max(captures)
    for width in breakpoints(captures.values()):
        if low < width < high:
            captures[width] = look(width)
    ranges = find_ranges(captures, limit)
    if not exact:
        return ranges
    return narrow_all(ranges[:MOST_NARROWED], captures, look) + ranges[MOST_NARROWED:]


def _looker(device: Device, page: Page) -> Callable[[int], Capture]:
    """Looks at a width, once: a session each, because not every browser can be resized to the pixel."""
    from compatcheck.capture import DRIVERS
    from compatcheck.model.plan import Shot

    seen: dict[int, Capture] = {}

    def look(width: int) -> Capture:
        if width not in seen:
            size = Size(width, device.screen.viewport.height)
            resized = replace(device, id=f"{device.id}-{width}", screen=replace(device.screen, viewport=size))
            with DRIVERS[device.driver]().open(resized) as session:
                seen[width] = session.look(Shot(resized, page))
        return seen[width]

    return look


def breakpoints(captures: Iterable[Capture]) -> list[int]:
    """The widths at which the page's media queries change their answer, each with the last px before it."""
    found: set[int] = set()
    for capture in captures:
        if capture.page_model is None:
            continue
        for query in dict(capture.page_model.extra.get("media") or {}):
            for bound, value in re.findall(r"(min|max)-width:\s*(\d+)(?:\.\d+)?px", str(query)):
                width = int(value)
                found |= {width - 1, width} if bound == "min" else {width, width + 1}
    return sorted(found)[:MOST_BREAKPOINTS]
