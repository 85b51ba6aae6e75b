"""`compatcheck widths`: one page at many widths, and over which of them it breaks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from compatcheck.cli.run import MatrixFile, choose_pages
from compatcheck.errors import CaptureError, CompatcheckError, UsageError
from compatcheck.model.exits import EXIT_FAILED, EXIT_FLAGGED

if TYPE_CHECKING:
    from compatcheck.model.capture import Capture
    from compatcheck.model.matrix import Device, Page
    from compatcheck.sweep import Swept


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
    steps = range(start, stop + 1, step)
    found = 0
    for page in choose_pages(loaded, url or [], None, []):
        try:
            swept = sweep(known[wanted], page, steps, limit, exact=exact)
        except CompatcheckError as error:
            typer.echo(f"{page.url}: {error}", err=True)
            raise typer.Exit(EXIT_FAILED) from None
        typer.echo(f"{page.url}: {len(swept.ranges)} found" if swept.ranges else f"{page.url}: nothing breaks")
        for one in swept.ranges:
            typer.echo(f"  {one.divergence.kind:<20} {one.divergence.severity:.2f}  {one.divergence.message}")
        for note in swept.notes:
            typer.echo(f"  {note}", err=True)
        found += len(swept.ranges)
    if found:
        raise typer.Exit(EXIT_FLAGGED)


def sweep(device: Device, page: Page, steps: Iterable[int], limit: float, *, exact: bool = True) -> Swept:
    """Look at every width of `steps`, in one session, and at what lies between. Raises CaptureError when a look fails."""
    from compatcheck.capture.session import open_camera
    from compatcheck.model.plan import Shot
    from compatcheck.model.run import CaptureFailed
    from compatcheck.sweep import Sweep, at_width

    first, *others = steps
    with open_camera(at_width(device, first)) as take:

        def look(width: int) -> Capture:
            result = take(Shot(at_width(device, width), page))
            if isinstance(result, CaptureFailed):
                raise CaptureError(result.message, hint=result.hint)
            return result

        sweeping = Sweep(look)
        for width in (first, *others):
            sweeping.at(width)
        return sweeping.finish(limit, exact=exact)
