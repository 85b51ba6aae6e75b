"""Text that breaks into other lines: words went to the next line, nothing is lost, and at most a line is added.

Fonts run some per cent wider in one engine than in another, so the last word of a line may not fit any more. What a page
model knows to be one paragraph, a picture shows as words that stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from compatcheck.geometry import CssBox
from compatcheck.layout.evidence import Clue, around, neighbourhoods

LETTERS = 40.0
"""CSS px: what is higher is no line of text."""
BETWEEN = (60, 22)
"""CSS px, across and down, up to which words belong to one text: a word that stayed, a gap between lines."""
LINE = 30.0
"""CSS px by which a text may have become longer or shorter."""
KEPT = 0.25
"""The width of all words together may differ by this share, and by WORD: letters at the cuts are counted on one side only."""
WORD = 60.0
"""CSS px: a word at the end of a line, which makes the line longer or shorter."""
NARROWER = 0.12
"""The share by which the widest line may differ beyond a word: more, and the text has got another width."""
FOUND = 0.4
"""The share of the words that are found again in their new places; a text in another font has none."""
ANOTHER_LINE = 8.0
"""CSS px up or down, and aside, that bring a word to another line."""


def without_rewrapping(clues: Sequence[Clue]) -> list[Clue]:
    """The clues that other line breaks, and what stands up to a line lower because of them, do not explain."""
    words = [clue for clue in clues if clue.sort != "paint" and clue.place.height < LETTERS]
    texts = [members for members in neighbourhoods(words, BETWEEN) if _is_rewrapped(members)]
    if not texts:
        return list(clues)
    explained = {id(clue) for members in texts for clue in members}
    places = [around([box for clue in members for box in (clue.place, clue.landing)]) for members in texts]
    return [clue for clue in clues if id(clue) not in explained and not any(_follows(clue, place) for place in places)]


def _is_rewrapped(members: list[Clue]) -> bool:
    moved = [clue for clue in members if clue.sort == "moved"]
    lost = [clue.place for clue in members if clue.sort == "lost"]
    new = [clue.place for clue in members if clue.sort == "new"]
    before = [clue.place for clue in moved] + lost
    after = [clue.landing for clue in moved] + new
    if not moved or not before or not after or not _changes_lines(moved, lost, new):
        return False
    width_before, width_after = sum(box.width for box in before), sum(box.width for box in after)
    if sum(clue.place.width for clue in moved) < FOUND * width_before:
        return False
    if abs(width_before - width_after) > KEPT * max(width_before, width_after) + WORD:
        return False
    here, there = around(before), around(after)
    return (
        abs(here.bottom - there.bottom) <= LINE
        and abs(here.y - there.y) <= LINE
        and abs(here.width - there.width) <= NARROWER * max(here.width, there.width) + WORD
    )


def _changes_lines(moved: list[Clue], lost: list[CssBox], new: list[CssBox]) -> bool:
    """A word went from the end of a line to the beginning of another, not all of a text up, down or aside."""
    if any(min(abs(dx), abs(dy)) >= ANOTHER_LINE for dx, dy in (clue.way for clue in moved)):
        return True
    return any(abs(one.centre_y - other.centre_y) >= ANOTHER_LINE for one in lost for other in new)


def _follows(clue: Clue, text: CssBox) -> bool:
    """It is the text's own colour, or stands below it in its columns and made room by no more than a line."""
    if clue.sort == "paint":
        return text.grown(BETWEEN[1]).contains(clue.place)
    beside = clue.place.x < text.right and text.x < clue.place.right
    dx, dy = clue.way
    return clue.sort == "moved" and beside and clue.place.y >= text.y and abs(dx) < ANOTHER_LINE and abs(dy) <= LINE
