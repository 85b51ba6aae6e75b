"""One session per device, kept over its shots and opened again when it dies; every failure becomes a result."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from compatcheck.capture import DRIVERS, Driver, Resizable, Session
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


@contextmanager
def open_camera(
    device: Device, *, retries: int = 1, driver: Driver | None = None
) -> Iterator[Callable[[Shot], CaptureResult]]:
    """Something that takes shots in one session, which is opened by the first and ended at the end of the block.

    The shots' devices are `device`, or differ from it in id and viewport only: then the session is resized, or opened anew where
    it cannot be. A session that dies is opened again, `retries` times per shot, with a growing pause. A missing browser
    fails every shot. Nothing is raised for a bad shot.
    """
    keeper = _Keeper(device, driver)
    try:
        yield partial(_take, keeper, retries=retries)
    finally:
        keeper.close()


class _Keeper:
    """Holds the device's one session."""

    def __init__(self, device: Device, driver: Driver | None) -> None:
        self.device = device  # as it was looked at last
        self.driver = driver
        self.missing: CompatcheckError | None = None
        self._opened: AbstractContextManager[Session] | None = None
        self._session: Session | None = None

    def session(self, device: Device) -> Session:
        """The open session, opened now when there is none, and with the viewport of `device`."""
        if self.missing is not None:
            raise self.missing
        if self._session is not None and device.screen != self.device.screen and not self._resized(device):
            self.close()
        self.device = device
        if self._session is None:
            try:
                if self.driver is None:
                    self.driver = _load_driver(self.device)
                opened = self.driver.open(self.device)
                self._session = opened.__enter__()
                self._opened = opened
            except DriverMissing as error:
                self.missing = error  # looking for it once is enough
                raise
        return self._session

    def _resized(self, device: Device) -> bool:
        return isinstance(self._session, Resizable) and self._session.resize(device)

    def close(self) -> None:
        """End the session, whatever state it is in."""
        opened, self._opened, self._session = self._opened, None, None
        if opened is not None:
            with suppress(CompatcheckError):
                opened.__exit__(None, None, None)


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
