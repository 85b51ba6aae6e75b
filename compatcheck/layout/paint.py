"""Elements whose place agrees and whose paint does not: `paint`, `colour`, `font`.

A difference of computed style counts when the pixels show it; a difference of pixels counts when it is larger than engines
differ by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from compatcheck.layout.colours import Colour, distance, parse_colour
from compatcheck.layout.matching import Matching
from compatcheck.layout.pixels import Pixels
from compatcheck.layout.sentences import name_of, sentence
from compatcheck.layout.table import Flags, Indices, Table
from compatcheck.model.capture import Element
from compatcheck.model.verdict import Kind

STYLE_STEP = 32.0
"""Computed colours nearer than this (0–255 in the worst channel) look alike; rounding and colour spaces stay below 3."""
CONTROL_STEP = 90.0
"""The same for greys of a form control, which engines choose: text from black to 80 % black, grounds from #efefef to #fff."""
MEAN_STEP = 16.0
"""A ground's mean colour that moved by less is dithering, gradients and image decoders."""
PICTURE_STEP = 34.0
"""The same for pictures and picture grounds, which engines scale and crop in their own ways."""
TEXT_STEP = 7.0
"""The mean colour of a text's cells moves by more when its strokes change colour; glyph rasterisers stay below."""
CONTROLS = ("button", "input", "select", "textarea")
"""Form controls whose text and ground engines colour in greys of their own."""
LEAST_STEP = 6.0
"""A picture of one colour that is gone moves the mean by more."""
INK_SEEN, INK_GONE = 36.0, 12.0
"""Text can be seen from this contrast on (0–255), and cannot below that one."""


@dataclass(frozen=True, slots=True)
class Off:
    """Baseline row `i` and candidate row `j` are painted differently."""

    kind: Kind
    i: int
    j: int
    severity: float
    message: str
    cause: str = ""


def paint_differences(a: Pixels, b: Pixels, matching: Matching) -> Iterator[Off]:
    """Compare what matched elements paint."""
    if not (a.usable and b.usable):
        return
    viewport = max(1.0, b.table.model.viewport.width * min(b.table.model.viewport.height, 1000.0))
    # A picture of a page that scrolls sideways shows pinned things elsewhere than the page model: some engines widen the
    # viewport for it.
    widened = [side.table.model.document.width > side.table.model.viewport.width + 4 for side in (a, b)]
    rows_a, rows_b = _comparable(a.table, b.table, matching)
    if any(widened):
        kept = ~a.table.pinned[rows_a]
        rows_a, rows_b = rows_a[kept], rows_b[kept]
    texts = a.table.has_lines[rows_a] & b.table.has_lines[rows_b]
    texts &= _styled(a, b, rows_a, rows_b, "color") | (
        _steps(a, b, rows_a + len(a.table), rows_b + len(b.table)) >= TEXT_STEP
    )
    pictures = a.table.replaced[rows_a]
    grounds = _styled(a, b, rows_a, rows_b, "backgroundColor") | (_steps(a, b, rows_a, rows_b) > LEAST_STEP)
    grounds |= a.table.pictured[rows_a] != b.table.pictured[rows_b]
    for at in np.flatnonzero(texts | pictures | grounds).tolist():
        i, j = int(rows_a[at]), int(rows_b[at])
        if a.table.elements[i].extra.get("contentMasked") or b.table.elements[j].extra.get("contentMasked"):
            continue
        if texts[at]:
            yield from _text(a, i, b, j)
        if pictures[at]:
            yield from _picture(a, i, b, j, viewport)
        elif grounds[at]:
            yield from _ground(a, i, b, j, viewport)


def _comparable(a: Table, b: Table, matching: Matching) -> tuple[Indices, Indices]:
    """The matched rows that can be seen on both sides and paint on one."""
    i = np.flatnonzero(matching.candidate_of >= 0)
    j = matching.candidate_of[i]
    both = a.shown[i] & b.shown[j] & a.judged[i] & b.judged[j] & (a.paints[i] | b.paints[j])
    return i[both], j[both]


def _styled(a: Pixels, b: Pixels, i: Indices, j: Indices, name: str) -> Flags:
    """Per pair of rows, whether a computed colour differs by more than it may."""
    ones, others = a.table.elements, b.table.elements
    pairs = zip(i.tolist(), j.tolist(), strict=True)
    found = [_apart(ones[one].style.get(name, ""), others[other].style.get(name, "")) for one, other in pairs]
    return np.array(found, dtype=np.float64) >= STYLE_STEP


@lru_cache(maxsize=4096)
def _apart(one: str, other: str) -> float:
    """How far two computed colours are apart, 0–255; 0 where one of them is no colour."""
    a, b = parse_colour(one), parse_colour(other)
    return distance(a, b) if a and b else 0.0


def _steps(a: Pixels, b: Pixels, i: Indices, j: Indices) -> NDArray[np.float64]:
    """Per pair of owners how far their mean colours are apart."""
    return np.asarray(np.abs(a.paint.mean[i] - b.paint.mean[j]).max(axis=1, initial=0))


