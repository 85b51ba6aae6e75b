"""A report to hand on: one HTML file for mailing, or a zip for artefacts."""

from __future__ import annotations

import base64
import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from compatcheck.errors import UsageError
from compatcheck.report.files import write_whole
from compatcheck.report.html.earlier import look_back
from compatcheck.report.html.text import picture_link
from compatcheck.report.html.write import INDEX_NAME, HtmlReporter, render_html
from compatcheck.report.records import DivergenceRecord, Results
from compatcheck.report.results import RESULTS_NAME, read_results

MOST_BYTES = 150_000_000
"""The most a single file may hold in pictures: beyond it, mail refuses it and browsers take long to open it."""

_ALWAYS = (INDEX_NAME, RESULTS_NAME, "junit.xml", "summary.md", "findings.csv")


def write_single_file(folder: Path, target: Path | None = None) -> Path:
    """Pack the report of a run folder and its pictures into one HTML file, `<folder>/report.html` unless `target` is given.

    Raises UsageError when the folder holds no readable run, or the pictures are too many for one file.
    """
    results = read_results(folder)
    pictures: dict[str, str] = {}
    total = 0
    for path in picture_paths(results):
        link, file = picture_link(path), folder / path
        if link is None or not file.is_file():
            continue
        total += file.stat().st_size
        if total > MOST_BYTES:
            raise UsageError(
                f"{folder}: its pictures are more than {MOST_BYTES // 1_000_000} MB, too much for one file.",
                hint="Use --zip instead.",
            )
        pictures[link] = f"data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}"
    rendered = render_html(results, folder, look_back(results, folder), inline_pictures=pictures)
    return write_whole(target or folder / "report.html", rendered.html)


def write_zip(folder: Path, target: Path | None = None) -> Path:
    """Zip the report with what it shows, `<folder>.zip` unless `target` is given. Raises UsageError like `write_single_file`."""
    results = read_results(folder)
    if not (folder / INDEX_NAME).is_file():
        HtmlReporter().write(results, folder)
    target = target or folder.resolve().with_suffix(".zip")
    temporary = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        number, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(number, "wb") as stream, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(_files(results, folder)):
                # PNG is compressed already.
                method = zipfile.ZIP_STORED if path.endswith(".png") else zipfile.ZIP_DEFLATED
                archive.write(folder / path, f"{folder.resolve().name}/{path}", method)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise UsageError(f"{target}: cannot be written: {error.strerror or error}.") from None
    return target


def picture_paths(results: Results) -> Iterator[str]:
    """Every picture that the run's outcomes name, each once."""
    seen: set[str] = set()
    for outcome in results.outcomes:
        images = outcome.images
        own = [path for item in outcome.divergences for path in own_pictures(item).values()]
        for path in (images.reference, images.candidate, images.direct, *images.maps.values(), *own):
            if path and path not in seen:
                seen.add(path)
                yield path


def own_pictures(item: DivergenceRecord) -> dict[str, str]:
    """A finding's own pictures by name, where they are not its outcome's: paths in the run folder."""
    images = item.extra.get("images")
    return {name: path for name, path in images.items() if isinstance(path, str)} if isinstance(images, dict) else {}


def _files(results: Results, folder: Path) -> set[str]:
    chunks = {f"data/{file.name}" for file in (folder / "data").glob("*.js")}
    pictures = {path for path in picture_paths(results) if picture_link(path) and (folder / path).is_file()}
    return pictures | chunks | {name for name in _ALWAYS if (folder / name).is_file()}
