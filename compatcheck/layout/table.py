"""A page model as arrays: cleaned of numbers that no page can have, with the facts that the other steps ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from compatcheck.geometry import CssBox
from compatcheck.layout.colours import parse_colour
from compatcheck.layout.leaves import leaf_ends
from compatcheck.layout.lines import Line, line_heights, lines_of_blocks, text_boxes
from compatcheck.layout.stacking import paint_order
from compatcheck.layout.tree import tour
from compatcheck.model.capture import Element, PageModel
from compatcheck.model.soundness import LARGEST, is_a_box

Boxes = NDArray[np.float64]
"""Shape (n, 4): left, top, right, bottom in CSS px of the whole page."""
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

LIMIT = LARGEST
"""Beyond so many CSS px a box is garbage: it is clamped, and nothing is said of it."""

WIDGETS = ("input", "select", "textarea", "button", "progress", "meter")
"""Form controls, which every engine draws in its own way and size."""
_OUT_OF_FLOW = ("absolute", "fixed")


def _corners(boxes: list[CssBox]) -> Boxes:
    rows = np.array([(b.x, b.y, b.width, b.height) for b in boxes], dtype=np.float64).reshape(-1, 4)
    rows = np.clip(np.nan_to_num(rows, nan=0.0, posinf=LIMIT, neginf=-LIMIT), -LIMIT, LIMIT)
    rows[:, 2:] = rows[:, :2] + np.maximum(rows[:, 2:], 0.0)
    return rows


@dataclass(frozen=True, eq=False)
class Table:
    """A page model, column by column. Row i is `elements[i]`.

    - `box`, `visible`: corners of the border box and of what clipping leaves of it.
    - `parent`: row of the parent, -1 for a root; always smaller than the row itself.
    - `enter`, `leave`: `a` is an ancestor of `b`, or `b` itself, when enter[a] <= enter[b] < leave[a].
    - `em`: font size in CSS px. `shown`: a person can see it, if it paints. `judged`: no mask covers it, and its
      box is one that a page can have.
    """

    model: PageModel
    box: Boxes
    visible: Boxes
    parent: Indices
    enter: Indices
    leave: Indices
    em: NDArray[np.float64]
    shown: Flags
    judged: Flags
    paints: Flags
    inline: Flags
    control: Flags
    replaced: Flags
    broken: Flags
    pinned: Flags
    outflow: Flags

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        return self.model.elements

    @cached_property
    def seen(self) -> Flags:
        """True where the row itself paints something that can be seen and that no mask covers."""
        return self.paints & self.shown & self.judged

    @cached_property
    def ground(self) -> NDArray[np.float64]:
        """Per row the alpha of its background colour, 0–1; NaN where that is no colour."""
        alphas: dict[str, float] = {}
        found = []
        for element in self.elements:
            name = element.style.get("backgroundColor", "")
            if name not in alphas:
                colour = parse_colour(name)
                alphas[name] = np.nan if colour is None else colour[3]
            found.append(alphas[name])
        return np.array(found, dtype=np.float64)

    @cached_property
    def pictured(self) -> Flags:
        """True where the row has a background picture."""
        return np.array([element.style.get("backgroundImage", "none") != "none" for element in self.elements], bool)

    @cached_property
    def widget(self) -> Flags:
        """True for form controls that every engine draws in its own way and size."""
        kinds = [element.tag in WIDGETS for element in self.elements]
        return np.asarray(self.control & np.array(kinds, dtype=bool), dtype=bool)

    @cached_property
    def has_lines(self) -> Flags:
        return np.array([bool(element.lines) for element in self.elements], dtype=bool)

    @cached_property
    def block(self) -> Indices:
        """Per row the nearest row around it, or itself, that is not inline: whose lines its text stands in."""
        found = list(range(len(self)))
        parents = self.parent.tolist()
        for row in np.flatnonzero(self.inline).tolist():
            if parents[row] >= 0:
                found[row] = found[parents[row]]
        return np.array(found, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.model.elements)

    @cached_property
    def children(self) -> list[list[int]]:
        """Rows of the children of every row; one more list at the end for the roots."""
        lists: list[list[int]] = [[] for _ in range(len(self) + 1)]
        for row, parent in enumerate(self.parent.tolist()):
            lists[parent].append(row)
        return lists

    @cached_property
    def painted(self) -> Indices:
        """Rows from the first painted to the last."""
        return paint_order(self)

    @cached_property
    def rank(self) -> Indices:
        """Per row, how many are painted before it."""
        rank = np.empty(len(self), dtype=np.int64)
        rank[self.painted] = np.arange(len(self))
        return rank

    @cached_property
    def content(self) -> Flags:
        """True where the row or something inside it is seen: it paints, is shown, and is not masked."""
        rows, parents = self.seen.tolist(), self.parent.tolist()
        for row in range(len(rows) - 1, 0, -1):
            if rows[row] and parents[row] >= 0:
                rows[parents[row]] = True
        return np.array(rows, dtype=bool)

    @cached_property
    def lines(self) -> list[Boxes]:
        """The text-line boxes of every row, as corners."""
        ends = np.cumsum([len(element.lines) for element in self.elements]).tolist()
        return [self.every_line[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    @cached_property
    def every_line(self) -> Boxes:
        """The text-line boxes of all rows, one after the other."""
        return _corners([line for element in self.elements for line in element.lines])

    @cached_property
    def line_rows(self) -> Indices:
        """Per text line the row that it belongs to."""
        return np.repeat(np.arange(len(self)), [len(element.lines) for element in self.elements])

    @cached_property
    def text_box(self) -> Boxes:
        """The box around every row's lines of text; its visible box where it has none."""
        return text_boxes(self)

    @cached_property
    def line_height(self) -> list[float]:
        """The median height of every row's lines of text, 0 where it has none."""
        return line_heights(self)

    @cached_property
    def flow_text(self) -> dict[int, list[Line]]:
        """Lines of text per block: the block's own and those of the inline elements in it, top to bottom."""
        return lines_of_blocks(self)

    @cached_property
    def text_rows(self) -> Indices:
        """How many lines of text every row holds, with all inside it."""
        rows, parents = [len(element.lines) for element in self.elements], self.parent.tolist()
        for row in range(len(rows) - 1, 0, -1):
            if parents[row] >= 0:
                rows[parents[row]] += rows[row]
        return np.array(rows, dtype=np.int64)

    @cached_property
    def control_around(self) -> list[int]:
        """Per row itself, or the nearest row around it, that is a form control as engines draw it; -1 where none is."""
        found: list[int] = []
        for row, (parent, control) in enumerate(zip(self.parent.tolist(), self.widget.tolist(), strict=True)):
            found.append(row if control else found[parent] if parent >= 0 else -1)
        return found

    @cached_property
    def leaf_bottom(self) -> NDArray[np.float64]:
        """Where the last text, picture or control inside every row ends; NaN where none."""
        return self._leaves[:, 2]

    @cached_property
    def leaf_extent(self) -> Boxes:
        """Left and right end of all text, pictures and controls inside every row, columns 0 and 1; NaN where none."""
        return self._leaves[:, :2]

    @cached_property
    def _leaves(self) -> Boxes:
        return leaf_ends(self)

    def inside(self, top: int) -> Indices:
        """A row and all rows inside it, ascending."""
        return np.sort(self._walk[self.enter[top] : self.leave[top]])

    @cached_property
    def _walk(self) -> Indices:
        """Rows in the order of a depth-first walk."""
        return np.argsort(self.enter)

    def is_within(self, row: int, ancestor: int) -> bool:
        """True when `ancestor` is `row` or holds it."""
        return bool(self.enter[ancestor] <= self.enter[row] < self.leave[ancestor])

    def inner_text(self, top: int) -> str:
        """The first words in a row or inside it."""
        for row in range(top, min(len(self), top + 60)):
            if self.elements[row].text and self.is_within(row, top):
                return self.elements[row].text
        return ""

    def related(self, a: int, b: int) -> bool:
        return self.is_within(a, b) or self.is_within(b, a)

    def css_box(self, row: int) -> CssBox:
        x0, y0, x1, y1 = self.box[row].tolist()
        return CssBox(x0, y0, x1 - x0, y1 - y0)

    def style(self, row: int, name: str) -> str:
        return self.elements[row].style.get(name, "")

    def px(self, row: int, name: str) -> float:
        """A computed length in CSS px; 0 where it is not one (`auto`, a percentage, nothing)."""
        value = self.elements[row].style.get(name, "")
        try:
            number = float(value.removesuffix("px"))
        except ValueError:
            return 0.0
        return number if np.isfinite(number) else 0.0