def _text(a: Pixels, i: int, b: Pixels, j: int) -> Iterator[Off]:
    one, other = a.table.elements[i], b.table.elements[j]
    count_a, count_b = len(a.table), len(b.table)
    name = name_of(one)
    colour_a, colour_b = parse_colour(one.style.get("color", "")), parse_colour(other.style.get("color", ""))
    styled = _apart(one.style.get("color", ""), other.style.get("color", ""))
    if (
        styled < CONTROL_STEP
        and _own_greys(colour_a, colour_b)
        and _inherits_colour(a.table, i)
        and _inherits_colour(b.table, j)
    ):
        return
    moved = np.abs(a.paint.mean[i + count_a] - b.paint.mean[j + count_b]).max()
    ink_a, stroke_a = a.ink(i)
    ink_b, stroke_b = b.ink(j)
    if ink_a >= INK_SEEN and ink_b <= INK_GONE:
        severity = 0.9 if a.table.control[i] or one.tag in ("h1", "h2", "h3") else 0.75
        yield Off(
            "paint",
            i,
            j,
            severity,
            f"{name} cannot be seen: its text does not stand out from what is behind or over it.",
        )
        return
    if styled >= STYLE_STEP and (np.abs(stroke_a - stroke_b).max() > 20 or moved > TEXT_STEP):
        weak = ink_b < 0.45 * ink_a
        severity = 0.5 + 0.25 * min(1.0, styled / 200) + (0.15 if weak else 0.0)
        yield Off(
            "colour",
            i,
            j,
            severity,
            f"{name} is {_hex(colour_b)}; on the reference it is {_hex(colour_a)}.",
            "the computed colour differs",
        )


def _own_greys(*colours: Colour | None) -> bool:
    """Greys: where a form control has them, most likely nobody but the engine chose them."""
    return all(colour is None or max(colour[:3]) - min(colour[:3]) < 12 for colour in colours)


def _inherits_colour(table: Table, row: int) -> bool:
    """Its text has the colour of the form control that it is or stands in."""
    control = table.control_around[row]
    return (
        control >= 0
        and table.elements[control].tag in CONTROLS
        and table.style(row, "color") == table.style(control, "color")
    )


def _is_lost(here: Colour | None, there: Colour | None) -> bool:
    """An opaque ground has become none: no engine leaves a control without one that it has elsewhere."""
    return here is not None and there is not None and here[3] > 0.95 and there[3] < 0.05


def _drawn_by_engine(element: Element) -> bool:
    """True for what each engine draws in colours and shapes of its own, whatever its ground is said to be."""
    kind = element.attributes.get("type", "") if element.tag == "input" else element.tag
    return kind.lower() in ("meter", "progress", "range", "checkbox", "radio", "file", "color")


def _ground(a: Pixels, i: int, b: Pixels, j: int, viewport: float) -> Iterator[Off]:
    one, other = a.table.elements[i], b.table.elements[j]
    if _drawn_by_engine(one):
        return
    colour_a = parse_colour(one.style.get("backgroundColor", ""))
    colour_b = parse_colour(other.style.get("backgroundColor", ""))
    styled = _apart(one.style.get("backgroundColor", ""), other.style.get("backgroundColor", ""))
    bare = _is_lost(colour_a, colour_b) or _is_lost(colour_b, colour_a)
    if one.tag in CONTROLS and styled < CONTROL_STEP and _own_greys(colour_a, colour_b) and not bare:
        styled = 0.0
    image_a, image_b = (side.style.get("backgroundImage", "none") != "none" for side in (one, other))
    cells_a, cells_b = int(a.paint.cells[i]), int(b.paint.cells[j])
    name = name_of(one, a.table.inner_text(i) if a.table.control[i] else "")
    if styled < STYLE_STEP and image_a == image_b:
        if min(cells_a, cells_b) < 12:
            return
        if one.extra.get("fixedGround") or other.extra.get("fixedGround"):
            return  # stays with the window: where a picture of the whole page has it is the camera's choice
        step = float(np.abs(a.paint.mean[i] - b.paint.mean[j]).max())
        blank = image_a and a.spread[i] > 10 and b.spread[j] < 3
        other_colour = step > (PICTURE_STEP if image_a else 1.8 * MEAN_STEP) and _shows_on_the_whole(a, i, b, j)
        if other_colour or (blank and step > LEAST_STEP):
            severity = 0.45 + 0.4 * min(1.0, (min(cells_a, cells_b) * a.cell**2 / (0.1 * viewport)) ** 0.5)
            what = "its background picture is not there" if blank else "its ground has another colour"
            yield Off("paint", i, j, severity, f"{name} looks different: {what}.")
        return
    # The computed background differs: measure where the reference or the candidate shows it.
    step = _ground_step(a, i, b, j)
    if step < 10:
        return
    area = max(cells_a, cells_b) * a.cell**2 or float(np.prod(a.table.box[i, 2:] - a.table.box[i, :2]))
    severity = 0.5 + 0.2 * min(1.0, step / 120) + 0.2 * min(1.0, (area / (0.2 * viewport)) ** 0.5)
    if image_a != image_b:
        message = f"{name} has {'lost' if image_a else 'gained'} its background picture."
        yield Off("paint", i, j, severity, message, "the computed background-image differs")
    else:
        lost = colour_b is not None and colour_b[3] < 0.05
        message = (
            f"{name} has lost its background."
            if lost
            else f"{name} stands on {_hex(colour_b)}; on the reference on {_hex(colour_a)}."
        )
        yield Off("colour", i, j, severity, message, "the computed background-color differs")


