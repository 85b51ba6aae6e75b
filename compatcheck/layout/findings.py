"""The two questions that the pipeline asks: what differs between two captures, and what is wrong within one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from compatcheck.layout.breaking import forbidden_breaks
from compatcheck.layout.calm import without_collecting
from compatcheck.layout.folding import Finding, fold
from compatcheck.layout.inside import troubles
from compatcheck.layout.matching import Matching, match
from compatcheck.layout.paint import Off, off_sentence, paint_differences
from compatcheck.layout.pictures import picture_divergences
from compatcheck.layout.pixels import Pixels
from compatcheck.layout.presence import covers, losses
from compatcheck.layout.relations import Change, Relations
from compatcheck.layout.sentences import name_of, place, sentence, shift, size
from compatcheck.layout.setting import setting_differences
from compatcheck.layout.table import Table, read_table
from compatcheck.layout.targets import target_findings
from compatcheck.layout.touching import Touches
from compatcheck.layout.trouble import Trouble
from compatcheck.layout.typography import typography_differences
from compatcheck.layout.visibility import clipped_texts, protruding_texts
from compatcheck.model.capture import Capture
from compatcheck.model.verdict import Divergence, Kind

SEEN_MOVE, TOUCHING = 0.3, 0.55
"""A movement of this severity can be seen; it is worse where letters have come to lie on other letters."""
COVERS = 256
"""Of so many new boxes it is asked what they lie on; a page with more has become another page."""


@dataclass(frozen=True, slots=True)
class LayoutFindings:
    """What a comparison of two captures found.

    `divergences` worst first; `matched` pairs of element indices (baseline, candidate); `notes` plain sentences on what
    could not be looked at.
    """

    divergences: tuple[Divergence, ...]
    matched: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()


def inspect(capture: Capture) -> tuple[Divergence, ...]:
    """What is wrong within one capture, worst first; empty without a page model."""
    if capture.page_model is None:
        return ()
    table = read_table(capture.page_model)
    found = [_of_trouble(table, trouble) for trouble in troubles(table, Pixels(capture, table))]
    return tuple(finding.divergence for finding in fold(table, found))


@without_collecting()
def find_divergences(baseline: Capture, candidate: Capture) -> LayoutFindings:
    """What a person would call broken in the candidate, held against the baseline.

    Divergences that both captures show by themselves are marked `shared`. Never raises on odd page models.
    """
    if baseline.page_model is None or candidate.page_model is None:
        neither = baseline.page_model is None and candidate.page_model is None
        which = "Neither capture has a page model" if neither else "Only one capture has a page model"
        note = f"{which}: the pictures alone were compared, block by block."
        return LayoutFindings(picture_divergences(baseline, candidate), notes=(note,))
    a, b = read_table(baseline.page_model), read_table(candidate.page_model)
    matching = match(a, b)
    found = [*_presence(a, b, matching), *_changes(a, b, matching), *_texts(a, b, matching)]
    pixels_a, pixels_b = Pixels(baseline, a), Pixels(candidate, b)
    found += _inside(pixels_a, pixels_b, matching)
    targets, small_on_both = target_findings(a, b, matching)
    found += [
        _of_off(a, b, off)
        for off in (
            *typography_differences(a, b, matching),
            *forbidden_breaks(a, b, matching),
            *setting_differences(pixels_a, pixels_b, matching),
            *targets,
            *clipped_texts(a, b, matching),
            *protruding_texts(a, b, matching),
            *paint_differences(pixels_a, pixels_b, matching),
        )
    ]
    notes = tuple(
        f"{capture.shot.device.id}: {warning}"
        for capture in (baseline, candidate)
        for warning in capture.page_model.warnings  # type: ignore[union-attr]
    )
    if small_on_both:
        notes += (small_on_both,)
    divergences = tuple(finding.divergence for finding in fold(b, found))
    return LayoutFindings(divergences, tuple(matching.pairs()), notes)


def _presence(a: Table, b: Table, matching: Matching) -> Iterator[Finding]:
    for loss in losses(a, b, matching.candidate_of):
        element = a.elements[loss.row]
        box = a.css_box(loss.row)
        how = "is missing" if loss.other < 0 else _unseen(b, loss.other)
        yield Finding(
            Divergence(
                "missing",
                loss.severity,
                element.selector,
                sentence(f"{name_of(element, a.inner_text(loss.row))} {how}: the reference shows it at {place(box)}."),
                reference_box=box,
                candidate_box=b.css_box(loss.other) if loss.other >= 0 else None,
                path=element.path,
            ),
            rows=_near(matching, a, loss.row),
        )
    for number, gain in enumerate(losses(b, a, matching.baseline_of)):
        element = b.elements[gain.row]
        box = b.css_box(gain.row)
        victim, harm = covers(b, gain.row) if number < COVERS else (-1, 0.0)
        over = f" It covers {name_of(b.elements[victim])}." if victim >= 0 else ""
        yield Finding(
            Divergence(
                "extra",
                max(0.85 * gain.severity, harm),
                element.selector,
                sentence(f"{name_of(element, b.inner_text(gain.row))} at {place(box)} is not on the reference.{over}"),
                candidate_box=box,
                path=element.path,
            ),
            rows=(gain.row,),
        )


def _unseen(table: Table, row: int) -> str:
    box, page = table.css_box(row), table.model.document
    if box.area > 0 and (box.right <= 0 or box.bottom <= 0 or box.x >= page.width or box.y >= page.height):
        return f"is off the screen, at {place(box)}"
    return "cannot be seen"


def _near(matching: Matching, a: Table, row: int) -> tuple[int, ...]:
    """The candidate's row of an element, or of the nearest ancestor that it has."""
    while row >= 0:
        there = int(matching.candidate_of[row])
        if there >= 0:
            return (there,)
        row = int(a.parent[row])
    return ()


