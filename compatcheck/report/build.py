"""From a run to `Results`: every text cleaned and redacted, every number finite."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from compatcheck.geometry import CssBox, Size
from compatcheck.model.axis import is_app, phone_of
from compatcheck.model.capture import Facts
from compatcheck.model.matrix import Device, Matrix, RegionThresholds, Thresholds
from compatcheck.model.run import Run
from compatcheck.model.verdict import Divergence, Outcome, Score
from compatcheck.report.clean import LIST_LIMIT, clean_json, clean_text, finite
from compatcheck.report.records import (
    AllThresholdsRecord,
    BoxRecord,
    ConsoleRecord,
    DeviceRecord,
    DivergenceRecord,
    FactsRecord,
    ImagesRecord,
    MaskRecord,
    OutcomeRecord,
    PageRecord,
    ReferenceRecord,
    RegionRecord,
    RegionThresholdsRecord,
    Results,
    RunRecord,
    ScoreRecord,
    SizeRecord,
    SummaryRecord,
    ThresholdsRecord,
    WaiverRecord,
)


def build_results(run: Run) -> Results:
    """The run's facts as `results.json` has them.

    Texts are cleaned and cut (`clean.py`), the environment's values are replaced by their `${NAME}` and passwords in URLs
    by `***`; numbers are finite or null.
    """
    write = _Writer(run.matrix.redact)
    return Results(
        run=RunRecord(
            id=run.id,
            started_at=run.started_at,
            finished_at=run.finished_at,
            seconds=finite(run.seconds) or 0.0,
            interrupted=run.interrupted,
            exit_code=run.exit_code,
            command=write.text(run.command),
        ),
        summary=summarise(outcome.verdict.name for outcome in run.outcomes),
        versions=dict(run.versions),
        matrix=write.json(run.matrix.as_used),
        matrix_file=run.matrix.source,
        thresholds=_all_thresholds(run.matrix, run.limits),
        waivers=[WaiverRecord(**write.json(asdict(waiver))) for waiver in run.matrix.waivers],
        outcomes=[write.outcome(outcome) for outcome in run.outcomes],
    )


def summarise(verdicts: Iterable[str]) -> SummaryRecord:
    """Count outcomes by verdict."""
    counts = Counter(verdicts)
    return SummaryRecord(total=counts.total(), **counts)


def _all_thresholds(matrix: Matrix, limits: Mapping[str, float]) -> AllThresholdsRecord:
    def fields(thresholds: Thresholds) -> dict[str, Any]:
        return {
            "sensitivity": thresholds.sensitivity,
            "kinds": dict(thresholds.kinds),
            "scores": dict(thresholds.scores),
            "regions": [_region_thresholds(region) for region in thresholds.regions],
        }

    return AllThresholdsRecord(
        **fields(matrix.thresholds),
        devices={name: ThresholdsRecord(**fields(own)) for name, own in matrix.device_thresholds.items()},
        pages={name: ThresholdsRecord(**fields(own)) for name, own in matrix.page_thresholds.items()},
        pairs={"/".join(names): ThresholdsRecord(**fields(own)) for names, own in matrix.pair_thresholds.items()},
        severities=dict(limits),
    )


def _region_thresholds(region: RegionThresholds) -> RegionThresholdsRecord:
    return RegionThresholdsRecord(
        name=region.name,
        selector=region.selector,
        box=_box(region.box),
        sensitivity=region.sensitivity,
        kinds=dict(region.kinds),
    )


def _size(size: Size) -> SizeRecord:
    return SizeRecord(width=finite(size.width) or 0.0, height=finite(size.height) or 0.0)


def _box(box: CssBox | None) -> BoxRecord | None:
    return BoxRecord(**box.as_dict()) if box is not None and box.is_finite() else None


def _share(value: float) -> float:
    return round(min(1.0, max(0.0, finite(value) or 0.0)), 4)


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    known = ((clean_text(name), finite(value)) for name, value in values.items())
    return {name: round(value, 4) for name, value in known if value is not None}


def _scores(scores: Mapping[str, Score]) -> dict[str, float | None]:
    return {name: finite(score.value) for name, score in scores.items()}


def _device(device: Device, redact: Callable[[str], str]) -> DeviceRecord:
    return DeviceRecord(
        id=device.id,
        browser=device.browser,
        engine=device.engine,
        driver=device.driver,
        viewport=_size(device.screen.viewport),
        device_scale_factor=device.screen.device_scale_factor,
        is_mobile=device.screen.is_mobile,
        has_touch=device.screen.has_touch,
        device_class=device.device_class,
        preset=device.preset,
        in_app=device.in_app,
        user_agent=redact(device.user_agent) if device.user_agent else None,
        locale=device.locale,
        color_scheme=device.color_scheme,
        group=device.group,
        widths=list(device.widths),
        phone=_fingerprint(phone) if (phone := phone_of(device)) else None,
        app=is_app(device),
    )


def _fingerprint(phone: str) -> str:
    """The same for the same phone in every run, and not its serial number, which may be a secret of the environment."""
    return hashlib.sha256(phone.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Makes the records that hold texts; `redact` takes the environment's values out of them."""

    redact: Callable[[str], str]
    _facts: dict[int, FactsRecord] = field(default_factory=dict)

    def text(self, text: str) -> str:
        return clean_text(self.redact(text))

    def json(self, value: Any) -> Any:
        return clean_json(value, self.redact)

    def facts(self, facts: Facts | None) -> FactsRecord | None:
        """The record of one capture's facts; a twin's, which many outcomes share, is made once."""
        if facts is None:
            return None
        if id(facts) not in self._facts:
            self._facts[id(facts)] = self._facts_record(facts)
        return self._facts[id(facts)]

    def _facts_record(self, facts: Facts) -> FactsRecord:
        return FactsRecord(
            viewport=_size(facts.viewport),
            device_scale_factor=finite(facts.device_scale_factor) or 1.0,
            user_agent=self.text(facts.user_agent),
            browser_name=clean_text(facts.browser_name),
            browser_version=clean_text(facts.browser_version),
            driver_version=clean_text(facts.driver_version),
            platform=clean_text(facts.platform),
            url=self.text(facts.url),
            title=self.text(facts.title),
            status=facts.status,
            document=_size(facts.document),
            console=[
                ConsoleRecord(level=self.text(line.level), text=self.text(line.text), source=self.text(line.source))
                for line in facts.console[:LIST_LIMIT]
            ],
            failed_requests=[self.text(request) for request in facts.failed_requests[:LIST_LIMIT]],
            timings=_numbers(facts.timings),
            settle=[self.json(step) for step in facts.settle],
            settled=facts.settled,
            notes=[self.text(note) for note in facts.notes],
            extra=self.json(facts.extra),
        )

    def divergence(self, divergence: Divergence) -> DivergenceRecord:
        return DivergenceRecord(
            id=divergence.id,
            kind=divergence.kind,
            axis=divergence.axis,
            severity=_share(divergence.severity),
            flags=divergence.flags,
            shared=divergence.shared,
            selector=self.text(divergence.selector),
            path=self.text(divergence.path),
            reference_box=_box(divergence.reference_box),
            candidate_box=_box(divergence.candidate_box),
            message=self.text(divergence.message),
            waived_by=divergence.waived_by,
            cause=self.text(divergence.cause),
            consequences=divergence.consequences,
            extra=self.json(divergence.extra),
        )

    def scores(self, outcome: Outcome) -> dict[str, ScoreRecord]:
        direct = _scores(outcome.direct_scores)
        return {
            name: ScoreRecord(
                value=finite(score.value) if name in outcome.scores else None,
                direction=score.direction,
                note=self.text(score.note),
                direct=direct.get(name),
            )
            for name, score in {**outcome.direct_scores, **outcome.scores}.items()
        }

    def outcome(self, outcome: Outcome) -> OutcomeRecord:
        images = {name: value for name, value in outcome.images.items() if value is not None}
        return OutcomeRecord(
            page=PageRecord(id=outcome.page.id, url=self.text(outcome.page.url)),
            device=_device(outcome.device, self.redact),
            reference=ReferenceRecord(id=outcome.reference.id, twin=outcome.uses_twin),
            verdict=outcome.verdict.name,
            reason=self.text(outcome.verdict.reason),
            severity=_share(outcome.verdict.severity),
            scores=_scores(outcome.scores),
            score_details=self.scores(outcome),
            direct_scores=_scores(outcome.direct_scores),
            divergences=[self.divergence(divergence) for divergence in outcome.verdict.divergences],
            regions=[
                RegionRecord(box=box, share=_share(region.share), divergence=region.divergence)
                for region in outcome.regions
                if (box := _box(region.box)) is not None
            ],
            images=ImagesRecord(**images),
            timings=_numbers(outcome.timings),
            facts=self.facts(outcome.facts),
            reference_facts=self.facts(outcome.reference_facts),
            fit=outcome.fit,
            notes=[self.text(note) for note in outcome.notes],
            masks=[
                MaskRecord(box=box, mode=mask.mode, source=self.text(mask.source))
                for mask in outcome.masks[:LIST_LIMIT]
                if (box := _box(mask.box)) is not None
            ],
        )
