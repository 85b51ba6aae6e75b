"""Thresholds: their blocks, and how those of the matrix, a page and a device are laid over one another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Self

from pydantic import Field, model_validator

from compatcheck.geometry import CssBox
from compatcheck.matrix.block import Block
from compatcheck.matrix.fields import KindThreshold, MetricName, Text, refuse
from compatcheck.matrix.visit import BoxBlock
from compatcheck.model.matrix import RegionThresholds, Sensitivity, Thresholds
from compatcheck.model.verdict import Kind


class RegionBlock(Block):
    """Thresholds of a part of the page: exactly one of `selector` and `box` says which."""

    selector: Text | None = None
    """A CSS selector; every element that it finds is the region."""
    box: BoxBlock | None = None
    """A box of the page."""
    sensitivity: Sensitivity | None = None
    """How bad a divergence in it must be to flag."""
    kinds: dict[Kind, KindThreshold] = Field(default_factory=dict)
    """The severity (0 to 1) from which a kind of divergence in it flags, or `never`."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.selector is None) == (self.box is None):
            raise refuse("must have exactly one of `selector` and `box`.")
        if self.sensitivity is None and not self.kinds:
            raise refuse("sets nothing.", "Give sensitivity, kinds, or both.")
        return self


class ThresholdsBlock(Block):
    """When a divergence or a score flags a device."""

    sensitivity: Sensitivity | None = None
    """How bad a divergence must be to flag: `relaxed`, `normal` (default) or `strict`."""
    kinds: dict[Kind, KindThreshold] = Field(default_factory=dict)
    """The severity (0 to 1) from which a kind of divergence flags, or `never`."""
    scores: dict[MetricName, float] = Field(default_factory=dict)
    """A device whose score is worse than this flags, by metric."""
    regions: list[RegionBlock] = Field(default_factory=list)
    """Parts of the page with thresholds of their own; of those that hold a divergence, the last that speaks of its kind counts."""


def layered(*blocks: ThresholdsBlock | None) -> Thresholds:
    """The thresholds of blocks, each laid over those before it; without any, the built-in ones."""
    made = Thresholds()
    for block in blocks:
        if block is not None:
            made = Thresholds(
                sensitivity=block.sensitivity or made.sensitivity,
                kinds=dict(made.kinds) | {str(kind): value for kind, value in block.kinds.items()},
                scores={**made.scores, **block.scores},
                regions=(*made.regions, *map(_region, block.regions)),
            )
    return made


def _region(block: RegionBlock) -> RegionThresholds:
    box = block.box
    return RegionThresholds(
        selector=block.selector,
        box=None if box is None else CssBox(box.x, box.y, box.width, box.height),
        sensitivity=block.sensitivity,
        kinds={str(kind): value for kind, value in block.kinds.items()},
    )


def selectors_of(blocks: Iterable[ThresholdsBlock | None]) -> tuple[str, ...]:
    """The selectors of all regions, each once: where they are is measured while a page is looked at."""
    regions = (region for block in blocks if block is not None for region in block.regions)
    return tuple(dict.fromkeys(region.selector for region in regions if region.selector is not None))


def thresholds_as_used(thresholds: Thresholds) -> dict[str, Any]:
    """Thresholds as `results.json` has them, camelCase."""
    told: dict[str, Any] = {
        "sensitivity": thresholds.sensitivity,
        "kinds": dict(thresholds.kinds),
        "scores": dict(thresholds.scores),
    }
    if thresholds.regions:
        told["regions"] = [
            {
                **({"selector": region.selector} if region.box is None else {"box": region.box.as_dict()}),
                **({"sensitivity": region.sensitivity} if region.sensitivity else {}),
                "kinds": dict(region.kinds),
            }
            for region in thresholds.regions
        ]
    return told
