"""One page at many widths: what breaks over a range of them.

`wrapped`: a row of small things (links, tabs, buttons) whose last one drops to a line of its own, although they share one row at
a larger width. `small-range`: an arrangement or a trouble that exists over a few px of width only, between widths where it does
not. All other kinds that `inspect` finds are put together into ranges. Ranges come from the widths that were looked at;
`narrow` finds their ends to the pixel by bisection.

    ranges = find_ranges(captures)                       # captures of one page by width
    ranges = narrow_all(ranges, captures, look)          # `look(width)` takes one more capture

`read_look(capture)` keeps of a capture what these need, so that a hundred widths do not hold a hundred pictures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from compatcheck.geometry import CssBox
from compatcheck.layout.findings import inspect
from compatcheck.layout.sentences import name_of, sentence
from compatcheck.layout.table import Table, read_table
from compatcheck.model.capture import Capture
from compatcheck.model.verdict import Divergence, Kind

FEW = 12.0
"""CSS px of width below which a range is an accident between two style rules rather than a layout."""
NARROW = 42.0
"""Columns that come and go within this range of widths are one too."""
SMALL = 90.0
"""Things higher than this many CSS px are cards, and cards are meant to wrap."""

Rows = tuple[tuple[str, ...], ...]
"""Paths of a container's items, row by row."""


@dataclass(frozen=True, slots=True)
class WidthRange:
    """A divergence that holds for the viewport widths `low` to `high` (CSS px, inclusive, both looked at).

    `before` and `after` are the nearest widths looked at that do not show it, None at the ends. `width` is the one at which
    `divergence` was measured: its boxes are those of that look.
    """

    divergence: Divergence
    low: int
    high: int
    before: int | None
    after: int | None
    width: int

    @property
    def key(self) -> tuple[Kind, str]:
        return self.divergence.kind, self.divergence.path


@dataclass(frozen=True, slots=True, eq=False)
class WidthLook:
    """What a capture tells about its width: its elements, how they stand in rows, and what is wrong within it."""

    table: Table
    rows: Mapping[str, Rows]
    troubles: tuple[Divergence, ...]


Looked = Capture | WidthLook


def read_look(capture: Capture) -> WidthLook | None:
    """Look into a capture; None when it proves nothing or has no page model."""
    if capture.page_model is None or capture.invalid:
        return None
    table = read_table(capture.page_model)
    return WidthLook(table, rows_of(table), inspect(capture))


def _read(looks: Mapping[int, Looked]) -> dict[int, WidthLook]:
    read = {width: one if isinstance(one, WidthLook) else read_look(one) for width, one in sorted(looks.items())}
    return {width: one for width, one in read.items() if one is not None}


def find_ranges(captures: Mapping[int, Looked], least: float = 0.0) -> list[WidthRange]:
    """Everything that breaks over a range of widths, narrow ranges included, worst first.

    `captures` are looks of one device at one page by viewport width; those without a page model are left out. Divergences
    below severity `least` are left out.
    """
    looks = _read(captures)
    tables = {width: one.table for width, one in looks.items()}
    rows = {width: one.rows for width, one in looks.items()}
    found: dict[tuple[Kind, str], dict[int, Divergence]] = defaultdict(dict)
    for width, one in looks.items():
        for divergence in one.troubles:
            if divergence.severity >= least:
                found[divergence.kind, divergence.path].setdefault(width, divergence)
    for width, divergence in _wrapped(tables, rows):
        found[divergence.kind, divergence.path][width] = divergence
    widths = list(looks)
    ranges = [one for by_width in found.values() for one in runs_of(widths, by_width)]
    ranges += [_as_small(one) for one in ranges if _is_small(one)]
    ranges += _odd_columns(widths, tables, rows)
    return sorted(ranges, key=lambda one: (-one.divergence.severity, one.low, one.key))


