"""WebDriver's and the connection's errors in plain words."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import threading
import time
from functools import partial

import pytest
from selenium.common.exceptions import (
    InvalidSessionIdException,
    JavascriptException,
    NoSuchWindowException,
    SessionNotCreatedException,
    WebDriverException,
)
from selenium.webdriver.remote.websocket_connection import WebSocketConnection
from urllib3.exceptions import MaxRetryError, ProtocolError, ReadTimeoutError
from websocket import WebSocketConnectionClosedException

from compatcheck.capture.wire import _wait_for_answer, clear_errors, first_line
from compatcheck.errors import CaptureError, SessionLost


@pytest.mark.parametrize(
    "error",
    [
        InvalidSessionIdException("Message: invalid session id"),
        InvalidSessionIdException(""),
        WebDriverException(""),
        NoSuchWindowException("no such window: target window already closed"),
        WebDriverException("disconnected: not connected to DevTools"),
        WebDriverException("unknown error: session deleted because of page crash\nfrom tab crashed"),
        WebDriverException("Timed out waiting for response to BiDi command 3"),
        WebDriverException("Failed to decode response from marionette"),
        ReadTimeoutError(None, "/", "read timed out"),  # type: ignore[arg-type]
        MaxRetryError(None, "/"),  # type: ignore[arg-type]
        ProtocolError("Connection aborted."),
        ConnectionResetError(),
        WebSocketConnectionClosedException("closed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_dead_session_is_worth_a_retry(error: Exception) -> None:
    with pytest.raises(SessionLost), clear_errors("Looking"):
        raise error


@pytest.mark.parametrize(
    "error",
    [
        JavascriptException("javascript error: x is not defined"),
        SessionNotCreatedException("This version of ChromeDriver only supports Chrome version 114"),
        WebDriverException("unknown error: net::ERR_NAME_NOT_RESOLVED"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_live_session_is_not(error: Exception) -> None:
    with pytest.raises(CaptureError) as caught, clear_errors("Looking"):
        raise error
    assert not isinstance(caught.value, SessionLost)
    assert str(caught.value).startswith("Looking failed: ")


def test_message_is_one_line_without_links() -> None:
    text = (
        "Message: session not created: no chrome binary; For documentation on this error, please visit: "
        "https://www.selenium.dev/documentation\nStacktrace:\n#0 0x55"
    )
    assert first_line(WebDriverException(text)) == "session not created: no chrome binary"
    assert first_line(WebDriverException("timeout\n  (Session info: chrome=156.0)")) == "timeout"
    assert first_line(ValueError()) == "ValueError"


def test_connection_that_breaks_off_keeps_nobody_waiting() -> None:
    """A browser that dies does so in the middle of a BiDi command: the answer is not waited for to the end of its time."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        browser = threading.Thread(target=_die_when_asked, args=(server,))
        browser.start()
        connection = WebSocketConnection(f"ws://127.0.0.1:{server.getsockname()[1]}/", 60, 0.01)
        connection._wait_until = partial(_wait_for_answer, connection)
        started = time.monotonic()
        with pytest.raises(SessionLost), clear_errors("browsingContext.captureScreenshot"):
            connection.send_cmd("browsingContext.captureScreenshot", {})
        assert time.monotonic() - started < 30
        connection.close()
        browser.join()


def _die_when_asked(server: socket.socket) -> None:
    line, _ = server.accept()
    with line:
        (key,) = re.findall(rb"Sec-WebSocket-Key: (\S+)", line.recv(4096))
        proof = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
        upgrade = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        line.sendall(upgrade + b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n")
        line.recv(4096)
