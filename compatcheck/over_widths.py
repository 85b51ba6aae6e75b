"""The outcome of a device with `widths`: what its widths came to, told once.

1. What the pairs of the single widths found is put together by kind and element: one finding, however many widths show it.
2. What the sweep found between neighbouring widths joins it, and gives the ends of its ranges to the pixel; those of what only
   shows beside the reference come from looks at both sides (`narrowing`).
3. What happens over a few px only is told as `small-range` instead of twice.
4. Each finding is told at the width where it is worst: its boxes and pictures are that width's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from compatcheck.judge import verdict_of
from compatcheck.layout.widths import WidthRange, find_ranges, runs_of
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Matrix
from compatcheck.model.verdict import Comparison, Divergence, Outcome, Score, Verdict
from compatcheck.narrowing import Key, key_of
from compatcheck.sweep import Swept

ImagesAt = Callable[[int], Mapping[str, Any]]
"""The pictures of a width: paths in the run folder by `reference` and `candidate`."""
Baselines = Callable[[], Mapping[int, Capture]]
"""What the widths were compared with, by width."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """A divergence measured at `width`, that holds over `spans`; `exact`: to the pixel."""

    divergence: Divergence
    width: int
    spans: tuple[tuple[int, int], ...]
    exact: bool


def outcome_over_widths(
    outcomes: Mapping[int, Outcome],
    swept: Swept,
    narrowed: Mapping[Key, Sequence[WidthRange]],
    *,
    images_at: ImagesAt,
    baselines: Baselines,
    matrix: Matrix,
    today: date,
) -> Outcome:
    """One outcome of all widths (at least one) of one device at one page.

    A width that failed or proves nothing makes the whole `failed` or `invalid`; the findings of the others are told all the
    same. Scores are the worst of any width, and say of which.
    """
    widths = sorted(outcomes)
    device = _device(outcomes)
    found = list(_findings(outcomes, swept, narrowed, baselines))
    told = [_told(one, swept.widths or tuple(widths)) for one in found]
    comparison = Comparison(scores=_worst_scores(outcomes), divergences=tuple(told))
    verdict = verdict_of(
        comparison,
        page=outcomes[widths[0]].page,
        device=device,
        thresholds=matrix.thresholds_for(device.id, outcomes[widths[0]].page.id),
        waivers=matrix.waivers,
        today=today,
    )
    shown = next(
        (int(one.extra["width"]) for one in verdict.divergences if one.flags and one.extra["width"] in outcomes),
        widths[-1],
    )
    verdict = replace(verdict, divergences=tuple(_pictured(one, shown, images_at) for one in verdict.divergences))
    base = outcomes[shown]
    return replace(
        base,
        device=device,
        verdict=_with_failures(verdict, outcomes),
        scores=dict(comparison.scores),
        timings=_sums(outcome.timings for outcome in outcomes.values()),
        notes=(*base.notes, *swept.notes),
    )


def _device(outcomes: Mapping[int, Outcome]) -> Device:
    """The device as the matrix has it, with its widest screen."""
    widest = outcomes[max(outcomes)].device
    return replace(widest, id=widest.group or widest.id, group=None, widths=tuple(sorted(outcomes)))


def _findings(
    outcomes: Mapping[int, Outcome], swept: Swept, narrowed: Mapping[Key, Sequence[WidthRange]], baselines: Baselines
) -> Iterator[_Finding]:
    widths = sorted(width for width, outcome in outcomes.items() if outcome.verdict.name in ("match", "flagged"))
    by_key: defaultdict[Key, dict[int, Divergence]] = defaultdict(dict)
    for width in widths:
        for divergence in outcomes[width].verdict.divergences:
            fresh = replace(divergence, flags=False, waived_by=None)
            by_key[key_of(divergence)].setdefault(width, fresh)
    exact: defaultdict[Key, list[WidthRange]] = defaultdict(list)
    for one in swept.ranges:
        exact[one.key].append(one)
    small = {path: ranges for (kind, path), ranges in exact.items() if kind == "small-range"}
    for key, by_width in by_key.items():
        ranges: Sequence[WidthRange] = exact.pop(key, []) or narrowed.get(key, ())
        if _are_small(key, ranges, small):
            continue
        width = max(by_width, key=lambda one: by_width[one].severity)
        spans = ranges or runs_of(widths, by_width)
        yield _Finding(by_width[width], width, _spans(spans), bool(ranges))
    there = {one.key for one in find_ranges(baselines())} if exact else set()
    for key, ranges in exact.items():
        worst = max(ranges, key=lambda one: one.divergence.severity)
        if _are_small(key, ranges, small) or (key[0] != "small-range" and _follows(worst, by_key)):
            continue
        message = worst.divergence.message.rpartition(" (broken ")[0] or worst.divergence.message
        divergence = replace(worst.divergence, message=message, shared=key in there)
        yield _Finding(divergence, worst.width, _spans(ranges), True)


def _are_small(key: Key, ranges: Sequence[WidthRange], small: Mapping[str, Sequence[WidthRange]]) -> bool:
    """Every range of a trouble is a small range too: that says it all."""
    known = {(one.low, one.high) for one in small.get(key[1], ())}
    return key[0] != "small-range" and bool(ranges) and all((one.low, one.high) in known for one in ranges)


def _follows(one: WidthRange, by_key: Mapping[Key, Mapping[int, Divergence]]) -> bool:
    """At the width where it is told, a finding of the pair is about an element around this one: there it is a consequence."""
    path = one.divergence.path
    return any(
        one.width in by_width and holder and (path == holder or path.startswith(f"{holder}>"))
        for (_, holder), by_width in by_key.items()
    )


def _spans(ranges: Iterable[WidthRange]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted({(one.low, one.high) for one in ranges}))


def _told(one: _Finding, looked: Sequence[int]) -> Divergence:
    words = span_words(one.spans, looked, exact=one.exact)
    extra = {**one.divergence.extra, "width": one.width, "widths": [list(span) for span in one.spans]}
    return replace(one.divergence, message=f"{one.divergence.message.rstrip('.')} {words}.", extra=extra)


def span_words(spans: Sequence[tuple[int, int]], looked: Sequence[int], *, exact: bool) -> str:
    """Such as: (broken from 768 to 1132 px). `looked` are all widths that were looked at."""
    if spans == ((min(looked), max(looked)),) or list(spans) == [(min(looked), max(looked))]:
        return f"(broken at every width from {min(looked)} to {max(looked)} px)"
    parts = [f"from {low} to {high} px" if high > low else f"at {low} px" for low, high in spans]
    listed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return f"(broken {listed}{'' if exact else ', of the widths looked at'})"


def _pictured(divergence: Divergence, shown: int, images_at: ImagesAt) -> Divergence:
    """With pictures of its own where it is told at another width than the outcome shows."""
    width = int(divergence.extra["width"])
    if width == shown:
        return divergence
    return replace(divergence, extra={**divergence.extra, "images": dict(images_at(width))})


def _worst_scores(outcomes: Mapping[int, Outcome]) -> dict[str, Score]:
    worst: dict[str, tuple[int, Score]] = {}
    for width, outcome in sorted(outcomes.items()):
        for name, score in outcome.scores.items():
            if name not in worst or _is_worse(score, worst[name][1]):
                worst[name] = (width, score)
    return {
        name: replace(score, note=score.note or f"the worst of all widths, at {width} px")
        for name, (width, score) in worst.items()
    }


def _is_worse(one: Score, other: Score) -> bool:
    if one.value is None or other.value is None:
        return one.value is not None
    return one.value < other.value if one.direction == "higher" else one.value > other.value


def _with_failures(verdict: Verdict, outcomes: Mapping[int, Outcome]) -> Verdict:
    for name in ("failed", "invalid"):
        bad = {width: one.verdict for width, one in sorted(outcomes.items()) if one.verdict.name == name}
        if bad:
            width, first = next(iter(bad.items()))
            more = f" (and at {len(bad) - 1} more widths)" if len(bad) > 1 else ""
            return replace(verdict, name=first.name, reason=f"at {width} px{more}: {first.reason}")
    return verdict


def _sums(timings: Iterable[Mapping[str, float]]) -> dict[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    for one in timings:
        for name, seconds in one.items():
            sums[name] += seconds
    return {name: round(seconds, 3) for name, seconds in sums.items()}
