"""`${NAME}` and `${NAME:-default}` in the values of a matrix.

`$${` stands for a literal `${`. Keys are never filled in.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

OPEN_KEYS = frozenset(
    {
        "id", "reference", "desktop", "tablet", "phone", "browser", "driver", "preset", "orientation", "inApp", "locale",
        "timezone", "colorScheme", "reducedMotion", "readiness", "sensitivity", "mode", "metrics", "fit",
        "device", "precision",
    }
)  # fmt: skip
"""Keys whose values are words of this format or names that the report needs: no secrets, wherever they come from."""

_PATTERN = re.compile(r"(?P<literal>\$\$\{)|\$\{(?P<inside>[^}]*)\}")
_INSIDE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-.*)?", re.DOTALL)


class Unset(Exception):
    """A name that the environment does not have, or that is none."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Filled:
    """`text` with its variables filled in; `names` that it used; `secrets` by their value."""

    text: str
    names: tuple[str, ...]
    secrets: Mapping[str, str]


def is_secret(path: tuple[str | int, ...]) -> bool:
    """Whether what the environment gives for this value must never be written out again."""
    keys = [part for part in path if isinstance(part, str)]
    return "capabilities" in keys or not keys or keys[-1] not in OPEN_KEYS


def fill(text: str, environ: Mapping[str, str]) -> Filled:
    """Fill in every variable of `text`. As in a shell, a default also stands in for an empty value. Raises Unset."""
    names: list[str] = []
    secrets: dict[str, str] = {}

    def value_of(match: re.Match[str]) -> str:
        if match["literal"]:
            return "${"
        inside = _INSIDE.fullmatch(match["inside"])
        if inside is None:
            raise Unset(f"`{match[0]}` names no variable.", "Write ${NAME} or ${NAME:-default}; $${ is a literal ${.")
        name, default = inside["name"], inside["default"]
        names.append(name)
        value = environ.get(name)
        if value:
            secrets[value] = f"${{{name}}}"
            return value
        if default is not None:
            return default[2:]
        if value is None:
            near = difflib.get_close_matches(name, list(environ), n=1, cutoff=0.8)
            meant = f"Did you mean {near[0]}? Else set it" if near else "Set it"
            raise Unset(
                f"the environment variable {name} is not set.", f"{meant}, or give a default: ${{{name}:-value}}."
            )
        return ""

    return Filled(_PATTERN.sub(value_of, text), tuple(names), secrets)
