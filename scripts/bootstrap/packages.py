"""The virtual environment: pinned packages, PyTorch first, and a stamp so that nothing is done twice."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EXTRAS = "dev,drivers"
PINNED_EXTRAS = "dev,drivers,appium"
"""`lock` pins the Appium tests' packages too, which scripts/appium-parts installs when those tests are wanted."""

TORCH = ("torch", "torchvision")
"""Pinned by hand, moved together: each torchvision fits exactly one torch. The rest of constraints.txt follows `lock`."""

BUILD = ("setuptools",)
"""What builds the package itself; installed beforehand, so that the build needs no environment of its own."""

COMPILERS = ("cc", "gcc", "clang")
"""With any of them the package's C is built; without, NumPy and OpenCV do the same work more slowly."""

TORCH_PLATFORM = re.compile(r"^(nvidia-|cuda-|triton|pytorch-triton)", re.IGNORECASE)
"""Packages that depend on which build of PyTorch a machine takes: never pinned."""


class SetupError(Exception):
    """The set-up cannot go on; the message says why and what to do."""


def digest(root: Path, python: str) -> str:
    """What the environment depends on: pins, metadata, C sources, whether they can be built, the Python, and the place."""
    metadata = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    extensions = metadata.get("tool", {}).get("setuptools", {}).get("ext-modules", [])
    sources = [name for extension in extensions for name in (*extension["sources"], *extension.get("depends", ()))]
    parts = {
        "constraints": (root / "constraints.txt").read_text(encoding="utf-8"),
        "project": metadata["project"],
        "build": metadata["build-system"],
        "extensions": extensions,
        "sources": {name: (root / name).read_text(encoding="utf-8") for name in sources},
        "compiler": any(shutil.which(name) for name in COMPILERS),
        "python": python,
        "root": str(root),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def python_of(venv: Path) -> Path:
    """The Python inside a virtual environment."""
    return venv / "bin" / "python"


def version_of(python: Path) -> str:
    """The version that a Python tells, such as `3.11.7`; empty when it does not run."""
    try:
        done = subprocess.run(
            [python, "-c", "import platform; print(platform.python_version())"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def is_new_enough(version: str) -> bool:
    """True for `3.11.0` and later; False for the empty version of a Python that does not run."""
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) >= (3, 11)


def is_current(root: Path) -> bool:
    """True when the environment was set up for exactly these files; reads two files and starts no process."""
    stamp = root / ".venv" / "set-up"
    python = python_of(root / ".venv")
    if not (stamp.is_file() and python.exists()):
        return False
    kept, _, version = stamp.read_text(encoding="utf-8").partition(" ")
    return kept == digest(root, version.strip())


def make_environment(root: Path) -> None:
    """Make `.venv`, unless there is one that works. Raises SetupError."""
    venv = root / ".venv"
    if not is_new_enough(version_of(python_of(venv))):
        _run([sys.executable, "-m", "venv", "--clear", str(venv)], "The virtual environment could not be made")


def install(root: Path, torch_index: str, *, verbose: bool) -> None:
    """Install everything into `.venv`, which must be there. Raises SetupError."""
    venv = root / ".venv"
    python = python_of(venv)
    constraints = root / "constraints.txt"
    pip = pip_command(python, verbose=verbose)
    for arguments in pip_steps(root, constraints, torch_index):
        _run([*pip, *arguments], "pip could not install the packages", cwd=root)
    version = version_of(python)
    (venv / "set-up").write_text(f"{digest(root, version)} {version}\n", encoding="utf-8")


def pip_command(python: Path, *, verbose: bool) -> list[str]:
    """The start of every call of pip; without `verbose` it prints errors only."""
    quiet = [] if verbose else ["-qq", "--progress-bar=off"]
    return [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", *quiet]


def pip_steps(root: Path, constraints: Path, torch_index: str, extras: str = EXTRAS) -> list[list[str]]:
    """What pip is asked for, in order.

    PyTorch comes first and alone: with it there, nothing later asks for another build of it. From an index of its own it
    is taken without its dependencies, which that index may have in other versions; the last step brings them.
    """
    pins = ["--constraint", str(constraints)]
    first = ["--no-deps", "--index-url", torch_index, *pins, *TORCH] if torch_index else [*pins, "torch"]
    return [
        first,
        [*pins, *BUILD],
        [*pins, "--no-build-isolation", "--editable", f"{root}[{extras}]"],
    ]


def pins_of(text: str, names: Sequence[str]) -> list[str]:
    """The lines of a constraints file for `names`, in that order."""
    found = {line.partition("==")[0].lower(): line for line in text.splitlines() if "==" in line}
    return [found[name] for name in names]


def lock(root: Path, torch_index: str) -> str:
    """Resolve everything anew in a throw-away environment and give the text of a new constraints.txt.

    The pins of TORCH stay; to move them, edit them first. Raises SetupError.
    """
    old = (root / "constraints.txt").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="compatcheck-lock-") as folder:
        venv = Path(folder, "venv")
        kept = Path(folder, "torch.txt")
        kept.write_text("\n".join(pins_of(old, TORCH)) + "\n", encoding="utf-8")
        _run([sys.executable, "-m", "venv", str(venv)], "The virtual environment could not be made")
        for arguments in pip_steps(root, kept, torch_index, PINNED_EXTRAS):
            _run([*pip_command(python_of(venv), verbose=False), *arguments], "pip could not resolve the packages")
        done = subprocess.run(
            [python_of(venv), "-m", "pip", "freeze", "--all", "--exclude-editable", "--exclude", "pip"],
            capture_output=True,
            text=True,
            check=True,
        )
    return frozen(done.stdout)


def frozen(text: str) -> str:
    """`pip freeze`'s lines as a constraints file: sorted, local builds (`+cpu`) and PyTorch's platform packages left out."""
    header = (
        "# Every Python package that the set-up installs, in the version that the tests pass with. Made by `make lock`.\n"
        "# torch and torchvision are pinned by hand and move together; the platform's own packages of PyTorch are not pinned.\n"
    )
    lines = [line.strip().split("+")[0] for line in text.splitlines() if "==" in line]
    kept = sorted((line for line in lines if not TORCH_PLATFORM.match(line)), key=str.lower)
    return header + "\n".join(kept) + "\n"


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for Python and pip, without what would lead them out of the virtual environment."""
    hidden = {"PYTHONPATH", "PYTHONHOME", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_CONSTRAINT", "VIRTUAL_ENV"}
    return {name: value for name, value in environ.items() if name not in hidden}


def _run(command: Sequence[str], what: str, *, cwd: Path | None = None) -> None:
    done = subprocess.run(command, check=False, cwd=cwd, env=environment(os.environ), stdin=subprocess.DEVNULL)
    if done.returncode:
        raise SetupError(f"{what} (the reason stands above). Mend it and type `make setup` again.")
