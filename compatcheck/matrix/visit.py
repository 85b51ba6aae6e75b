"""The blocks of what `defaults` and a page may both say: how a page is got to, what is left out, what is pictured."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from compatcheck.matrix.block import Block
from compatcheck.matrix.fields import Bounds, HeaderName, HeaderValue, Moment, Pause, Text, refuse
from compatcheck.matrix.step import StepBlock
from compatcheck.model.matrix import MaskMode
from compatcheck.model.visit import SameSite

Length = Annotated[float, Bounds(0, 100_000, "CSS px")]
Side = Annotated[float, Bounds(1, 100_000, "CSS px")]


class BoxBlock(Block):
    """A box of the page, CSS px from its top left corner."""

    x: Length
    """Its left edge."""
    y: Length
    """Its top edge."""
    width: Side
    """Its width."""
    height: Side
    """Its height."""


class MaskBlock(Block):
    """A part of the page that is not judged: exactly one of `selector`, `xpath` and `box`."""

    selector: Text | None = None
    """A CSS selector; every element that it finds is masked."""
    xpath: Text | None = None
    """The same as an XPath."""
    box: BoxBlock | None = None
    """A box of the page."""
    mode: MaskMode = "ignore"
    """`ignore`: nothing in it is compared. `layout`: its place and size are compared, what it shows is not. `hide`: it is made
    see-through before the picture. `remove`: it is taken off the page before the picture."""
    padding: Length = 0.0
    """CSS px that are masked around it (`ignore` and `layout`)."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.selector, self.xpath, self.box)) != 1:
            raise refuse("must have exactly one of `selector`, `xpath` and `box`.")
        if self.box is not None and self.mode in ("hide", "remove"):
            raise refuse(f"mode {self.mode} needs an element.", "Give a selector or an xpath, or use mode ignore.")
        return self


class CookieBlock(Block):
    """A cookie that is set before the page is opened."""

    name: Text
    """Its name."""
    value: str
    """Its value; it is not shown in reports."""
    domain: Text | None = None
    """The host that gets it; with a dot before it, its subdomains too. Default: the page's host."""
    path: Text = "/"
    """The path under which it is sent."""
    secure: bool = False
    """Only over https."""
    http_only: bool = False
    """Not for scripts."""
    same_site: SameSite | None = None
    """`Strict`, `Lax` or `None`. Default: the browser's own."""
    expires: float | None = None
    """Seconds since 1970. Default: with the session."""


class AuthBlock(Block):
    """For servers that ask for a name and a password (HTTP authentication)."""

    username: Text
    """The name."""
    password: str
    """The password; best as `${NAME}`."""


class FreezeBlock(Block):
    """What is made the same at every look, before any script of the page runs."""

    time: Moment | None = None
    """The moment at which the page's clock stands, such as `2026-01-31T12:00:00Z`."""
    random: int | None = None
    """The seed of `Math.random`."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.time is None and self.random is None:
            raise refuse("freezes nothing.", "Give time, random, or both.")
        return self


def _one_or_many(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[Text] | None, BeforeValidator(_one_or_many, json_schema_input_type=str | list[str] | None)]


class Visit(Block):
    """What `defaults` and a page may both say."""

    cookies: list[CookieBlock] | None = None
    """Cookies that are set first; a page's are added to the defaults'."""
    local_storage: dict[str, str] | None = None
    """What the page's origin finds in `localStorage`; a page's entries are added to the defaults'."""
    session_storage: dict[str, str] | None = None
    """The same for `sessionStorage`."""
    session_state: Text | None = None
    """A file with cookies and local storage in Playwright's storage-state format, relative to the matrix."""
    basic_auth: AuthBlock | None = None
    """For servers that ask for a name and a password."""
    headers: dict[HeaderName, HeaderValue] | None = None
    """Request headers for the page's own host; a page's are added to the defaults'."""
    blocked_hosts: Texts = None
    """Hosts (`ads.example`, its subdomains with it) and URL patterns (`*/tracker/*.js`) that are not asked; a page's are added."""
    styles: Texts = None
    """CSS that is added to the page: texts, or files relative to the matrix; a page's are added to the defaults'."""
    dismiss: Texts = None
    """Selectors of buttons that are clicked as soon as they show, such as a consent dialog's; a page's come first."""
    steps: list[StepBlock] | None = None
    """What is done before the picture; the defaults' steps come before a page's."""
    wait_for_selector: Text | None = None
    """An element that must show before the picture is taken: CSS, XPath or `text=words`."""
    not_present_selectors: Texts = None
    """Elements of which none may show any more, such as a spinner."""
    script: Text | None = None
    """A JavaScript expression that must become true."""
    ignore_requests: Texts = None
    """Hosts and URL patterns, as in `blockedHosts`, whose answers are not waited for: polling, analytics; a page's are added."""
    wait_for_timeout: Pause | None = None
    """Seconds to wait in any case, once everything else has come true."""
    invalid_selectors: Texts = None
    """Where one of these shows, it is a login or consent wall and not the page: the capture is invalid."""
    masks: list[MaskBlock] | None = None
    """Parts of the page that are not judged; a page's are added to the defaults'."""
    burst: Annotated[int, Bounds(1, 20, "looks")] | None = None
    """How often to look: what changes between the looks of one device is masked. Default 1."""
    freeze: FreezeBlock | None = None
    """A clock that stands, a `Math.random` with a seed."""
    scope: Text | None = None
    """One element is pictured and compared instead of the page: CSS, XPath or `text=words`."""
    clip: BoxBlock | None = None
    """A box of the page is pictured and compared instead of all of it."""
    expand: Texts = None
    """CSS selectors of scrollers inside the page that are pictured with all that they hold; a page's are added."""

    @model_validator(mode="after")
    def _one_part(self) -> Self:
        if self.scope is not None and self.clip is not None:
            raise refuse("has both `scope` and `clip`.", "Keep one of them.")
        return self
