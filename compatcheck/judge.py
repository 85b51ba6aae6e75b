"""From what was found to a verdict: thresholds say what flags, waivers say what was accepted.

A divergence flags when its severity reaches the limit of the region that it lies in (`thresholds.regions`), else of its kind
(`thresholds.kinds`), else that of the sensitivity. A
score flags only where a limit was asked for. A pair with a capture that proves nothing is `invalid`, whatever it shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

from compatcheck.geometry import CssBox
from compatcheck.model.capture import Capture, Element
from compatcheck.model.matrix import Device, Page, RegionThresholds, Sensitivity, Thresholds, Waiver
from compatcheck.model.soundness import what_is_unsound
from compatcheck.model.verdict import Comparison, Divergence, Score, Verdict

LIMITS: Mapping[Sensitivity, float] = {"relaxed": 0.7, "normal": 0.5, "strict": 0.3}
"""The severity from which a divergence flags. `docs/divergences.md` says what each severity means."""

MASK_LIMIT = 0.5
"""A mask over more than half of the candidate's page leaves too little to judge."""


def judge(
    comparison: Comparison,
    *,
    page: Page,
    device: Device,
    baseline: Capture,
    candidate: Capture,
    thresholds: Thresholds,
    waivers: Iterable[Waiver] = (),
    today: date,
) -> Verdict:
    """Judge one pair. `today` decides which waivers have expired: one that expires on a day is good through that day."""
    for capture, who in (
        (candidate, "the candidate's capture"),
        (baseline, f"the capture of {baseline.shot.device.id}"),
    ):
        reason = capture.invalid or (what_is_unsound(capture.page_model) if capture.page_model else "")
        if reason:
            return Verdict("invalid", reason=f"{who} proves nothing: {reason}")
    share = masked_share(candidate)
    if share > MASK_LIMIT:
        return Verdict(
            "invalid",
            reason=f"masks cover {share:.0%} of the page: too little is left to judge; {_what_masks(candidate)}",
        )
    placed = replace(comparison, divergences=in_regions(comparison.divergences, thresholds, baseline, candidate))
    return verdict_of(placed, page=page, device=device, thresholds=thresholds, waivers=waivers, today=today)


def verdict_of(
    comparison: Comparison,
    *,
    page: Page,
    device: Device,
    thresholds: Thresholds,
    waivers: Iterable[Waiver] = (),
    today: date,
) -> Verdict:
    """Judge what was found, the captures themselves being good: `match` or `flagged`.

    `extra["regions"]` names the regions that a divergence lies in (`in_regions`).
    """
    in_force = [waiver for waiver in waivers if _in_force(waiver, today) and _names(waiver, page, device)]
    judged = sorted(
        (_judge_one(divergence, thresholds, in_force) for divergence in comparison.divergences),
        key=lambda divergence: -divergence.severity,
    )
    flagging = [divergence for divergence in judged if divergence.flags]
    bad_scores = _bad_scores(comparison.scores, thresholds)
    severity = max((divergence.severity for divergence in judged if divergence.waived_by is None), default=0.0)
    return Verdict(
        "flagged" if flagging or bad_scores else "match",
        severity=severity,
        reason=_reason(judged, flagging, bad_scores),
        divergences=tuple(judged),
    )


def lowest_limit(thresholds: Thresholds) -> float:
    """The severity below which nothing flags, whatever its kind."""
    blocks: list[Thresholds | RegionThresholds] = [thresholds, *thresholds.regions]
    own = (value for block in blocks for value in block.kinds.values())
    return min(*(LIMITS[block.sensitivity] for block in blocks if block.sensitivity), *own, 1.0)


def in_regions(
    divergences: Iterable[Divergence], thresholds: Thresholds, baseline: Capture, candidate: Capture
) -> tuple[Divergence, ...]:
    """The divergences, each with `extra["regions"]`: the names of the thresholds' regions that hold it, where any does.

    A region holds a divergence when half of its box or more lies in the region's, on the candidate or, where it has none,
    on the baseline. A selector is where the capture says; a capture made elsewhere may know `#id`, `.class` and tags only.
    """
    if not thresholds.regions:
        return tuple(divergences)
    placed = []
    for divergence in divergences:
        capture, box = (candidate, divergence.candidate_box)
        if box is None:
            capture, box = baseline, divergence.reference_box
        held = box and [one.name for one in thresholds.regions if any(_holds(b, box) for b in _boxes_of(one, capture))]
        placed.append(replace(divergence, extra={**divergence.extra, "regions": held}) if held else divergence)
    return tuple(placed)


def _boxes_of(region: RegionThresholds, capture: Capture) -> list[CssBox]:
    if region.box is not None:
        return [region.box]
    model, selector = capture.page_model, region.selector or ""
    if model is None:
        return []
    known = dict(model.extra.get("regions") or {}).get(selector)
    if known is not None:
        return [CssBox(*map(float, box)) for box in known]
    return [element.box for element in model.elements if _is_found(element, selector)]