def _changes(a: Table, b: Table, matching: Matching) -> Iterator[Finding]:
    relations, touches = Relations(a, b, matching), Touches(a, b, matching)
    for change in relations.changes():
        yield _of_change(a, b, change, touches)


def _of_change(a: Table, b: Table, change: Change, touches: Touches) -> Finding:
    element = a.elements[change.i]
    box_a, box_b = a.css_box(change.i), b.css_box(change.j)
    name = name_of(element, a.inner_text(change.i))
    if change.kind == "resized":
        grown = max(
            abs(change.dx) / max(24.0, min(box_a.width, box_b.width)),
            abs(change.dy) / max(24.0, min(box_a.height, box_b.height)),
        )
        reach = max(abs(change.dx), abs(change.dy))
        severity = min(0.85, reach / (reach + 50.0) + 0.25 * min(1.0, grown)) if grown > 0.04 else 0.1
        message = f"{name} is {size(box_b)}; on the reference it is {size(box_a)}."
    else:
        reach = (change.dx**2 + change.dy**2) ** 0.5
        severity = 0.85 * (1.0 - 2.0 ** (-reach / 14.0))
        message = f"{name} stands {shift(change.dx, change.dy)} of where its surroundings put it."
        if TOUCHING > severity >= SEEN_MOVE and (victim := touches.of(change.j)) >= 0:
            severity = TOUCHING
            message = f"{message.rstrip('.')}, and touches {name_of(b.elements[victim])}."
        if change.kind == "reordered":
            severity = 0.6
            message = f"{name} has changed places with its neighbour."
        if change.kind == "wrapped":
            severity = max(0.5, severity)
            message = f"{name} has wrapped below its neighbour: the reference has them side by side."
    return Finding(
        Divergence(
            change.kind,
            round(severity, 4),
            element.selector,
            sentence(message),
            reference_box=box_a,
            candidate_box=box_b,
            path=element.path,
            consequences=len(change.followers),
        ),
        rows=(change.j,),
        need=_need(b, change.j) if change.kind == "resized" and change.dx > 0 else 0.0,
    )


def _need(table: Table, row: int) -> float:
    """The share of a cell's width that its own lines of text take, 0–1; 0 for anything else."""
    width, lines = float(table.box[row, 2] - table.box[row, 0]), table.lines[row]
    if table.style(row, "display") != "table-cell" or not len(lines) or width <= 0:
        return 0.0
    return min(1.0, float(lines[:, 2].max() - lines[:, 0].min()) / width)


def _of_off(a: Table, b: Table, off: Off) -> Finding:
    element = a.elements[off.i]
    return Finding(
        Divergence(
            off.kind,
            round(off.severity, 4),
            element.selector,
            off_sentence(off),
            reference_box=a.css_box(off.i),
            candidate_box=b.css_box(off.j),
            path=element.path,
            cause=off.cause,
        ),
        rows=(off.j,),
    )


def _texts(a: Table, b: Table, matching: Matching) -> Iterator[Finding]:
    for i, j in matching.pairs():
        one, other = a.elements[i], b.elements[j]
        if one.text == other.text or not (one.text and other.text) or not (a.judged[i] and b.judged[j]):
            continue
        if not (a.shown[i] and b.shown[j]) or other.extra.get("contentMasked"):
            continue
        yield Finding(
            Divergence(
                "text",
                0.4,
                one.selector,
                sentence(f"{name_of(one)} reads “{other.text[:60]}” here."),
                reference_box=a.css_box(i),
                candidate_box=b.css_box(j),
                path=one.path,
            ),
            rows=(j,),
        )


def _of_trouble(table: Table, trouble: Trouble, *, shared: bool = False) -> Finding:
    element = table.elements[trouble.row]
    return Finding(
        Divergence(
            trouble.kind,
            round(trouble.severity, 4),
            element.selector,
            trouble.message,
            candidate_box=trouble.box,
            path=element.path,
            shared=shared,
        ),
        rows=(trouble.row, *trouble.others),
    )


def _inside(a: Pixels, b: Pixels, matching: Matching) -> Iterator[Finding]:
    """The candidate's own troubles, each marked when the baseline has the same one."""
    found = list(troubles(a.table, a))
    there = {(trouble.kind, row) for trouble in found for row in (trouble.row, *trouble.others)}
    for trouble in troubles(b.table, b):
        twin = int(matching.baseline_of[trouble.row])
        shared = (trouble.kind, twin) in there or _lies_under_the_same(a.table, trouble, twin, matching, there)
        message = f"{trouble.message.rstrip('.')}, {'on the reference too' if shared else 'only here'}."
        yield _of_trouble(b.table, replace(trouble, message=message), shared=shared)


def _lies_under_the_same(
    a: Table, trouble: Trouble, twin: int, matching: Matching, there: set[tuple[Kind, int]]
) -> bool:
    """What covers it covers other things on the baseline, and lies over it there, too.

    Whether a text can be seen under what lies over it follows from a few strokes beside it; that a box lies over a page does not.
    """
    lids = [int(matching.baseline_of[other]) for other in trouble.others]
    if trouble.kind != "collision" or twin < 0 or not lids or any((trouble.kind, lid) not in there for lid in lids):
        return False
    common = [min(a.text_box[twin, 2], a.visible[lid, 2]) - max(a.text_box[twin, 0], a.visible[lid, 0]) for lid in lids]
    down = [min(a.text_box[twin, 3], a.visible[lid, 3]) - max(a.text_box[twin, 1], a.visible[lid, 1]) for lid in lids]
    return bool(min(common) >= 0.5 * trouble.box.width and min(down) >= 0.5 * trouble.box.height)
