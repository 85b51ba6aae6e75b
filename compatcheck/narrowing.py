"""Where ranges of widths end, to the pixel, of what is only seen beside the reference.

The widths that were asked for say between which two an end lies; looks at both sides between them, halving what is left, say where.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace

from compatcheck.capture.idle import IdleSessions
from compatcheck.capture.session import open_camera
from compatcheck.errors import CaptureError
from compatcheck.layout import find_divergences
from compatcheck.layout.widths import WidthRange, runs_of
from compatcheck.model.capture import Capture
from compatcheck.model.plan import Pair, Shot
from compatcheck.model.run import CaptureResult
from compatcheck.model.verdict import Divergence, Outcome

logger = logging.getLogger(__name__)

Key = tuple[str, str]
"""Kind and path: what makes two findings one."""

MOST_NARROWED = 6
"""Findings, worst first, whose ends are looked for: each takes up to a dozen looks at two devices."""


LookBetween = Callable[[Callable[[Shot], CaptureResult], Shot, int], Capture]
"""A capture of a shot at another width, by what takes shots. Raises CaptureError."""


@contextmanager
def both_sides(pair: Pair, look_between: LookBetween, idle: IdleSessions) -> Iterator[Callable[[int], Collection[Key]]]:
    """Something that looks at both sides of a pair at another width, and gives the keys of all that differs there.

    Sessions are opened by the first look and ended at the end of the block.
    """
    with ExitStack() as stack:
        cameras: dict[Shot, Callable[[Shot], CaptureResult]] = {}

        def capture(shot: Shot, width: int) -> Capture:
            if shot not in cameras:
                cameras[shot] = stack.enter_context(open_camera(shot.device, idle=idle))
            found = look_between(cameras[shot], shot, width)
            if found.invalid:
                raise CaptureError(f"at {width} px: {found.invalid}")
            return found

        def look(width: int) -> Collection[Key]:
            found = find_divergences(capture(pair.baseline, width), capture(pair.candidate, width))
            return {key_of(one) for one in found.divergences}

        yield look


@dataclass
class Narrowing:
    """`look(width)` gives the keys of all that differs at a width; it raises CaptureError when that cannot be told.

    No width is looked at twice.
    """

    look: Callable[[int], Collection[Key]]
    seen: dict[int, Collection[Key]] = field(default_factory=dict)

    def narrow(self, key: Key, one: WidthRange) -> WidthRange:
        """The range with its true ends. Raises CaptureError when a width between cannot be looked at."""
        low = one.low if one.before is None else self._end(key, one.before, one.low)
        high = one.high if one.after is None else self._end(key, one.after, one.high)
        return replace(one, low=low, high=high)

    def _end(self, key: Key, whole: int, broken: int) -> int:
        while abs(broken - whole) > 1:
            middle = (broken + whole) // 2
            if middle not in self.seen:
                self.seen[middle] = self.look(middle)
            if key in self.seen[middle]:
                broken = middle
            else:
                whole = middle
        return broken


def key_of(divergence: Divergence) -> Key:
    """Kind and path of a divergence, or its selector where it has none."""
    return divergence.kind, divergence.path or divergence.selector


def unsure(outcomes: Mapping[int, Outcome], known: Collection[Key]) -> dict[Key, list[WidthRange]]:
    """The ranges of what flags at some width and ends between two widths, worst finding first; not of what is `known` already."""
    widths = sorted(width for width, outcome in outcomes.items() if outcome.verdict.name in ("match", "flagged"))
    by_key: dict[Key, dict[int, Divergence]] = {}
    for width in widths:
        for divergence in outcomes[width].verdict.divergences:
            by_key.setdefault(key_of(divergence), {}).setdefault(width, divergence)
    flagging = [key for key, by_width in by_key.items() if any(one.flags for one in by_width.values())]
    flagging.sort(key=lambda key: -max(one.severity for one in by_key[key].values()))
    ranges = {key: runs_of(widths, by_key[key]) for key in flagging if key not in known}
    open_ended = {
        key: found for key, found in ranges.items() if any((one.before, one.after) != (None, None) for one in found)
    }
    return dict(list(open_ended.items())[:MOST_NARROWED])


def narrowed(
    ranges: Mapping[Key, list[WidthRange]], look: Callable[[int], Collection[Key]]
) -> tuple[dict[Key, list[WidthRange]], tuple[str, ...]]:
    """The same ranges to the pixel, as far as widths can be looked at; and a note about the others.

    Nothing is raised: what lies between the widths must not sink the widths themselves.
    """
    narrowing, found = Narrowing(look), {}
    try:
        for key, several in ranges.items():
            found[key] = [narrowing.narrow(key, one) for one in several]
    except CaptureError as error:
        return found, (f"Not all ends of ranges are exact: {error}",)
    except Exception as error:
        logger.exception("looking between the widths broke")
        return found, (f"Not all ends of ranges are exact: {type(error).__name__}: {error} (a bug in compatcheck).",)
    return found, ()
