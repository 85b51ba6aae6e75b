"""A YAML file as plain data with the place of every value, and the problems found in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from compatcheck.errors import MatrixError, Problem

YamlPath = tuple[str | int, ...]

MIN_SECRET = 4
"""Characters. Shorter values (`1`, `eu`) are no secrets, and replacing them would garble everything else."""


class Place(NamedTuple):
    """Where a value stands, counted from 1, and how it is written there (None for lists and mappings)."""

    line: int
    column: int
    text: str | None = None
    quoted: bool = False


@dataclass
class Document:
    """One YAML file. `raw` has the shape of `value`, with every `${NAME}` as it was written.

    `keys` are the places of mapping keys, by the path of their value. `unset` are the paths of values that could not be
    read: whatever else is said about them would be noise.
    """

    file: str
    value: Any = None
    raw: Any = None
    places: dict[YamlPath, Place] = field(default_factory=dict)
    keys: dict[YamlPath, Place] = field(default_factory=dict)
    unset: set[YamlPath] = field(default_factory=set)
    secrets: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def problem(self, message: str, path: YamlPath, *, hint: str = "", at_key: bool = False) -> None:
        """Note something wrong at `path`, or at the nearest ancestor that has a place."""
        place = self.keys.get(path) if at_key else None
        known = path
        while place is None and (place := self.places.get(known)) is None and known:
            known = known[:-1]
        line, column = (place.line, place.column) if place else (0, 0)
        self.problems.append(
            Problem(self.redact(message), self.file, line, column, path_words(path), self.redact(hint))
        )

    def redact(self, text: str) -> str:
        """`text` with every value of the environment replaced by its `${NAME}`: a message may quote what is wrong."""
        for value in sorted(self.secrets, key=len, reverse=True):
            text = text.replace(value, self.secrets[value]) if len(value) >= MIN_SECRET else text
        return text

    def raise_problems(self) -> None:
        """Raise MatrixError with every problem noted, in file order; nothing when there is none."""
        if self.problems:
            raise MatrixError(sorted(dict.fromkeys(self.problems), key=lambda problem: (problem.line, problem.column)))


def path_words(path: YamlPath) -> str:
    """`devices[2].viewport.width`; keys that are no plain words stand in brackets."""
    words = ""
    for part in path:
        if isinstance(part, int):
            words += f"[{part}]"
        elif re.fullmatch(r"[A-Za-z_$][\w$-]*", part):
            words += f".{part}" if words else part
        else:
            words += f'["{part}"]'
    return words
