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
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from compatcheck.errors import PictureError, UsageError
from compatcheck.metrics import Metric, load_metric
from compatcheck.metrics.scoring import score_pair
from compatcheck.model.capture import RGB
from compatcheck.model.matrix import Networks
from compatcheck.picture import read

logger = logging.getLogger(__name__)

ALL = "all subsets"
"""What the mean over a task's subsets is listed under."""

LAYOUT = "A subset is a folder with ref/, p0/, p1/ and judge/ (2AFC), or with p0/, p1/ and same/ (JND)."

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif", ".tif", ".tiff"})


@dataclass(frozen=True, slots=True)
class Agreement:
    """One metric on one subset: `task` is `2afc` or `jnd`, `value` the agreement with people, 0–1, over `cases` cases.

    The subset ALL stands for the mean of a task's subsets, each counting the same, as BAPPS's published tables give it.

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
    folder: Path,
    names: Iterable[str],
    *,
    limit: int | None = None,
    networks: Networks | None = None,
    say: Callable[[str], None] = logger.info,
) -> tuple[Agreement, ...]:
    """Every metric's agreement on every subset found below `folder`, at most `limit` cases of each.

    Raises UsageError when there is no such data, or a case lacks a picture or a number.
    """
    scorer = _Scorer([load_metric(name) for name in dict.fromkeys(names)], networks)
    if not folder.is_dir():
        raise UsageError(f"{folder}: {'this is no folder' if folder.exists() else 'there is no such folder'}.")
    found: list[Agreement] = []
    for subset in sorted(path.parent for path in folder.rglob("p0") if path.is_dir()):
        name = subset.relative_to(folder).as_posix()
        if (subset / "judge").is_dir() and (subset / "ref").is_dir():
            say(f"2AFC: {name}")
            found += _two_alternatives(subset, name, scorer, limit)
        elif (subset / "same").is_dir():
            say(f"JND: {name}")
            found += _just_noticeable(subset, name, scorer, limit)
        else:
            raise UsageError(f"{subset}: has p0/, but neither ref/ with judge/ nor same/ beside it.", hint=LAYOUT)
    if not found:
        raise UsageError(f"{folder}: no data in BAPPS layout.", hint=LAYOUT)
    return (*found, *_means(found))


def _means(found: Sequence[Agreement]) -> Iterator[Agreement]:
    """For each task with several subsets, every metric's mean over them."""
    groups: dict[tuple[str, str], list[Agreement]] = {}
    for each in found:
        groups.setdefault((each.task, each.metric), []).append(each)
    for (task, metric), subsets in groups.items():
        if len(subsets) > 1:
            values = [each.value for each in subsets if each.value is not None]
            mean = sum(values) / len(values) if len(values) == len(subsets) else None
            note = next((each.note for each in subsets if each.value is None), "")
            yield Agreement(task, ALL, metric, mean, sum(each.cases for each in subsets), note)


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


class _Scorer:
    """Scores pairs by several metrics; `notes` collects, by metric, why it cannot be computed here."""

    def __init__(self, metrics: Sequence[Metric], networks: Networks | None) -> None:
        self.metrics = metrics
        self.networks = networks
        self.notes: dict[str, str] = {}

    def distances(self, reference: RGB, pictures: Sequence[RGB]) -> Iterator[dict[str, float]]:
        """Per picture every metric's distance to the reference: its score, turned over where higher is better."""
        for picture in pictures:
            names = [metric.name for metric in self.metrics if metric.name not in self.notes]
            scores = score_pair(
                reference, picture, names, with_maps=False, networks=self.networks, keep=len(pictures) > 1
            )
            self.notes |= {name: score.note for name, score in scores.items() if score.value is None}
            yield {
                name: score.value if score.direction == "lower" else -score.value
                for name, score in scores.items()
                if score.value is not None
            }

    def agreements(self, task: str, subset: str, cases: int, of: Callable[[str], float]) -> list[Agreement]:
        """One line for each metric."""
        return [
            Agreement(task, subset, name, None, cases, self.notes[name])
            if name in self.notes
            else Agreement(task, subset, name, of(name), cases)
            for name in (metric.name for metric in self.metrics)
        ]


def _two_alternatives(subset: Path, name: str, scorer: _Scorer, limit: int | None) -> list[Agreement]:
    first: list[dict[str, float]] = []
    second: list[dict[str, float]] = []
    judges = []
    for case in _cases(subset, limit):
        reference, one, other = _pictures(subset, ("ref", "p0", "p1"), case)
        judges.append(_number(subset / "judge", case))
        for distances, found in zip((first, second), scorer.distances(reference, (one, other)), strict=True):
            distances.append(found)
    return scorer.agreements(
        "2afc",
        name,
        len(judges),
        lambda metric: two_afc(_column(first, metric), _column(second, metric), np.array(judges)),
    )


def _just_noticeable(subset: Path, name: str, scorer: _Scorer, limit: int | None) -> list[Agreement]:
    distances: list[dict[str, float]] = []
    same = []
    for case in _cases(subset, limit):
        same.append(_number(subset / "same", case))
        reference, other = _pictures(subset, ("p0", "p1"), case)
        distances += scorer.distances(reference, [other])
    return scorer.agreements(
        "jnd", name, len(same), lambda metric: average_precision(_column(distances, metric), np.array(same))
    )


def _column(distances: Sequence[dict[str, float]], metric: str) -> NDArray[np.float64]:
    return np.array([each[metric] for each in distances])


def _cases(subset: Path, limit: int | None) -> list[str]:
    names = sorted(path.stem for path in (subset / "p0").iterdir() if path.suffix.lower() in PICTURES)
    if not names:
        raise UsageError(f"{subset / 'p0'}: no pictures.")
    return names[:limit]


def _pictures(subset: Path, sides: Sequence[str], case: str) -> list[RGB]:
    """A case's pictures, which must have one size."""
    found = [_picture(subset / side, case) for side in sides]
    if len({picture.shape for picture in found}) > 1:
        sizes = (f"{side} {each.shape[1]} × {each.shape[0]}" for side, each in zip(sides, found, strict=True))
        raise UsageError(f"{subset}: the pictures of case {case} have different sizes ({', '.join(sizes)}).")
    return found


def _picture(folder: Path, case: str) -> RGB:
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
    except (OSError, ValueError, TypeError, IndexError, EOFError) as error:
        raise UsageError(f"{path}: not a number in NumPy's format.") from error  # its words advise to unpickle
    if not 0 <= value <= 1:
        raise UsageError(f"{path}: {value} is no share of people; it must lie between 0 and 1.")
    return value
