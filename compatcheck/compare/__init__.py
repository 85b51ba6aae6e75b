"""Two captures on one grid: `align` brings them there, `find_regions` says where they differ, `apply_masks` what to leave out.

- **grid**: the device px that both pictures share after alignment, at one device pixel ratio.
- **fit**: the rule that brings two pictures of different shape to one grid: `align`, `resize`, `pad`, `crop`.
- **band**: a run of grid rows where reference and candidate rows are partners, or where one side has none.

How `align` works: (1) the picture with the larger device pixel ratio is averaged down to the smaller one; (2) elements that
both page models have, with equal path and text, anchor the rows they cover; (3) between the anchors, or everywhere when
there are no page models, rows are aligned as a sequence, so that one inserted banner costs its own height and nothing
below it; (4) rows without a partner face a band of PADDING and count as different.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compatcheck.compare.aligned import Aligned, Band
    from compatcheck.compare.fits import FITS, align, fit_pictures
    from compatcheck.compare.masks import apply_masks
    from compatcheck.compare.regions import find_regions

__all__ = ["FITS", "Aligned", "Band", "align", "apply_masks", "find_regions", "fit_pictures"]

_HOMES = {
    "Aligned": "aligned",
    "Band": "aligned",
    "FITS": "fits",
    "align": "fits",
    "fit_pictures": "fits",
    "apply_masks": "masks",
    "find_regions": "regions",
}


def __getattr__(name: str) -> Any:
    """Load what needs NumPy and OpenCV only when it is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"compatcheck.compare.{_HOMES[name]}"), name)