def narrow_all(
    ranges: list[WidthRange], captures: Mapping[int, Looked], look: Callable[[int], Looked]
) -> list[WidthRange]:
    """`find_ranges`' ranges with their ends found to the pixel; whether one is a small range is decided after that."""
    troubles = {(one.divergence.path, one.low, one.high) for one in ranges if one.divergence.kind != "small-range"}
    done = []
    for one in ranges:
        if one.divergence.kind == "small-range":
            if (one.divergence.path, one.low, one.high) not in troubles:
                done.append(one)  # columns that come and go: told of the widths that were looked at
            continue
        exact = narrow(one, look, captures.get(one.after) if one.after is not None else None)
        done.append(exact)
        if _is_small(exact):
            done.append(_as_small(exact))
    return sorted(done, key=lambda one: (-one.divergence.severity, one.low, one.key))


def narrow(one: WidthRange, look: Callable[[int], Looked], wider: Looked | None = None) -> WidthRange:
    """The same range with its ends found to the pixel: at most a dozen looks.

    `look(width)` captures the page at a width; `wider` is a capture at a larger width where the row is whole, needed for
    `wrapped`.
    """

    known = {} if wider is None or one.after is None else _read({one.after: wider})

    def broken(width: int) -> bool:
        looks: dict[int, Looked] = {**known, width: look(width)}
        return any(other.key == one.key and other.low <= width <= other.high for other in find_ranges(looks))

    low, high = one.low, one.high
    outside = one.before
    while outside is not None and low - outside > 1:
        middle = (low + outside) // 2
        low, outside = (middle, outside) if broken(middle) else (low, middle)
    beyond = one.after
    while beyond is not None and beyond - high > 1:
        middle = (high + beyond) // 2
        high, beyond = (middle, beyond) if broken(middle) else (high, middle)
    message = one.divergence.message.rpartition(" (broken ")[0] or one.divergence.message
    divergence = replace(one.divergence, message=f"{message} {span(low, high)}")
    return replace(one, low=low, high=high, before=outside, after=beyond, divergence=divergence)


def span(low: int, high: int) -> str:
    """Such as: (broken from 768 to 1132 px)."""
    return f"(broken from {low} to {high} px)" if high > low else f"(broken at {low} px)"


def runs_of(widths: Sequence[int], by_width: Mapping[int, Divergence]) -> list[WidthRange]:
    """Runs of neighbouring widths (of all that were looked at, ascending) that show one divergence; told at the worst of them."""
    runs: list[WidthRange] = []
    run: list[int] = []
    for at, width in enumerate(widths):
        if width in by_width:
            run.append(width)
        if run and (width not in by_width or at == len(widths) - 1):
            first, last = widths.index(run[0]), widths.index(run[-1])
            told = max(run, key=lambda one: by_width[one].severity)
            worst = by_width[told]
            runs.append(
                WidthRange(
                    replace(worst, message=f"{worst.message} {span(run[0], run[-1])}"),
                    run[0],
                    run[-1],
                    widths[first - 1] if first else None,
                    widths[last + 1] if last + 1 < len(widths) else None,
                    told,
                )
            )
            run = []
    return runs


def _is_small(one: WidthRange) -> bool:
    """Both neighbours that were looked at are near, and whole."""
    if one.before is None or one.after is None or one.divergence.kind == "small-range":
        return False
    return one.high - one.low <= FEW and one.divergence.severity >= 0.5


def _as_small(one: WidthRange) -> WidthRange:
    divergence = replace(one.divergence, kind="small-range", severity=min(one.divergence.severity, 0.7))
    return replace(one, divergence=divergence)


# ---- rows of items --------------------------------------------------------------------------------------------------------


