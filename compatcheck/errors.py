"""Every error that compatcheck raises on purpose.

    CompatcheckError                 one clear message: what, where, what to do
    ├── UsageError                   bad command line, bad URL, bad file given by the user      exit 2
    │   └── MatrixError              devices.yaml: every problem at once, each with its place   exit 2
    ├── CaptureError                 one device could not look at one page                      outcome `failed`
    │   ├── DriverMissing            browser or driver not installed                            outcome `failed`
    │   ├── StepFailed               a step on the page could not be done                       outcome `failed`
    │   └── SessionLost              the browser died; worth a retry in a new session           outcome `failed`
    ├── InvalidCapture               a capture that proves nothing                              outcome `invalid`
    ├── PictureError                 a picture that cannot be read or is not one                exit 2 or `failed`
    └── MetricUnavailable            a metric that cannot be computed here (weights missing)    noted, run goes on

The command line turns the first two into exit code 2 and one printed message; the pipeline turns the others into
outcomes. Nothing else may reach a user: an unexpected exception in one task becomes a `failed` outcome that carries its
type and message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


class CompatcheckError(Exception):
    """The root. `str(error)` is one message for a person; `hint` says what to do, or is empty."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(CompatcheckError):
    """The command line, a URL or a file that the user gave is wrong."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a matrix, with its place.

    `line` and `column` count from 1 (0 where there is none); `path` is the YAML path, such as `devices[2].viewport.width`.
    """

    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    path: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        words = f"{self.path}: {self.message}" if self.path else self.message
        return " ".join(part for part in (f"{place}:" if place else "", words, self.hint) if part)


class MatrixError(UsageError):
    """A matrix that cannot be used; `problems` lists all that is wrong with it, in file order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class CaptureError(CompatcheckError):
    """A device could not look at a page."""


class DriverMissing(CaptureError):
    """A browser, a driver or a server that the device needs is not there."""


class StepFailed(CaptureError):
    """A step of the page could not be done; `picture` shows where it stood (RGB, uint8), or is None."""

    def __init__(self, message: str, *, hint: str = "", picture: Any = None) -> None:
        super().__init__(message, hint=hint)
        self.picture = picture


class SessionLost(CaptureError):
    """The session died under a capture; a retry in a new session may succeed."""


class InvalidCapture(CompatcheckError):
    """A capture that proves nothing: blank, clamped viewport, an error page."""


class PictureError(CompatcheckError):
    """A picture that cannot be read, is cut short, or is not a picture."""


class MetricUnavailable(CompatcheckError):
    """A metric that cannot be computed on this machine; the message says which command mends it."""
