"""What a page wants done before it is looked at: steps, cookies, passwords, a clock that stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

StepAction = Literal["click", "fill", "press", "select", "hover", "scroll", "wait", "script", "goto"]
ElementState = Literal["visible", "hidden", "attached", "detached"]
SameSite = Literal["Strict", "Lax", "None"]

STEP_SECONDS = 10.0
"""How long a step may take, unless its `timeout` says otherwise."""

KEY_NAMES = (
    "Alt", "AltGraph", "Control", "Meta", "Shift", "Backspace", "Delete", "Enter", "Escape", "Insert", "Space", "Tab", "ArrowDown",
    "ArrowLeft", "ArrowRight", "ArrowUp", "End", "Home", "PageDown", "PageUp", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9",
    "F10", "F11", "F12",
)  # fmt: skip
"""Keys that have a name, as `KeyboardEvent.key` spells them (`Space` apart); every other key is its character."""

MODIFIERS = ("Alt", "AltGraph", "Control", "Meta", "Shift")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do on the page.

    - `selector`: CSS, XPath (it begins with `/`, `(` or `xpath=`) or `text=` with words that an element shows. ` >>> ` goes
      into a shadow root, ` ||| ` into a frame.
    - `value`: the text of `fill`, the key of `press`, the option of `select` (found by `by`), the JavaScript of `script`, the URL
      of `goto`, the end (`top`, `bottom`) of `scroll`.
    - `x`, `y`: of `scroll`, CSS px from the top left corner of what is scrolled.
    - `seconds`: of `wait`. `state`: what `wait` waits for.
    - `timeout`: seconds that the step may take.
    """

    action: StepAction
    selector: str | None = None
    value: str | None = field(default=None, repr=False)
    by: Literal["value", "label", "index"] = "value"
    x: float | None = None
    y: float | None = None
    seconds: float | None = None
    state: ElementState = "visible"
    timeout: float = STEP_SECONDS


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie that is set before the page is opened. `domain` None: the page's host. `expires` is in seconds since 1970."""

    name: str
    value: str = field(repr=False)
    domain: str | None = None
    path: str = "/"
    secure: bool = False
    http_only: bool = False
    same_site: SameSite | None = None
    expires: float | None = None


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """Name and password for servers that ask for them (HTTP authentication)."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What is made the same at every look, before any script of the page runs.

    `time`: the clock stands at this moment, seconds since 1970 (UTC). `random`: `Math.random` begins with this seed.
    """

    time: float | None = None
    random: int | None = None
