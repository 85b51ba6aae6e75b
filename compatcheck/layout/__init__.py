"""Layout: where a page really diverges, from its page model, confirmed by its pixels.

`find_divergences(baseline, candidate)` compares two captures of one page; `inspect(capture)` looks at one alone. The
algorithm, one module per step:

1. `table`: a page model as arrays, hostile numbers cleaned, masked elements left out.
2. `matching`: which element is which: path, then identity, then text, attributes and place.
3. `presence`: what shows on one side only (`missing`, `extra`).
4. `relations`: movement and size that parent, neighbours and content do not explain (`moved`, `resized`, `wrapped`).
5. `inside`: what is wrong within one capture (`collision`, `clipped`, protrusion, `image-broken`, `glyph-missing`).
6. `folding`: consequences are counted under their cause, so that one broken thing is one finding.

`with_computed` adds to findings what both browsers computed for their elements, `with_causes` the declared rule that differs.

`docs/divergences.md` defines every kind, its tolerance and its severity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compatcheck.layout.causes import with_causes
    from compatcheck.layout.computed import with_computed
    from compatcheck.layout.findings import LayoutFindings, find_divergences, inspect

__all__ = ["LayoutFindings", "find_divergences", "inspect", "with_causes", "with_computed"]


def __getattr__(name: str) -> Any:
    """Load NumPy and the algorithm only when they are asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from compatcheck.layout import causes, computed, findings

    return getattr({"with_causes": causes, "with_computed": computed}.get(name, findings), name)
