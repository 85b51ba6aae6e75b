"""What a comparison says: scores, divergences, regions, and the verdict with its outcome."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from compatcheck.geometry import CssBox
from compatcheck.model.capture import Facts, MaskedArea
from compatcheck.model.matrix import Device, Page

Axis = Literal["layout", "content", "paint"]
Kind = Literal[
    "missing", "extra", "moved", "resized", "reordered", "wrapped", "collision", "element-protrusion",
    "viewport-protrusion", "clipped", "small-range", "text", "image-broken", "glyph-missing", "colour", "font", "paint",
]  # fmt: skip
VerdictName = Literal["match", "flagged", "invalid", "failed"]
Direction = Literal["higher", "lower"]

AXIS_OF_KIND: Mapping[str, Axis] = {
    **dict.fromkeys(
        (
            "missing", "extra", "moved", "resized", "reordered", "wrapped", "collision", "element-protrusion",
            "viewport-protrusion", "clipped", "small-range",
        ),
        "layout",
    ),
    **dict.fromkeys(("text", "image-broken", "glyph-missing"), "content"),
    **dict.fromkeys(("colour", "font", "paint"), "paint"),
}  # fmt: skip
"""Every divergence kind and its axis, as DESIGN.md's table has them."""

ScoreMap = NDArray[np.float32]
"""A metric's map: float32, shape (height, width) of the aligned pictures, 0 (same) to 1 (as different as can be)."""


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """One metric's number for a pair.

    `value` is None when the metric could not be computed; `note` then says why and what to do. `direction` says which way
    is better. `map` is the metric's map, or None where it has none.
    """

    metric: str
    value: float | None
    direction: Direction
    note: str = ""
    map: ScoreMap | None = None


@dataclass(frozen=True, slots=True)
class Divergence:
    """One difference that a person would call a defect.

    Boxes are CSS px of the whole page, None on a side where the element is not. `severity` is 0–1: how much a visitor is
    hurt. `shared`: the reference side shows it too. `flags` and `waived_by` are set by the judge. `consequences` counts the
    differences folded under this one; `cause` names the reason in words where it is known.
    """

    kind: Kind
    severity: float
    selector: str
    message: str
    reference_box: CssBox | None = None
    candidate_box: CssBox | None = None
    path: str = ""
    shared: bool = False
    cause: str = ""
    consequences: int = 0
    flags: bool = False
    waived_by: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def axis(self) -> Axis:
        return AXIS_OF_KIND[self.kind]

    @property
    def id(self) -> str:
        """Stable over runs and devices: ten hex digits of kind and element path (or selector)."""
        key = f"{self.kind}\0{self.path or self.selector}"
        return hashlib.sha256(key.encode(errors="surrogatepass")).hexdigest()[:10]


@dataclass(frozen=True, slots=True)
class Region:
    """A box of pixels that differ, in CSS px of the candidate's page. `share` is the part of its pixels that differ, 0–1.

    `divergence` is the id of the divergence that explains it, None when none does.
    """

    box: CssBox
    share: float
    divergence: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """All that was found about one pair, before judging.

    `scores` are those of the pair that the verdict comes from; `direct_scores` those against the reference device itself
    (empty when that is the same pair). `fit` names the rule that brought the pictures to one grid.
    """

    scores: Mapping[str, Score] = field(default_factory=dict)
    direct_scores: Mapping[str, Score] = field(default_factory=dict)
    divergences: tuple[Divergence, ...] = ()
    regions: tuple[Region, ...] = ()
    fit: str = "none"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`match`, `flagged`, `invalid` or `failed`, with the reason in one sentence.

    `severity` is that of the worst unwaived divergence, 0 when there is none. `divergences` are the comparison's with
    `flags` and `waived_by` filled in, worst first.
    """

    name: VerdictName
    severity: float = 0.0
    reason: str = ""
    divergences: tuple[Divergence, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """One page × device of a run, as the reporters and the history get it.

    `images` are paths inside the run folder, POSIX style: `reference` (the picture the verdict was made against), `candidate`
    and `maps` {metric: path}; `direct` is the reference device's own picture. A missing picture is None; of a failed look the
    candidate's is what the browser showed last, where that is known. `masks` are what masks cover on the candidate.
    """

    page: Page
    device: Device
    reference: Device
    uses_twin: bool
    verdict: Verdict
    scores: Mapping[str, Score] = field(default_factory=dict)
    direct_scores: Mapping[str, Score] = field(default_factory=dict)
    regions: tuple[Region, ...] = ()
    images: Mapping[str, Any] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    facts: Facts | None = None
    reference_facts: Facts | None = None
    fit: str = "none"
    notes: tuple[str, ...] = ()
    masks: tuple[MaskedArea, ...] = ()
