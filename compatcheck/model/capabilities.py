"""Names of WebDriver capabilities: the standard ones, and those that need a vendor's prefix."""

from __future__ import annotations

from collections.abc import Iterable

STANDARD = frozenset(
    {
        "acceptInsecureCerts",
        "browserName",
        "browserVersion",
        "pageLoadStrategy",
        "platformName",
        "proxy",
        "setWindowRect",
        "strictFileInteractability",
        "timeouts",
        "unhandledPromptBehavior",
        "userAgent",
        "webSocketUrl",
    }
)
"""The capabilities of the W3C's WebDriver and BiDi standards; every other one has a prefix and a colon."""


def without_prefix(names: Iterable[str]) -> list[str]:
    """The names that a WebDriver server refuses, in order: neither standard nor prefixed."""
    return [name for name in names if name not in STANDARD and ":" not in name]
