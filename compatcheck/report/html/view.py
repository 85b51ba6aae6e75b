"""Facts → view data: what the report shows, as plain JSON values, with no markup.

`index` is small and always loaded: run, counts, pages, devices, one row per outcome. `details` holds one dict per outcome with
everything else. `ui/src/types.ts` declares the same shapes for the script.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compatcheck.model.verdict import AXIS_OF_KIND
from compatcheck.report.html.detail import DetailMaker
from compatcheck.report.html.earlier import Earlier
from compatcheck.report.html.families import find_families
from compatcheck.report.html.phones import phone_views
from compatcheck.report.html.text import shown, web_link
from compatcheck.report.records import DeviceRecord, OutcomeRecord, Results

VERDICTS = ("match", "flagged", "invalid", "failed")
KINDS = tuple(AXIS_OF_KIND)
SELECTOR_LIMIT = 200
FLAGS, WAIVED, NEW, SHARED = 1, 2, 4, 8


@dataclass(frozen=True, slots=True)
class View:
    """The report's data: the index, and one detail per outcome in the run's order, made as they are taken (once)."""

    index: dict[str, Any]
    details: Iterator[dict[str, Any]]


def build_view(results: Results, folder: Path, earlier: Earlier | None = None) -> View:
    """Everything the report shows. Picture sizes are read from the headers of the PNG files in `folder`."""
    earlier = earlier or Earlier()
    maker = _Maker(results, earlier)
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
        "selectors": maker.selectors,
        "reasons": list(maker.reasons),
        "rows": rows,
        "families": [family.members for family in families],
        "phones": phone_views(results.outcomes),
        "waivers": _waivers(results),
        "previous": earlier.previous,
        "gone": [
            {"page": shown(page), "device": shown(device), "kind": kind, "selector": shown(selector)}
            for page, device, kind, selector in earlier.gone(results)
        ],
        "history": earlier.history,
    }
    details = DetailMaker(folder, earlier, {outcome.device.id: outcome.device for outcome in results.outcomes})
    return View(index, (details.detail(outcome) for outcome in results.outcomes))


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


def _shown_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: shown(value, 1_000) if isinstance(value, str) else value for name, value in values.items()}


def _waivers(results: Results) -> list[dict[str, Any]]:
    """The waivers in words, with what became of each: used, expired before the run, or not needed."""
    used = {item.waived_by for outcome in results.outcomes for item in outcome.divergences if item.waived_by}
    today = results.run.started_at[:10]
    return [
        _shown_values(waiver.model_dump(by_alias=True))
        | {"used": waiver.id in used, "expired": bool(waiver.expires and waiver.expires[:10] < today)}
        for waiver in results.waivers
    ]


@dataclass(slots=True)
class _Maker:
    """Collects the tables that rows point into while it makes rows and details."""

    results: Results
    earlier: Earlier
    pages: dict[str, dict[str, Any]] = field(default_factory=dict)
    devices: dict[str, dict[str, Any]] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    findings: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    selectors: dict[int, str] = field(default_factory=dict)
    reasons: dict[str, int] = field(default_factory=dict)
    _places: dict[str, dict[Any, int]] = field(default_factory=dict)

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
        """[page, device, verdict, severity, findings, family, reason, scores, severities].

        Findings are place × 16 + marks; their severities are in thousandths.
        """
        marks = []
        for item in outcome.divergences:
            key = (outcome.page.id, item.id)
            if key not in self.findings:
                place = len(self.findings)
                self._places.setdefault("finding", {})[key] = place
                self.findings[key] = [
                    self._places["page"][outcome.page.id],
                    KINDS.index(item.kind),
                    shown(item.selector, SELECTOR_LIMIT),
                    shown(item.message, 200),
                    item.id,
                ]
                if shown(item.selector, SELECTOR_LIMIT) != item.selector:
                    self.selectors[place] = item.selector
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
            [round(item.severity * 1000) for item in outcome.divergences],
        ]
