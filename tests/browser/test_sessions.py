"""Sessions with real browsers: what a device pretends to be, what happens when a browser dies, and what is left afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from compatcheck.capture.local import LocalSelenium
from compatcheck.capture.processes import live_count
from compatcheck.capture.session import capture_shots
from compatcheck.geometry import Size
from compatcheck.model.abilities import ABILITIES
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot
from compatcheck.model.run import CaptureFailed
from tests.browser.conftest import PHONE, device

pytestmark = pytest.mark.browser

AGENT = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36 Test/1"


def descendants() -> set[int]:
    """The process ids of everything that this process has started and that is still running."""
    children = psutil.Process().children(recursive=True)
    return {child.pid for child in children if child.status() != psutil.STATUS_ZOMBIE}


def _orphans(before: set[int]) -> list[list[str]]:
    """The command lines of what runs now, was not there before, and is no child of what was.

    The browsers that are kept over the tests start helpers of their own; a killed process takes a moment to go.
    """
    new = []
    for pid in descendants() - before:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            if not any(parent.pid in before for parent in process.parents()):
                new.append(process)
    _, alive = psutil.wait_procs(new, timeout=3)
    return [one.cmdline() for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def left_over(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Afterwards no process is there that was not there before, and no temporary folder in a place of the test's own."""
    processes, count = descendants(), live_count()
    with TemporaryDirectory(prefix="cc") as folder:
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield
        assert live_count() == count
        assert _orphans(processes) == []
        assert list(Path(folder).glob("compatcheck-*")) == []


@pytest.mark.usefixtures("left_over")
def test_device_is_what_it_pretends_to_be(engine: str, site: str) -> None:
    of = device(
        engine,
        PHONE,
        user_agent=AGENT,
        locale="de-DE",
        timezone="Asia/Tokyo",
        color_scheme="dark",
        reduced_motion=True,
    )
    with LocalSelenium().open(of) as session:
        facts = session.look(Shot(of, Page("agent", f"{site}/agent"))).facts
        hints = session.eyes.wire.script("return navigator.userAgentData ? navigator.userAgentData.toJSON() : null")
        served = str(session.eyes.wire.script("return document.body.innerText"))
    assert facts.user_agent == AGENT
    assert served.startswith(AGENT)
    assert "de" in served.split("|")[1]
    assert facts.extra["language"].startswith("de")
    assert facts.extra["timezone"] == "Asia/Tokyo"
    assert facts.extra["dark"] is True
    assert facts.extra["reducedMotion"] is True
    assert facts.browser_version
    assert facts.driver_version
    if engine == "chromium":
        assert hints["mobile"] is True
        assert hints["platform"] == "Android"
    touch = (facts.extra["touchPoints"], facts.extra["touchEvents"], facts.extra["coarse"])
    honoured = {
        "deviceScaleFactor": facts.device_scale_factor == PHONE.device_scale_factor,
        "hasTouch": touch == (5, True, True),
        "orientation": facts.extra["orientation"] == "portrait-primary",
    }
    for key, done in honoured.items():
        (ability,) = [one for one in ABILITIES if one.key == key]
        lack = ability.lacks.get(of.engine)
        told = any(lack in note for note in facts.notes) if lack else any(key.lower() in note for note in facts.notes)
        assert done != told, f"{key}: honoured {done}, and the facts say {facts.notes}"


@pytest.mark.usefixtures("left_over")
def test_forced_colours(engine: str, site: str) -> None:
    of = device(engine, forced_colors=True)
    with LocalSelenium().open(of) as session:
        facts = session.look(Shot(of, Page("sticky", f"{site}/sticky.html", readiness="fast"))).facts
    lacking = "WebKitGTK has no forced colours." in facts.notes
    assert facts.extra["forcedColors"] is not lacking
    assert lacking == (engine == "webkit")


@pytest.mark.usefixtures("left_over")
def test_desktop_is_a_desktop(engine: str, site: str) -> None:
    of = device(engine)
    with LocalSelenium().open(of) as session:
        facts = session.look(Shot(of, Page("agent", f"{site}/agent"))).facts
    assert facts.extra["touchPoints"] == 0
    assert not facts.extra["touchEvents"]
    assert not facts.extra["coarse"]
    assert not facts.extra["dark"]
    assert not facts.extra["reducedMotion"]
    assert "Headless" not in facts.user_agent
    assert not facts.notes


@pytest.mark.usefixtures("left_over")
def test_browser_that_is_killed_is_opened_again(engine: str, site: str) -> None:
    """Between two looks, and in the middle of a wait in the page."""
    of = device(engine)
    waiting = {"wait_for_script": "performance.now() > 1500", "readiness": "none"}
    pages = [
        Page("a", f"{site}/sticky.html"),
        Page("b", f"{site}/wide.html"),
        Page("c", f"{site}/wide.html", **waiting),
    ]
    taking = capture_shots(of, [Shot(of, page) for page in pages])
    assert isinstance(next(taking), Capture)
    _kill_browsers()
    second = next(taking)
    assert isinstance(second, Capture), second
    assert not second.invalid
    later = threading.Timer(1.0, _kill_browsers)
    later.start()
    third = next(taking)
    later.join()
    assert isinstance(third, Capture), third
    taking.close()  # type: ignore[attr-defined]


