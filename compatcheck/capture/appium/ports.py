"""Ports that parallel sessions must not share, handed out by us.

Appium's drivers start helpers that listen on ports of the server's machine (UiAutomator2's server, ChromeDriver, WebDriverAgent,
the picture stream). Each has one default, so that two sessions at once collide. A port is leased here by binding the *UDP*
port of the same number: TCP stays free for the helper, no other compatcheck on this machine gets the same number, and a
lease ends with its process however that dies.
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from compatcheck.errors import CaptureError

FIRST, LAST = 20_000, 31_999
"""Below the ports that Linux, macOS and Windows give to outgoing connections, above the well-known ones."""

PORTS_OF_DRIVER: Mapping[str, tuple[str, ...]] = {
    "uiautomator2": ("systemPort", "chromedriverPort", "mjpegServerPort"),
    "espresso": ("systemPort", "chromedriverPort"),
    "xcuitest": ("wdaLocalPort", "mjpegServerPort"),
    "chromium": ("chromedriverPort",),
    "gecko": ("systemPort", "marionettePort"),
    "safari": (),
    "mac2": ("systemPort",),
    "windows": ("systemPort",),
}
"""The capabilities (without `appium:`) that name a port, by `appium:automationName` in lower case."""


@contextmanager
def leased_ports(names: Iterable[str]) -> Iterator[dict[str, int]]:
    """A port for every name, leased until the block ends. Raises CaptureError when there is none left."""
    with ExitStack() as leases:
        yield {name: leases.enter_context(_leased_port()) for name in names}


def missing_ports(capabilities: Mapping[str, Any]) -> tuple[str, ...]:
    """The ports that these capabilities need and do not name, such as `systemPort`."""
    nested = capabilities.get("appium:options") or {}
    driver = str(capabilities.get("appium:automationName") or nested.get("automationName") or "").lower()
    wanted = PORTS_OF_DRIVER.get(driver, ())
    return tuple(name for name in wanted if f"appium:{name}" not in capabilities and name not in nested)


@contextmanager
def _leased_port() -> Iterator[int]:
    candidates = random.sample(range(FIRST, LAST + 1), 400)
    for port in candidates:
        lease = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            lease.bind(("127.0.0.1", port))
            with socket.socket() as probe:  # a server that was there before
                probe.bind(("127.0.0.1", port))
        except OSError:
            lease.close()
            continue
        with lease:
            yield port
        return
    raise CaptureError(
        f"No free port was found between {FIRST} and {LAST} in {len(candidates)} tries.",
        hint="Name the ports in the device's capabilities, such as appium:systemPort.",
    )
