"""Inner scrollers that are pictured whole: while a page is looked at, they are as tall as what they hold."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from compatcheck.capture.wire import Wire
from compatcheck.errors import CaptureError
from compatcheck.model.matrix import Page


def expand_scrollers(wire: Wire, page: Page) -> None:
    """Expand what the page's `expand` names; call it again for what has grown since. Raises CaptureError for a bad selector."""
    if not page.expand:
        return
    told = wire.page_script("scripts/expand.js", {"selectors": list(page.expand)})
    if told.get("error"):
        raise CaptureError(f"`expand` of page {page.id} cannot be used: {told['error']}.", hint="Correct `expand`.")


@contextlib.contextmanager
def folded_afterwards(wire: Wire, page: Page) -> Iterator[None]:
    """What `expand_scrollers` does inside the block is undone at its end."""
    try:
        yield
    finally:
        if page.expand:
            with contextlib.suppress(CaptureError):  # a page that is gone needs no more
                wire.page_script("scripts/expand.js", {"restore": True})
