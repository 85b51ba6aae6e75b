"""`compatcheck login` without a browser: what is told before one is started; and what `doctor` says of engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from compatcheck.cli.app import run_app
from compatcheck.cli.doctor import _lacks, abilities_table
from compatcheck.matrix import load_matrix
from compatcheck.model.abilities import ABILITIES

BARE = "version: 1\nreference: a\ndevices: [{id: a}, {id: phone, preset: iPhone 15}]\n"
LOGIN = f"{BARE}login: {{url: 'https://shop.example/login', save: state.json}}\n"


def told(folder: Path, text: str, *arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    file = folder / "devices.yaml"
    file.write_text(text, encoding="utf-8")
    code = run_app(["login", "--matrix", str(file), *arguments])
    return code, capsys.readouterr().err


def test_matrix_that_does_not_say_how(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(tmp_path, BARE, capsys=capsys)
    assert code == 2
    assert "does not say how to sign in" in said
    assert "login:" in said


def test_nowhere_to_keep_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(tmp_path, LOGIN.replace(", save: state.json", ""), capsys=capsys)
    assert code == 2
    assert "--save FILE" in said


def test_device_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = told(tmp_path, LOGIN, "--device", "b", capsys=capsys)
    assert code == 2
    assert "--device b: there is no such device" in said


def test_driver_that_cannot_tell_what_is_remembered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "pictures").mkdir()
    text = LOGIN.replace("{id: a}", "{id: a, driver: folder, folder: pictures}")
    code, said = told(tmp_path, text, capsys=capsys)
    assert code == 3
    assert "driver folder cannot tell what its browser remembers" in said


def test_doctor_shows_every_ability_and_what_a_matrix_does_not_get(tmp_path: Path) -> None:
    assert abilities_table().row_count == len(ABILITIES)
    file = tmp_path / "devices.yaml"
    file.write_text(BARE, encoding="utf-8")
    (line,) = _lacks(load_matrix(file))
    assert line.what == "device phone"
    assert "touch screen" in line.found
    assert not line.needed
