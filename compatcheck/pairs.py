"""One pair's way through the stages: align → metrics → layout → judge, with its heat-maps written.

The steps of `pipeline.py` that happen inside one comparison. Whatever goes wrong becomes the pair's outcome.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from compatcheck import compare, layout, metrics
from compatcheck.errors import CompatcheckError
from compatcheck.geometry import CssBox
from compatcheck.judge import judge
from compatcheck.model.capture import Capture, Facts, MaskedArea
from compatcheck.model.matrix import Matrix
from compatcheck.model.plan import Pair, Shot
from compatcheck.model.run import CaptureFailed, CaptureResult
from compatcheck.model.verdict import Comparison, Divergence, Outcome, Score, Verdict
from compatcheck.runfolder import RunFolder

logger = logging.getLogger(__name__)


def compare_pair(
    pair: Pair,
    result_of: Callable[[Shot], CaptureResult],
    matrix: Matrix,
    folder: RunFolder,
    timings: Mapping[str, float],
    today: date,
    held_against: Mapping[Shot, int],
) -> Outcome:
    """Compare and judge one pair. Never raises: a pair that cannot be compared is a `failed` outcome with the reason.

    `held_against` says how many pairs of the run each shot is a reference of: what metrics compute of it alone is kept so long.
    """
    start = time.monotonic()
    results = {shot: result_of(shot) for shot in {pair.reference, pair.baseline, pair.candidate}}
    outcome = Outcome(
        page=pair.candidate.page,
        device=pair.candidate.device,
        reference=pair.reference.device,
        uses_twin=pair.uses_twin,
        verdict=Verdict("failed"),
        images=_images(pair, results, folder),
        facts=_facts(results[pair.candidate]),
        reference_facts=_facts(results[pair.baseline]),
        masks=_masks(results[pair.candidate]),
    )
    try:
        outcome = _judged(outcome, pair, results, matrix, folder, today, held_against)
    except CompatcheckError as error:
        outcome = replace(outcome, verdict=Verdict("failed", reason=f"could not be compared: {error}"))
    except Exception as error:
        logger.exception("comparing %s broke", pair.candidate.slug)
        reason = f"could not be compared: {type(error).__name__}: {error} (a bug in compatcheck: please report it)"
        outcome = replace(outcome, verdict=Verdict("failed", reason=reason))
    return replace(outcome, timings={**timings, "compare": round(time.monotonic() - start, 3)})


def _judged(
    outcome: Outcome,
    pair: Pair,
    results: Mapping[Shot, CaptureResult],
    matrix: Matrix,
    folder: RunFolder,
    today: date,
    held_against: Mapping[Shot, int],
) -> Outcome:
    candidate, baseline = results[pair.candidate], results[pair.baseline]
    if isinstance(candidate, CaptureFailed):
        return replace(outcome, verdict=Verdict("failed", reason=f"{candidate.message} {candidate.hint}".strip()))
    if isinstance(baseline, CaptureFailed):
        who = "its twin" if pair.uses_twin else "the reference device"
        reason = f"{who} ({pair.baseline.device.id}) could not be captured: {baseline.message} {baseline.hint}"
        return replace(outcome, verdict=Verdict("failed", reason=reason.strip()))
    comparison = Comparison()
    maps: dict[str, str] = {}
    if not (candidate.invalid or baseline.invalid):
        reference = results[pair.reference] if pair.uses_twin else None
        comparison = compared(pair, baseline, candidate, matrix, held_against[pair.baseline])
        if isinstance(reference, Capture) and not reference.invalid:
            direct = _direct_scores(reference, candidate, matrix, held_against[pair.reference])
            comparison = replace(comparison, direct_scores=direct)
        maps = _write_maps(comparison.scores, candidate, folder)
    verdict = judge(
        comparison,
        page=pair.candidate.page,
        device=pair.candidate.device,
        baseline=baseline,
        candidate=candidate,
        thresholds=matrix.thresholds_for(pair.candidate.device.id, pair.candidate.page.id),
        waivers=matrix.waivers,
        today=today,
    )
    return replace(
        outcome,
        verdict=verdict,
        scores={name: replace(score, map=None) for name, score in comparison.scores.items()},
        direct_scores={name: replace(score, map=None) for name, score in comparison.direct_scores.items()},
        regions=comparison.regions,
        images={**outcome.images, "maps": maps},
        fit=comparison.fit,
        notes=comparison.notes,
    )


def compared(pair: Pair, baseline: Capture, candidate: Capture, matrix: Matrix, candidates: int = 1) -> Comparison:
    """Scores, divergences and regions of two captures; the reference's own pair has only its own divergences.

    `candidates` is how many captures the baseline is held against.
    """
    if pair.is_reference:
        return Comparison(divergences=layout.inspect(candidate))
    aligned = compare.align(baseline, candidate, matrix.fit)
    # Rows put into the reference for this candidate's sake make a picture that no other candidate will be held against.
    keep = candidates > 1 and (aligned.fit in {"same", "resize"} or aligned.reference is baseline.picture)
    findings = layout.find_divergences(baseline, candidate)
    aligned = compare.apply_masks(aligned, _unscored(candidate), _unscored(baseline))
    height, width = candidate.picture.shape[:2]
    scores = metrics.score_pair(
        aligned.reference,
        aligned.candidate,
        matrix.metrics,
        networks=matrix.networks,
        keep=keep,
        candidates=candidates,
    )
    return Comparison(
        scores={
            name: score if score.map is None else replace(score, map=aligned.on_candidate(score.map, height, width))
            for name, score in scores.items()
        },
        divergences=_explained(findings, baseline, candidate),
        regions=compare.find_regions(aligned, findings.divergences),
        fit=aligned.fit,
        notes=(*aligned.notes, *findings.notes),
    )


def _explained(findings: layout.LayoutFindings, baseline: Capture, candidate: Capture) -> tuple[Divergence, ...]:
    if baseline.page_model is None or candidate.page_model is None:
        return findings.divergences
    caused = layout.with_causes(findings.divergences, findings.matched, baseline, candidate)
    return layout.with_computed(caused, findings.matched, baseline.page_model, candidate.page_model)


def _direct_scores(reference: Capture, candidate: Capture, matrix: Matrix, candidates: int) -> Mapping[str, Score]:
    """The scores people ask for: against the reference device itself, its picture's size forced upon the candidate's."""
    aligned = compare.align(reference, candidate, fit="resize")
    return metrics.score_pair(
        aligned.reference,
        aligned.candidate,
        matrix.metrics,
        with_maps=False,
        networks=matrix.networks,
        keep=candidates > 1,
        candidates=candidates,
    )


def _unscored(capture: Capture) -> list[CssBox]:
    """The boxes that masks keep out of the scores, in CSS px of the capture's page; `layout` masks are among them."""
    return [area.box for area in capture.masked]


