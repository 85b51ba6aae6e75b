"""WebDriver's and the connection's errors in plain words."""

from __future__ import annotations

import pytest
from selenium.common.exceptions import (
    InvalidSessionIdException,
    JavascriptException,
    NoSuchWindowException,
    SessionNotCreatedException,
    WebDriverException,
)
from urllib3.exceptions import MaxRetryError, ProtocolError, ReadTimeoutError
from websocket import WebSocketConnectionClosedException

from compatcheck.capture.wire import clear_errors, first_line
from compatcheck.errors import CaptureError, SessionLost


@pytest.mark.parametrize(
    "error",
    [
        InvalidSessionIdException("Message: invalid session id"),
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
