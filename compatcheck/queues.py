"""What is left to be captured: the pages of each session, which several browsers may share towards the end of a run."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from compatcheck.model.matrix import Device
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


class Sessions:
    """The sessions of a run, `queues` being the pages of each, and which nobody has begun with; safe to be used by several threads."""

    def __init__(self, queues: Sequence[Pages]) -> None:
        self.queues = queues
        self._waiting = [(pages, pages[0][0].device) for pages in queues]
        self._at_work: list[Device] = []
        self._lock = threading.Lock()

    @contextmanager
    def begun(self, idle: Callable[[Device], bool]) -> Iterator[Pages]:
        """The pages of the session to begin with now, which is at work inside the block.

        It is one that an open browser waits for (`idle`), else one of a browser that nobody is at work with, else the first. So
        browsers go from device to device, those of different kinds beside each other, and few have to be started.
        """
        with self._lock:
            busy = [(device.driver, device.browser) for device in self._at_work]

            def rank(place: int) -> tuple[bool, bool]:
                device = self._waiting[place][1]
                return not idle(device), (device.driver, device.browser) in busy

            pages, device = self._waiting.pop(min(range(len(self._waiting)), key=rank))
            self._at_work.append(device)
        try:
            yield pages
        finally:
            with self._lock:
                self._at_work.remove(device)


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
