"""`load_matrix`: read, check, resolve."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from compatcheck.errors import MatrixError
from compatcheck.matrix.checks import check
from compatcheck.matrix.document import Document
from compatcheck.matrix.problems import note_errors, shown
from compatcheck.matrix.reader import read_document
from compatcheck.matrix.resolve import resolve
from compatcheck.matrix.schema import VERSION, MatrixBlock
from compatcheck.matrix.used import as_used
from compatcheck.matrix.visiting import written_secrets
from compatcheck.matrix.waivers import read_waivers
from compatcheck.model.matrix import Matrix, Waiver

WAIVERS = "waivers.yaml"
"""The file of waivers, next to the matrix."""


def load_matrix(path: str | Path, *, environ: Mapping[str, str] = os.environ) -> Matrix:
    """Read `devices.yaml`, and `waivers.yaml` next to it when there is one.

    Raises MatrixError with every problem of both files at once, each with file, line, column and YAML path.
    """
    document = read_document(path, environ)
    block = _checked(document)
    problems = list(document.problems)
    waivers: tuple[Waiver, ...] = ()
    waiver_path = Path(path).with_name(WAIVERS)
    if waiver_path.exists():
        try:
            waivers = read_waivers(waiver_path)
        except MatrixError as error:
            problems += error.problems
    if block is None or problems:
        raise MatrixError(problems)
    matrix = resolve(block, str(path))
    matrix = replace(matrix, waivers=waivers, secrets=written_secrets(matrix) | document.secrets)
    return replace(matrix, as_used=as_used(matrix, document))


def _checked(document: Document) -> MatrixBlock | None:
    """The document as a block, None when it is none; all that is wrong is noted in the document, in file order."""
    block = None
    if not isinstance(document.value, dict):
        if not document.problems:
            document.problem(
                f"must be a mapping with `version`, `reference` and `devices`, not {shown(document.value)}.",
                (),
                hint="`compatcheck init` writes one to start from.",
            )
    elif "version" in document.value and document.value["version"] != VERSION and ("version",) not in document.unset:
        place = document.places[("version",)]
        document.problem(
            f"this compatcheck reads version {VERSION}, not {shown(document.value['version'], place.text)}.",
            ("version",),
            hint=f"Write version: {VERSION}.",
        )
    else:
        # keys that begin with x- hold anchors for the rest of the file, as in Compose files
        data = {key: value for key, value in document.value.items() if not key.startswith("x-")}
        try:
            block = MatrixBlock.model_validate(data)
        except ValidationError as error:
            note_errors(document, MatrixBlock, error.errors(include_url=False))
        check(document)
    document.problems = sorted(dict.fromkeys(document.problems), key=lambda problem: (problem.line, problem.column))
    return block
