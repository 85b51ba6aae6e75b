"""Starting a driver program on this machine and opening a session with it: the life that all local engines share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from compatcheck.capture.find import Finding, NotFound, driver_by_selenium_manager, find
from compatcheck.capture.processes import Household
from compatcheck.capture.wire import Wire, clear_errors
from compatcheck.errors import CaptureError, DriverMissing
from compatcheck.model.matrix import Device

if TYPE_CHECKING:
    from selenium.webdriver.common.options import BaseOptions
    from selenium.webdriver.common.service import Service

OPENING_SECONDS = 60.0
"""How long a browser may take to start."""


def need(finding: Finding, device: Device) -> str:
    """The path of a program that the device needs. Raises DriverMissing when it is not there."""
    if isinstance(finding, NotFound):
        raise DriverMissing(
            f"Device {device.id}: {finding.what} was not found.", hint=f"To mend it: {finding.how_to_install}"
        )
    return finding.path


def find_browser(name: str, device: Device) -> str:
    """The browser that the matrix names (`binary`), or the one of this machine."""
    return need(find(name, given=device.options.get("binary")), device)


def find_driver(name: str, device: Device, manager_word: str) -> str:
    """The driver that the matrix names (`driverPath`), or the one of this machine, or Selenium Manager's."""
    finding = find(name, given=device.options.get("driverPath"))
    if isinstance(finding, NotFound) and not device.options.get("driverPath"):
        managed = driver_by_selenium_manager(manager_word)
        finding = finding if isinstance(managed, NotFound) else managed
    return need(finding, device)


@contextmanager
def local_session(
    service_class: Callable[..., Service],
    driver_path: str,
    options: BaseOptions,
    *,
    environment: Mapping[str, str] | None = None,
    household: Household | None = None,
    **service_arguments: Any,
) -> Iterator[Wire]:
    """Start the driver, open a session, and leave no process and no file behind.

    Raises CaptureError or SessionLost when the driver or the browser does not start.
    """
    household = household or Household()
    service = None
    wire = None
    try:
        service = service_class(
            executable_path=driver_path,
            env=household.environment(environment),
            popen_kw=household.popen_arguments,
            **service_arguments,
        )
        with clear_errors(f"Starting {driver_path}"):
            service.start()
        household.adopt(service.process.pid)
        wire = Wire.open(service.service_url, options, OPENING_SECONDS)
        household.census()
        yield wire
    finally:
        if wire is not None:
            household.census()
            # Asked to go, a browser would tidy up what is thrown away next, for half a second and more.
            wire.close(household.end)
        household.end()
        if service is not None and getattr(service, "process", None) is not None:
            service.process.wait()  # ended by the household: nothing is left to be asked to stop
            service.stop()


def merge_capabilities(options: BaseOptions, device: Device, *, skip: tuple[str, ...] = ()) -> None:
    """Pass the matrix's W3C capabilities through untouched, but for those that the engine has merged itself."""
    for name, value in device.capabilities.items():
        if name in {"browserName", *skip}:
            continue
        try:
            options.set_capability(name, value)
        except Exception as error:
            raise CaptureError(f"Device {device.id}: capability {name} cannot be used ({error}).") from error
