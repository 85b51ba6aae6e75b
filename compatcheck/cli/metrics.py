"""`compatcheck metrics`: scores of two pictures, with no matrix and no report; what metrics see, and whom they agree with."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from compatcheck.errors import PictureError, UsageError
from compatcheck.model.matrix import METRIC_NAMES

if TYPE_CHECKING:
    from compatcheck.model.verdict import Score

ALL = "psnr,mse,ssim,ms_ssim,iw_ssim,histogram,lpips"
EVERY = ",".join(METRIC_NAMES)
EVALUATED = "psnr,ssim,ms_ssim,iw_ssim,histogram,lpips"

Device = Annotated[str, typer.Option("--device", help="Where networks run: auto, cpu, cuda or mps.")]
Precision = Annotated[
    str, typer.Option("--precision", help="exact, or fast: bfloat16 where that is faster, off by up to 0.4 %.")
]


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
    help="Score two pictures: `compatcheck metrics A B`; the exit code is 0 whatever the scores are. `study` shows what each "
    "metric sees, `evaluate` how far it agrees with people.",
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
    device: Device = "auto",
    precision: Precision = "exact",
) -> None:
    """Score picture B against picture A (PNG, JPEG, WebP, BMP, GIF or TIFF)."""
    from compatcheck import compare, picture
    from compatcheck.metrics import load_metric, score_pair
    from compatcheck.metrics.devices import networks_by_name

    names = _names(metrics)
    loaded = {name: load_metric(name) for name in names}
    networks = networks_by_name(device, precision)
    try:
        first, second = picture.read_all((reference, candidate))
    except PictureError as error:
        raise UsageError(error.message, hint=error.hint) from error
    aligned = compare.fit_pictures(first, second, fit)
    scores = score_pair(aligned.reference, aligned.candidate, names, with_maps=maps is not None, networks=networks)
    written = {} if maps is None else _write_maps(scores, aligned, maps)
    if as_json:
        values = {name: _json_number(found.value) for name, found in scores.items()}
        notes = {name: found.note for name, found in scores.items() if found.note}
        said = {"scores": values, "fit": aligned.fit, "fitNotes": aligned.notes, "notes": notes}
        typer.echo(json.dumps(said | ({} if maps is None else {"maps": written}), ensure_ascii=False))
        return
    _print(scores, {name: metric.meaning for name, metric in loaded.items()}, aligned.fit, aligned.notes)
    if maps is not None:
        typer.echo(f"heat-maps: {', '.join(written.values()) or 'none, as no metric here has one for this pair'}")


@app.command()
def study(
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="The picture to distort, such as a screenshot.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the page and pictures go.")],
    metrics: Annotated[str, typer.Option("--metrics", help="Which, comma-separated.")] = EVERY,
    device: Device = "auto",
    precision: Precision = "exact",
) -> None:
    """Distort IMAGE in six ways at five strengths, score every version by every metric, and make one page of it.

    Warp, blur, JPEG, noise, contrast and brightness, saturation: the page has the pictures, the table and the curves, and
    says what each metric is blind to. `study.json` beside it has the numbers.
    """
    from compatcheck import picture
    from compatcheck.metrics.devices import networks_by_name
    from compatcheck.metrics.study import run_study, write_study

    names = _names(metrics)
    networks = networks_by_name(device, precision)
    try:
        original = picture.read(image)
        output.mkdir(parents=True, exist_ok=True)  # before minutes of scoring, not after
        done = run_study(original, names, networks=networks, say=_say)
        page = write_study(done, output, image.name)
    except PictureError as error:
        raise UsageError(error.message, hint=error.hint) from error
    except OSError as error:
        raise UsageError(f"--output {output}: cannot be written to ({error.strerror or error}).") from error
    for metric in done.metrics:
        typer.echo(f"{metric.name}: {metric.verdict()}")
    typer.echo(f"{page}")


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A data set in BAPPS layout, or a part of one.")],
    metrics: Annotated[str, typer.Option("--metrics", help="Which, comma-separated.")] = EVALUATED,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many cases of each subset.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    device: Device = "auto",
    precision: Precision = "exact",
) -> None:
    """How far metrics agree with the people who judged a data set: 2AFC agreement and JND mean average precision.

    A 2AFC subset is a folder with ref/, p0/, p1/ and judge/; a JND subset one with p0/, p1/ and same/.
    """
    from compatcheck.metrics.devices import networks_by_name
    from compatcheck.metrics.evaluate import evaluate as agreement

    names = _names(metrics)
    found = agreement(folder, names, limit=limit, networks=networks_by_name(device, precision), say=_say)
    if as_json:
        from dataclasses import asdict

        typer.echo(json.dumps({"agreements": [asdict(each) for each in found]}, ensure_ascii=False))
        return
    import rich.box
    import rich.console
    from rich.markup import escape
    from rich.table import Table

    table = Table("task", "subset", "metric", "agreement", "cases", box=rich.box.SIMPLE_HEAD)
    for each in found:
        value = escape(f"unavailable: {each.note}") if each.value is None else f"{each.value:.4f}"
        table.add_row(each.task, escape(each.subset), each.metric, value, str(each.cases))
    rich.console.Console(highlight=False).print(table)


def _say(line: str) -> None:
    """Progress, beside the output."""
    typer.echo(line, err=True)


def _names(metrics: str) -> list[str]:
    names = [name.strip() for name in metrics.split(",") if name.strip()]
    if not names:
        raise UsageError("--metrics names no metric.")
    return names


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


def _write_maps(scores: dict[str, Score], aligned: Any, folder: Path) -> dict[str, str]:
    """Write a heat-map for every score that has a map; {metric: path}."""
    from compatcheck.metrics import write_heat_map

    written = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, found in scores.items():
            if found.map is not None:
                path = folder / f"{name.replace(':', '-')}.png"
                write_heat_map(path, aligned.candidate, found.map)
                written[name] = str(path)
    except OSError as error:
        raise UsageError(f"--map {folder}: cannot be written to ({error.strerror or error}).") from error
    return written
