"""What is wrong within one capture, whatever the other side looks like.

`collision`: text lies on other text or on a control. `clipped`: a line of text is cut through. `viewport-protrusion`: content
reaches past the side of the page, so that it scrolls sideways or is lost. `image-broken`: a picture that has no pixels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from compatcheck.geometry import CssBox
from compatcheck.layout.sentences import name_of, sentence
from compatcheck.layout.table import Table
from compatcheck.model.verdict import Kind


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing wrong at a row: `box` is where it shows, `others` are the rows that it involves besides."""

    kind: Kind
    row: int
    severity: float
    message: str
    box: CssBox
    others: tuple[int, ...] = ()


def troubles(table: Table) -> Iterator[Trouble]:
    """Everything wrong within one page model, in no particular order."""
    if not len(table):
        return
    yield from _protrusions(table)
    yield from _broken_images(table)
    yield from _cut_text(table)
    yield from _collisions(table)


def _seen(table: Table, row: int) -> bool:
    return bool(table.paints[row] and table.shown[row] and table.judged[row])


def _scrolls_sideways(table: Table, row: int) -> bool:
    """Somebody around it can be scrolled sideways, so that nothing of it is lost."""
    above = int(table.parent[row])
    while above >= 0:
        if table.style(above, "overflowX") in ("auto", "scroll") and table.elements[above].tag not in ("html", "body"):
            return True
        above = int(table.parent[above])
    return False


def _protrusions(table: Table) -> Iterator[Trouble]:
    width = table.model.viewport.width
    extra = table.model.extra
    scrolls = extra.get("overflowX") not in ("hidden", "clip")
    if width <= 0 or not scrolls or table.model.document.width <= width + 4:
        return
    # Only what makes the document wider than the viewport counts, and only where something is painted.
    reach_of = table.visible[:, 2].copy()
    for row, lines in enumerate(table.lines):
        if len(lines) and not table.elements[row].extra.get("cut"):
            reach_of[row] = max(reach_of[row], lines[:, 2].max())
    beyond = (reach_of > width + 4) & table.shown & table.judged & ~table.pinned
    rows = [row for row in np.flatnonzero(beyond).tolist() if _seen(table, row) and not _scrolls_sideways(table, row)]
    told: list[int] = []
    for row in rows:
        if any(table.is_within(row, other) for other in told):
            continue
        told.append(row)
    if not told:
        return
    top = max(told, key=lambda row: (min(reach_of[row], 1e6), -row))
    reach = float(reach_of[top]) - width
    inner = [row for row in rows if _matters(table, row)]
    # Nothing but a background reaching out is a sideways scroll-bar; content reaching out is lost to most visitors.
    severity = min(0.95, (0.6 if inner else 0.5) + 0.35 * min(1.0, reach / (0.25 * width)))
    if reach < 8:
        severity = 0.3
    element = table.elements[top]
    yield Trouble(
        "viewport-protrusion",
        top,
        severity,
        sentence(
            f"{name_of(element)} reaches {round(reach)} px past the right side of the {round(width)} px wide viewport: "
            "the page scrolls sideways."
        ),
        table.css_box(top),
        tuple(row for row in told if row != top),
    )


def _matters(table: Table, row: int) -> bool:
    return bool(table.elements[row].lines) or bool(table.control[row] or table.replaced[row])


def _broken_images(table: Table) -> Iterator[Trouble]:
    for row, element in enumerate(table.elements):
        if "imageBroken" not in element.flags or not table.judged[row] or not table.shown[row]:
            continue
        box = table.css_box(row)
        source = element.attributes.get("src", "")
        room = box.area / max(1.0, table.model.viewport.width * 600)
        if source.split("?")[0].lower().endswith(".svg") and box.area > 400:
            continue  # an SVG without a size of its own has no natural width in some engines
        yield Trouble(
            "image-broken",
            row,
            min(0.95, 0.6 + 0.5 * room),
            sentence(f"{name_of(element)} did not load: {source[:120] or 'its source'} gave no picture."),
            box,
        )


def _cut_text(table: Table) -> Iterator[Trouble]:
    for row, element in enumerate(table.elements):
        cut = element.extra.get("cut")
        if not element.lines or not table.shown[row] or not table.judged[row] or "ellipsis" in element.flags:
            continue
        if not cut and not _own_overflow_cuts(table, row):
            continue
        found = _worst_cut(table, row)
        if found is None:
            continue
        share, side, box = found
        yield Trouble(
            "clipped",
            row,
            min(0.9, 0.45 + 0.5 * share),
            sentence(f"{name_of(element)} is cut off at its {side}."),
            box,
        )


def _own_overflow_cuts(table: Table, row: int) -> bool:
    style = table.elements[row].style
    return style.get("overflowX", "visible") in ("hidden", "clip") or style.get("overflowY", "visible") in (
        "hidden",
        "clip",
    )


