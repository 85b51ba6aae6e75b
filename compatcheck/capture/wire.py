"""An open WebDriver session with a time limit on every call and errors that say what happened.

Everything that talks to a browser goes through a `Wire`: WebDriver's and urllib3's many exceptions become CaptureError, and
SessionLost where a new session may help.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from compatcheck.errors import CaptureError, SessionLost

if TYPE_CHECKING:
    from selenium.webdriver.common.options import BaseOptions
    from selenium.webdriver.remote.webdriver import WebDriver

    from compatcheck.capture.direct import Direct

CALL_SECONDS = 30.0
"""How long one ordinary call may take."""

_LOST = re.compile(
    r"invalid ?session|no ?such ?window|disconnected|crashed|connection error|not connected"
    r"|chrome not reachable|target closed|browsing context has been discarded|failed to decode response|tab crashed"
    r"|unable to receive message|session (was )?(deleted|terminated|removed)|without establishing a connection|timed out waiting for response",
    re.IGNORECASE,
)


def first_line(error: BaseException) -> str:
    """The first line of an error's message, without Selenium's prefix and documentation links."""
    text = str(getattr(error, "msg", None) or error).strip() or type(error).__name__
    line = text.splitlines()[0].removeprefix("Message:").strip()
    return re.sub(r";? ?(For documentation on this error|\(Session info:).*", "", line).strip() or type(error).__name__


@contextmanager
def clear_errors(what: str) -> Iterator[None]:
    """Turn WebDriver's and the connection's exceptions into CaptureError or SessionLost; `what` names the attempt."""
    from selenium.common.exceptions import WebDriverException
    from urllib3.exceptions import HTTPError, ReadTimeoutError
    from websocket import WebSocketException

    try:
        yield
    except WebDriverException as error:
        line = first_line(error)
        # WebKitWebDriver says nothing at all of a view that dies while it runs a script.
        silent = type(error) is WebDriverException and line == type(error).__name__
        kind = SessionLost if silent or _LOST.search(f"{type(error).__name__} {line}") else CaptureError
        raise kind(f"{what} failed: {line}") from error
    except ReadTimeoutError as error:
        raise SessionLost(f"{what} got no answer from the browser in time.") from error
    except (HTTPError, WebSocketException, OSError) as error:
        raise SessionLost(f"{what} lost the connection to the browser ({type(error).__name__}).") from error


_INTERRUPTED = re.compile(
    r"navigat|unload|execution context|context was destroyed|promise was collected|alert|dialog|prompt", re.IGNORECASE
)


@contextmanager
def interruptible() -> Iterator[None]:
    """Let pass that a script was cut off because the page went elsewhere or opened a dialogue."""
    try:
        yield
    except SessionLost:
        raise
    except CaptureError as error:
        if not _INTERRUPTED.search(error.message):
            raise


@cache
def script_text(name: str) -> str:
    """The text of one of the page scripts of this package: a function expression `(options) => result`."""
    return resources.files("compatcheck.capture").joinpath(name).read_text(encoding="utf-8")


@cache
def _read_text_quickly() -> None:
    """Let Selenium's BiDi connections take text as it comes.

    websocket-client checks every byte of a message in Python, which takes 0.3 s a megabyte, longer than the picture in it took; the
    message is decoded afterwards in any case, and an error is one then.
    """
    from selenium.webdriver.remote import websocket_connection
    from websocket import WebSocketApp

    class App(WebSocketApp):
        def run_forever(self, *arguments: Any, **options: Any) -> bool:
            return bool(super().run_forever(*arguments, **{**options, "skip_utf8_validation": True}))

    setattr(websocket_connection, WebSocketApp.__name__, App)  # where Selenium looks for it


def _wait_for_answer(connection: Any, answered: Callable[[], bool]) -> bool:
    """In place of a wait of Selenium's, which goes on to its end when the browser has died meanwhile."""
    deadline = time.monotonic() + connection.response_wait_timeout
    while not answered():
        if not connection._ws_thread.is_alive() or time.monotonic() >= deadline:
            return answered()
        time.sleep(connection.response_wait_interval)
    return True


