"""Facts → view data: what the report shows, as plain JSON values, with no markup.

`index` is small and always loaded: run, counts, pages, devices, one row per outcome. `details` holds one dict per outcome with
everything else. `ui/src/types.ts` declares the same shapes for the script.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compatcheck.model.verdict import AXIS_OF_KIND
from compatcheck.report.files import png_size
from compatcheck.report.html.earlier import Earlier
from compatcheck.report.html.families import find_families
from compatcheck.report.html.text import picture_link, shown, web_link
from compatcheck.report.records import BoxRecord, DeviceRecord, FactsRecord, OutcomeRecord, Results

VERDICTS = ("match", "flagged", "invalid", "failed")
KINDS = tuple(AXIS_OF_KIND)
FLAGS, WAIVED, NEW, SHARED = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class View:
    """The report's data: the index, and one detail per outcome in the run's order."""

    index: dict[str, Any]
    details: list[dict[str, Any]]


def build_view(results: Results, folder: Path, earlier: Earlier | None = None) -> View:
    """Everything the report shows. Picture sizes are read from the headers of the PNG files in `folder`."""
    earlier = earlier or Earlier()
    maker = _Maker(results, folder, earlier)
    rows = [maker.row(outcome) for outcome in results.outcomes]
    families = find_families(results.outcomes)
    for number, family in enumerate(families):
        for place in family.members:
            rows[place][5] = number
    index = {
        "version": 1,
        "tool": results.versions.get("compatcheck", ""),
        "run": results.run.model_dump(by_alias=True)
        | {"id": shown(results.run.id), "command": shown(results.run.command, 1_000)},
        "summary": results.summary.model_dump(by_alias=True),
        "versions": {shown(name): shown(version) for name, version in results.versions.items()},
        "thresholds": results.thresholds.model_dump(by_alias=True),
        "metrics": [{"name": shown(name, 40), "direction": direction} for name, direction in maker.metrics.items()],
        "kinds": [[kind, AXIS_OF_KIND[kind]] for kind in KINDS],
        "pages": list(maker.pages.values()),
        "devices": list(maker.devices.values()),
        "findings": list(maker.findings.values()),
        "reasons": list(maker.reasons),
        "rows": rows,
        "families": [family.members for family in families],
        "waivers": [_shown_values(waiver.model_dump(by_alias=True)) for waiver in results.waivers],
        "previous": earlier.previous,
        "gone": [
            {"page": shown(page), "device": shown(device), "kind": kind, "selector": shown(selector)}
            for page, device, kind, selector in earlier.gone(results)
        ],
        "history": earlier.history,
    }
    return View(index, [maker.detail(outcome) for outcome in results.outcomes])


def _device(device: DeviceRecord) -> dict[str, Any]:
    return {
        "id": shown(device.id),
        "browser": device.browser,
        "engine": device.engine,
        "driver": device.driver,
        "width": device.viewport.width,
        "height": device.viewport.height,
        "ratio": device.device_scale_factor,
        "class": device.device_class,
        "touch": device.has_touch,
        "preset": shown(device.preset or ""),
        "inApp": shown(device.in_app or ""),
        "group": shown(device.group or ""),
        "reference": False,
    }


def _numbers(box: BoxRecord | None) -> list[float] | None:
    return None if box is None else [box.x, box.y, box.width, box.height]


def _shown_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: shown(value, 1_000) if isinstance(value, str) else value for name, value in values.items()}


def _seconds(timings: Mapping[str, float]) -> dict[str, float]:
    return {shown(name, 40): seconds for name, seconds in list(timings.items())[:40]}


def _short(values: Mapping[str, Any], limit: int = 40) -> dict[str, str]:
    return {shown(str(name), 80): shown(str(value)) for name, value in list(values.items())[:limit]}


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
        "extra": _short(facts.extra),
    }


@dataclass(slots=True)
class _Maker:
    """Collects the tables that rows point into while it makes rows and details."""

    results: Results
    folder: Path
    earlier: Earlier
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    findings: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    _places: dict[str, dict[Any, int]] = field(default_factory=dict)
    _sizes: dict[str, tuple[int, int] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for outcome in self.results.outcomes:
            self.pages.setdefault(
                outcome.page.id,
                {
                    "id": shown(outcome.page.id),
                    "url": shown(outcome.page.url),
                    "link": web_link(outcome.page.url),
                },
            )
            self.devices.setdefault(outcome.device.id, _device(outcome.device))
            for name, score in outcome.score_details.items():
                self.metrics.setdefault(name, score.direction)
        for outcome in self.results.outcomes:
            if outcome.reference.id in self.devices:
                self.devices[outcome.reference.id]["reference"] = True
        self._places = {
            "page": {id: n for n, id in enumerate(self.pages)},
            "device": {id: n for n, id in enumerate(self.devices)},
        }

    def row(self, outcome: OutcomeRecord) -> list[Any]:
        """[page, device, verdict, severity, findings, family, reason, scores]; findings are place × 16 + marks."""
        marks = []
        for item in outcome.divergences:
            key = (outcome.page.id, item.id)
            if key not in self.findings:
                place = len(self.findings)
                self._places.setdefault("finding", {})[key] = place
                self.findings[key] = [
                    self._places["page"][outcome.page.id],
                    KINDS.index(item.kind),
                    shown(item.selector, 200),
                    shown(item.message, 200),
                    item.id,
                ]
            new = self.earlier.is_new(outcome, item.id)
            marks.append(
                self._places["finding"][key] * 16
                + (FLAGS if item.flags else 0)
                + (WAIVED if item.waived_by else 0)
                + (NEW if new else 0)
                + (SHARED if item.shared else 0)
            )
        reason = self.reasons.setdefault(shown(outcome.reason), len(self.reasons)) if outcome.reason else -1
        scores = [outcome.scores.get(name) for name in self.metrics]
        return [
            self._places["page"][outcome.page.id],
            self._places["device"][outcome.device.id],
            VERDICTS.index(outcome.verdict),
            outcome.severity,
            marks,
            -1,
            reason,
            [None if value is None else float(f"{value:.4g}") for value in scores],
        ]

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
                    "extra": _short(item.extra),
                }
                for item in outcome.divergences
            ],
            "regions": [[*(_numbers(region.box) or []), region.share] for region in outcome.regions[:300]],
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

    def _ratio_of(self, device_id: str, default: float) -> float:
        device = self.devices.get(device_id)
        return float(device["ratio"]) if device else default

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
