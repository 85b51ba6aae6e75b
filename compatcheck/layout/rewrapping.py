"""Text that breaks into other lines: words went to the next line, nothing is lost, and at most a line is added.

Fonts run some per cent wider in one engine than in another, so the last word of a line may not fit any more. What a page
model knows to be one paragraph, a picture shows as words that stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

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
LONG_WORD = 110.0
"""CSS px by which a word that came from the line above pushes its new line aside at most."""
NARROWER = 0.12
"""The share by which the widest line may differ beyond a word: more, and the text has got another width."""
FOUND = 0.4
"""The share of the words that are found again in their new places; a text in another font has none."""
WORDS = 4
"""So many words of a text move at least when a line breaks elsewhere; fewer are things of their own."""
PUSHED = 0.25
"""The share of them, by width, that may have been pushed in ways that no line break explains."""
TWO_LINES = 1.8
"""A text of several lines is at least so many times as high as a word."""
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
    if len(moved) < WORDS or not _changes_lines(moved, lost, new):
        return False
    astray = sum(clue.place.width for clue in moved if _is_pushed(clue))
    if astray > PUSHED * sum(clue.place.width for clue in moved):
        return False
    width_before, width_after = sum(box.width for box in before), sum(box.width for box in after)
    if sum(clue.place.width for clue in moved) < FOUND * width_before:
        return False
    if abs(width_before - width_after) > KEPT * max(width_before, width_after) + WORD:
        return False
    here, there = around(before), around(after)
    if here.height < TWO_LINES * median(box.height for box in before):
        return False
    return (
        abs(here.bottom - there.bottom) <= LINE
        and abs(here.y - there.y) <= LINE
        and abs(here.width - there.width) <= NARROWER * max(here.width, there.width) + WORD
    )


def _is_pushed(clue: Clue) -> bool:
    """It stands by more than a long word aside in its own line, or straight above or below its place: line breaks do neither."""
    dx, dy = (abs(way) for way in clue.way)
    return dx > LONG_WORD if dy < ANOTHER_LINE else dx < ANOTHER_LINE


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
