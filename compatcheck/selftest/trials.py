"""The self-test itself: look untouched, spoil, look again, compare, judge."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import numpy as np

from compatcheck import layout
from compatcheck.capture import DRIVERS
from compatcheck.capture.look import look
from compatcheck.errors import CompatcheckError, UsageError
from compatcheck.judge import judge
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Matrix
from compatcheck.model.plan import Pair, Plan
from compatcheck.model.verdict import Comparison, Verdict
from compatcheck.selftest.eyes import FaultyEyes
from compatcheck.selftest.faults import RULES, Fault, plan_faults

CHANGED = 32
"""A pixel has changed when a channel did by more than this (0–255)."""
SEEN = 80.0
"""A fault that changes fewer CSS px² than this cannot be seen, and is left out."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One look: untouched (`fault` None) or spoilt. `verdict` is None when the look failed, and `note` says why.

    `changed` is how many CSS px² of the picture the fault changed.
    """

    page: str
    device: str
    fault: Fault | None
    verdict: Verdict | None
    changed: float = 0.0
    note: str = ""

    @property
    def visible(self) -> bool:
        return self.fault is not None and self.changed >= SEEN

    @property
    def flagged(self) -> bool:
        return self.verdict is not None and self.verdict.name == "flagged"


def run_trials(
    matrix: Matrix, plan: Plan, *, kinds: tuple[str, ...] = tuple(RULES), per_kind: int = 1, seed: int = 0, today: date
) -> Iterator[Trial]:
    """Try every pair of the plan but the reference's own. Raises UsageError when a device cannot be spoilt."""
    pairs = [pair for pair in plan.pairs if not pair.is_reference]
    for device in dict.fromkeys(pair.candidate.device for pair in pairs):
        mine = [pair for pair in pairs if pair.candidate.device == device]
        baselines = _baselines(mine)
        with _open_eyes(device) as opened:
            for pair in mine:
                yield from _try(opened, pair, baselines[pair], matrix, kinds, per_kind, seed, today)


def _open_eyes(device: Device) -> AbstractContextManager[FaultyEyes]:
    from contextlib import contextmanager

    if device.driver not in ("selenium", "remote"):
        raise UsageError(
            f"Device {device.id}: the self-test cannot put faults into what driver {device.driver!r} shows.",
            hint="Choose browser devices with --device.",
        )

    @contextmanager
    def opened() -> Iterator[FaultyEyes]:
        with DRIVERS[device.driver]().open(device) as session:
            yield FaultyEyes(cast("Any", session).eyes)

    return opened()


def _baselines(pairs: list[Pair]) -> dict[Pair, Capture | str]:
    """What each pair is held against, or why that could not be looked at."""
    found: dict[Pair, Capture | str] = {}
    for device in dict.fromkeys(pair.baseline.device for pair in pairs):
        with DRIVERS[device.driver]().open(device) as session:
            for pair in (one for one in pairs if one.baseline.device == device):
                found[pair] = _attempt(lambda shot=pair.baseline: session.look(shot))  # type: ignore[misc]
    return found


def _attempt(work: Callable[[], Capture]) -> Capture | str:
    try:
        return work()
    except CompatcheckError as error:
        return str(error)


def _try(
    eyes: FaultyEyes,
    pair: Pair,
    baseline: Capture | str,
    matrix: Matrix,
    kinds: tuple[str, ...],
    per_kind: int,
    seed: int,
    today: date,
) -> Iterator[Trial]:
    page, device = pair.candidate.page.id, pair.candidate.device.id

    def verdict(before: Capture, after: Capture) -> Verdict:
        return judge(
            Comparison(divergences=layout.find_divergences(before, after).divergences),
            page=pair.candidate.page,
            device=pair.candidate.device,
            baseline=before,
            candidate=after,
            thresholds=matrix.thresholds_for(device, page),
            waivers=matrix.waivers,
            today=today,
        )

    if isinstance(baseline, str):
        yield Trial(page, device, None, None, note=baseline)
        return
    eyes.fault = None
    clean = _attempt(lambda: look(cast("Any", eyes), pair.candidate))
    if isinstance(clean, str):
        yield Trial(page, device, None, None, note=clean)
        return
    yield Trial(page, device, None, verdict(baseline, clean))
    if clean.page_model is None:
        return
    drawn = seed + zlib.crc32(f"{page}/{device}".encode())
    for fault in plan_faults(clean.page_model, drawn, kinds, per_kind):
        eyes.fault = fault
        spoilt = _attempt(lambda: look(cast("Any", eyes), pair.candidate))
        if isinstance(spoilt, str):
            yield Trial(page, device, fault, None, note=spoilt)
        else:
            yield Trial(page, device, fault, verdict(baseline, spoilt), visible_change(clean, spoilt))


def visible_change(clean: Capture, spoilt: Capture) -> float:
    """How many CSS px² of two pictures of one device differ, what only one of them has included."""
    one, other = clean.picture, spoilt.picture
    height, width = min(one.shape[0], other.shape[0]), min(one.shape[1], other.shape[1])
    away = np.abs(one[:height, :width].astype(np.int16) - other[:height, :width]).max(axis=2, initial=0)
    beyond = abs(one.shape[0] * one.shape[1] - other.shape[0] * other.shape[1])
    ratio = clean.facts.device_scale_factor or 1.0
    return float((away > CHANGED).sum() + beyond) / ratio**2
