"""The rules that bring two pictures to one grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from compatcheck.compare.aligned import Aligned, Band, lay_out
from compatcheck.compare.bands import bands_of
from compatcheck.compare.rows import Run, align_rows
from compatcheck.errors import UsageError
from compatcheck.model.capture import RGB, Capture, PageModel
from compatcheck.picture import check_rgb, resize

Fit = Literal["align", "resize", "pad", "crop"]

FITS: tuple[Fit, ...] = get_args(Fit)
"""The fits by name, the default first."""

ENGINE_NOISE = 2.0
"""CSS px of rows without partner that are taken for another engine's rounding: they repeat the row above them."""

WIDTHS_ALIKE = 0.8
"""Below this ratio of page widths the layouts have nothing in common row by row, and `align` resizes instead."""


def align(baseline: Capture, candidate: Capture, fit: str = "align") -> Aligned:
    """Bring two captures of one page to one grid, at the same CSS scale.

    The picture with the larger device pixel ratio is averaged down to the smaller. `fit` is then applied:

    - `align` (default): rows are aligned by the elements that both page models have, else as a sequence of rows; columns
      are aligned left. Rows and columns that one side lacks face grey and count as different, but for up to
      ENGINE_NOISE CSS px of rows, which repeat the row above. Pages of unlike width (below WIDTHS_ALIKE) are resized.
    - `resize`: the candidate takes the reference's size: area averaging down, Lanczos up.
    - `pad`: top left on top left; what one side lacks is grey. `crop`: only what both sides have.

    Raises UsageError for an unknown fit, PictureError for a picture that is none.
    """
    ratios = baseline.facts.device_scale_factor or 1.0, candidate.facts.device_scale_factor or 1.0
    ratio = min(ratios)
    models = (baseline.page_model, candidate.page_model)
    first, second = (
        _at_ratio(capture.picture, own, ratio) for capture, own in zip((baseline, candidate), ratios, strict=True)
    )
    return _fit(first, second, fit, ratio, models)


def fit_pictures(reference: RGB, candidate: RGB, fit: str = "align") -> Aligned:
    """Bring two pictures about which nothing else is known to one grid; `fit` as in `align`, 1 px taken as 1 CSS px."""
    return _fit(reference, candidate, fit, 1.0, (None, None))


def _at_ratio(picture: RGB, own: float, ratio: float) -> RGB:
    check_rgb(picture)
    if own == ratio:
        return picture
    height, width = picture.shape[:2]
    return resize(picture, max(1, round(width * ratio / own)), max(1, round(height * ratio / own)))


def _fit(
    reference: RGB, candidate: RGB, fit: str, ratio: float, models: tuple[PageModel | None, PageModel | None]
) -> Aligned:
    if fit not in RULES:
        raise UsageError(f"there is no fit called {fit!r}.", hint=f"Known: {', '.join(FITS)}.")
    check_rgb(reference, "reference")
    check_rgb(candidate, "candidate")
    if reference.shape == candidate.shape and (fit != "align" or np.array_equal(reference, candidate)):
        return Aligned(reference, candidate, ratio, "same", (Band(0, reference.shape[0], 0, 0),), _size(candidate))
    return RULES[fit](reference, candidate, ratio, models)


def _size(picture: RGB) -> tuple[int, int]:
    return int(picture.shape[0]), int(picture.shape[1])