def rows_of(table: Table) -> dict[str, Rows]:
    """Per container (its path) with three or more things in it, side by side somewhere: the things' paths, row by row."""
    found: dict[str, Rows] = {}
    for parent, element in enumerate(table.elements):
        children = [row for row in table.children[parent] if _is_item(table, row)]
        if len(children) < 3 or len(children) > 200 or len(table.lines[parent]):
            continue
        rows: list[list[int]] = []
        bottom = -1e9
        for row in children:
            top, end = table.box[row, 1], table.box[row, 3]
            if not rows or top >= bottom - 0.35 * (end - top):
                rows.append([row])
                bottom = end
            else:
                rows[-1].append(row)
                bottom = max(bottom, end)
        if any(len(row) > 1 for row in rows):
            found[element.path] = tuple(tuple(table.elements[row].path for row in line) for line in rows)
    return found


def _is_item(table: Table, row: int) -> bool:
    if not table.content[row] or not table.shown[row] or table.outflow[row] or table.pinned[row]:
        return False
    return bool(table.box[row, 2] - table.box[row, 0] > 3 and table.box[row, 3] - table.box[row, 1] > 3)


def _wrapped(tables: Mapping[int, Table], rows: Mapping[int, Mapping[str, Rows]]) -> list[tuple[int, Divergence]]:
    """Per width, the rows whose last thing stands alone on a second line."""
    found = []
    whole: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for width in sorted(tables, reverse=True):
        table = tables[width]
        by_path = {element.path: row for row, element in enumerate(table.elements)}
        for path, lines in rows[width].items():
            if len(lines) == 1:
                whole[path].add(lines[0])
                continue
            items = tuple(item for line in lines for item in line)
            if len(lines) != 2 or len(lines[1]) != 1 or len(lines[0]) < 2 or items not in whole[path]:
                continue
            members = [by_path[item] for item in items]
            if max(table.box[row, 3] - table.box[row, 1] for row in members) > SMALL:
                continue
            last = members[-1]
            holder = table.box[by_path[path]]
            if table.box[last, 2] - table.box[last, 0] > 0.7 * (holder[2] - holder[0]):
                continue
            found.append(
                (
                    width,
                    _divergence(
                        table,
                        last,
                        "wrapped",
                        0.55,
                        "has wrapped to a line of its own, below the row that it belongs to.",
                    ),
                )
            )
    return found


def _odd_columns(
    widths: list[int], tables: Mapping[int, Table], rows: Mapping[int, Mapping[str, Rows]]
) -> list[WidthRange]:
    """Containers with more columns over a narrow range of widths than on both sides of it."""
    found = []
    paths = {path for by_path in rows.values() for path in by_path}
    for path in sorted(paths):
        columns = [max((len(line) for line in rows[width].get(path, ())), default=0) for width in widths]
        counts = [sum(len(line) for line in rows[width].get(path, ())) for width in widths]
        at = 1
        while at < len(widths) - 1:
            end = at
            while end + 1 < len(widths) and columns[end + 1] == columns[at]:
                end += 1
            odd = (
                columns[at] >= 3
                and min(columns[at - 1], columns[end + 1] if end + 1 < len(widths) else columns[at]) >= 2
            )
            more = odd and end + 1 < len(widths) and columns[at] > columns[at - 1] and columns[at] > columns[end + 1]
            same = counts[at - 1] == counts[at] == counts[min(end + 1, len(widths) - 1)] >= 4
            if more and same and widths[end] - widths[at] <= NARROW:
                table = tables[widths[at]]
                row = next(row for row, element in enumerate(table.elements) if element.path == path)
                words = f"has {columns[at]} columns here, and fewer on a narrower and on a wider screen."
                divergence = _divergence(table, row, "small-range", 0.55, words)
                low, high = widths[at], widths[end]
                divergence = replace(divergence, message=f"{divergence.message} {span(low, high)}")
                found.append(WidthRange(divergence, low, high, widths[at - 1], widths[end + 1], low))
            at = end + 1
    return found


def _divergence(table: Table, row: int, kind: Kind, severity: float, words: str) -> Divergence:
    element = table.elements[row]
    box: CssBox = table.css_box(row)
    return Divergence(
        kind,
        severity,
        element.selector,
        sentence(f"{name_of(element, table.inner_text(row))} {words}"),
        candidate_box=box,
        path=element.path,
    )
