"""The word for what is wrong within one capture."""

from __future__ import annotations

from dataclasses import dataclass

from compatcheck.geometry import CssBox
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