def _is_found(element: Element, selector: str) -> bool:
    if selector.startswith("#"):
        return element.attributes.get("id") == selector[1:]
    if selector.startswith("."):
        return selector[1:] in element.attributes.get("class", "").split()
    return element.tag == selector


def _holds(region: CssBox, box: CssBox) -> bool:
    common = region.intersection(box)
    if box.area <= 0:
        return region.contains(box)
    return common.area >= 0.5 * box.area


def limit_for(divergence: Divergence, thresholds: Thresholds) -> float:
    """The severity from which a divergence flags: its regions' word, else its kind's, else the sensitivity's."""
    names = divergence.extra.get("regions") or ()
    blocks: list[Thresholds | RegionThresholds] = [
        thresholds,
        *(one for one in thresholds.regions if one.name in names),
    ]
    for block in reversed(blocks):
        if divergence.kind in block.kinds:
            return block.kinds[divergence.kind]
        if block.sensitivity is not None:
            return LIMITS[block.sensitivity]
    return LIMITS["normal"]


def _judge_one(divergence: Divergence, thresholds: Thresholds, waivers: list[Waiver]) -> Divergence:
    limit = limit_for(divergence, thresholds)
    waiver = next((waiver for waiver in waivers if _accepts(waiver, divergence)), None)
    return replace(
        divergence,
        flags=waiver is None and divergence.severity >= limit,
        waived_by=None
        if waiver is None
        else waiver.id or f"{waiver.page}/{waiver.device} {waiver.selector} {waiver.kind}",
    )


def _in_force(waiver: Waiver, today: date) -> bool:
    if not waiver.expires:
        return True
    try:
        return date.fromisoformat(waiver.expires[:10]) >= today
    except ValueError:
        return False  # a date that cannot be read must not silence anything


def _names(waiver: Waiver, page: Page, device: Device) -> bool:
    return fnmatchcase(page.id, waiver.page) and fnmatchcase(device.id, waiver.device)


def _accepts(waiver: Waiver, divergence: Divergence) -> bool:
    """Selectors hold brackets that a pattern would misread, so only `*` is special there."""
    return (
        fnmatchcase(divergence.kind, waiver.kind)
        and _like(waiver.selector, divergence.selector)
        and divergence.severity <= waiver.max_severity
    )


def _like(pattern: str, selector: str) -> bool:
    return pattern in ("*", selector) or fnmatchcase(selector, pattern.replace("[", "[[]"))


def _bad_scores(scores: Mapping[str, Score], thresholds: Thresholds) -> list[str]:
    found = []
    for name, limit in thresholds.scores.items():
        score = scores.get(name)
        if score is None or score.value is None:
            continue
        if score.direction == "higher" and score.value < limit:
            found.append(f"{name} is {score.value:.4g}, below its limit {limit:g}")
        elif score.direction == "lower" and score.value > limit:
            found.append(f"{name} is {score.value:.4g}, above its limit {limit:g}")
    return found


def _reason(judged: list[Divergence], flagging: list[Divergence], bad_scores: list[str]) -> str:
    parts = []
    if flagging:
        more = f" (and {len(flagging) - 1} more)" if len(flagging) > 1 else ""
        parts.append(flagging[0].message + more)
    if bad_scores:
        parts.append("The score " + "; the score ".join(bad_scores) + ".")
    if parts:
        return " ".join(parts)
    waived = sum(divergence.waived_by is not None for divergence in judged)
    if waived:
        return f"Nothing flags; {waived} accepted by waivers."
    return "No divergence worth flagging." if judged else "No divergence."


def _what_masks(capture: Capture) -> str:
    noise = any(area.source == "noise" for area in capture.masked)
    return "too much of it changes from look to look" if noise else "mask smaller parts"


def masked_share(capture: Capture) -> float:
    """The part of the page that its masks cover, 0–1, measured on a grid of 128 × 128 cells."""
    model = capture.page_model
    masks = [area.box for area in capture.masked if area.mode == "ignore"]
    if model is not None:
        width, height = model.document.width, model.document.height
    else:
        ratio = capture.facts.device_scale_factor or 1.0
        height, width = capture.picture.shape[0] / ratio, capture.picture.shape[1] / ratio
    if not masks or width <= 0 or height <= 0:
        return 0.0
    import numpy as np

    cells = 128
    grid = np.zeros((cells, cells), dtype=bool)
    for box in masks:
        x0, x1 = (min(max(value / width * cells, 0), cells) for value in (box.x, box.right))
        y0, y1 = (min(max(value / height * cells, 0), cells) for value in (box.y, box.bottom))
        grid[round(y0) : round(y1), round(x0) : round(x1)] = True
    return float(grid.mean())
