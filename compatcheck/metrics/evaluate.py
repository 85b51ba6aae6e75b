"""How well metrics agree with people: 2AFC and JND on a data set in BAPPS layout.

BAPPS (Zhang and others, CVPR 2018) keeps, in any folder below the one given,

- two-alternative forced choice: `ref/ p0/ p1/` pictures and `judge/` numbers (the share of people who found p1 nearer);
- just noticeable differences: `p0/ p1/` pictures and `same/` numbers (the share of people who took the two for the same).

Pictures of a case have one name in all folders, numbers are `.npy`. A team that keeps its own judgements in this layout can
see which metric agrees with its own people.
"""

from __future__ import annotations

import glob
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compatcheck.errors import PictureError, UsageError
from compatcheck.metrics import Metric, load_metric
from compatcheck.metrics.scoring import score_pair
from compatcheck.picture import read

logger = logging.getLogger(__name__)

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True)
class Agreement:
    """One metric on one subset: `task` is `2afc` or `jnd`, `value` the agreement with people, 0–1, over `cases` cases.

    For 2AFC it is the share of people who would choose as the metric does (0.5 is chance; the best possible is below 1
    wherever people disagree). For JND it is the mean average precision of the metric's order. `value` is None when the
    metric cannot be computed here, and `note` says why.
    """

    task: str
    subset: str
    metric: str
    value: float | None
    cases: int
    note: str = ""


def evaluate(
    folder: Path, names: Iterable[str], *, limit: int | None = None, say: Callable[[str], None] = logger.info
) -> tuple[Agreement, ...]:
    """Every metric's agreement on every subset found below `folder`, at most `limit` cases of each.

    Raises UsageError when there is no such data, or a case lacks a picture or a number.
    """
    metrics = [load_metric(name) for name in dict.fromkeys(names)]
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder.")
    found: list[Agreement] = []
    for subset in sorted(path.parent for path in folder.rglob("p0") if path.is_dir()):
        name = subset.relative_to(folder).as_posix()
        if (subset / "judge").is_dir() and (subset / "ref").is_dir():
            say(f"2AFC: {name}")
            found += _two_alternatives(subset, name, metrics, limit)
        elif (subset / "same").is_dir():
            say(f"JND: {name}")
            found += _just_noticeable(subset, name, metrics, limit)
    if not found:
        raise UsageError(
            f"{folder}: no data in BAPPS layout.",
            hint="A subset is a folder with ref/, p0/, p1/ and judge/ (2AFC), or with p0/, p1/ and same/ (JND).",
        )
    return tuple(found)


def two_afc(first: NDArray[np.float64], second: NDArray[np.float64], judge: NDArray[np.float64]) -> float:
    """The mean share of people who agree: distances of p0 and p1 to the reference, and the share that chose p1."""
    agreed = np.where(first < second, 1 - judge, np.where(second < first, judge, 0.5))
    return float(agreed.mean())


def average_precision(distances: NDArray[np.float64], same: NDArray[np.float64]) -> float:
    """Area under precision over recall when pairs are called the same from the nearest on (the VOC 2010 rule).

    `same` is the share of people who called each pair the same. 0 when nobody called any pair the same.
    """
    order = np.argsort(distances, kind="stable")
    right, wrong = np.cumsum(same[order]), np.cumsum(1 - same[order])
    if right[-1] <= 0:
        return 0.0
    precision = np.concatenate([[0.0], right / (right + wrong), [0.0]])
    recall = np.concatenate([[0.0], right / right[-1], [1.0]])
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall) * envelope[1:]))


def _two_alternatives(subset: Path, name: str, metrics: Sequence[Metric], limit: int | None) -> list[Agreement]:
    first: dict[str, list[float]] = {metric.name: [] for metric in metrics}
    second: dict[str, list[float]] = {metric.name: [] for metric in metrics}
    judges, notes = [], dict[str, str]()
    for case in _cases(subset, limit):
        reference, near, far = (_picture(subset / side, case) for side in ("ref", "p0", "p1"))
        judges.append(_number(subset / "judge", case))
        for target, picture in ((first, near), (second, far)):
            _measure(reference, picture, metrics, target, notes)
    return _agreements("2afc", name, metrics, notes, len(judges), lambda metric: two_afc(
        np.array(first[metric]), np.array(second[metric]), np.array(judges)
    ))  # fmt: skip


def _just_noticeable(subset: Path, name: str, metrics: Sequence[Metric], limit: int | None) -> list[Agreement]:
    distances: dict[str, list[float]] = {metric.name: [] for metric in metrics}
    same, notes = [], dict[str, str]()
    for case in _cases(subset, limit):
        same.append(_number(subset / "same", case))
        _measure(_picture(subset / "p0", case), _picture(subset / "p1", case), metrics, distances, notes)
    return _agreements("jnd", name, metrics, notes, len(same), lambda metric: average_precision(
        np.array(distances[metric]), np.array(same)
    ))  # fmt: skip


def _agreements(
    task: str, subset: str, metrics: Sequence[Metric], notes: dict[str, str], cases: int, of: Callable[[str], float]
) -> list[Agreement]:
    return [
        Agreement(
            task,
            subset,
            metric.name,
            None if metric.name in notes else of(metric.name),
            cases,
            notes.get(metric.name, ""),
        )
        for metric in metrics
    ]


def _measure(
    reference: Any, picture: Any, metrics: Sequence[Metric], target: dict[str, list[float]], notes: dict[str, str]
) -> None:
    """Append every metric's distance (its score, turned over where higher is better)."""
    names = [metric.name for metric in metrics if metric.name not in notes]
    for name, score in score_pair(reference, picture, names, with_maps=False).items():
        if score.value is None:
            notes[name] = score.note
        else:
            target[name].append(score.value if score.direction == "lower" else -score.value)


def _cases(subset: Path, limit: int | None) -> list[str]:
    names = sorted(path.stem for path in (subset / "p0").iterdir() if path.suffix.lower() in PICTURES)
    if not names:
        raise UsageError(f"{subset / 'p0'}: no pictures.")
    return names[:limit]


def _picture(folder: Path, case: str) -> Any:
    for path in sorted(folder.glob(f"{glob.escape(case)}.*")):
        if path.suffix.lower() in PICTURES:
            try:
                return read(path)
            except PictureError as error:
                raise UsageError(str(error)) from error
    raise UsageError(f"{folder}: no picture called {case}.")


def _number(folder: Path, case: str) -> float:
    path = folder / f"{case}.npy"
    try:
        value = float(np.load(path, allow_pickle=False).reshape(-1)[0])
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file.") from None
    except (OSError, ValueError, IndexError, EOFError) as error:
        raise UsageError(f"{path}: not a number in NumPy's format ({error}).") from error
    if not 0 <= value <= 1:
        raise UsageError(f"{path}: {value} is no share of people; it must lie between 0 and 1.")
    return value
