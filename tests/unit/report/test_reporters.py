"""What every reporter promises: the contract of the seam."""

from __future__ import annotations

import pytest

from compatcheck.errors import UsageError
from compatcheck.report import REPORTERS
from compatcheck.report.results import build_results
from tests.factories import make_full_run, make_run

every_reporter = pytest.mark.parametrize("name", sorted(REPORTERS))


@every_reporter
def test_a_run_without_outcomes_is_written(tmp_path, name):
    path = REPORTERS[name]().write(make_run(interrupted=True), tmp_path)
    assert path.parent == tmp_path
    assert path.stat().st_size > 0


@every_reporter
def test_run_and_results_give_the_same_file(tmp_path, name):
    run = make_full_run(tmp_path)
    first = REPORTERS[name]().write(run, tmp_path).read_bytes()
    assert REPORTERS[name]().write(build_results(run), tmp_path).read_bytes() == first


@every_reporter
def test_nothing_but_whole_files_is_left_behind(tmp_path, name):
    before = {path for path in make_folder(tmp_path).rglob("*") if path.is_file()}
    path = REPORTERS[name]().write(make_full_run(), tmp_path)
    left = {each for each in tmp_path.rglob("*") if each.is_file()} - before
    assert left == {path}


def make_folder(folder):
    make_full_run(folder)
    return folder


@every_reporter
def test_a_folder_that_cannot_be_written_to_is_one_clear_message(tmp_path, name):
    file = tmp_path / "file"
    file.write_text("in the way")
    with pytest.raises(UsageError, match="cannot be written"):
        REPORTERS[name]().write(make_run(), file / "run")
    assert file.read_text() == "in the way"
