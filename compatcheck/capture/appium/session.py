"""Opening a session on an Appium server, and ending it whatever happens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from compatcheck.capture.appium.failures import access, explain_refusal, explain_silence, without_secrets
from compatcheck.capture.processes import Guest
from compatcheck.capture.wire import CALL_SECONDS, Wire
from compatcheck.model.matrix import Device

PHONE_SECONDS = 240.0
"""How long a phone's session may take to open: building WebDriverAgent and installing an app take minutes."""

DESKTOP_SECONDS = 90.0


class AppiumWire(Wire):
    """A session whose server reads answers: Appium takes an object with the key `status` for an error of an old protocol."""

    def script(self, text: str, *arguments: Any, seconds: float = CALL_SECONDS) -> Any:
        """See `Wire.script`; the value travels in an array, where Appium does not look."""
        held = super().script(
            f"return [(function () {{ {text}\n}}).apply(this, arguments)]", *arguments, seconds=seconds
        )
        return held[0] if held else None  # a script that a navigation cut off gives nothing


@contextmanager
def appium_session(device: Device, server: str, capabilities: Mapping[str, Any], seconds: float) -> Iterator[Wire]:
    """An open session. Raises CaptureError, DriverMissing or SessionLost with one line that says what to do."""
    from appium.options.common.base import AppiumOptions
    from appium.webdriver.client_config import AppiumClientConfig
    from appium.webdriver.webdriver import WebDriver
    from selenium.common.exceptions import WebDriverException
    from urllib3.exceptions import HTTPError

    options = AppiumOptions()
    options.load_capabilities(dict(capabilities))
    # Sockets take fractions of a second although Selenium's annotation says int.
    config = AppiumClientConfig(without_secrets(server), direct_connection=True, timeout=seconds, **access(server))
    try:
        driver = WebDriver(without_secrets(server), options=options, client_config=config)
    except WebDriverException as error:
        raise explain_refusal(device, server, error) from error
    except (HTTPError, OSError) as error:
        raise explain_silence(device, server, error, seconds) from error
    executor: Any = driver.command_executor
    executor.add_command("executeCdpCommand", "POST", "/session/$sessionId/goog/cdp/execute")
    executor.add_command("getLog", "POST", "/session/$sessionId/se/log")
    wire = AppiumWire(driver)
    with Guest(wire.close):
        yield wire