def _shows_on_the_whole(a: Pixels, i: int, b: Pixels, j: int) -> bool:
    """The boxes' pixels differ on average by what their own cells say.

    The cells of a small box lie otherwise over its rim and its letters when it stands a pixel or two lower.
    """
    whole = [side.crop(tuple(side.table.visible[row].tolist())) for side, row in ((a, i), (b, j))]
    if not all(crop.size for crop in whole):
        return True
    share = min(
        1.0, int(a.paint.cells[i]) * a.cell**2 / max(1.0, float(np.prod(a.table.box[i, 2:] - a.table.box[i, :2])))
    )
    moved = np.abs(whole[0].mean(axis=(0, 1)) - whole[1].mean(axis=(0, 1))).max()
    return bool(moved > 0.5 * MEAN_STEP * share)


def _ground_step(a: Pixels, i: int, b: Pixels, j: int) -> float:
    """How much the colours inside two boxes differ, whoever painted them."""
    one = a.thumbnail(tuple(a.table.visible[i].tolist()))
    other = b.thumbnail(tuple(b.table.visible[j].tolist()))
    if one is None or other is None:
        return 0.0
    return float(np.median(np.abs(one - other).max(axis=2)))


def _picture(a: Pixels, i: int, b: Pixels, j: int, viewport: float) -> Iterator[Off]:
    element = a.table.elements[i]
    broken = {"imageBroken", "imagePending"} & (element.flags | b.table.elements[j].flags)
    if element.tag in ("iframe", "object", "embed") or broken:
        return
    size_a, size_b = (table.box[row, 2:] - table.box[row, :2] for table, row in ((a.table, i), (b.table, j)))
    frameless = ["frameless" in side.table.elements[row].extra for side, row in ((a, i), (b, j))]
    if any(frameless):
        # Without a frame a film has no shape either: engines give it any size.
        if not frameless[0] and size_a.min() >= 12:
            yield Off("paint", i, j, _picture_harm(size_a, viewport), f"{name_of(element)} shows nothing.")
        return
    if size_a.min() < 12 or size_b.min() < 12 or (np.abs(size_a - size_b) > 0.25 * size_a).any():
        return
    one, other = a.thumbnail(tuple(a.table.visible[i].tolist())), b.thumbnail(tuple(b.table.visible[j].tolist()))
    if one is None or other is None:
        return
    step = float(np.abs(one - other).mean(axis=2).mean())
    blank = one.std(axis=(0, 1)).max() > 12 and other.std(axis=(0, 1)).max() < 2
    if element.tag == "video" or (_is_overlaid(a, i) and _is_overlaid(b, j)):
        # What lies on it on both sides may differ for itself: its own cells are compared.
        if min(a.paint.cells[i], b.paint.cells[j]) < 12:
            return
        step = float(np.abs(a.paint.mean[i] - b.paint.mean[j]).max())
        blank = bool(a.spread[i] > 12 and b.spread[j] < 3)
    if element.tag == "video" and not blank:
        return  # two looks at a film rarely meet the same frame
    if step > PICTURE_STEP or (blank and step > 10):
        what = "nothing" if blank else "something else"
        yield Off("paint", i, j, _picture_harm(size_a, viewport), f"{name_of(element)} shows {what}.")


def _picture_harm(size: NDArray[np.float64], viewport: float) -> float:
    """How severe it is that a picture of this width and height, CSS px, shows something else."""
    return 0.55 + 0.35 * min(1.0, float(np.sqrt(size.prod() / (0.08 * viewport))))


def _is_overlaid(side: Pixels, row: int) -> bool:
    """Other things are painted over a fifth or more of what can be seen of it."""
    x0, y0, x1, y1 = side.table.visible[row].tolist()
    whole = max(0.0, x1 - x0 - side.cell) * max(0.0, y1 - y0 - side.cell)  # cells that its edges cut are nobody's
    return bool(side.paint.cells[row] * side.cell**2 < 0.8 * whole)


def _hex(colour: tuple[float, float, float, float] | None) -> str:
    if colour is None:
        return "another colour"
    text = "#" + "".join(f"{round(channel):02x}" for channel in colour[:3])
    return text if colour[3] > 0.99 else f"{text} at {colour[3]:.0%}"


def off_sentence(off: Off) -> str:
    """The message with a capital at its beginning."""
    return sentence(off.message)
