"""Which requests of a page are not answered yet, as the browser itself tells: those of workers, frames, style sheets and images too.

The browser's events are put into a `Traffic` as they come, in any order and from any thread; asking it costs nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """`begun`: the URLs of all requests so far; `waiting`: those of the open ones, each with its age in seconds."""

    begun: tuple[str, ...] = ()
    waiting: tuple[tuple[str, float], ...] = ()


@dataclass(slots=True)
class _Request:
    url: str
    owner: str
    since: float = field(default_factory=time.monotonic)


class Traffic:
    """The requests since `forget`. `catch_up` waits until all that the browser has told by now is heard."""

    def __init__(self) -> None:
        self.catch_up: Callable[[], object] = lambda: None
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """What was asked for so far is of no interest any more."""
        with self._lock:
            self._open: dict[str, _Request] = {}
            self._over: set[str] = set()
            self._begun: list[str] = []
            self._sent_on: dict[tuple[float, int], str] = {}

    def began(self, name: str, url: str, owner: str = "") -> None:
        """The request `name` has been sent, by the worker or frame `owner`."""
        with self._lock:
            if name not in self._over:  # a short one's end may be told before its beginning
                self._open[name] = _Request(url, owner)
            self._begun.append(url)

    def ended(self, name: str) -> None:
        """The request `name` is answered, has failed, or is none to wait for."""
        with self._lock:
            self._over.add(name)
            self._open.pop(name, None)

    def left(self, owner: str) -> None:
        """A worker or a frame is gone: nobody tells of its requests any more."""
        with self._lock:
            for name in [name for name, request in self._open.items() if request.owner == owner]:
                del self._open[name]

    def sent_on(self, moment: float, status: int, url: str) -> None:
        """The page itself was at `url`, and the server sent the browser on to elsewhere; `moment` puts several in order."""
        with self._lock:
            self._sent_on[moment, len(self._sent_on)] = f"{status} {url}"

    @property
    def redirects(self) -> list[str]:
        """Where the browser was sent on from on its way to the page: `302 https://shop.example/`."""
        with self._lock:
            return [self._sent_on[key] for key in sorted(self._sent_on)]

    def asked(self) -> Asked:
        """How things are now."""
        self.catch_up()
        with self._lock:
            now = time.monotonic()
            return Asked(tuple(self._begun), tuple((one.url, now - one.since) for one in self._open.values()))
