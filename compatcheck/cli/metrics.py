"""`compatcheck metrics`: scores of two pictures, with no matrix and no report."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from compatcheck.errors import PictureError, UsageError

if TYPE_CHECKING:
    from compatcheck.model.verdict import Score

ALL = "psnr,mse,ssim,ms_ssim,iw_ssim,histogram,lpips"


class ScoreByDefault(typer.core.TyperGroup):
    """`compatcheck metrics A B` is `compatcheck metrics score A B`: the word may be left out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the word in where the first one is no command of the group."""
        if args and args[0] not in {*self.commands, "--help", "-h"}:
            args = ["score", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=ScoreByDefault,
    no_args_is_help=True,
    help="Score two pictures: `compatcheck metrics A B`. The exit code is 0 whatever the scores are.",
)


@app.command()
def score(
    reference: Annotated[Path, typer.Argument(metavar="A", help="The reference picture.")],
    candidate: Annotated[Path, typer.Argument(metavar="B", help="The candidate picture.")],
    metrics: Annotated[str, typer.Option("--metrics", help="Which, comma-separated.")] = ALL,
    fit: Annotated[
        str, typer.Option("--fit", help="How pictures of unlike size come to one: align, resize, pad, crop.")
    ] = "align",
    as_json: Annotated[bool, typer.Option("--json", help='Print {"scores": {name: value}, "fit": …}.')] = False,
    maps: Annotated[
        Path | None, typer.Option("--map", metavar="DIR", help="Write each metric's heat-map into DIR.")
    ] = None,
) -> None:
    """Score picture B against picture A (PNG, JPEG, WebP, BMP, GIF or TIFF)."""
    from compatcheck import compare, picture
    from compatcheck.metrics import load_metric, score_pair

    names = [name.strip() for name in metrics.split(",") if name.strip()]
    if not names:
        raise UsageError("--metrics names no metric.")
    loaded = {name: load_metric(name) for name in names}
    try:
        pictures = picture.read(reference), picture.read(candidate)
    except PictureError as error:
        raise UsageError(error.message, hint=error.hint) from error
    aligned = compare.fit_pictures(*pictures, fit)
    scores = score_pair(aligned.reference, aligned.candidate, names, with_maps=maps is not None)
    if maps is not None:
        _write_maps(scores, aligned, maps)
    if as_json:
        values = {name: _json_number(found.value) for name, found in scores.items()}
        notes = {name: found.note for name, found in scores.items() if found.note}
        typer.echo(json.dumps({"scores": values, "fit": aligned.fit, "notes": notes}, ensure_ascii=False))
        return
    _print(scores, {name: metric.meaning for name, metric in loaded.items()}, aligned.fit, aligned.notes)


def _json_number(value: float | None) -> float | None:
    """JSON has no infinity: the PSNR of equal pictures is null there, and a note says that they are equal."""
    return value if value is not None and math.isfinite(value) else None


def _print(scores: dict[str, Score], meanings: dict[str, str], fit: str, notes: tuple[str, ...]) -> None:
    import rich.box
    import rich.console
    from rich.markup import escape
    from rich.table import Table

    console = rich.console.Console(highlight=False)
    table = Table("metric", "value", "better", "what it says", box=rich.box.SIMPLE_HEAD)
    for name, found in scores.items():
        value = "unavailable" if found.value is None else f"{found.value:.6g}"
        said = f"{meanings[name]} ({found.note})" if found.note else meanings[name]
        table.add_row(name, value, found.direction, escape(said))
    console.print(table)
    console.print(escape(f"fit: {fit}" + (f" ({'; '.join(notes)})" if notes else "")))


def _write_maps(scores: dict[str, Score], aligned: Any, folder: Path) -> None:
    from compatcheck import picture
    from compatcheck.metrics import heat_map

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, found in scores.items():
            if found.map is not None:
                picture.write_png(folder / f"{name.replace(':', '-')}.png", heat_map(aligned.candidate, found.map))
    except OSError as error:
        raise UsageError(f"--map {folder}: cannot be written to ({error.strerror or error}).") from error
