"""Scoring a picture against its own distortions, and reading off what each metric is blind to."""

from __future__ import annotations

import logging
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from compatcheck.metrics import METRICS, load_metric
from compatcheck.metrics.scoring import score_pair
from compatcheck.metrics.study.distortions import DISTORTIONS, Distortion
from compatcheck.model.capture import RGB
from compatcheck.model.matrix import Networks

logger = logging.getLogger(__name__)

STUDIED = tuple(METRICS)
"""Every metric there is; those that cannot be computed on the machine are listed with the reason."""

BLIND = 0.1
"""A metric is called blind to a distortion at full strength when it loses less than this part of its largest loss."""

WEAK = 0.3
"""Below this part it sees the distortion only weakly."""


@dataclass(frozen=True, slots=True)
class Curve:
    """One metric over one distortion: its values from weak to strong, and its reaction to the strongest.

    `reaction` is the loss at the strongest as a part of the largest loss that this metric has in the study, 0–1: what it
    makes of this distortion compared with the others.
    """

    distortion: str
    values: tuple[float, ...]
    reaction: float

    @property
    def sight(self) -> str:
        """`blind`, `weak` or `sees`."""
        return "blind" if self.reaction < BLIND else "weak" if self.reaction < WEAK else "sees"


@dataclass(frozen=True, slots=True)
class Studied:
    """One metric's part of a study; `unavailable` is empty or says why there are no curves."""

    name: str
    direction: str
    meaning: str
    identical: float
    curves: tuple[Curve, ...]
    unavailable: str = ""

    def verdict(self) -> str:
        """What it is blind to, in a sentence."""
        if self.unavailable:
            return self.unavailable
        titles = {distortion.name: distortion.words for distortion in DISTORTIONS}
        by_sight = {
            sight: [titles[curve.distortion] for curve in self.curves if curve.sight == sight]
            for sight in ("blind", "weak")
        }
        most = max(self.curves, key=lambda curve: curve.reaction)
        if most.reaction == 0:
            return "sees no difference in any of them"
        words = [f"reacts most to {titles[most.distortion]}"]
        words += [f"blind to {_listed(by_sight['blind'])}"] if by_sight["blind"] else []
        words += [f"weak on {_listed(by_sight['weak'])}"] if by_sight["weak"] else []
        return "; ".join(words)

    def as_dict(self) -> dict[str, Any]:
        """The facts for `study.json`."""
        return {
            "direction": self.direction,
            "unavailable": self.unavailable,
            "verdict": self.verdict(),
            "values": {curve.distortion: list(curve.values) for curve in self.curves},
            "reactions": {curve.distortion: round(curve.reaction, 4) for curve in self.curves},
        }


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """A picture, its distorted versions by distortion name and strength, and every metric's curves."""

    picture: RGB
    distorted: Mapping[str, tuple[RGB, ...]]
    metrics: tuple[Studied, ...]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def run_study(
    picture: RGB,
    names: Iterable[str] = STUDIED,
    distortions: tuple[Distortion, ...] = DISTORTIONS,
    *,
    networks: Networks | None = None,
    say: Callable[[str], None] = logger.info,
) -> Study:
    """Distort `picture` in every way and strength and score each version against it by the metrics named.

    `say` is told what is being scored. Raises PictureError when it is no RGB picture, UsageError for an unknown metric.
    """
    metrics = [load_metric(name) for name in dict.fromkeys(names)]
    distorted = {each.name: tuple(each.apply(picture, strength) for strength in each.strengths) for each in distortions}
    values: dict[str, dict[str, list[float]]] = {metric.name: {} for metric in metrics}
    reasons: dict[str, str] = {}
    for distortion, versions in distorted.items():
        say(f"scoring {distortion}: {len(versions)} versions")
        for version in versions:
            wanted = [metric.name for metric in metrics if metric.name not in reasons]
            for name, score in score_pair(
                picture, version, wanted, with_maps=False, networks=networks, keep=True
            ).items():
                if score.value is None:
                    reasons[name] = score.note
                else:
                    values[name].setdefault(distortion, []).append(score.value)
    studied = []
    for metric in metrics:
        reason = reasons.get(metric.name, "")
        curves = () if reason else tuple(_curves(metric.identical, values[metric.name]))
        studied.append(Studied(metric.name, metric.direction, metric.meaning, metric.identical, curves, reason))
    return Study(picture, distorted, tuple(studied))


def _curves(identical: float, values: Mapping[str, list[float]]) -> Iterator[Curve]:
    # Decibels of equal pictures are a stand-in for infinity: there the best value met takes its place.
    best = identical if identical < 100 else max(max(each) for each in values.values())
    losses = {name: abs(best - each[-1]) for name, each in values.items()}
    largest = max(losses.values())
    for name, each in values.items():
        yield Curve(name, tuple(each), losses[name] / largest if largest > 0 else 0.0)


def typical_reaction(study: Study, distortion: str) -> float:
    """The median reaction of all metrics to a distortion: how plain it is to most."""
    reactions = [
        curve.reaction for metric in study.metrics for curve in metric.curves if curve.distortion == distortion
    ]
    return statistics.median(reactions) if reactions else 0.0
