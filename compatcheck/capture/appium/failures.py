"""A server's error, told in one line that says what is wrong and what to do.

The texts on the left are those of Appium 3.8 and its drivers; Appium 2 words them the same. What is not known here is passed on
as the server's own first line.
"""

from __future__ import annotations

import re
import urllib.error
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

from urllib3.util.retry import Retry

from compatcheck.capture.appium.server import server_status
from compatcheck.capture.wire import first_line
from compatcheck.errors import CaptureError, DriverMissing, SessionLost
from compatcheck.model.matrix import Device


@dataclass(frozen=True, slots=True)
class _Known:
    """A server's error that we can say more about; `{0}` … are the pattern's groups."""

    pattern: str
    message: str
    hint: str
    missing: bool = False


_KNOWN = (
    _Known(
        r"Could not find a driver for automationName '([^']*)' and platformName '([^']*)'",
        "the Appium server has no driver for automationName {0} on platform {1}.",
        "Run `appium driver install` with the driver's name (uiautomator2, xcuitest, chromium, gecko …) where the server is, "
        "restart it, or correct `appium:automationName`.",
        missing=True,
    ),
    _Known(
        r"Neither ANDROID_HOME nor ANDROID_SDK_ROOT",
        "the Appium server does not know where the Android SDK is.",
        "Set ANDROID_HOME for the server (on Debian /usr/lib/android-sdk, with adb from `apt-get install adb`) and restart it.",
        missing=True,
    ),
    _Known(
        r"(?:Could not find ['\"]?adb|adb['\"]? (?:could not be found|not found)|Could not find 'apksigner)",
        "the Appium server finds no adb in its Android SDK.",
        "Install the SDK's platform-tools where the server is, and set ANDROID_HOME.",
        missing=True,
    ),
    _Known(
        r"Could not find a connected (?:Android|iOS|real)? ?device|no devices? (?:found|attached)",
        "no phone is connected to the Appium server.",
        "Connect one (USB debugging on; `adb devices` must list it), or start an emulator.",
    ),
    _Known(
        r"Device (\S+) was not in the list of connected devices|Unknown device or simulator UDID: '?([^'\s]*)",
        "the phone {0} is not connected to the Appium server.",
        "Compare `appium:udid` with what `adb devices` (Android) or `xcrun xctrace list devices` (iOS) lists.",
    ),
    _Known(
        r"device '?(\S*?)'? (?:is )?(?:offline|not found)|error: device (?:offline|unauthorized|still authorizing)",
        "the phone {0} is offline or has not allowed this computer.",
        "Unlock it, plug it in again and confirm `Allow USB debugging`.",
    ),
    _Known(
        r"No Chromedriver found that can automate Chrome '([^']*)'",
        "the Appium server has no ChromeDriver that fits the webview's Chrome {0}.",
        "Set `appium:chromedriverExecutable` (`appium:executable` for automationName Chromium) to ChromeDriver {0}, or start "
        'the server with --allow-insecure "*:chromedriver_autodownload".',
        missing=True,
    ),
    _Known(
        r"This version of ChromeDriver only supports Chrome version (\d+)[\s\S]*?(?:Current browser version is ([\d.]+)|$)",
        "the Appium server's ChromeDriver is for Chrome {0}, the page's is {1}.",
        "Name one that fits in `appium:chromedriverExecutable`, or try `appium:chromedriverDisableBuildCheck: true`.",
    ),
    _Known(
        r"chromedriver binary at the path (\S+?),? ",
        "there is no ChromeDriver at {0} on the Appium server's machine.",
        "Correct `appium:chromedriverExecutable` (`appium:executable` for automationName Chromium).",
        missing=True,
    ),
    _Known(
        r"(geckodriver|safaridriver|chromedriver) binary cannot be found",
        "the Appium server finds no {0} on its PATH.",
        "Install {0} where the server is and restart it (`server: auto` brings the one of this machine).",
        missing=True,
    ),
    _Known(
        r"(?:The application at '?([^']+?)'? (?:does not exist|is not accessible)|ENOENT: no such file or directory, open '([^']+)')",
        "the app {0} is not on the Appium server's machine.",
        "Correct `appium:app`: a full path there, or a URL that the server can fetch.",
    ),
    _Known(
        r"(?:package|Package|app|application|bundle)[^\n]{0,40}?'?([A-Za-z][\w]*(?:\.[\w]+)+)'?[^\n]{0,40}"
        r"(?:not (?:be )?(?:installed|found)|does not exist|unknown)",
        "the app {0} is not installed on the phone.",
        "Install it, give `appium:app`, or correct `appium:appPackage` / `appium:bundleId`.",
    ),
    _Known(
        r"(?:Activity|activity) (?:name|class|used to start app)[^\n]{0,20}'?([\w./]+)'? [^\n]*(?:doesn't exist|does not exist|cannot be)",
        "the app has no activity {0}.",
        "Correct `appium:appActivity`.",
    ),
    _Known(
        r"requires? (?:macOS|Xcode)|xcodebuild|xcode-select",
        "iOS phones need an Appium server on macOS with Xcode.",
        "Run the server on a Mac, or use a cloud.",
        missing=True,
    ),
    _Known(
        r"did not have one: ([^\n]+)",
        "these capabilities need a prefix: {0}.",
        'Write them as "appium:…" in the matrix.',
    ),
    _Known(
        r"'(platformName|automationName|deviceName|browserName)' is required|'(\w+)' can't be blank",
        "its capabilities lack {0}.",
        "See docs/webviews.md for complete examples.",
    ),
    _Known(
        r"(?i)(authori[sz]ation|unauthori[sz]ed|access key|invalid (?:user ?name|credentials))",
        "the server refuses the user name or the access key.",
        "Give both through the environment (`${{NAME}}` in the matrix), and check that they are the account's.",
    ),
    _Known(
        r"(?i)(parallel|concurren\w+|queue)[^\n]*(limit|exceed|full|maxed)|all parallel tests|New session request timed out",
        "no place was free on the server.",
        "Lower --jobs, or wait until another run has ended.",
    ),
    _Known(
        r"(?i)no nodes support the capabilities|could not start a new session\. (?:No|Unable)|no matching capabilities",
        "no node of the Grid offers such a browser.",
        "Compare `capabilities` with the Grid's own page (/ui) or `/status`.",
    ),
)


