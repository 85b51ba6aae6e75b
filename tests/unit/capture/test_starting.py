"""A browser that does not start says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from compatcheck.capture.starting import explained_start, why_not
from compatcheck.errors import CaptureError, SessionLost


def browser(folder: Path, says: str) -> str:
    """A program that ends as such a browser does."""
    program = folder / "chromium"
    program.write_text(f"#!/bin/sh\necho '[1:1:ERROR:zygote.cc(1)] {says}' >&2\nexit 1\n", encoding="utf-8")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("says", "reason", "hint"),
    [
        ("No usable sandbox! If this is a Debian system", "its sandbox cannot be used", "chromium-sandbox"),
        ("Running as root without --no-sandbox is not supported.", "run by root", "--no-sandbox"),
        (
            "error while loading shared libraries: libnss3.so: cannot open",
            "the library libnss3.so is missing",
            "package",
        ),
    ],
)
def test_reason_is_told_with_what_to_do(tmp_path: Path, says: str, reason: str, hint: str) -> None:
    with (
        pytest.raises(CaptureError) as caught,
        explained_start(browser(tmp_path, says), ["--headless=new"]),
    ):
        raise SessionLost("Opening the browser failed: session not created: Chrome instance exited.")
    assert reason in caught.value.message
    assert hint in caught.value.hint
    assert not isinstance(caught.value, SessionLost), "another try does not help"


def test_what_is_not_known_is_told_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(SessionLost, match="out of luck"), explained_start(browser(tmp_path, "bad weather"), []):
        raise SessionLost("out of luck")
    assert why_not(str(tmp_path / "none"), []) is None


def test_error_of_a_browser_that_has_started_is_not_looked_into(tmp_path: Path) -> None:
    def crash_once_open() -> None:
        with explained_start(browser(tmp_path, "No usable sandbox"), []) as opened:
            opened.append(True)
            raise SessionLost("crashed")

    with pytest.raises(SessionLost):
        crash_once_open()