def _kill_browsers() -> None:
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # it went with the one before it
            name = child.name().lower()
            if any(word in name for word in ("chrom", "firefox", "webkit")) and "driver" not in name:
                child.kill()


@pytest.mark.usefixtures("left_over")
def test_generator_closed_early_leaves_nothing(engine: str, site: str) -> None:
    of = device(engine)
    taking = capture_shots(of, [Shot(of, Page(f"p{n}", f"{site}/wide.html")) for n in range(3)])
    next(taking)
    taking.close()  # type: ignore[attr-defined]


def test_browser_that_does_not_start_is_one_line() -> None:
    of = device("chromium", options={"binary": "/bin/false"})
    (result,) = capture_shots(of, [Shot(of, Page("home", "http://127.0.0.1:9999/"))], retries=0)
    assert isinstance(result, CaptureFailed)
    assert "\n" not in result.message
    assert "Opening the browser failed" in result.message


PROGRAM = """
import signal, sys, time
from compatcheck.capture.local import LocalSelenium
from compatcheck.capture.processes import reap_all
from compatcheck.geometry import Size
from compatcheck.model.matrix import Device, Screen

def stop(*_):
    reap_all()
    sys.exit(143)

signal.signal(signal.SIGTERM, stop)
signal.signal(signal.SIGINT, stop)
with LocalSelenium().open(Device("d", sys.argv[1], Screen(Size(400, 300)))) as session:
    print("open", flush=True)
    session.eyes.wire.script("const end = Date.now() + 30000; while (Date.now() < end);")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_signal_in_the_middle_of_a_call_leaves_nothing(engine: str, how: signal.Signals) -> None:
    """With the handler that the command line installs: browsers first, then the program."""
    # A short path: Chromium puts a socket under it, and a socket's path has at most 107 bytes.
    with TemporaryDirectory(prefix="cc") as folder:
        _end_by(how, engine, Path(folder))


def _end_by(how: signal.Signals, engine: str, tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path.cwd())}
    program = [sys.executable, "-c", PROGRAM, engine]
    with subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        started = psutil.Process(process.pid).children(recursive=True)
        assert started
        time.sleep(0.3)
        process.send_signal(how)
        process.wait(timeout=20)
    _, alive = psutil.wait_procs(started, timeout=3)
    running = [one for one in alive if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert not running
    assert list(tmp_path.glob("compatcheck-*")) == []


def test_two_devices_at_once_share_one_virtual_screen(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from compatcheck.capture import display
    from compatcheck.capture.find import browser_report

    (report,) = browser_report(["webkit"])
    if not report.ready:
        pytest.skip("WebKitGTK is not installed")
    monkeypatch.delenv("DISPLAY", raising=False)
    small, large = device("webkit", Screen(Size(320, 480))), device("webkit", Screen(Size(1280, 800), 2))
    with LocalSelenium().open(small) as one, LocalSelenium().open(large) as other:
        assert display._users >= 2
        looks = [
            session.look(Shot(of, Page("wide", f"{site}/wide.html"))) for session, of in ((one, small), (other, large))
        ]
    assert [look.facts.viewport for look in looks] == [Size(320, 480), Size(1280, 800)]
    assert [look.invalid for look in looks] == ["", ""]


def test_remote_driver_looks_like_the_local_one(site: str) -> None:
    from compatcheck.capture.find import Found, find
    from compatcheck.capture.processes import Household
    from compatcheck.capture.remote import RemoteSelenium

    driver, browser = find("chromedriver"), find("chromium")
    if not isinstance(driver, Found) or not isinstance(browser, Found):
        pytest.skip("Chromium is not installed")
    household = Household()
    try:
        process = subprocess.Popen(
            [driver.path, "--port=0"],
            stdout=subprocess.PIPE,
            env=household.environment(),
            text=True,
            **household.popen_arguments,  # type: ignore[call-overload]
        )
        household.adopt(process.pid, process)
        port = next(line.split("port ")[1].rstrip(".\n") for line in process.stdout if "successfully on port" in line)
        of = Device(
            "grid",
            "chromium",
            PHONE,
            driver="remote",
            server=f"http://127.0.0.1:{port}",
            capabilities={"goog:chromeOptions": {"binary": browser.path, "args": ["--headless=new", "--no-sandbox"]}},
            timeout=20,
        )
        with RemoteSelenium().open(of) as session:
            capture = session.look(Shot(of, Page("hero", f"{site}/hero.html")))
        assert capture.facts.viewport == PHONE.viewport
        assert capture.facts.device_scale_factor == PHONE.device_scale_factor
        assert not capture.invalid
        process.stdout.close()
    finally:
        household.end()
