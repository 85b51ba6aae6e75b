"""A picture without a page model, cut into pieces: a word or two, a control, a part of a photograph.

What stands out from its surroundings is found by its edges, which no background colour hides. Letters grow together into words;
what is larger than a piece is cut, so that every piece can be looked for by itself: fonts that run a per cent wider shift a word
by less than its own stroke, but the end of its line by an em.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.model.capture import RGB

EDGE = 22
"""A step between neighbouring pixels (0–255, worst channel) that is an edge; anti-aliasing and gradients stay below."""
LARGEST = (96, 40)
"""Width and height of a piece at most, CSS px: a word or two."""
LEAST = 4
"""Things smaller than this many CSS px on a side are specks."""
LEAST_INK = 12
"""Pixels of edge that a piece has at least."""

Pieces = NDArray[np.int32]
"""One piece a row: left, top, right, bottom in CSS px of its picture, half-open; in the order in which they were found."""


def edges_of(picture: RGB) -> NDArray[np.uint8]:
    """Where neighbouring pixels differ: 0 or 1, of the picture's shape."""
    step = np.zeros(picture.shape[:2], dtype=np.uint8)
    step[:, :-1] = _is_step(picture[:, 1:], picture[:, :-1])
    step[:-1] |= _is_step(picture[1:], picture[:-1])
    return step


def _is_step(one: RGB, other: RGB) -> NDArray[np.uint8]:
    """0 or 1 per pixel: some channel differs by more than EDGE."""
    red, green, blue = cv2.split(cv2.absdiff(one, other))
    worst = cv2.max(cv2.max(red, green), blue)
    return np.asarray(cv2.threshold(worst, EDGE, 1, cv2.THRESH_BINARY)[1], dtype=np.uint8)


def pieces_of(edges: NDArray[np.uint8]) -> Pieces:
    """All pieces of a picture, given its edges."""
    # Letters of a word are up to half an em apart; lines of text stay apart.
    joined = cv2.dilate(edges, cv2.getStructuringElement(cv2.MORPH_RECT, (9, 3)))
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(joined, connectivity=8, ltype=cv2.CV_32S)
    found: list[tuple[int, int, int, int]] = []
    for label in range(1, count):
        x, y, width, height, _ = boxes[label].tolist()
        across, down = -(-width // LARGEST[0]), -(-height // LARGEST[1])
        for row in range(down):
            y0, y1 = y + height * row // down, y + height * (row + 1) // down
            for column in range(across):
                x0, x1 = x + width * column // across, x + width * (column + 1) // across
                own = (labels[y0:y1, x0:x1] == label) & (edges[y0:y1, x0:x1] > 0)
                rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
                if np.count_nonzero(own) < LEAST_INK:
                    continue
                # An edge lies between its pixel and the next.
                piece = (x0 + int(columns[0]), y0 + int(rows[0]), x0 + int(columns[-1]) + 2, y0 + int(rows[-1]) + 2)
                if piece[2] - piece[0] >= LEAST and piece[3] - piece[1] >= LEAST:
                    found.append(piece)
    return np.array(found, dtype=np.int32).reshape(-1, 4)
