"""One broken thing, one finding: what follows from a cause is counted under it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from compatcheck.layout.table import Table
from compatcheck.model.verdict import Divergence

RANK = {
    "missing": 0, "image-broken": 1, "extra": 2, "viewport-protrusion": 3, "wrapped": 4, "reordered": 5, "collision": 6,
    "resized": 7, "moved": 8, "clipped": 9, "element-protrusion": 10, "paint": 11, "colour": 12, "font": 13, "text": 14,
}  # fmt: skip
"""Between equally severe findings on one element, the one that says most about the cause."""


PLACES = ("moved", "resized", "wrapped", "reordered")
"""What a container does to all that it holds."""
TOLD_SIBLINGS = 3
"""So many siblings are told apart; the rest follow the worst of them."""
GROUND = "the computed background"
"""How the cause of a finding begins that tells of a ground."""
MOST = 64
"""So many changed grounds are asked for what lies on them without being inside."""
CAUSES = ("missing", "extra", "image-broken")
"""What is never the consequence of something else."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A divergence and the rows (of the table that `fold` gets) that it is about.

    `need` decides between equals: the share of its width, 0–1, that a cell's own text takes. Of a column that grew, the cell that
    needs the room is told.
    """

    divergence: Divergence
    rows: tuple[int, ...] = ()
    need: float = 0.0


def fold(table: Table, findings: Iterable[Finding]) -> list[Finding]:
    """Keep the causes, count the consequences, worst first.

    A finding is a consequence of another when it is about the same element, or about something inside that element. What
    is missing, new or did not load is a cause, what is missing of movements only; among the rest the worst comes first. Paint
    explains nothing but paint inside. A cause is as severe as its worst
    consequence. Shared and unshared findings are never folded together.
    """
    every = list(_harm_first(list(findings)))
    under = _grounds_under(table, every)
    ordered = sorted(
        _grounds_first(every, under),
        key=lambda f: (
            f.divergence.kind not in CAUSES,
            -round(f.divergence.severity, 2),
            not _is_ground(f.divergence),
            RANK.get(f.divergence.kind, 20),
            -round(f.need, 1),
            f.rows[:1],
            f.divergence.path,
        ),
    )
    kept: list[Finding] = []
    counts: list[int] = []
    by_row: dict[tuple[int, bool], list[int]] = {}
    siblings: dict[tuple[int, bool], list[int]] = {}
    columns: dict[tuple[int, bool], int] = {}  # tables that lack a cell, or have one more: all of their columns follow
    changed = {finding.rows[0] for finding in ordered if finding.divergence.kind in PLACES and finding.rows}
    for finding in ordered:
        cause = _cause(table, finding, by_row, kept)
        if cause is None and finding.divergence.kind == "paint" and finding.rows:
            shared = finding.divergence.shared
            ground = under.get((finding.rows[0], shared), -1)
            cause = next((at for at in by_row.get((ground, shared), ()) if _is_ground(kept[at].divergence)), None)
        if cause is None and _is_cell(table, finding):
            cause = columns.get((_layer_out(table, finding.rows[0]), finding.divergence.shared))
        if cause is None and finding.divergence.kind in PLACES and finding.rows:
            shared = finding.divergence.shared
            # Their container, or one around it that changed itself, lays them out differently: three examples tell it.
            for row in (finding.rows[0], *_changed_ancestors(table, finding.rows[0], changed)):
                family = siblings.get((_layer_out(table, row), shared), [])
                if len(family) >= TOLD_SIBLINGS:
                    cause = family[0]
                    break
            if cause is None:
                siblings.setdefault((_layer_out(table, finding.rows[0]), shared), []).append(len(kept))
        if cause is None:
            if finding.divergence.kind in ("missing", "extra") and finding.rows:
                row = finding.rows[0]
                if table.style(row, "display") in ("table-row", "table-cell"):
                    columns.setdefault((_table_of(table, row), finding.divergence.shared), len(kept))
            for row in finding.rows:
                by_row.setdefault((row, finding.divergence.shared), []).append(len(kept))
            kept.append(finding)
            counts.append(finding.divergence.consequences)
        else:
            counts[cause] += 1 + finding.divergence.consequences
            worse = max(kept[cause].divergence.severity, finding.divergence.severity)
            kept[cause] = Finding(replace(kept[cause].divergence, severity=worse), kept[cause].rows)
    told = [
        Finding(replace(finding.divergence, consequences=count), finding.rows)
        for finding, count in zip(kept, counts, strict=True)
    ]
    return sorted(told, key=lambda finding: -finding.divergence.severity)


def _layer_out(table: Table, row: int) -> int:
    """The row of what lays an element out: its parent; the whole table for a cell, because its columns run through all rows."""
    return _table_of(table, row) if table.style(row, "display") == "table-cell" else int(table.parent[row])


def _table_of(table: Table, row: int) -> int:
    """The row of the table that a cell or a row of cells is in."""
    while row >= 0 and table.style(row, "display").startswith("table-"):
        row = int(table.parent[row])
    return row


def _is_cell(table: Table, finding: Finding) -> bool:
    """It tells of a cell's place or size."""
    places = finding.divergence.kind in PLACES and bool(finding.rows)
    return places and table.style(finding.rows[0], "display") == "table-cell"


