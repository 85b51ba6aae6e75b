"""Why a Chromium does not start: its driver says no more than that it did not, the browser itself says it on standard error."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from compatcheck.errors import CaptureError

SECONDS = 15.0
"""How long the browser may take to say it."""

_NO_SANDBOX = (
    'in a container that shuts it in itself, write capabilities: {"goog:chromeOptions": {args: [--no-sandbox]}}.'
)
_KNOWN = (
    (
        r"No usable sandbox",
        "its sandbox cannot be used",
        f"apt-get install chromium-sandbox (Debian), or allow unprivileged user namespaces; {_NO_SANDBOX}",
    ),
    (
        r"Running as root without --no-sandbox",
        "run by root it has no sandbox",
        f"Run compatcheck as another user; or, {_NO_SANDBOX}",
    ),
    (
        r"error while loading shared libraries: ([^\s:]+)",
        "the library {0} is missing",
        "Install the package that has it; Debian's chromium comes with all it needs.",
    ),
    (r"cannot open display|Missing X server", "it wants a screen", "Leave --headless=new among its arguments."),
)


@contextmanager
def explained_start(binary: str, arguments: Sequence[str]) -> Iterator[list[bool]]:
    """Around opening a session: an error before the yielded list holds something is told with the browser's own reason, if known.

    Raises CaptureError.
    """
    open_: list[bool] = []
    try:
        yield open_
    except CaptureError as error:
        found = None if open_ else why_not(binary, arguments)
        if found is None:
            raise
        raise CaptureError(f"{binary} does not start: {found[0]}.", hint=found[1]) from error


def why_not(binary: str, arguments: Sequence[str]) -> tuple[str, str] | None:
    """Start the browser once more, without its driver: (the reason, what to do), None when it says nothing that is known."""
    with TemporaryDirectory(prefix="compatcheck-") as folder:
        command = [binary, *arguments, f"--user-data-dir={folder}", "--dump-dom", "about:blank"]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
    for pattern, reason, hint in _KNOWN:
        if match := re.search(pattern, done.stderr):
            return reason.format(*match.groups()), hint
    return None
