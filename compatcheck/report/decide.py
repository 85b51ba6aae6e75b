"""From a click to waivers: one finding, and how far the decision reaches.

A waiver names kind and selector, not a box or a pixel, so that it survives small changes of the page; and it carries the severity
it was accepted at, with a little headroom for engine noise, so that it never hides a worse break in the same place.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

from compatcheck.errors import UsageError
from compatcheck.model.matrix import Waiver
from compatcheck.report.html.families import find_families
from compatcheck.report.records import DivergenceRecord, OutcomeRecord, Results

SCOPES = ("finding", "page", "device", "family", "everywhere")
"""`finding`: here only · `page`: on every device of this page · `device`: on every page of this device · `family`: on the
devices that fail in the same way on this page · `everywhere`."""

HEADROOM = 0.05
"""How much worse than when it was accepted a divergence may be: severities of one defect differ this much between engines."""


def waivers_for(
    results: Results,
    *,
    page: str,
    device: str,
    finding: str,
    scope: str = "finding",
    reason: str,
    owner: str = "",
    expires: str | None = None,
) -> list[Waiver]:
    """The waivers that accept the divergence with id `finding` as far as `scope` says.

    Raises UsageError when the run has no such divergence there, or the reason is empty.
    """
    if not reason.strip():
        raise UsageError("A waiver needs a reason.", hint="Say why the divergence is accepted: --reason '…'.")
    scope = scope or "finding"
    if scope not in SCOPES:
        raise UsageError(f"{scope}: there is no such scope.", hint=f"One of {', '.join(SCOPES)}.")
    place = _find_place(results, page, device)
    outcome = results.outcomes[place]
    wanted = next((item for item in outcome.divergences if item.id == finding), None)
    if wanted is None:
        known = ", ".join(f"{item.id} ({item.kind} {item.selector})" for item in outcome.divergences[:5]) or "none"
        raise UsageError(f"{page} on {device} has no finding {finding}.", hint=f"Its findings: {known}.")
    reached = [
        other for other in _reached(results, place, scope) if any(_is_like(item, wanted) for item in other.divergences)
    ]
    worst = max(item.severity for other in reached for item in other.divergences if _is_like(item, wanted))
    targets = {
        "finding": [(page, device)],
        "page": [(page, "*")],
        "device": [("*", device)],
        "family": [(other.page.id, other.device.id) for other in reached],
        "everywhere": [("*", "*")],
    }[scope]
    return [
        Waiver(
            page=where,
            device=who,
            selector=wanted.selector,
            kind=wanted.kind,
            reason=reason.strip(),
            owner=owner.strip(),
            expires=expires or None,
            id=decision_id(where, who, wanted.selector, wanted.kind),
            max_severity=min(1.0, math.ceil((worst + HEADROOM) * 100 - 1e-9) / 100),
        )
        for where, who in targets
    ]


def decision_id(page: str, device: str, selector: str, kind: str) -> str:
    """A waiver's id: the same four words always give the same one, so that accepting twice is accepting once."""
    words = "\0".join((page, device, selector, kind))
    return f"w-{hashlib.sha256(words.encode()).hexdigest()[:10]}"


def _find_place(results: Results, page: str, device: str) -> int:
    for place, outcome in enumerate(results.outcomes):
        if (outcome.page.id, outcome.device.id) == (page, device):
            return place
    raise UsageError(f"The run has no outcome of page {page} on device {device}.")


def _reached(results: Results, place: int, scope: str) -> Sequence[OutcomeRecord]:
    outcomes, own = results.outcomes, results.outcomes[place]
    match scope:
        case "finding":
            return [own]
        case "page":
            return [other for other in outcomes if other.page.id == own.page.id]
        case "device":
            return [other for other in outcomes if other.device.id == own.device.id]
        case "family":
            family = next((each for each in find_families(outcomes) if place in each.members), None)
            return [outcomes[member] for member in family.members] if family else [own]
        case _:
            return outcomes


def _is_like(item: DivergenceRecord, wanted: DivergenceRecord) -> bool:
    return (item.kind, item.selector) == (wanted.kind, wanted.selector)