_LOG_HINT = "The server's own log says more."


def explain_refusal(device: Device, server: str, error: BaseException) -> CaptureError:
    """Why no session could be opened, for the WebDriver or connection error that said so.

    DriverMissing when trying again cannot help.
    """
    text = str(getattr(error, "msg", None) or error)
    for known in _KNOWN:
        match = re.search(known.pattern, text)
        if match:
            groups = [group for group in match.groups() if group] or [""]
            message = known.message.format(*groups, *["another version"] * 3)
            kind = DriverMissing if known.missing else CaptureError
            return kind(f"Device {device.id}: {_one_space(message)}", hint=known.hint.format(*groups, *[""] * 3))
    if re.search(
        r"unknown command|requested resource could not be found|404|Unable to find handler|<html", text, re.IGNORECASE
    ):
        return _wrong_path(device, server)
    return CaptureError(
        f"Device {device.id}: no session could be opened at {without_secrets(server)}: {_without_wrapping(error)}",
        hint=_LOG_HINT,
    )


_LOSSES = (
    _Known(
        r"(?i)device '?(\S*?)'? (?:is )?(?:offline|not found)|device (?:offline|unauthorized)|No route to host",
        "the phone {0} went offline.",
        "Plug it in again, or turn its sleep mode off.",
    ),
    _Known(
        r"(?i)instrumentation process (?:is not running|cannot be initialized)|UiAutomator2 server.*(?:not running|not available)|"
        r"WebDriverAgent.*(?:not running|crashed)",
        "the helper that Appium runs on the phone died.",
        "Another automation on the same phone ends it; else see the server's log.",
    ),
    _Known(
        r"(?i)could not proxy|ECONNREFUSED|ECONNRESET|socket hang up|cannot be proxied",
        "the app or the phone stopped answering to the Appium server.",
        "Was the app killed, or the phone unplugged? The server's log says more.",
    ),
    _Known(
        r"(?i)session (?:is|was) (?:either )?(?:terminated|deleted|not started|closed)|invalid session id|InvalidSessionId",
        "its session ended on the server while the page was looked at.",
        "The app, the browser or the server's driver died; the server's log says which.",
    ),
    _Known(
        r"(?i)lost the connection|Connection refused|RemoteDisconnected",
        "the server at the other end died or was stopped while the page was looked at.",
        "Start it again; with several devices on it, look at its memory.",
    ),
    _Known(
        r"(?i)disconnected|not connected to DevTools|chrome not reachable|target window already closed|no such window|web view not found",
        "the webview closed while the page was looked at.",
        "The app closed it, or died.",
    ),
)


