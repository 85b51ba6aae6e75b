"""The set-up: what it finds, what it asks apt and pip for, and what it says when it may not."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from bootstrap import __main__ as bootstrap
from bootstrap import packages, system

ROOT = Path(__file__).resolve().parents[2]


def program(folder: Path, name: str, script: str) -> Path:
    """An executable shell script in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


# ── scripts/setup: finding a Python ────────────────────────────────────────────────────────────────────────────────────

GOOD = 'case "$*" in *bootstrap*) echo "ran $0 $*";; esac'  # every question is answered with yes
OLD = "exit 1"
NO_VENV = 'case "$*" in *ensurepip*) exit 1;; esac'


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A copy of scripts/setup beside an empty `bin`, which is all that is on PATH."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "setup", tmp_path / "scripts" / "setup")
    for name in ("sh", "dirname", "env", "rm", "cp"):
        tool = shutil.which(name)
        assert tool
        program(tmp_path / "bin", name, f'exec {tool} "$@"')
    program(tmp_path / "bin", "id", "echo 1000")
    return tmp_path


def run_setup(machine: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [machine / "scripts" / "setup", *arguments],
        env={"PATH": str(machine / "bin"), "BIN": str(machine / "bin"), **variables},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_first_python_that_fits_is_used(machine: Path) -> None:
    program(machine / "bin", "python3", OLD)
    program(machine / "bin", "python3.13", NO_VENV)
    good = program(machine / "bin", "python3.11", GOOD)
    done = run_setup(machine, "--once")
    assert (done.returncode, done.stdout) == (0, f"ran {good} -m bootstrap --once\n")


def test_without_python_the_message_says_what_to_install(machine: Path) -> None:
    program(machine / "bin", "python3", OLD)
    done = run_setup(machine)
    assert done.returncode == 1
    assert "Python 3.11 or newer with the venv module is needed" in done.stderr
    assert "apt-get install python3 python3-venv" in done.stderr


def test_a_python_that_was_asked_for_is_not_replaced_by_another(machine: Path) -> None:
    program(machine / "bin", "python3", GOOD)
    program(machine / "bin", "pypy", OLD)
    done = run_setup(machine, PYTHON="pypy")
    assert done.returncode == 1
    assert "PYTHON=pypy is not a Python 3.11 or newer" in done.stderr
    assert run_setup(machine, PYTHON="python3").returncode == 0


def test_root_gets_python_from_debian(machine: Path) -> None:
    program(machine / "bin", "id", "echo 0")
    program(machine / "later", "python3", GOOD)
    program(
        machine / "bin",
        "apt-get",
        f'echo "$*" >&2\ncase "$*" in *python3-venv*) cp {machine}/later/python3 "$BIN";; esac',
    )
    done = run_setup(machine)
    assert done.returncode == 0, done.stderr
    assert "install -y --no-install-recommends python3 python3-venv" in done.stderr
    shutil.rmtree(machine / "later")
    (machine / "bin" / "python3").unlink()
    assert run_setup(machine, INSTALL="no").returncode == 1


def test_sudo_that_wants_a_password_is_not_waited_for(machine: Path) -> None:
    program(machine / "bin", "apt-get", "echo must not be called; exit 9")
    program(machine / "bin", "sudo", 'test "$1" = -n && exit 1; sleep 60')
    done = run_setup(machine)
    assert done.returncode == 1
    assert "must not" not in done.stdout + done.stderr


# ── Python packages ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "compatcheck" / "native", tmp_path / "compatcheck" / "native")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_every_dependency_is_pinned() -> None:
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [
        *metadata["dependencies"],
        *metadata["optional-dependencies"]["dev"],
        *metadata["optional-dependencies"]["drivers"],
    ]
    names = {re.split(r"[<>=!~;\[ ]", requirement)[0].lower().replace("_", "-") for requirement in wanted}
    lines = [
        line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    assert all(re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", line) for line in lines), (
        "name==version, no local builds"
    )
    pinned = {line.partition("==")[0].lower().replace("_", "-") for line in lines}
    assert names - pinned == set()
    assert {*packages.TORCH, *packages.BUILD} <= pinned


def test_torch_comes_first() -> None:
    first, second, third = packages.pip_steps(Path("/p"), Path("/p/constraints.txt"), "")
    assert first == ["--constraint", "/p/constraints.txt", "torch"]
    assert second[-1] == "setuptools"
    assert third[-3:] == ["--no-build-isolation", "--editable", "/p[dev,drivers]"]
    assert all(step[:2] == ["--constraint", "/p/constraints.txt"] for step in (first, second, third))


def test_another_index_is_asked_for_torch_alone() -> None:
    first, *others = packages.pip_steps(Path("/p"), Path("/p/constraints.txt"), "https://wheels.example/cpu")
    assert first[:3] == ["--no-deps", "--index-url", "https://wheels.example/cpu"]
    assert first[-2:] == ["torch", "torchvision"]
    assert not [word for step in others for word in step if "wheels.example" in word]


def test_the_stamp_follows_what_matters(project: Path) -> None:
    before = packages.digest(project, "3.11.7")
    assert packages.digest(project, "3.12.1") != before
    text = (project / "pyproject.toml").read_text(encoding="utf-8")
    (project / "pyproject.toml").write_text(text.replace("line-length = 120", "line-length = 100"), encoding="utf-8")
    assert packages.digest(project, "3.11.7") == before, "the linter's settings need no installation"
    (project / "pyproject.toml").write_text(text.replace('"numpy>=2"', '"numpy>=2.1"'), encoding="utf-8")
    assert packages.digest(project, "3.11.7") != before
    (project / "pyproject.toml").write_text(text, encoding="utf-8")
    (project / "constraints.txt").write_text("torch==9\n", encoding="utf-8")
    assert packages.digest(project, "3.11.7") != before


def test_a_changed_c_source_and_a_new_compiler_are_built_with(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = packages.digest(project, "3.11.7")
    with monkeypatch.context() as bare:
        bare.setenv("PATH", str(project))
        without_compiler = packages.digest(project, "3.11.7")
        program(project, "gcc", "exit 0")
        assert packages.digest(project, "3.11.7") != without_compiler
    source = project / "compatcheck" / "native" / "structure.c"
    source.write_text(source.read_text(encoding="utf-8") + "/* changed */\n", encoding="utf-8")
    assert packages.digest(project, "3.11.7") != before


def test_install_makes_the_environment_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []

    def run(command: list[str], what: str, *, cwd: Path | None = None) -> None:
        calls.append(command)
        if "venv" in command:
            python = packages.python_of(project / ".venv")
            python.parent.mkdir(parents=True)
            python.symlink_to(sys.executable)

    monkeypatch.setattr(packages, "_run", run)
    assert not packages.is_current(project)
    packages.make_environment(project)
    packages.install(project, "", verbose=False)
    assert [command[1:4] for command in calls] == [["-m", "venv", "--clear"], *[["-m", "pip", "install"]] * 3]
    assert packages.is_current(project)
    (project / "constraints.txt").write_text("torch==9\n", encoding="utf-8")
    assert not packages.is_current(project)
    packages.make_environment(project)
    packages.install(project, "", verbose=True)
    assert len(calls) == 4 + 3, "an environment that works is kept"
    assert packages.is_current(project)
    packages.python_of(project / ".venv").unlink()
    assert not packages.is_current(project)


def test_a_failing_pip_is_one_clear_message(project: Path) -> None:
    with pytest.raises(packages.SetupError, match=r"pip could not .* type `make setup` again"):
        packages._run([sys.executable, "-c", "raise SystemExit(3)"], "pip could not install the packages")


@pytest.mark.parametrize(
    ("version", "enough"), [("3.11.0", True), ("3.13.0rc1", True), ("4.0", True), ("3.10.9", False), ("", False)]
)
def test_is_new_enough(version: str, enough: bool) -> None:
    assert packages.is_new_enough(version) is enough


def test_frozen_pins_no_platform() -> None:
    text = packages.frozen(
        "torch==2.13.0+cpu\nnvidia-cublas==1.2\ntriton==3.1\nattrs==26.1.0\n-e git+x#egg=y\nZ @ file:///z\n"
    )
    assert [line for line in text.splitlines() if not line.startswith("#")] == ["attrs==26.1.0", "torch==2.13.0"]
    assert packages.pins_of(text, ("torch", "attrs")) == ["torch==2.13.0", "attrs==26.1.0"]


def test_pip_is_kept_inside_the_environment() -> None:
    kept = packages.environment({"PATH": "/bin", "PYTHONPATH": "/x", "PIP_USER": "1", "PIP_INDEX_URL": "https://mine"})
    assert kept == {"PATH": "/bin", "PIP_INDEX_URL": "https://mine"}


# ── browsers, fonts, libraries ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_part_is_there_when_all_its_probes_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part = system.Part("P", "why", ("p",), (("one", "two"), ("/usr/lib/*/x.typelib", "/opt/x.typelib")))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert not part.is_there(tmp_path)
    program(tmp_path / "bin", "two", "exit 0")
    assert not part.is_there(tmp_path)
    (tmp_path / "usr/lib/x86_64-linux-gnu").mkdir(parents=True)
    (tmp_path / "usr/lib/x86_64-linux-gnu/x.typelib").touch()
    assert part.is_there(tmp_path)
    assert system.missing([part], tmp_path) == []


def test_an_empty_machine_misses_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert system.missing(root=tmp_path) == list(system.PARTS)
    words = system.packages_of(system.PARTS)
    assert len(words) == len(set(words))
    assert {"chromium", "chromium-driver", "firefox-esr", "webkit2gtk-driver", "xvfb", "fonts-noto-cjk"} <= set(words)


ONE = system.Part("One", "first", ("one", "one-driver"), (("one-program",),))
TWO = system.Part("Two", "second", ("two",), (("two-program",),))


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An apt-get that writes down how it was called, fails where `two` is asked for, and installs by making programs."""
    folder = tmp_path / "bin"
    program(
        folder,
        "apt-get",
        f'echo "$*" >>{tmp_path}/calls\necho "E: talking $DEBIAN_FRONTEND"\n'
        'case "$*" in *" two"*) echo "E: no candidate for two"; exit 100;; esac\n'
        f'case "$*" in *one-driver*) cp {folder}/env {folder}/one-program;; esac',
    )
    for name in ("env", "cp", "sleep"):
        tool = shutil.which(name)
        assert tool
        program(folder, name, f'exec {tool} "$@"')
    monkeypatch.setenv("PATH", str(folder))
    return tmp_path


def calls_of(apt: Path) -> list[str]:
    lines = (apt / "calls").read_text(encoding="utf-8").splitlines() if (apt / "calls").exists() else []
    return [re.sub(r"^-q( -o \S+)+ ", "", line) for line in lines]


def test_apt_installs_all_at_once(apt: Path) -> None:
    said: list[str] = []
    failed = system.Apt(["env", "DEBIAN_FRONTEND=noninteractive"], apt / "log", said.append).install([ONE])
    assert (failed, said) == ([], [])
    assert calls_of(apt) == ["update", "install --yes --no-install-recommends one one-driver"]
    assert "talking noninteractive" in (apt / "log").read_text(encoding="utf-8")


def test_one_part_that_cannot_be_had_does_not_cost_the_others(apt: Path) -> None:
    failed = system.Apt([], apt / "log", lambda _: None).install([ONE, TWO])
    assert failed == [TWO]
    assert [call.removeprefix("install --yes --no-install-recommends ") for call in calls_of(apt)] == [
        "update",
        "one one-driver two",
        "one one-driver",
        "two",
    ]


def test_apt_that_hangs_is_given_up(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(apt / "bin", "apt-get", "exec sleep 60")
    monkeypatch.setattr(system, "APT_SECONDS", 0.2)
    said: list[str] = []
    assert system.Apt([], apt / "log", said.append).install([ONE]) == [ONE]
    assert said == ["apt-get update failed; going on with the package lists that are there"]
    assert "timed out" in (apt / "log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("user", "sudo", "variables", "expected"),
    [
        (0, None, {}, ["env", "DEBIAN_FRONTEND=noninteractive"]),
        (1000, "exit 0", {}, ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]),
        (1000, "exit 1", {}, None),
        (1000, None, {}, None),
        (0, None, {"INSTALL": "no"}, None),
    ],
    ids=["root", "sudo", "sudo asks", "no sudo", "told not to"],
)
def test_who_may_install(
    apt: Path,
    monkeypatch: pytest.MonkeyPatch,
    user: int,
    sudo: str | None,
    variables: dict[str, str],
    expected: list[str] | None,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    if sudo:
        program(apt / "bin", "sudo", sudo)
    assert system.apt_prefix(variables) == expected
    (apt / "bin" / "apt-get").unlink()
    assert system.apt_prefix(variables) is None


def test_what_to_type() -> None:
    assert system.how_to_install([ONE, TWO], macos=False, has_apt=True) == (
        "sudo apt-get install --no-install-recommends one one-driver two"
    )
    assert "brew install" in system.how_to_install([ONE], macos=True, has_apt=False)
    assert "what Debian calls one one-driver" in system.how_to_install([ONE], macos=False, has_apt=False)


@pytest.fixture
def bare(apt: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with `apt` and none of the parts ONE and TWO, where root sets up."""
    (apt / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "ROOT", apt)
    monkeypatch.setattr(system, "missing", lambda: [part for part in (ONE, TWO) if not part.is_there()])
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("INSTALL", raising=False)
    return apt


def test_the_system_is_set_up_as_far_as_it_goes(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap.set_up_system(again=False)
    words = capsys.readouterr().err
    assert "not on this machine: One (first), Two (second)" in words
    assert "    E: no candidate for two" in words
    assert "still missing: Two\n" in words
    assert "to install by hand: sudo apt-get install --no-install-recommends two\n" in words
    assert "going on without" in words


def test_what_failed_is_tried_again_only_when_asked(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bare / "bin" / "one-program").symlink_to(bare / "bin" / "env")
    for again, expected in ((False, True), (False, False), (True, True)):
        (bare / "calls").unlink(missing_ok=True)
        bootstrap.set_up_system(again=again)
        assert bool(calls_of(bare)) is expected
        assert "to install by hand" in capsys.readouterr().err


def test_when_told_not_to_install_nothing_is_tried(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INSTALL", "no")
    bootstrap.set_up_system(again=True)
    assert calls_of(bare) == []
    assert "sudo apt-get install --no-install-recommends one one-driver two" in capsys.readouterr().err


def test_nothing_is_said_when_nothing_is_missing(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system, "missing", list)
    bootstrap.set_up_system(again=True)
    assert capsys.readouterr() == ("", "")


def test_missing_weights_do_not_fail_the_set_up(bare: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bootstrap.set_up_weights()
    assert "LPIPS weights: " in capsys.readouterr().err
    program(bare / ".venv" / "bin", "python", "echo 'no route to the weights' >&2; exit 3")
    bootstrap.set_up_weights()
    assert "LPIPS is left out: no route to the weights" in capsys.readouterr().err


# ── the commands ───────────────────────────────────────────────────────────────────────────────────────────────────────


def make(*arguments: str, folder: Path = ROOT) -> str:
    """What make prints, without the variables of a make that these tests may run in."""
    environ = {k: v for k, v in os.environ.items() if k not in {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "URL"}}
    done = subprocess.run(["make", *arguments], cwd=folder, env=environ, capture_output=True, text=True, check=True)
    return done.stdout


def test_make_help_lists_every_target() -> None:
    words = make("help")
    assert {line.split()[1] for line in words.splitlines()} >= {"setup", "demo", "test", "check", "lock", "clean"}


def test_make_test_sets_up_checks_and_runs_everything() -> None:
    words = make("-n", "test")
    places = [
        words.index(part)
        for part in ("scripts/setup", "ruff check", "ruff format --check", "mypy", "not browser", "-m browser")
    ]
    assert places == sorted(places)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_demos_url_reaches_the_command_whole(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    program(tmp_path / "scripts", "setup", "exit 0")
    program(tmp_path / ".venv" / "bin", "python", 'for word in "$@"; do echo "[$word]"; done')
    url = "https://shop.example/a page?x=1&y='2'"
    words = make("demo", f"URL={url}", folder=tmp_path)
    assert words.split("\n")[:-1] == ["[-m]", "[compatcheck]", "[demo]", "[--url]", f"[{url}]"]
    words = make("demo", folder=tmp_path)
    assert words.split() == ["[-m]", "[compatcheck]", "[demo]"]
