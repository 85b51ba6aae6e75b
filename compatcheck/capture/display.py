"""One virtual screen for all web views of this process, when there is no real one."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Iterator

from compatcheck.capture.find import NotFound, find
from compatcheck.capture.processes import Household
from compatcheck.errors import CaptureError, DriverMissing

SCREEN = "8192x8192x24"
"""Large enough for a desktop at ratio 3; the memory behind it is touched only where something is drawn."""

START_SECONDS = 15.0

_lock = threading.Lock()
_users = 0
_name = ""
_household: Household | None = None


@contextlib.contextmanager
def display() -> Iterator[str]:
    """The name of a screen (`:7`) to show windows on; a virtual one is shared and stopped by its last user.

    Raises DriverMissing when there is neither a screen nor Xvfb, CaptureError when Xvfb does not start.
    """
    real = os.environ.get("DISPLAY")
    if real:
        yield real
        return
    global _users  # noqa: PLW0603 - the one screen of the process
    with _lock:
        if _users == 0 or not _alive():
            _start()
        _users += 1
    try:
        yield _name
    finally:
        with _lock:
            _users -= 1
            if _users == 0:
                _stop()


def _alive() -> bool:
    return _household is not None and _household.alive()


def _start() -> None:
    global _name, _household
    _stop()
    finding = find("Xvfb")
    if isinstance(finding, NotFound):
        raise DriverMissing(
            "WebKitGTK needs a screen: DISPLAY is not set and Xvfb was not found.", hint=finding.how_to_install
        )
    household = Household(patience=2)  # it takes its lock file away itself
    reader, writer = os.pipe()
    try:
        process = subprocess.Popen(
            [finding.path, "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"],
            pass_fds=[writer],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=household.environment(),
            start_new_session=True,
        )
        household.adopt(process.pid, process)
        os.close(writer)
        writer = -1
        number = _read_number(reader)
    except BaseException:
        household.end()
        raise
    finally:
        os.close(reader)
        if writer >= 0:
            os.close(writer)
    if not number:
        household.end()
        raise CaptureError(f"{finding.path} did not open a virtual screen within {START_SECONDS:.0f} s.")
    _name, _household = f":{number}", household


def _read_number(reader: int) -> str:
    """The display number that Xvfb writes, with a line end, when it is ready; empty when it dies or is late."""
    os.set_blocking(reader, False)
    deadline = time.monotonic() + START_SECONDS
    text = b""
    while not text.endswith(b"\n") and time.monotonic() < deadline:
        try:
            piece = os.read(reader, 32)
        except BlockingIOError:
            time.sleep(0.02)
            continue
        if not piece:
            return ""
        text += piece
    return text.decode().strip()


def _stop() -> None:
    global _household  # noqa: PLW0603 - the one screen of the process
    if _household is not None:
        _household.end()
    _household = None
