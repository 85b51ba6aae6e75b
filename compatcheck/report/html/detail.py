"""One outcome's detail: everything that its row in the index leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compatcheck.report.files import png_size
from compatcheck.report.html.earlier import Earlier
from compatcheck.report.html.text import picture_link, shown
from compatcheck.report.records import BoxRecord, DeviceRecord, FactsRecord, OutcomeRecord

_TOLD = ("computed", "widths", "images")
"""What of a divergence's `extra` is told in a way of its own."""


@dataclass(slots=True)
class DetailMaker:
    """Makes details; each picture's header is read once. `devices` are the run's, by id."""

    folder: Path
    earlier: Earlier
    devices: Mapping[str, DeviceRecord]
    _sizes: dict[str, tuple[int, int] | None] = field(default_factory=dict)

    def detail(self, outcome: OutcomeRecord) -> dict[str, Any]:
        """Everything about one outcome that its row leaves out."""
        images, facts, reference = outcome.images, outcome.facts, outcome.reference_facts
        ratio = facts.device_scale_factor if facts else outcome.device.device_scale_factor
        reference_ratio = reference.device_scale_factor if reference else ratio
        return {
            "reference": shown(outcome.reference.id),
            "twin": outcome.reference.twin,
            "reason": shown(outcome.reason, 2_000),
            "divergences": [
                {
                    "id": item.id,
                    "kind": item.kind,
                    "axis": item.axis,
                    "severity": item.severity,
                    "flags": item.flags,
                    "shared": item.shared,
                    "new": self.earlier.is_new(outcome, item.id),
                    "selector": shown(item.selector, 1_000),
                    "path": shown(item.path, 1_000),
                    "message": shown(item.message, 1_000),
                    "cause": shown(item.cause, 1_000),
                    "consequences": item.consequences,
                    "waivedBy": item.waived_by and shown(item.waived_by),
                    "reference": _numbers(item.reference_box),
                    "candidate": _numbers(item.candidate_box),
                    "computed": _computed(item.extra.get("computed")),
                    "widths": _ranges(item.extra.get("widths")),
                    "images": self._own_pictures(item.extra.get("images"), reference_ratio, ratio),
                    "extra": _short({name: value for name, value in item.extra.items() if name not in _TOLD}),
                }
                for item in outcome.divergences
            ],
            "regions": [[*(_numbers(region.box) or []), region.share] for region in outcome.regions[:300]],
            "masks": [[*(_numbers(mask.box) or []), mask.mode, shown(mask.source)] for mask in outcome.masks[:200]],
            "images": {
                "reference": self._picture(images.reference, reference_ratio),
                "candidate": self._picture(images.candidate, ratio),
                "direct": self._picture(images.direct, self._ratio_of(outcome.reference.id, reference_ratio)),
            },
            "maps": {
                shown(name, 40): link for name, path in images.maps.items() if (link := picture_link(path)) is not None
            },
            "scores": [
                [shown(name, 40), score.value, score.direct, score.direction, shown(score.note)]
                for name, score in outcome.score_details.items()
            ],
            "facts": _facts(facts),
            "referenceFacts": _facts(reference),
            "timings": _seconds(outcome.timings),
            "fit": shown(outcome.fit),
            "notes": [shown(note, 1_000) for note in outcome.notes],
        }

    def _own_pictures(self, paths: Any, reference_ratio: float, ratio: float) -> dict[str, Any] | None:
        """The pictures that show this finding, where they are not the outcome's: those of one width of several."""
        if not isinstance(paths, Mapping):
            return None
        names = {name: path if isinstance(path, str) else None for name, path in paths.items()}
        pictures = {
            "reference": self._picture(names.get("reference"), reference_ratio),
            "candidate": self._picture(names.get("candidate"), ratio),
        }
        return pictures if any(pictures.values()) else None

    def _ratio_of(self, device_id: str, default: float) -> float:
        device = self.devices.get(device_id)
        return device.device_scale_factor if device else default

    def _picture(self, path: str | None, ratio: float) -> dict[str, Any] | None:
        """Where a picture is and its size in CSS px, so that both sides can be shown at one scale."""
        link = picture_link(path)
        if path is None or link is None:
            return None
        if path not in self._sizes:
            self._sizes[path] = png_size(self.folder / path)
        size = self._sizes[path]
        if size is None:
            return None
        return {"src": link, "width": round(size[0] / ratio, 3), "height": round(size[1] / ratio, 3), "ratio": ratio}


def _numbers(box: BoxRecord | None) -> list[float] | None:
    return None if box is None else [box.x, box.y, box.width, box.height]


def _seconds(timings: Mapping[str, float]) -> dict[str, float]:
    return {shown(name, 40): seconds for name, seconds in list(timings.items())[:40]}


def _short(values: Mapping[str, Any], limit: int = 40) -> dict[str, str]:
    return {shown(str(name), 80): shown(_words(value)) for name, value in list(values.items())[:limit]}


def _words(value: Any) -> str:
    """A JSON value as people write it."""
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "–"
        case dict():
            return ", ".join(f"{name} {_words(each)}" for name, each in value.items())
        case list():
            return ", ".join(_words(each) for each in value)
    return str(value)


def _computed(values: Any) -> list[list[str]]:
    """[property, on the reference, here] where the browsers computed different values."""
    if not isinstance(values, Mapping):
        return []
    pairs = [(name, value) for name, value in values.items() if isinstance(value, list) and len(value) == 2]
    return [[shown(str(name), 80), *(shown(str(each), 200) for each in value)] for name, value in pairs[:40]]


def _noise(value: Any) -> dict[str, float] | None:
    """What changed between several looks of the page: `looks`, masked `areas`, `share` of the picture."""
    names = ("looks", "areas", "share")
    if not isinstance(value, Mapping) or not all(isinstance(value.get(name), int | float) for name in names):
        return None
    return {name: value[name] for name in names}


def _ranges(values: Any) -> list[list[float]]:
    """[from, to] in CSS px: the widths at which a finding shows."""
    pairs = values if isinstance(values, list) else []
    return [[low, high] for low, high in (pair for pair in pairs if isinstance(pair, list) and len(pair) == 2)][:40]


def _fonts(values: Any) -> list[list[Any]]:
    """[font family, whether the device has it], of those that the page asks for."""
    if not isinstance(values, Mapping):
        return []
    return [[shown(str(name), 80), there is True] for name, there in list(values.items())[:60]]


def _facts(facts: FactsRecord | None) -> dict[str, Any] | None:
    if facts is None:
        return None
    return {
        "viewport": [facts.viewport.width, facts.viewport.height],
        "ratio": facts.device_scale_factor,
        "document": [facts.document.width, facts.document.height] if facts.document else None,
        "browser": shown(f"{facts.browser_name} {facts.browser_version}".strip()),
        "driver": shown(facts.driver_version),
        "platform": shown(facts.platform),
        "userAgent": shown(facts.user_agent),
        "url": shown(facts.url),
        "title": shown(facts.title, 200),
        "status": facts.status,
        "console": [
            [shown(line.level, 20), shown(line.text, 1_000), shown(line.source)] for line in facts.console[:100]
        ],
        "failedRequests": [shown(request) for request in facts.failed_requests[:100]],
        "timings": _seconds(facts.timings),
        "settle": [_short(step, 10) for step in facts.settle[:50]],
        "settled": facts.settled,
        "notes": [shown(note) for note in facts.notes],
        "fonts": _fonts(facts.extra.get("fonts")),
        "noise": _noise(facts.extra.get("noise")),
        "extra": _short({name: value for name, value in facts.extra.items() if name not in ("fonts", "noise")}),
    }