def explain_loss(device: Device, error: CaptureError) -> CaptureError:
    """A failure in the middle of a session, with what to do where that is known; the kind of error stays."""
    text = str(error)
    if error.hint:
        named = error.message.startswith("Device ")
        return error if named else type(error)(f"Device {device.id}: {error.message}", hint=error.hint)
    for known in _LOSSES:
        match = re.search(known.pattern, text)
        if match:
            groups = [group for group in match.groups() if group] or [""]
            message = _one_space(known.message.format(*groups, ""))
            return SessionLost(f"Device {device.id}: {message} ({text[:200]})", hint=known.hint)
    refusal = explain_refusal(device, "", error)
    return refusal if refusal.hint != _LOG_HINT else error


def explain_silence(device: Device, server: str, error: BaseException, seconds: float) -> CaptureError:
    """The error for a server that did not answer, or not in time."""
    place, kind = without_secrets(server), "Selenium" if device.driver == "remote" else "Appium"
    if "timed out" in str(error).lower() and "connect" not in type(error).__name__.lower():
        return CaptureError(
            f"Device {device.id}: the server at {place} opened no session within {seconds:.0f} s.",
            hint="See what the phone shows (a permission dialog, a locked screen), and the server's log.",
        )
    return DriverMissing(
        f"Device {device.id}: no {kind} server answers at {place}.",
        hint="Start it (`appium`, or the Grid), correct `server`, or write `server: auto` to have Appium started.",
    )


def _wrong_path(device: Device, server: str) -> CaptureError:
    parts = urlsplit(server)
    for path in ("", "/wd/hub"):
        if path == parts.path.rstrip("/"):
            continue
        other = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        try:
            server_status(other)
        except (OSError, urllib.error.URLError, ValueError, KeyError):
            continue
        return DriverMissing(
            f"Device {device.id}: {without_secrets(server)} is not where the server takes sessions.",
            hint=f"Write `server: {without_secrets(other)}`.",
        )
    return DriverMissing(
        f"Device {device.id}: what answers at {without_secrets(server)} is no WebDriver server.",
        hint="Correct `server`; Appium 2 and 3 take sessions at the root, such as http://127.0.0.1:4723.",
    )


def without_secrets(url: str) -> str:
    """The URL without user name and key."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def access(url: str) -> dict[str, Any]:
    """What Selenium's ClientConfig is to know of a server, as keyword arguments: user name and key of its URL, and no second tries.

    urllib3 would ask again when an answer does not come, which makes three time limits of one, and sends commands twice.
    """
    parts = urlsplit(url)
    once = Retry(total=None, connect=False, read=False, redirect=5, other=False)
    return {
        "init_args_for_pool_manager": {"init_args_for_pool_manager": {"retries": once}},
        "username": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
    }


def _without_wrapping(error: BaseException) -> str:
    line = re.sub(r"\s+", " ", first_line(error))
    line = re.sub(
        r"^(An unknown server-side error occurred while processing the command\. Original error: )+", "", line
    )
    return line[:400]


def _one_space(text: str) -> str:
    return re.sub(r" {2,}", " ", text)
