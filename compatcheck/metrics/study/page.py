"""A study as files: pictures, `study.json`, and `index.html`, which opens from disk with no network."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from compatcheck.metrics.study.distortions import DISTORTIONS
from compatcheck.metrics.study.measure import Curve, Studied, Study, typical_reaction
from compatcheck.picture import resize, write_png

SHOWN_WIDTH = 480
"""Pixels to which the pictures on the page are shrunk; scores are those of the full size."""

CHART_WIDTH, CHART_HEIGHT = 180, 90


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric × distortion of the table: the strongest value, a word, and the curve as SVG points."""

    value: str
    sight: str
    reaction: str
    points: str
    values: str


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of the table."""

    name: str
    direction: str
    meaning: str
    verdict: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One distortion: its title, its pictures with their captions, how plain it is to most metrics, and all scores by metric."""

    title: str
    pictures: tuple[tuple[str, str], ...]
    typical: str
    scores: tuple[tuple[str, tuple[str, ...]], ...]


def write_study(study: Study, folder: Path, title: str) -> Path:
    """Write the study into `folder` (made when it is not there) and return the page's path."""
    pictures = folder / "pictures"
    height, width = study.picture.shape[:2]
    shown = min(1.0, SHOWN_WIDTH / width)
    size = max(1, round(width * shown)), max(1, round(height * shown))
    write_png(pictures / "original.png", resize(study.picture, *size))
    for name, versions in study.distorted.items():
        for index, version in enumerate(versions, start=1):
            write_png(pictures / f"{name}-{index}.png", resize(version, *size))
    facts = {
        "picture": {"title": title, "width": width, "height": height},
        "strengths": {each.name: list(each.strengths) for each in DISTORTIONS if each.name in study.distorted},
        "metrics": {metric.name: metric.as_dict() for metric in study.metrics},
    }
    _write(folder / "study.json", json.dumps(facts, indent=1, ensure_ascii=False))
    environment = Environment(
        loader=PackageLoader("compatcheck.metrics.study"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("study.html.j2").render(
        title=title,
        size=f"{width} × {height}",
        columns=list(_columns(study)),
        rows=[_row(metric) for metric in study.metrics],
        chart=(CHART_WIDTH, CHART_HEIGHT),
    )
    return _write(folder / "index.html", page)


def _write(path: Path, text: str) -> Path:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
    return path


def _columns(study: Study) -> Iterator[Column]:
    for distortion in DISTORTIONS:
        if distortion.name in study.distorted:
            pictures = tuple(
                (f"pictures/{distortion.name}-{index}.png", f"{strength:g} {distortion.unit}")
                for index, strength in enumerate(distortion.strengths, start=1)
            )
            typical = f"{int(typical_reaction(study, distortion.name) * 100)} %"
            yield Column(distortion.title, pictures, typical, tuple(_scores(study, distortion.name)))


def _scores(study: Study, distortion: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for metric in study.metrics:
        for curve in metric.curves:
            if curve.distortion == distortion:
                yield metric.name, tuple(f"{value:.4g}" for value in curve.values)


def _row(metric: Studied) -> Row:
    whole = [metric.identical] if metric.identical < 100 else []
    whole += [value for curve in metric.curves for value in curve.values]
    cells = tuple(_cell(metric, curve, whole) for curve in metric.curves)
    direction = "higher is better" if metric.direction == "higher" else "lower is better"
    return Row(metric.name, direction, metric.meaning, metric.verdict(), cells)


def _cell(metric: Studied, curve: Curve, whole: Sequence[float]) -> Cell:
    start = [metric.identical] if metric.identical < 100 else []
    return Cell(
        value=f"{curve.values[-1]:.4g}",
        sight=curve.sight,
        reaction=f"{int(curve.reaction * 100)} %",  # downwards, so that what is called blind shows less than 10
        points=_points([*start, *curve.values], min(whole), max(whole)),
        values=", ".join(f"{value:.4g}" for value in curve.values),
    )


def _points(values: Sequence[float], low: float, high: float) -> str:
    """The values as points of an SVG polyline, over the whole range that the metric has in the study."""
    span = high - low or 1.0
    step = (CHART_WIDTH - 8) / max(1, len(values) - 1)
    places = ((4 + index * step, 4 + (high - value) / span * (CHART_HEIGHT - 8)) for index, value in enumerate(values))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
