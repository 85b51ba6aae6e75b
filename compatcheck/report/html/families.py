"""Families: the outcomes that fail in the same way, so that one look and one decision covers them.

1. Flagged outcomes are taken worst first, page by page.
2. Each joins the family on its page whose first member shares at least half of their findings (Jaccard index ≥ 0.5), the
   most alike first; else it founds a family.
3. Failed and invalid outcomes go by their reason, numbers and quoted words left out, over all pages: a missing browser is
   one thing to mend however many pages it was to look at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from compatcheck.report.records import OutcomeRecord

ALIKE = 0.5
"""Two outcomes fail in the same way when they share this part of their flagged findings."""

_PARTICULARS = re.compile(r"[\"'“‘`][^\"'”’`]*[\"'”’`]|\S*/\S*|\d[\d.,:]*")


@dataclass(slots=True)
class Family:
    """Outcomes that fail alike; `members` are places in the run's list of outcomes, worst first."""

    verdict: str
    page: str | None
    findings: frozenset[str]
    members: list[int] = field(default_factory=list)


def find_families(outcomes: Sequence[OutcomeRecord]) -> list[Family]:
    """All families, the worst first: by severity, then by how many devices they hold; failures after findings."""
    flagged: dict[str, list[Family]] = {}
    broken: dict[tuple[str, str], Family] = {}
    order = sorted(range(len(outcomes)), key=lambda place: -outcomes[place].severity)
    for place in order:
        outcome = outcomes[place]
        if outcome.verdict == "flagged":
            own = frozenset(item.id for item in outcome.divergences if item.flags)
            families = flagged.setdefault(outcome.page.id, [])
            best = max(families, key=lambda family: _jaccard(family.findings, own), default=None)
            if best is None or _jaccard(best.findings, own) < ALIKE:
                best = Family("flagged", outcome.page.id, own)
                families.append(best)
            best.members.append(place)
        elif outcome.verdict in ("failed", "invalid"):
            key = (outcome.verdict, _PARTICULARS.sub("*", outcome.reason))
            broken.setdefault(key, Family(outcome.verdict, None, frozenset())).members.append(place)
    found = [family for families in flagged.values() for family in families]
    found.sort(key=lambda family: (-outcomes[family.members[0]].severity, -len(family.members)))
    return found + sorted(broken.values(), key=lambda family: (family.verdict, -len(family.members)))


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    # Two outcomes that were flagged by a score alone have no findings, and are alike in that.
    return len(one & other) / len(one | other) if one or other else 1.0
