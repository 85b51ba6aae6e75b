"""What was found on two pictures, with its severity, one sentence each, consequences folded under their cause."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import islice

from compatcheck.geometry import CssBox
from compatcheck.layout.evidence import Group
from compatcheck.model.verdict import Divergence

SPECK = 200.0
"""CSS px²: smaller things come and go with the scaling of photographs."""
ROOM = 30_000.0
"""CSS px²: a loss this large is as bad as can be."""
MOST = 40
"""Findings at most."""
AROUND = 10.0
"""CSS px around a finding that belong to it."""
TEXT_HEIGHT = 40
"""CSS px: what is lower is called a text."""

Told = tuple[float, Group, int]
"""A group with its severity, and how many others are its consequences."""


def tell(groups: Sequence[Group], scale: float) -> tuple[Divergence, ...]:
    """Worst first, at most MOST. The candidate's boxes are multiplied by `scale` to be CSS px of its own page."""
    rated = sorted(((severity_of(group), group) for group in groups), key=lambda rated: -rated[0])
    worth = [(severity, group) for severity, group in rated if severity > 0.02]
    return tuple(_divergence(*told, scale) for told in islice(_fold(worth), MOST))


def severity_of(group: Group) -> float:
    """0–1: by how much of what a person sees is lost or changed, and how far it is off."""
    if group.kind == "moved":
        reach = max(abs(way) for way in _way(group))
        if group.band:  # a whole page that begins lower hurts less than one word over another
            return 0.85 * (1.0 - math.pow(2.0, -reach / 36.0))
        far = 0.85 * (1.0 - math.pow(2.0, -reach / 16.0))
        return far if group.area >= SPECK else min(far, 0.3)
    if group.area < SPECK:
        return 0.25 * group.area / SPECK
    room = math.sqrt(min(1.0, group.area / ROOM))
    if group.kind == "viewport-protrusion":
        return 0.5 + 0.35 * room
    if group.kind == "paint":
        return 0.3 + 0.3 * min(1.0, group.strength / 120.0) + 0.3 * room
    return 0.46 + 0.44 * room


def _way(group: Group) -> tuple[float, float]:
    if group.here is None or group.there is None:
        return 0.0, 0.0
    return group.there.x - group.here.x, group.there.y - group.here.y


def _fold(rated: list[tuple[float, Group]]) -> Iterator[Told]:
    """Causes, each with how many others follow from it; `rated` comes worst first."""
    causes: list[Group] = []
    counts: list[int] = []
    severities: list[float] = []
    for severity, group in rated:
        cause = next((at for at, other in enumerate(causes[: 2 * MOST]) if _follows(group, other)), None)
        if cause is None:
            causes.append(group)
            counts.append(0)
            severities.append(severity)
        else:
            counts[cause] += 1
    return zip(severities, causes, counts, strict=True)


def _follows(group: Group, cause: Group) -> bool:
    """It lies mostly on the cause, on either picture; or it only makes room, in the columns below it."""
    own = [box for box in (group.here, group.there) if box is not None]
    for place in (cause.here, cause.there):
        if place is not None and any(box.intersection(place.grown(AROUND)).area > 0.5 * box.area for box in own):
            return True
    if group.kind != "moved" or cause.kind == "moved" or abs(_way(group)[0]) > AROUND:
        return False
    beside = group.place.x < cause.place.right and cause.place.x < group.place.right
    return beside and group.place.y >= cause.place.y


def _divergence(severity: float, group: Group, consequences: int, scale: float) -> Divergence:
    box = group.here or group.there or group.place
    there = group.there
    if there is not None:
        there = CssBox(there.x * scale, there.y * scale, there.width * scale, there.height * scale)
    noun = "block of text" if box.height < TEXT_HEIGHT else "part of the picture"
    message = f"A {noun} of {box.width:.0f} × {box.height:.0f} px at {box.x:.0f}, {box.y:.0f} {_how(group)}."
    if group.band:
        message = f"All from {group.place.y:.0f} px to {group.place.bottom:.0f} px {_how(group)}."
    if group.kind == "viewport-protrusion":
        message = f"The page is {box.width:.0f} px wider than its viewport: it scrolls sideways."
    where = f"picture({box.x:.0f},{box.y:.0f},{box.width:.0f},{box.height:.0f})"
    return Divergence(
        group.kind, round(severity, 4), where, message, group.here, there, where, consequences=consequences
    )


def _how(group: Group) -> str:
    if group.kind == "missing":
        return "is not on the candidate"
    if group.kind == "extra":
        return "is not on the reference"
    if group.kind == "resized" and group.there is not None:
        return f"is {group.there.width:.0f} × {group.there.height:.0f} px on the candidate"
    if group.kind == "paint":
        return "is painted differently"
    dx, dy = _way(group)
    parts = [
        f"{abs(way):.0f} px {words[way > 0]}"
        for way, words in ((dy, ("higher", "lower")), (dx, ("further left", "further right")))
        if abs(way) >= 1
    ]
    return f"stands {' and '.join(parts) or 'elsewhere'}"
