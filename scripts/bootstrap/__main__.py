"""`scripts/setup`: browsers and fonts, then Python packages, then the metrics' weights. `scripts/setup lock` pins anew."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from . import packages, system
from .packages import ROOT, SetupError

WEIGHTS_SECONDS = 10 * 60


def say(words: str) -> None:
    """One line on standard error, where it does not mix with a command's own output."""
    print(f"set-up: {words}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Set up what is not; 0 also when only a browser could not be had, since a run goes on without it."""
    torch_index = os.environ.get("TORCH_INDEX", "")
    try:
        if "lock" in arguments:
            (ROOT / "constraints.txt").write_text(packages.lock(ROOT, torch_index), encoding="utf-8")
            say("constraints.txt is pinned anew; run `make test` before committing it")
            return 0
        current = packages.is_current(ROOT)
        if not current:
            packages.make_environment(ROOT)
        once = "--once" in arguments
        set_up_system(again=not once)  # first: it may bring the compiler that the packages are built with
        fresh = set_up_packages(torch_index)
    except SetupError as error:
        say(str(error))
        return 1
    if fresh or not once:
        set_up_weights()
    return 0


def set_up_packages(torch_index: str) -> bool:
    """Bring `.venv` up to date; True when there was something to do."""
    if packages.is_current(ROOT):
        return False
    start = time.monotonic()
    say(f"installing Python packages into .venv with {sys.executable} (minutes, the first time)")
    packages.install(ROOT, torch_index, verbose=sys.stderr.isatty())
    say(f"Python packages are in place ({time.monotonic() - start:.0f} s)")
    return True


def set_up_system(*, again: bool) -> None:
    """Install the missing browsers, fonts and libraries, or say what to type."""
    wanted = system.missing()
    if not wanted:
        return
    say("not on this machine: " + ", ".join(f"{part.name} ({part.why})" for part in wanted))
    macos = sys.platform == "darwin"
    has_apt = shutil.which("apt-get") is not None
    prefix = None if macos else system.apt_prefix(os.environ)
    tried = ROOT / ".venv" / "apt-tried"
    names = " ".join(system.packages_of(wanted))
    if prefix is not None and (again or not _same(tried, names)):
        log = ROOT / ".venv" / "apt.log"
        start = time.monotonic()
        say(f"installing from Debian: {names}")
        failed = system.Apt(prefix, log, say).install(wanted)
        if failed:
            tried.write_text(names, encoding="utf-8")
            say("apt-get could not install all of it; its last words, from .venv/apt.log:")
            print("\n".join("    " + line for line in _tail(log, 4)), file=sys.stderr)
        wanted = system.missing()
        if not wanted:
            say(f"browsers and fonts are in place ({time.monotonic() - start:.0f} s)")
            return
        say("still missing: " + ", ".join(part.name for part in wanted))
    say(f"to install by hand: {system.how_to_install(wanted, macos=macos, has_apt=has_apt)}")
    say("going on without; devices that need what is missing will be reported as failed")


def set_up_weights() -> None:
    """Get the LPIPS weights; without them LPIPS is left out of the scores and nothing else changes."""
    command = [str(packages.python_of(ROOT / ".venv")), "-m", "compatcheck", "weights", "install"]
    say("getting the LPIPS weights, unless they are there")
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, timeout=WEIGHTS_SECONDS, check=False, capture_output=True, text=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"LPIPS weights: {error}; `compatcheck weights install` tries again")
        return
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines()
        say(f"LPIPS weights are not here, so LPIPS is left out: {words[-1] if words else 'no reason given'}")


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _tail(path: Path, count: int) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()][-count:]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
