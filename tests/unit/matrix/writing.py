"""Matrices for tests: written to a file, loaded, and their problems as lines without the folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from compatcheck.errors import MatrixError
from compatcheck.matrix import load_matrix
from compatcheck.model.matrix import Matrix

HEAD = "version: 1\nreference: desktop\ndevices:\n  - {id: desktop, browser: chromium}\n"
"""A matrix that is valid as it stands; more devices may follow."""


def load(folder: Path, text: str, **environ: str) -> Matrix:
    file = folder / "devices.yaml"
    file.write_text(text, encoding="utf-8")
    return load_matrix(file, environ=environ)


def problems(folder: Path, text: str | bytes, environ: Mapping[str, str] | None = None) -> list[str]:
    """Every problem of a matrix as `line:column: path: message hint`; an empty list when there is none."""
    file = folder / "devices.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        load_matrix(file, environ=environ or {})
    except MatrixError as error:
        return [str(problem).replace(f"{folder}/", "") for problem in error.problems]
    return []
