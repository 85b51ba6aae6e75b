"""CSS that the matrix adds to a page."""

from __future__ import annotations

from collections.abc import Sequence

from compatcheck.capture.wire import Wire


def add_styles(wire: Wire, styles: Sequence[str]) -> None:
    """Add texts of CSS to the document that is open, where it does not have them yet."""
    if styles:
        wire.page_script("scripts/styles.js", {"styles": list(styles)})
