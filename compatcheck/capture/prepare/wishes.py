"""What a page wants before it is opened, in a form that every engine understands."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from typing import Any, Protocol
from urllib.parse import urlsplit

from compatcheck.capture.navigation import leave
from compatcheck.capture.prepare.state import read_state
from compatcheck.capture.wire import Wire, script_text
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.model.matrix import Page
from compatcheck.model.visit import BasicAuth, Cookie, Frozen

Storage = Mapping[str, Mapping[str, Mapping[str, str]]]
"""By origin: `{local: {name: value}, session: {name: value}}`."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What holds from now on. Every cookie has its domain. `url` is the page that is opened next."""

    url: str
    cookies: tuple[Cookie, ...] = ()
    storage: Storage = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    basic_auth: BasicAuth | None = None
    blocked: tuple[str, ...] = ()
    frozen: Frozen | None = None

    @property
    def origin(self) -> str:
        return origin_of(self.url)

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def preload(self) -> str:
        """What runs before the page's scripts, in every frame: timers that can be held, requests that are counted, freezing from
        frame to frame; storage, a clock and dice.
        """
        always = f"({script_text('scripts/timers.js')})();({script_text('scripts/traffic.js')})();"
        works = ",".join(f"{name}: {script_text(f'scripts/{name}.js')}" for name in ("freeze", "hold"))
        always += f"({script_text('scripts/frames.js')})({{{works}}});"
        if not self.storage and self.frozen is None:
            return always
        frozen = self.frozen or Frozen()
        options = {
            "time": None if frozen.time is None else round(frozen.time * 1000),
            "random": frozen.random,
            "storage": self.storage,
        }
        return f"{always}({script_text('scripts/preload.js')})({json.dumps(options)});"


class Preparer(Protocol):
    """Makes a browser ready for the next page."""

    def prepare(self, wishes: Wishes) -> list[str]:
        """Do what the wishes say and undo what the ones before said; sentences on what cannot be done.

        Raises CaptureError.
        """
        ...

    def cookies(self) -> list[Cookie]:
        """Every cookie that the browser holds, or, where only WebDriver reaches it, those that the open page gets.

        Raises CaptureError.
        """
        ...


def leave_nothing(wire: Wire) -> None:
    """Leave the page that is open, its storage emptied: what one page left must not show on the next."""
    try:
        wire.script("sessionStorage.clear(); localStorage.clear()")
    except SessionLost:
        raise
    except CaptureError:
        pass  # pages without an origin have none
    leave(wire)


def origin_of(url: str) -> str:
    """The origin of a URL as `location.origin` spells it."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    port = f":{parts.port}" if parts.port and parts.port != default else ""
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}{port}"


def wishes_of(page: Page) -> Wishes:
    """What a page wants. Raises CaptureError when its file of session state cannot be read."""
    state = read_state(page.session_state) if page.session_state else None
    host = urlsplit(page.url).hostname or ""
    cookies = [*(state.cookies if state else ()), *page.cookies]
    storage: dict[str, dict[str, dict[str, str]]] = {
        origin: {"local": dict(entries)} for origin, entries in (state.local_storage if state else {}).items()
    }
    for kind, entries in (("local", page.local_storage), ("session", page.session_storage)):
        if entries:
            own = storage.setdefault(origin_of(page.url), {})
            own[kind] = {**own.get(kind, {}), **entries}
    return Wishes(
        url=page.url,
        cookies=tuple(cookie if cookie.domain else Cookie(**{**_fields(cookie), "domain": host}) for cookie in cookies),
        storage=storage,
        headers=page.headers,
        basic_auth=page.basic_auth,
        blocked=page.blocked_hosts,
        frozen=page.frozen,
    )


def _fields(cookie: Cookie) -> dict[str, Any]:
    return {name: getattr(cookie, name) for name in Cookie.__slots__}


def is_host_pattern(pattern: str) -> bool:
    """Whether an entry of `blockedHosts` names hosts; the others are URL patterns."""
    return "/" not in pattern


def blocker(patterns: tuple[str, ...]) -> Callable[[str], bool]:
    """A function that says whether a URL is blocked: its host (or one above it) or the whole URL fits a pattern."""
    hosts = [
        re.compile(translate(pattern.removeprefix("*.").lower())) for pattern in patterns if is_host_pattern(pattern)
    ]
    urls = [re.compile(url_regex(pattern)) for pattern in patterns if not is_host_pattern(pattern)]

    def blocked(url: str) -> bool:
        labels = (urlsplit(url).hostname or "").lower().split(".")
        above = [".".join(labels[place:]) for place in range(len(labels))]
        return any(host.match(name) for host in hosts for name in above) or any(one.match(url) for one in urls)

    return blocked


def url_regex(pattern: str) -> str:
    """A URL pattern as a regular expression for the whole URL: `*` stands for anything; a scheme may be left out."""
    body = ".*".join(re.escape(part) for part in pattern.split("*"))
    scheme = "" if "://" in pattern or pattern.startswith("*") else r"[a-z][a-z0-9+.-]*://"
    return f"^{scheme}{body}$"


def host_regex(pattern: str) -> str:
    """A host pattern as a regular expression for the URLs of it and of its subdomains, in the plain form of content filters."""
    host = "[^/]*".join(re.escape(part) for part in pattern.removeprefix("*.").split("*"))
    return rf"^[a-z][a-z0-9+.-]*://([^/]*\.)?{host}[:/]"
