"""Keys by name, as WebDriver's actions send them (W3C WebDriver, "Keyboard actions")."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

CODE_POINTS: Mapping[str, str] = {
    "Alt": "\ue00a", "AltGraph": "\ue00a", "Control": "\ue009", "Meta": "\ue03d", "Shift": "\ue008", "Backspace": "\ue003",
    "Delete": "\ue017", "Enter": "\ue007", "Escape": "\ue00c", "Insert": "\ue016", "Space": " ", "Tab": "\ue004",
    "ArrowDown": "\ue015", "ArrowLeft": "\ue012", "ArrowRight": "\ue014", "ArrowUp": "\ue013", "End": "\ue010", "Home": "\ue011",
    "PageDown": "\ue00f", "PageUp": "\ue00e", **{f"F{number}": chr(0xE030 + number) for number in range(1, 13)},
}  # fmt: skip
"""By the names of `compatcheck.model.visit.KEY_NAMES`."""


def key_actions(press: str) -> list[dict[str, Any]]:
    """The actions of pressing `Control+A` and the like: modifiers down, the key down and up, modifiers up."""
    keys = [CODE_POINTS.get(name, name) for name in re.split(r"\+(?=.)", press)]
    down = [{"type": "keyDown", "value": key} for key in keys]
    return [*down, *({"type": "keyUp", "value": key} for key in reversed(keys))]