def cut_of(element: Element) -> tuple[float, float, float, float] | None:
    """How many CSS px of an element clipping takes at its left, top, right and bottom; None where it takes nothing."""
    cut = element.extra.get("cut")
    if not isinstance(cut, list | tuple) or len(cut) != 4 or not all(isinstance(side, int | float) for side in cut):
        return None
    left, top, right, bottom = (float(side) for side in cut)
    return left, top, right, bottom


def read_table(model: PageModel) -> Table:
    """Turn a page model into arrays. Never fails: what no page can have is clamped or ignored."""
    elements = model.elements
    parent = [
        element.parent if isinstance(element.parent, int) and 0 <= element.parent < row else -1
        for row, element in enumerate(elements)
    ]
    enter, leave = tour(parent)

    sets = [element.flags for element in elements]

    def flag(name: str) -> Flags:
        return np.array([name in flags for flags in sets], dtype=bool)

    def style(name: str, among: tuple[str, ...]) -> Flags:
        return np.array([element.style.get(name) in among for element in elements], dtype=bool)

    visible = _corners([element.visible_box for element in elements])
    box = _corners([element.box for element in elements])
    has_lines = np.array([bool(element.lines) for element in elements], dtype=bool)
    # Sr-only text is clipped to one pixel: nobody sees it.
    size = visible[:, 2:] - visible[:, :2]
    shown = (size.min(axis=1, initial=LIMIT) > 0.4) & (size.max(axis=1, initial=0) > 1.5) & (size.prod(axis=1) > 2.5)
    unclipped = np.array(["cut" not in element.extra for element in elements], dtype=bool)
    shown |= has_lines & unclipped & (box[:, 2:] - box[:, :2]).prod(axis=1).__le__(0)
    shown &= ~flag("transparent") & ~flag("invisible")
    em = np.array([_font_size(element.style.get("fontSize", "16px")) for element in elements])
    return Table(
        model=model,
        box=box,
        visible=visible,
        parent=np.array(parent, dtype=np.int64),
        enter=enter,
        leave=leave,
        em=em,
        shown=shown,
        judged=np.array([is_a_box(element.box) for element in elements], dtype=bool) & ~flag("masked"),
        paints=flag("paints") | np.array([_pseudo_paints(element) for element in elements], dtype=bool),
        inline=flag("inline"),
        control=flag("control"),
        replaced=flag("replaced"),
        broken=flag("imageBroken") | np.array(["frameless" in element.extra for element in elements], dtype=bool),
        pinned=flag("fixed"),
        outflow=style("position", _OUT_OF_FLOW),
    )


def _pseudo_paints(element: Element) -> bool:
    """`::before` or `::after` shows text: an icon, a bullet, a counter."""
    pseudo = element.extra.get("pseudo")
    if not isinstance(pseudo, Mapping) or "invisible" in element.flags:
        return False
    return any(
        isinstance(one, list | tuple) and one and str(one[0]).strip("\"' ") not in ("", "open-quote", "close-quote")
        for one in pseudo.values()
    )


@lru_cache(maxsize=4096)
def _font_size(value: str) -> float:
    try:
        size = float(value.removesuffix("px"))
    except ValueError:
        return 16.0
    return min(max(size, 1.0), 1000.0) if np.isfinite(size) else 16.0
