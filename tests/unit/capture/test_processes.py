"""Households: nothing of what was started is left, however it forked."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from compatcheck.capture import processes as module
from compatcheck.capture.processes import Guest, Household, live_count, reap_all
from compatcheck.errors import CaptureError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="makes shell scripts")


def start(household: Household, script: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        ["/bin/sh", "-c", script], env=household.environment(), stdout=subprocess.PIPE, start_new_session=True
    )
    household.adopt(process.pid, process)
    return process


def number(process: subprocess.Popen[bytes]) -> int:
    assert process.stdout is not None
    with process.stdout as lines:
        return int(lines.readline())


def gone(process_id: int) -> bool:
    return not psutil.pid_exists(process_id) or psutil.Process(process_id).status() == psutil.STATUS_ZOMBIE


def test_child_whose_parent_died_is_ended() -> None:
    household = Household()
    process = start(household, "sleep 60 & echo $!; wait")
    child = number(process)
    household.census()
    process.kill()
    process.wait()
    assert not gone(child)
    household.end()
    assert gone(child)


def test_child_in_a_session_of_its_own_is_ended() -> None:
    household = Household()
    child = number(start(household, "setsid sh -c 'echo $$; exec sleep 60' & wait"))
    household.end()
    assert gone(child)


def test_child_that_dropped_its_environment_is_ended() -> None:
    household = Household()
    child = number(start(household, "env -i /bin/sh -c 'echo $$; exec /bin/sleep 60' & wait"))
    household.end()
    assert gone(child)


def test_deaf_child_is_killed_after_its_patience() -> None:
    household = Household(patience=0.2)
    process = start(household, "trap '' TERM; echo $$; while true; do sleep 0.05; done")
    deaf = number(process)
    started = time.monotonic()
    household.end()
    assert 0.2 <= time.monotonic() - started < 3
    assert gone(deaf)


def test_patient_household_lets_its_processes_clean_up(tmp_path: Path) -> None:
    household = Household(patience=5)
    number(start(household, f"trap 'touch {tmp_path}/cleaned; exit' TERM; echo $$; while true; do sleep 0.05; done"))
    household.end()
    assert (tmp_path / "cleaned").exists()


def test_folder_is_the_processes_temporary_folder_and_goes() -> None:
    household = Household()
    process = start(household, 'mkdir "$TMPDIR/profile"; touch "$TMPDIR/profile/file"; echo $$')
    number(process)
    assert (household.folder / "profile" / "file").exists()
    household.end()
    assert not household.folder.exists()
    household.end()  # again does no harm


def test_reap_all_ends_every_household() -> None:
    before = live_count()
    households = [Household(), Household()]
    children = [number(start(household, "echo $$; exec sleep 60")) for household in households]
    assert live_count() == before + 2
    reap_all()
    assert live_count() == 0
    assert all(gone(child) for child in children)
    assert not any(household.folder.exists() for household in households)


def test_other_processes_are_left_alone() -> None:
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        household = Household()
        number(start(household, "echo $$"))
        household.end()
        assert bystander.poll() is None
        assert psutil.pid_exists(os.getpid())
    finally:
        bystander.kill()
        bystander.wait()


def test_none_is_opened_while_the_run_is_being_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_CLOSED", threading.Event())
    household = Household()
    reap_all(for_good=True)
    assert not household.folder.exists()
    with pytest.raises(CaptureError, match="being stopped"):
        Household()


def test_remote_session_is_ended_once() -> None:
    ended: list[str] = []
    with Guest(lambda: ended.append("end")) as guest:
        reap_all()
        guest.end()
    assert ended == ["end"]
    assert live_count() == 0
