"""One session per device, kept over its shots, opened again when it dies or has seen many; every failure becomes a result."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from compatcheck.capture import DRIVERS, Driver, Session
from compatcheck.capture.idle import IdleSessions, Opened
from compatcheck.errors import CaptureError, CompatcheckError, DriverMissing, InvalidCapture, SessionLost, StepFailed
from compatcheck.model.capture import RGB, Capture
from compatcheck.model.matrix import Device
from compatcheck.model.plan import Shot
from compatcheck.model.run import CaptureFailed, CaptureResult


def capture_shots(
    device: Device, shots: Sequence[Shot], *, retries: int = 1, driver: Driver | None = None
) -> Generator[CaptureResult, None, None]:
    """Take a device's shots one after the other, each exactly once, in order (see `open_camera`).

    Close the generator to end the session early: no process is left behind.
    """
    with open_camera(device, retries=retries, driver=driver) as take:
        for shot in shots:
            yield take(shot)


LOOKS = 100
"""Shots after which a session is opened anew: what browsers keep of pages that are gone grows."""


@contextmanager
def open_camera(
    device: Device, *, retries: int = 1, driver: Driver | None = None, idle: IdleSessions | None = None
) -> Iterator[Callable[[Shot], CaptureResult]]:
    """Something that takes shots in one session, which is opened by the first and ended at the end of the block.

    The shots' devices are `device`, or differ from it in id and viewport only: then the session is resized, or opened anew where
    it cannot be. A session that dies is opened again, `retries` times per shot, with a growing pause. A missing browser
    fails every shot. Nothing is raised for a bad shot. With `idle`, a session that waits there is taken instead of a new one
    where it will do, and left there in the end.
    """
    keeper = _Keeper(device, driver, idle)
    try:
        yield partial(_take, keeper, retries=retries)
    finally:
        keeper.leave()


class _Keeper:
    """Holds the device's one session."""

    def __init__(self, device: Device, driver: Driver | None, idle: IdleSessions | None) -> None:
        self.device = device
        self.driver = driver
        self.missing: CompatcheckError | None = None
        self._idle = idle or IdleSessions(())
        self._opened: Opened | None = None

    def session(self, device: Device) -> Session:
        """A session that is `device`: the open one while it can be, else an idle or a new one."""
        if self.missing is not None:
            raise self.missing
        if self._opened is not None and (self._opened.looks >= LOOKS or not self._opened.becomes(device)):
            self.close()
        if self._opened is None:
            self._opened = self._idle.take(device) or self._open(device)
        self._opened.looks += 1
        return self._opened.session

    def _open(self, device: Device) -> Opened:
        try:
            if self.driver is None:
                self.driver = _load_driver(device)
            context = self.driver.open(device)
            return Opened(context, context.__enter__(), device)
        except DriverMissing as error:
            self.missing = error  # looking for it once is enough
            raise

    def leave(self) -> None:
        """Leave the session to the next device that can use it."""
        opened, self._opened = self._opened, None
        self._idle.passed(self.device)
        if opened is not None:
            self._idle.give(opened)

    def close(self) -> None:
        """End the session, whatever state it is in."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()


def _load_driver(device: Device) -> Driver:
    if device.driver not in DRIVERS:
        known = ", ".join(sorted(DRIVERS))
        raise DriverMissing(
            f"Device {device.id}: there is no driver {device.driver!r}.", hint=f"Known drivers: {known}."
        )
    return DRIVERS[device.driver]()


def _take(keeper: _Keeper, shot: Shot, retries: int) -> CaptureResult:
    started = time.monotonic()

    def once() -> Capture:
        try:
            return keeper.session(shot.device).look(shot)
        except SessionLost:
            keeper.close()
            raise

    def failed(message: str, hint: str = "", picture: RGB | None = None) -> CaptureFailed:
        return CaptureFailed(shot, message, hint, round(time.monotonic() - started, 3), picture)

    again = Retrying(
        retry=retry_if_exception_type(SessionLost),
        stop=stop_after_attempt(1 + retries),
        wait=wait_exponential(multiplier=0.5, max=10),
        reraise=True,
    )
    try:
        return again(once)
    except StepFailed as error:
        return failed(error.message, error.hint, error.picture)
    except (CaptureError, InvalidCapture) as error:
        return failed(error.message, error.hint)
    except CompatcheckError as error:
        return failed(error.message, error.hint)
    except Exception as error:
        keeper.close()  # nobody knows what state it is in
        return failed(f"Looking at {shot.page.url} as {shot.device.id} failed: {type(error).__name__}: {error}")