def _harm_first(findings: list[Finding]) -> Iterator[Finding]:
    """Where a box of another size cuts its own text, the cut is told, as severe as both, and the size is its cause."""
    cut = {(f.rows[0], f.divergence.shared) for f in findings if f.divergence.kind == "clipped" and f.rows}
    sizes: dict[tuple[int, bool], Divergence] = {}
    for finding in findings:
        key = (finding.rows[0] if finding.rows else -1, finding.divergence.shared)
        if finding.divergence.kind == "resized" and key in cut and not finding.divergence.cause:
            sizes[key] = finding.divergence
    for finding in findings:
        one = finding.divergence
        size = sizes.get((finding.rows[0] if finding.rows else -1, one.shared))
        if size is one:
            continue
        if one.kind == "clipped" and size is not None:
            one = replace(
                one,
                severity=max(one.severity, size.severity),
                reference_box=one.reference_box or size.reference_box,
                cause=one.cause or "its box has another size",
                consequences=one.consequences + 1 + size.consequences,
            )
        yield replace(finding, divergence=one)


def _is_ground(one: Divergence) -> bool:
    return one.axis == "paint" and one.cause.startswith(GROUND)


def _grounds_under(table: Table, findings: list[Finding]) -> dict[tuple[int, bool], int]:
    """Per row that is painted differently, and whether that is shared: the row of the changed ground that it stands on."""
    grounds = {(f.rows[0], f.divergence.shared) for f in findings if _is_ground(f.divergence)}
    under: dict[tuple[int, bool], int] = {}
    for finding in findings if grounds else ():
        one, row = finding.divergence, finding.rows[0] if finding.rows else -1
        if one.kind != "paint" or _is_ground(one):
            continue
        shared = one.shared
        own = next((at for at in _up_to_its_ground(table, row) if (at, shared) in grounds), None)
        if own is None and not any(_has_ground(table, at) for at in _up_to_its_ground(table, row)):
            own = next((at for at, of in sorted(grounds)[:MOST] if of == shared and _lies_within(table, row, at)), None)
        if own is not None:
            under[row, shared] = own
    return under


def _grounds_first(findings: list[Finding], under: dict[tuple[int, bool], int]) -> Iterator[Finding]:
    """A ground that has another colour is as severe as the worst of what stands on it and cannot be seen for that reason."""
    worst: dict[tuple[int, bool], float] = {}
    for finding in findings:
        one = finding.divergence
        if one.kind == "paint" and finding.rows and (finding.rows[0], one.shared) in under:
            key = under[finding.rows[0], one.shared], one.shared
            worst[key] = max(worst.get(key, 0.0), one.severity)
    for finding in findings:
        one = finding.divergence
        if _is_ground(one):
            harm = max(one.severity, worst.get((finding.rows[0], one.shared), 0.0))
            yield replace(finding, divergence=replace(one, severity=harm))
        else:
            yield finding


def _up_to_its_ground(table: Table, row: int) -> Iterator[int]:
    """The row and what holds it, up to and including the first that has a ground of its own; the page itself is not asked."""
    while row >= 0 and table.elements[row].tag not in ("html", "body"):
        yield row
        if _has_ground(table, row):
            return
        row = int(table.parent[row])


def _has_ground(table: Table, row: int) -> bool:
    return bool(table.ground[row] > 0.05 or table.pictured[row])


def _lies_within(table: Table, row: int, ground: int) -> bool:
    """Its middle lies on a ground that does not hold it: a transparent bar over a picture."""
    x, y = (table.box[row, :2] + table.box[row, 2:]) / 2
    x0, y0, x1, y1 = table.box[ground]
    return bool(x0 <= x <= x1 and y0 <= y <= y1)


def _changed_ancestors(table: Table, row: int, changed: set[int]) -> Iterator[int]:
    above = int(table.parent[row])
    while above >= 0:
        if above in changed:
            yield above
        above = int(table.parent[above])


def _cause(
    table: Table, finding: Finding, by_row: dict[tuple[int, bool], list[int]], kept: list[Finding]
) -> int | None:
    if finding.divergence.kind in CAUSES:
        return None
    shared = finding.divergence.shared
    for row in finding.rows:
        above = row
        while above >= 0:
            for at in by_row.get((above, shared), ()):
                if _explains(kept[at].divergence, finding.divergence, inside=above != row):
                    return at
            above = int(table.parent[above])
    return None


def _explains(cause: Divergence, one: Divergence, *, inside: bool) -> bool:
    """What is missing moves its surroundings; a ground's colour shows through what stands on it, and moves nothing."""
    if cause.kind == "missing" and cause.candidate_box is None:
        return one.kind in PLACES  # it is told of what held it
    return not inside or cause.axis != "paint" or one.axis == "paint"