def _align(reference: RGB, candidate: RGB, ratio: float, models: tuple[PageModel | None, PageModel | None]) -> Aligned:
    widths = sorted((reference.shape[1], candidate.shape[1]))
    if widths[0] < WIDTHS_ALIKE * widths[1]:
        return _resize(reference, candidate, ratio, models, why="their widths are too unlike to align rows; ")
    heights = reference.shape[0], candidate.shape[0]
    if models[0] is not None and models[1] is not None:
        from compatcheck.compare.anchors import anchor_runs

        runs = anchor_runs(models[0], models[1], ratio, *heights)
    else:
        runs = []
    bands = bands_of(_between(reference, candidate, runs), *heights)
    if len(bands) == 1 and widths[0] == widths[1]:
        return Aligned(reference, candidate, ratio, "same", bands, _size(candidate))
    noise = int(ENGINE_NOISE * ratio)
    first, second = lay_out(reference, candidate, bands, widths[1], noise)
    return Aligned(
        first,
        second,
        ratio,
        "align",
        bands,
        _size(candidate),
        notes=_align_notes(bands, widths, ratio, noise, bool(runs)),
    )


def _between(reference: RGB, candidate: RGB, anchors: list[Run]) -> list[Run]:
    """The anchors, and between them the runs that the pixels give; stretches of equal height simply face each other."""
    runs: list[Run] = []
    first = second = 0
    for anchor in [*anchors, Run(reference.shape[0], candidate.shape[0], 0)]:
        mine, theirs = reference[first : anchor.first], candidate[second : anchor.second]
        if len(mine) and len(theirs):
            if len(mine) == len(theirs) and anchors:
                runs.append(Run(first, second, len(mine)))
            else:
                runs += [Run(run.first + first, run.second + second, run.height) for run in align_rows(mine, theirs)]
        if anchor.height:
            runs.append(anchor)
        first, second = anchor.first + anchor.height, anchor.second + anchor.height
    return runs


def _align_notes(
    bands: tuple[Band, ...], widths: list[int], ratio: float, noise: int, by_elements: bool
) -> tuple[str, ...]:
    notes = [f"rows aligned by {'matched elements' if by_elements else 'their pixels'}"]
    for side, other in (("reference", "candidate"), ("candidate", "reference")):
        alone = sum(band.height for band in bands if getattr(band, f"{other}_top") is None and band.height > noise)
        if alone:
            notes.append(f"{alone / ratio:g} CSS px of rows are only in the {side}")
    if widths[0] != widths[1]:
        notes.append(f"the pages' widths differ by {(widths[1] - widths[0]) / ratio:g} CSS px")
    return tuple(notes)


def _resize(
    reference: RGB,
    candidate: RGB,
    ratio: float,
    models: tuple[PageModel | None, PageModel | None],
    why: str = "",
) -> Aligned:
    del models
    height, width = reference.shape[:2]
    rows, columns = candidate.shape[:2]
    note = f"{why}the candidate was resized from {columns} × {rows} to {width} × {height}"
    return Aligned(
        reference,
        resize(candidate, width, height),
        ratio,
        "resize",
        (Band(0, height, 0, 0),),
        _size(candidate),
        scale_x=width / columns,
        scale_y=height / rows,
        notes=(note,),
    )


def _pad(reference: RGB, candidate: RGB, ratio: float, models: tuple[PageModel | None, PageModel | None]) -> Aligned:
    del models
    bands = bands_of([], reference.shape[0], candidate.shape[0])
    first, second = lay_out(reference, candidate, bands, max(reference.shape[1], candidate.shape[1]), 0)
    return Aligned(first, second, ratio, "pad", bands, _size(candidate), notes=("what one side lacks is grey",))


def _crop(reference: RGB, candidate: RGB, ratio: float, models: tuple[PageModel | None, PageModel | None]) -> Aligned:
    del models
    height, width = (min(reference.shape[axis], candidate.shape[axis]) for axis in (0, 1))
    first, second = (np.ascontiguousarray(picture[:height, :width]) for picture in (reference, candidate))
    note = f"both pictures were cropped to {width} × {height}"
    return Aligned(first, second, ratio, "crop", (Band(0, height, 0, 0),), _size(candidate), notes=(note,))


RULES: dict[str, Callable[[RGB, RGB, float, tuple[PageModel | None, PageModel | None]], Aligned]] = {
    "align": _align,
    "resize": _resize,
    "pad": _pad,
    "crop": _crop,
}
