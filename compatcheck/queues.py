"""What is left to be captured: the pages of each session, which several browsers may share towards the end of a run."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence

from compatcheck.model.plan import Shot

Pages = deque[tuple[Shot, ...]]
"""The shots of a session by page; any thread may take the next page off."""

WORTH_SHARING = 3
"""Pages that a session must have left for a second browser to take some of them: opening it takes as long as a look or two."""


def queues_of(sessions: Iterable[Sequence[Shot]], left_out: Collection[Shot]) -> list[Pages]:
    """A queue for each session that has shots to take, without those that are `left_out`."""
    queues = []
    for session in sessions:
        shots = [shot for shot in session if shot not in left_out]
        pages = dict.fromkeys(shot.page for shot in shots)
        queues.append(deque(tuple(shot for shot in shots if shot.page == page) for page in pages))
    return [pages for pages in queues if pages]


def next_page(pages: Pages) -> tuple[Shot, ...]:
    """The shots of the next page, taken off the queue; none when there is no page left."""
    try:
        return pages.popleft()
    except IndexError:
        return ()


def can_be_shared(pages: Pages) -> bool:
    """Whether a second browser may take some of the pages: on this machine there can be two, but a phone there is once."""
    waiting = list(pages)
    return len(waiting) >= WORTH_SHARING and waiting[0][0].device.driver == "selenium"


def longest_shared(queues: Iterable[Pages]) -> Pages | None:
    """The queue of which most pages are left, of those that can be shared."""
    return max((pages for pages in queues if can_be_shared(pages)), key=len, default=None)