class Wire:
    """A WebDriver session, `Wire.open(url, options, seconds)`."""

    def __init__(self, driver: WebDriver) -> None:
        self.driver = driver
        self.pointer_is_in = False  # something has moved it over the page, and it was not taken away yet
        self.direct: Direct | None = None  # the way past the driver of a Chromium of this machine
        self.failure: Callable[[], str] = str  # why the page that was opened last cannot be had, where the engine tells

    @classmethod
    def open(cls, server: str, options: BaseOptions, seconds: float) -> Wire:
        """Open a session at a WebDriver server. Raises CaptureError or SessionLost."""
        from selenium.webdriver.remote.client_config import ClientConfig
        from selenium.webdriver.remote.remote_connection import RemoteConnection
        from selenium.webdriver.remote.webdriver import WebDriver

        # Sockets take fractions of a second although Selenium's annotation says int.
        config = ClientConfig(server, timeout=seconds, websocket_timeout=CALL_SECONDS, websocket_interval=0.01)  # type: ignore[arg-type]
        with clear_errors("Opening the browser"):
            return cls(WebDriver(command_executor=RemoteConnection(client_config=config), options=options))

    @property
    def capabilities(self) -> dict[str, Any]:
        return dict(self.driver.caps)

    def call(self, what: str, function: Callable[[], Any], seconds: float = CALL_SECONDS) -> Any:
        """Call `function` with a limit of `seconds` on the connection."""
        self.driver.command_executor.client_config.timeout = seconds  # type: ignore[union-attr]
        with clear_errors(what):
            return function()

    def command(self, name: str, verb: str, path: str, body: dict[str, Any], seconds: float = CALL_SECONDS) -> Any:
        """Send a driver's own command, which Selenium's general session does not know, and give back its value."""
        executor: Any = self.driver.command_executor
        executor.add_command(name, verb, path)
        return self.call(name, lambda: self.driver.execute(name, body)["value"], seconds)

    def script(self, text: str, *arguments: Any, seconds: float = CALL_SECONDS) -> Any:
        """Run a function body in the page, past the driver where there is a way, and give back its JSON value."""
        if self.direct is not None:
            return self.direct.run(text, arguments, seconds)
        return self.driver_script(text, *arguments, seconds=seconds)

    def driver_script(self, text: str, *arguments: Any, seconds: float = CALL_SECONDS) -> Any:
        """The same in the frame that the session is in, with elements among the arguments or in the value."""
        return self.call("A script in the page", lambda: self.driver.execute_script(text, *arguments), seconds)

    def page_script(
        self,
        name: str,
        options: dict[str, Any] | None = None,
        seconds: float = CALL_SECONDS,
        *,
        by_driver: bool = False,
    ) -> Any:
        """Run one of the package's page scripts, which all give a value, with its options.

        A script that a dialogue or a navigation cut off gives none and is run again, a few times. `by_driver`: see `driver_script`.
        """
        run = self.driver_script if by_driver else self.script
        for pause in (0.05, 0.2, 0.5, 1.0):
            with interruptible():
                value = run(f"return ({script_text(name)})(arguments[0])", options or {}, seconds=seconds)
                if value is not None:
                    return value
            time.sleep(pause)
        raise CaptureError(f"The page did not let {name} run: it kept going elsewhere or opening dialogues.")

    def wait_script(self, text: str, options: dict[str, Any], seconds: float) -> Any:
        """Run a function body that calls its last argument when something has come true, within `seconds`; 25 at most.

        Gives what it was called with, or None when a dialogue or a navigation cut the script off.
        """
        with interruptible():
            return self.async_script(text, options, seconds=seconds + 5)
        return None

    def async_script(self, text: str, *arguments: Any, seconds: float = CALL_SECONDS) -> Any:
        """Run a function body that calls its last argument with its JSON value."""
        if self.direct is not None:
            return self.direct.wait(text, arguments, seconds)
        return self.call("Waiting in the page", lambda: self.driver.execute_async_script(text, *arguments), seconds)

    def await_frames(self, text: str = "") -> None:
        """Wait until the page has painted two frames (or for a second, where nothing is painted), then run `text` in it.

        After two frames, observers and the events of what was just done have been dispatched.
        """
        script = f"""
            const done = arguments[0];
            let over = false;
            const end = () => {{ if (over) return; over = true; clearTimeout(late); {text}; setTimeout(done, 0); }};
            const late = setTimeout(end, 1000);
            requestAnimationFrame(() => requestAnimationFrame(end));
        """
        with interruptible():
            self.async_script(script)

    def cdp(self, method: str, *, seconds: float = CALL_SECONDS, **parameters: Any) -> Any:
        """Send a command of the Chrome DevTools Protocol (Chromium only), past the driver where there is a way."""
        if self.direct is not None:
            return self.direct.call(method, seconds, parameters)
        body = {"cmd": method, "params": parameters}
        vendor = "ms" if self.driver.caps.get("browserName") == "MicrosoftEdge" else "goog"
        try:
            return self.command("executeCdpCommand", "POST", f"/session/$sessionId/{vendor}/cdp/execute", body, seconds)
        except CaptureError as error:
            raise type(error)(str(error).replace("executeCdpCommand", method)) from error

    def bidi(self, method: str, *, seconds: float = CALL_SECONDS, **parameters: Any) -> Any:
        """Send a WebDriver BiDi command. The session must have been opened with `enable_bidi`."""
        from selenium.webdriver.common.bidi.common import command_builder

        connection = self.bidi_connection()
        if not connection._ws_thread.is_alive():
            raise SessionLost(f"{method} lost the connection to the browser.")
        connection.response_wait_timeout = seconds
        with clear_errors(method):
            return connection.execute(command_builder(method, parameters))

    def bidi_connection(self) -> Any:
        """Selenium's BiDi connection, opened when it is first asked for."""
        if self.driver._websocket_connection is None:
            _read_text_quickly()
            with clear_errors("Opening WebDriver BiDi"):
                self.driver._start_bidi()
            connection: Any = self.driver._websocket_connection
            connection._wait_until = partial(_wait_for_answer, connection)
        return self.driver._websocket_connection

    def close(self, end: Callable[[], None] | None = None) -> None:
        """End the session, by asking the driver to or by what ends the browser; errors are of no interest any more."""
        from selenium.common.exceptions import WebDriverException
        from selenium.webdriver.remote.command import Command
        from urllib3.exceptions import HTTPError
        from websocket import WebSocketException

        executor: Any = self.driver.command_executor
        executor.client_config.timeout = 5
        connection: Any = self.driver._websocket_connection
        line = getattr(connection._ws, "sock", None) if connection is not None else None
        if end is not None:
            end()
        else:
            with suppress(WebDriverException, HTTPError, WebSocketException, OSError):
                self.driver.execute(Command.QUIT)
        # Selenium's own `quit` closes BiDi first, and then waits for a thread that may need seconds to see it; the browser
        # has closed it by now.
        if connection is not None:
            connection.response_wait_timeout = 2
            connection.close()
            self.driver._websocket_connection = None
        if line is not None:
            line.shutdown()  # websocket-client leaves the socket open when the other side has closed first
        executor.close()
