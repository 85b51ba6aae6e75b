"""A picture without a page model, cut into blocks: paragraphs, pictures, controls.

What stands out from its surroundings is found by its edges, which no background colour hides; letters grow together into
lines, and lines of one column into blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.model.capture import RGB

EDGE = 22
"""A step between neighbouring pixels (0–255, worst channel) that is an edge; anti-aliasing and gradients stay below."""
LEAST = 4
"""Things smaller than this many CSS px on a side are specks."""


@dataclass(frozen=True, slots=True)
class Block:
    """Corners in CSS px, how many lines of text or rows of things it was put together from, and the share of it that is edges."""

    x0: int
    y0: int
    x1: int
    y1: int
    lines: int
    density: float

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def area(self) -> int:
        return self.width * self.height


def edges_of(picture: RGB) -> NDArray[np.uint8]:
    """Where neighbouring pixels differ: 0 or 1, of the picture's shape."""
    step = np.zeros(picture.shape[:2], dtype=np.uint8)
    whole = picture.astype(np.int16)
    across = np.abs(np.diff(whole, axis=1)).max(axis=2) > EDGE
    down = np.abs(np.diff(whole, axis=0)).max(axis=2) > EDGE
    step[:, :-1] |= across
    step[:-1] |= down
    return step


def blocks_of(edges: NDArray[np.uint8]) -> list[Block]:
    """Blocks in reading order."""
    if not edges.any():
        return []
    # Letters and words of a line are up to an em apart, lines further.
    joined = cv2.dilate(edges, cv2.getStructuringElement(cv2.MORPH_RECT, (15, 3)))
    count, _, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    pieces = []
    for x, y, width, height, _ in boxes[1:count].tolist():
        x0, x1, y0, y1 = x + 7, x + width - 7, y + 1, y + height - 1
        if x1 - x0 >= LEAST and y1 - y0 >= LEAST:
            pieces.append([x0, y0, x1, y1, 1])
    blocks = _stacked(sorted(pieces, key=lambda piece: (piece[1], piece[0])))
    return [
        Block(x0, y0, x1, y1, lines, float(edges[y0:y1, x0:x1].mean()))
        for x0, y0, x1, y1, lines in sorted(blocks, key=lambda b: (b[1], b[0]))
    ]


def _stacked(pieces: list[list[int]]) -> list[list[int]]:
    """Lines of one height, one left edge or centre, and less than a line apart, put together."""
    blocks: list[list[int]] = []
    recent: list[list[int]] = []
    last_height: dict[int, int] = {}
    for piece in pieces:
        x0, y0, x1, y1, _ = piece
        height = y1 - y0
        recent = [block for block in recent if y0 - block[3] < 40]
        home = None
        for block in reversed(recent):
            tall = last_height[id(block)]
            aligned = abs(block[0] - x0) <= 6 or abs((block[0] + block[2]) - (x0 + x1)) <= 12
            if (
                aligned
                and 0 <= y0 - block[3] + 2 <= 0.9 * min(tall, height) + 2
                and 0.6 <= height / max(1, tall) <= 1.7
                and height < 60
            ):
                home = block
                break
        if home is None:
            home = list(piece)
            blocks.append(home)
            recent.append(home)
        else:
            home[0], home[2], home[3] = min(home[0], x0), max(home[2], x1), max(home[3], y1)
            home[4] += 1
        last_height[id(home)] = height
    return blocks
