"""One page over the widths of one device: what breaks, and from which width to which.

1. The widths that were asked for are looked at, then those at which the page's own media queries change their answer.
2. What breaks is put together into ranges (`layout.widths`).
3. The ends of the worst ranges are found to the pixel, by looking at further widths.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from compatcheck.errors import CaptureError
from compatcheck.geometry import Size
from compatcheck.judge import lowest_limit
from compatcheck.layout.widths import WidthLook, WidthRange, find_ranges, narrow_all, read_look
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Matrix
from compatcheck.model.plan import Shot
from compatcheck.model.run import CaptureFailed, CaptureResult

logger = logging.getLogger(__name__)

MOST_BREAKPOINTS = 24
"""Widths added because the page's own media queries name them."""
MOST_NARROWED = 12
"""Ranges, worst first, whose ends are found to the pixel: each takes up to a dozen looks."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What breaks over a range of widths, worst first; `widths` are all that were looked at, `notes` what could not be."""

    ranges: tuple[WidthRange, ...] = ()
    widths: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class Sweep:
    """The looks of one device at one page. `look(width)` takes a capture; it raises CaptureError when there is none.

    Only what ranges need is kept of a capture (`read_look`), and no width is looked at twice.
    """

    look: Callable[[int], Capture]
    looks: dict[int, WidthLook | None] = field(default_factory=dict)

    def at(self, width: int) -> WidthLook:
        """What the page shows at a width. Raises CaptureError when it cannot be looked at, or the capture proves nothing."""
        if width not in self.looks:
            self.add(width, self.look(width))
        found = self.looks[width]
        if found is None:
            raise CaptureError(f"at {width} px the page could not be measured.")
        return found

    def add(self, width: int, capture: Capture) -> None:
        """A capture that was taken anyway."""
        self.looks[width] = read_look(capture)

    def finish(self, least: float, *, exact: bool = True) -> Swept:
        """Look at the page's breakpoints, find the ranges of severity `least` or worse, and their ends.

        Breakpoints and ends that cannot be looked at are left out, with a note.
        """
        notes: dict[str, None] = {}
        if not self._known():
            return Swept()
        low, high = min(self.looks), max(self.looks)
        for width in breakpoints(self._known().values()):
            if low < width < high:
                try:
                    self.at(width)
                except CaptureError as error:
                    notes[str(error)] = None
        ranges = find_ranges(self._known(), least)
        if exact:
            try:
                ranges = narrow_all(ranges[:MOST_NARROWED], self._known(), self.at) + ranges[MOST_NARROWED:]
            except CaptureError as error:
                notes[f"The ends of the ranges are not exact: {error}"] = None
        return Swept(tuple(ranges), tuple(sorted(self._known())), tuple(notes))

    def _known(self) -> dict[int, WidthLook]:
        return {width: one for width, one in self.looks.items() if one is not None}


def look_at_width(take: Callable[[Shot], CaptureResult], near: Shot, width: int) -> Capture:
    """A capture of a shot's page at another width. Raises CaptureError when there is none."""
    result = take(replace(near, device=at_width(near.device, width)))
    if isinstance(result, CaptureFailed):
        raise CaptureError(result.message, hint=result.hint)
    return result


def added(sweep: Sweep, shot: Shot, capture: Capture) -> Sweep | None:
    """The sweep with one capture more, or None: what lies between the widths must not sink the widths themselves."""
    try:
        sweep.add(round(shot.device.screen.viewport.width), capture)
    except Exception:
        logger.exception("looking into %s broke", shot.slug)
        return None
    return sweep


def finished(sweep: Sweep, shot: Shot, matrix: Matrix) -> Swept:
    """What the sweep finds by the shot's thresholds; a note when it breaks."""
    try:
        return sweep.finish(lowest_limit(matrix.thresholds_for(shot.device.id, shot.page.id)))
    except Exception as error:  # as above
        logger.exception("sweeping %s broke", shot.slug)
        return Swept(notes=(f"between the widths nothing was found out: {type(error).__name__}: {error}",))


def at_width(device: Device, width: int) -> Device:
    """The device, or the one that it was expanded from, at another width."""
    name = device.group or device.id
    screen = replace(device.screen, viewport=Size(width, device.screen.viewport.height))
    return replace(device, id=f"{name}-{width}", group=name, screen=screen)


def breakpoints(looks: Iterable[WidthLook]) -> list[int]:
    """The widths at which the page's media queries change their answer, each with the last px before it."""
    found: set[int] = set()
    for one in looks:
        media: Mapping[str, bool] = dict(one.table.model.extra.get("media") or {})
        for query in media:
            for bound, value in re.findall(r"(min|max)-width:\s*(\d+)(?:\.\d+)?px", str(query)):
                width = int(value)
                found |= {width - 1, width} if bound == "min" else {width, width + 1}
    return sorted(found)[:MOST_BREAKPOINTS]