def _write_maps(scores: Mapping[str, Score], candidate: Capture, folder: RunFolder) -> dict[str, str]:
    """Write each metric's heat-map over the candidate's picture. Returns `{metric: path in the run folder}`."""
    maps = {}
    for name, score in scores.items():
        if score.map is not None:
            maps[name] = folder.map_name(candidate.shot.slug, name)
            metrics.write_heat_map(folder.file(maps[name]), candidate.picture, score.map)
    return maps


def _images(pair: Pair, results: Mapping[Shot, CaptureResult], folder: RunFolder) -> dict[str, object]:
    def path(shot: Shot) -> str | None:
        result = results[shot]
        return folder.picture_name(shot.slug) if isinstance(result, Capture) else result.picture_path

    return {
        "reference": path(pair.baseline),
        "candidate": path(pair.candidate),
        "direct": path(pair.reference) if pair.uses_twin else None,
        "maps": {},
    }


def _facts(result: CaptureResult) -> Facts | None:
    """The capture's facts, with the font families that its page asked for: {name: whether the device has it}."""
    if not isinstance(result, Capture):
        return None
    families = result.page_model.extra.get("families") if result.page_model else None
    if not isinstance(families, Mapping):
        return result.facts
    fonts = {name: there for name, there in families.items() if isinstance(there, bool)}
    return replace(result.facts, extra={**result.facts.extra, "fonts": fonts}) if fonts else result.facts


def _masks(result: CaptureResult) -> tuple[MaskedArea, ...]:
    return result.masked if isinstance(result, Capture) else ()
