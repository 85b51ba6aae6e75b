"""The processes that a capture starts, and their end.

Every driver and display runs in a process session of its own with a temporary folder of its own, so that its browsers and
profiles can be found again however the browser forks, and nothing is left behind after success, failure or an interrupt.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import psutil

from compatcheck.errors import CaptureError

_LIVE: dict[int, Household | Guest] = {}
_LOCK = threading.RLock()  # a signal handler may reap while its own thread holds it
_CLOSED = threading.Event()
_MARK = "COMPATCHECK_HOUSEHOLD"


class Household:
    """One driver process, everything it started, and the folder they write to.

    Start the process with `environment()` and, on POSIX, in a session of its own (`popen_arguments`), then `adopt` its
    process id. `end` may be called any number of times, from any thread; `patience` is how many seconds it gives the
    processes to go by themselves, which those need that clean up outside the folder.
    """

    def __init__(self, patience: float = 0.0) -> None:
        if _CLOSED.is_set():
            raise CaptureError("The run is being stopped: no browser is opened any more.")
        self.patience = patience
        self.folder = Path(tempfile.mkdtemp(prefix="compatcheck-"))
        self.root: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._known: set[tuple[int, float]] = set()
        with _LOCK:
            _LIVE[id(self)] = self

    @property
    def popen_arguments(self) -> dict[str, bool]:
        """Keyword arguments for `subprocess.Popen`."""
        return {} if sys.platform == "win32" else {"start_new_session": True}

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment for the process: temporary files go to the household's folder."""
        places = dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(self.folder))
        return {**os.environ, **places, _MARK: self.folder.name, **(extra or {})}

    def adopt(self, process_id: int, process: subprocess.Popen[bytes] | None = None) -> None:
        """Remember the process whose descendants belong to this household; `process` is waited for at its end."""
        self.root = process_id
        self._process = process
        self.census()

    def alive(self) -> bool:
        """True while the adopted process runs."""
        return self._process is not None and self._process.poll() is None

    def census(self) -> None:
        """Note who belongs to the household now; members stay known when their parent dies."""
        self._known |= {(process.pid, process.create_time()) for process in self._members()}

    def end(self) -> None:
        """Stop every process, by force when it does not go within its patience, and remove the folder."""
        stubborn = self._members()
        if self.patience > 0:
            for process in stubborn:
                _tell(process, signal.SIGTERM)
            stubborn = _still_running(stubborn, self.patience)
        killed = {*stubborn, *self._members()}
        for process in killed:
            _tell(process, _KILL)
        _still_running(killed, 2)
        if self._process is not None:
            self._process.wait(timeout=10)
        self._known.clear()
        _remove(self.folder)
        with _LOCK:
            _LIVE.pop(id(self), None)

    def _members(self) -> list[psutil.Process]:
        found: dict[int, psutil.Process] = {}
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.pid != os.getpid() and self._is_member(process):
                    found[process.pid] = process
        return list(found.values())

    def _is_member(self, process: psutil.Process) -> bool:
        # A browser may leave its parent (crash handlers) or its environment (Chromium overwrites its own while it renames its
        # processes), but not all three.
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        if process.pid == self.root or (process.pid, process.create_time()) in self._known:
            return True
        if self.root is not None and hasattr(os, "getsid") and os.getsid(process.pid) == self.root:
            return True
        try:
            return process.environ().get(_MARK) == self.folder.name
        except psutil.Error:
            return False


class Guest:
    """A session somewhere else, which `reap_all` ends like a household: `with Guest(close): …`."""

    def __init__(self, close: Callable[[], object]) -> None:
        self._close: Callable[[], object] | None = close
        with _LOCK:
            _LIVE[id(self)] = self

    def __enter__(self) -> Guest:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """Close the session, once."""
        with _LOCK:
            close, self._close = self._close, None
            _LIVE.pop(id(self), None)
        if close is not None:
            close()


def _still_running(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait for processes to end. A dead one that its parent has not collected counts as ended: psutil's own wait does not."""
    deadline = time.monotonic() + seconds
    left = list(processes)
    while True:
        left = [process for process in left if _is_running(process)]
        if not left or time.monotonic() >= deadline:
            return left
        time.sleep(0.01)


def _is_running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


def _tell(process: psutil.Process, what: int) -> None:
    with contextlib.suppress(psutil.Error, OSError):
        process.send_signal(what)


def _remove(folder: Path) -> None:
    for _ in range(10):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.05)  # a dying browser may still be writing its profile


def reap_all(*, for_good: bool = False) -> None:
    """End every household and remote session; for signal handlers and the interpreter's exit.

    `for_good`: none can be made afterwards, so that no thread opens a browser again while the run is being stopped.
    """
    with _LOCK:
        if for_good:
            _CLOSED.set()
        living = list(_LIVE.values())
    for one in living:
        one.end()


def live_count() -> int:
    """How many households and remote sessions are alive."""
    with _LOCK:
        return len(_LIVE)


atexit.register(reap_all, for_good=True)
