"""`compatcheck compare A B`: pictures that are there already, through the same path as a run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from compatcheck.cli.run import CORES, Jobs, Json, Output, Quiet, command_line
from compatcheck.errors import UsageError

if TYPE_CHECKING:
    from compatcheck.model.matrix import Device, Matrix, Page

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})


def compare(
    reference: Annotated[Path, typer.Argument(metavar="A", help="The reference: a picture, or a folder of pictures.")],
    candidate: Annotated[Path, typer.Argument(metavar="B", help="The candidate: the same.")],
    output: Output = Path("reports"),
    metrics: Annotated[
        str, typer.Option("--metrics", help="Scores to compute, comma-separated.")
    ] = "psnr,ssim,ms_ssim,histogram,lpips",
    jobs: Jobs = CORES,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Compare two pictures, or two folders of pictures by name, and write a report.

    A `.json` page model beside a picture is used. Exit codes as for `run`.
    """
    from compatcheck.cli.execution import execute
    from compatcheck.plan import make_plan

    matrix = matrix_of_pictures(
        reference, candidate, tuple(name.strip() for name in metrics.split(",") if name.strip())
    )
    plan = make_plan(matrix, matrix.pages, devices=["candidate"])
    raise typer.Exit(execute(matrix, plan, output, jobs=jobs, quiet=quiet, json=json, command=command_line()))


def matrix_of_pictures(reference: Path, candidate: Path, metrics: tuple[str, ...]) -> Matrix:
    """A matrix of two picture devices, with a page for every name that one of them has.

    Raises UsageError when a side is missing, is not a picture or holds none, or when a picture meets a folder; PictureError
    for a single picture that cannot be read.
    """
    from compatcheck.metrics import METRICS
    from compatcheck.model.matrix import Matrix

    if reference.is_dir() != candidate.is_dir() and reference.exists() and candidate.exists():
        raise UsageError(
            f"{reference} and {candidate}: a picture and a folder cannot be compared.", hint="Give two of a sort."
        )
    pictures = {"reference": _pictures(reference), "candidate": _pictures(candidate)}
    if reference.is_file():
        pictures = {side: dict.fromkeys(["picture"], *found.values()) for side, found in pictures.items()}
    if unknown := [name for name in metrics if name not in METRICS]:
        raise UsageError(f"--metrics {unknown[0]}: there is no such metric.", hint=f"There are: {', '.join(METRICS)}.")
    names = sorted({name for found in pictures.values() for name in found})
    pages = {name: _page(name, number, names) for number, name in enumerate(names)}
    return Matrix(
        devices=tuple(
            _device(side, {pages[name].id: str(path) for name, path in found.items()})
            for side, found in pictures.items()
        ),
        reference=dict.fromkeys(("desktop", "tablet", "phone"), "reference"),
        pages=tuple(pages.values()),
        metrics=metrics,
        source=f"{reference} {candidate}",
    )


def _pictures(path: Path) -> dict[str, Path]:
    """The pictures of a side by name: the path inside the folder without its ending."""
    if path.is_file():
        return {path.stem: path}
    if not path.is_dir():
        raise UsageError(f"{path}: there is no such file or folder.")
    found = {
        file.relative_to(path).with_suffix("").as_posix(): file
        for file in sorted(path.rglob("*"))
        if file.suffix.lower() in SUFFIXES and file.is_file()
    }
    if not found:
        raise UsageError(
            f"{path}: the folder holds no pictures.", hint=f"Pictures end in {' '.join(sorted(SUFFIXES))}."
        )
    return found


def _page(name: str, number: int, names: list[str]) -> Page:
    from compatcheck.model.matrix import Page

    slugs = [_slug(other) for other in names]
    unique = slugs[number] if slugs.count(slugs[number]) == 1 else f"{slugs[number]}-{number}"
    return Page(id=unique, url=name)


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "picture"


def _device(side: str, pictures: dict[str, str]) -> Device:
    """A device that shows pictures. Its screen is not known; the pictures' own sizes are read into the facts."""
    from compatcheck.geometry import Size
    from compatcheck.model.matrix import Device, Screen

    screen = Screen(viewport=Size(0, 0))
    return Device(id=side, browser="chromium", screen=screen, driver="folder", options={"pictures": pictures})