def _worst_cut(table: Table, row: int) -> tuple[float, str, CssBox] | None:
    """The share of its text that is cut away, the side, and the cut line's box; None when nothing readable is cut.

    Whole lines that are gone (a teaser cut to three lines, a slide off to the side) are meant; a line cut through is not.
    """
    extra = table.elements[row].extra
    lines = table.lines[row]
    limits = table.visible[row].copy()
    if not extra.get("cut"):
        limits = table.box[row].copy()
        if table.style(row, "overflowX") not in ("hidden", "clip"):
            limits[[0, 2]] = (-np.inf, np.inf)
        if table.style(row, "overflowY") not in ("hidden", "clip"):
            limits[[1, 3]] = (-np.inf, np.inf)
    else:
        left, top, right, bottom = extra["cut"]
        for edge, amount in enumerate((left, top, right, bottom)):
            if amount <= 0.5:
                limits[edge] = -np.inf if edge < 2 else np.inf
        if extra.get("cutScrollX"):
            limits[[0, 2]] = (-np.inf, np.inf)
        if extra.get("cutScrollY"):
            limits[[1, 3]] = (-np.inf, np.inf)
    height = lines[:, 3] - lines[:, 1]
    width = lines[:, 2] - lines[:, 0]
    over_x = np.maximum(limits[0] - lines[:, 0], 0) + np.maximum(lines[:, 2] - limits[2], 0)
    over_y = np.maximum(limits[1] - lines[:, 1], 0) + np.maximum(lines[:, 3] - limits[3], 0)
    em = table.em[row]
    # A line's box is taller than its letters: a quarter of it may go before a letter is touched.
    through_y = (over_y > 0.3 * height) & (over_y < 0.85 * height)
    through_x = (over_x > 0.5 * em) & (over_x < 0.97 * width)
    bad = (through_x & (over_y < 0.85 * height)) | (through_y & (over_x < 0.97 * width))
    if not bad.any():
        return None
    worst = int(np.argmax(np.where(bad, over_x / np.maximum(width, 1) + over_y / np.maximum(height, 1), -1)))
    x0, y0, x1, y1 = lines[worst].tolist()
    share = float(np.where(bad, 1, 0).mean())
    if through_x[worst]:
        side = "right side" if lines[worst, 2] > limits[2] else "left side"
    else:
        side = "bottom" if lines[worst, 3] > limits[3] else "top"
    return share, side, CssBox(x0, y0, x1 - x0, y1 - y0)


def _collisions(table: Table) -> Iterator[Trouble]:
    """Pairs of elements, neither inside the other, whose text lies on the other's text or painted control."""
    spots: list[tuple[float, float, float, float, int, bool]] = []
    for row, element in enumerate(table.elements):
        if not _seen(table, row):
            continue
        visible = table.visible[row]
        for line in table.lines[row]:
            x0, y0 = max(line[0], visible[0]), max(line[1], visible[1])
            x1, y1 = min(line[2], visible[2]), min(line[3], visible[3])
            if table.inline[row]:
                x0, y0, x1, y1 = line.tolist()
            trim = 0.22 * (y1 - y0)  # the room above and below the letters
            if x1 - x0 > 2 and y1 - y0 > 2:
                spots.append((x0, y0 + trim, x1, y1 - trim, row, True))
        if element.tag in ("button", "input", "select", "textarea", "img", "video"):
            x0, y0, x1, y1 = visible.tolist()
            if x1 - x0 > 8 and y1 - y0 > 8:
                spots.append((x0, y0, x1, y1, row, False))
    spots.sort(key=lambda spot: spot[1])
    active: list[int] = []
    told: set[tuple[int, int]] = set()
    for at, spot in enumerate(spots):
        active = [other for other in active if spots[other][3] > spot[1]]
        for other in active:
            found = _collide(table, spot, spots[other])
            key = (min(spot[4], spots[other][4]), max(spot[4], spots[other][4]))
            if found is None or key in told:
                continue
            told.add(key)
            yield found
        active.append(at)
        if len(active) > 400:
            active = active[-400:]


def _collide(
    table: Table, one: tuple[float, float, float, float, int, bool], two: tuple[float, float, float, float, int, bool]
) -> Trouble | None:
    x0, y0, x1, y1 = max(one[0], two[0]), max(one[1], two[1]), min(one[2], two[2]), min(one[3], two[3])
    if x1 <= x0 or y1 <= y0 or not (one[5] or two[5]):
        return None
    a, b = one[4], two[4]
    if a == b or table.related(a, b) or table.pinned[a] or table.pinned[b]:
        return None
    em = float(min(table.em[a], table.em[b]))
    if x1 - x0 < 0.4 * em or y1 - y0 < 0.25 * em:
        return None
    both_text = one[5] and two[5]
    if not both_text:
        # Text over a picture is a caption; text over a field is a floating label when it belongs to it.
        block = two if one[5] else one
        text = one if one[5] else two
        if table.elements[block[4]].tag in ("img", "video") or _labels(table, text[4], block[4]):
            return None
    upper, lower = sorted((a, b))
    share = (
        (x1 - x0)
        * (y1 - y0)
        / max(1.0, min((one[2] - one[0]) * (one[3] - one[1]), (two[2] - two[0]) * (two[3] - two[1])))
    )
    return Trouble(
        "collision",
        lower,
        min(0.95, 0.5 + 0.45 * min(1.0, share * 1.5)),
        sentence(f"{name_of(table.elements[lower])} lies on {name_of(table.elements[upper])}."),
        CssBox(x0, y0, x1 - x0, y1 - y0),
        (upper,),
    )


def _labels(table: Table, text: int, field: int) -> bool:
    """A floating label stands inside its own field."""
    element = table.elements[text]
    if element.tag == "label":
        return True
    return element.attributes.get("for", "-") == table.elements[field].attributes.get("id", "")
