"""What is wrong within one capture, whatever the other side looks like.

`collision`: text lies on other text, or something opaque lies over text or a control. `clipped`: a line of text is cut through.
`viewport-protrusion`: content reaches past the side of the page. `element-protrusion`: something sticks out of the painted box that holds
it. `image-broken`: a picture that has no pixels. `glyph-missing`: a character that no font has. Overlap of boxes alone is no trouble: only what is painted counts, and the
picture has the last word.
"""

from __future__ import annotations

from collections.abc import Iterator

from compatcheck.layout.cuts import cut_texts
from compatcheck.layout.glyphs import missing_glyphs
from compatcheck.layout.overlaps import collisions, covered
from compatcheck.layout.pixels import Pixels
from compatcheck.layout.protrusions import element_protrusions, viewport_protrusions
from compatcheck.layout.sentences import name_of, sentence
from compatcheck.layout.table import Table
from compatcheck.layout.trouble import Trouble


def troubles(table: Table, pixels: Pixels) -> Iterator[Trouble]:
    """Everything wrong within one capture, in no particular order."""
    if not len(table):
        return
    yield from viewport_protrusions(table)
    yield from element_protrusions(table, pixels)
    yield from broken_images(table, pixels)
    yield from missing_glyphs(table)
    yield from cut_texts(table)
    yield from collisions(table, pixels)
    yield from covered(table, pixels)


def broken_images(table: Table, pixels: Pixels) -> Iterator[Trouble]:
    """Pictures that finished loading without any pixels."""
    for row, element in enumerate(table.elements):
        if "imageBroken" not in element.flags or not table.judged[row] or not table.shown[row]:
            continue
        box = table.css_box(row)
        source = str(element.extra.get("currentSrc") or element.attributes.get("src", ""))
        room = box.area / max(1.0, table.model.viewport.width * 600)
        drawing = source.partition("?")[0].lower().endswith(".svg") or source.startswith("data:image/svg")
        failed = any(source in line for line in pixels.failed_requests)
        if drawing and not failed and not pixels.is_empty(row):
            continue  # an SVG without a size of its own has no natural width in some engines
        yield Trouble(
            "image-broken",
            row,
            min(0.95, 0.6 + 0.5 * room),
            sentence(f"{name_of(element)} did not load: {source[:120] or 'its source'} gave no picture."),
            box,
        )
