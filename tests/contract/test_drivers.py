"""What every driver keeps to, whatever it looks through. A new driver gets an entry in DRIVERS below and passes."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from compatcheck.capture import DRIVERS as LOADERS
from compatcheck.capture import Driver
from compatcheck.capture.fake import FakeDriver, stacked
from compatcheck.capture.find import browser_report
from compatcheck.capture.folder import PictureFolder
from compatcheck.capture.local import LocalSelenium
from compatcheck.capture.processes import live_count
from compatcheck.capture.session import capture_shots
from compatcheck.errors import CaptureError, DriverMissing
from compatcheck.geometry import Size
from compatcheck.model.capture import Capture, PageModel
from compatcheck.model.matrix import Browser, Device, Page, Screen
from compatcheck.model.plan import Shot
from compatcheck.model.run import CaptureFailed
from compatcheck.picture import write_png

SCREEN = Screen(Size(400, 300), 2)
PAGE = """<!doctype html><meta name="viewport" content="width=device-width"><title>contract</title>
<style>body{margin:0}div{height:350px;background:rgb(0,160,0)}</style><div>first</div><p>second</p>"""


@dataclass
class Case:
    """A driver with a device for it, a page that is there and one that is not."""

    driver: Driver
    device: Device
    page: Page
    missing: Page


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text(PAGE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


def fake(_site: str, _folder: Path) -> Case:
    device = Device("fake", "chromium", SCREEN)
    broken = replace(device, id="broken")
    page = Page("home", "http://shop/")
    driver = FakeDriver(stacked("first", "second", height=350), broken={broken.id: "http://shop/ is not there."})
    return Case(driver, device, page, page)


def folder(_site: str, path: Path) -> Case:
    picture = np.full((800, 800, 3), 255, np.uint8)
    picture[:700] = (0, 160, 0)
    write_png(path / "home.png", picture)
    device = Device("folder", "chromium", SCREEN, driver="folder", options={"folder": str(path)})
    return Case(PictureFolder(), device, Page("home", "http://shop/"), Page("nowhere", "http://shop/nowhere"))


def selenium(browser: Browser) -> Callable[[str, Path], Case]:
    def make(site: str, _folder: Path) -> Case:
        (report,) = browser_report([browser])
        if not report.ready:
            pytest.skip(" ".join(part.how_to_install for part in report.missing))
        device = Device(f"{browser}-here", browser, SCREEN, timeout=20)
        return Case(LocalSelenium(), device, Page("home", site), Page("nowhere", "http://127.0.0.1:7995/"))

    return make


DRIVERS = [
    pytest.param(fake, id="fake"),
    pytest.param(folder, id="folder"),
    *(
        pytest.param(selenium(browser), id=browser, marks=pytest.mark.browser)
        for browser in ("chromium", "firefox", "webkit")
    ),
]


@pytest.fixture(params=DRIVERS, scope="module")
def case(request: pytest.FixtureRequest, site: str, tmp_path_factory: pytest.TempPathFactory) -> Case:
    made: Case = request.param(site, tmp_path_factory.mktemp("driver"))
    return made


@pytest.fixture(scope="module")
def captures(case: Case) -> tuple[Capture, Capture]:
    """Two looks at the same page in one session."""
    shot = Shot(case.device, case.page)
    before = live_count()
    with case.driver.open(case.device) as session:
        taken = session.look(shot), session.look(shot)
    assert live_count() == before, "the session left processes behind"
    return taken


def test_picture_is_rgb_and_of_the_documents_size(captures: tuple[Capture, Capture]) -> None:
    capture, _ = captures
    picture, facts = capture.picture, capture.facts
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3
    ratio = facts.device_scale_factor
    assert picture.shape[1] == math.floor(facts.document.width * ratio + 0.5)
    assert picture.shape[0] == math.floor(facts.document.height * ratio + 0.5)


def test_screen_is_the_devices(captures: tuple[Capture, Capture]) -> None:
    facts = captures[0].facts
    assert facts.viewport == SCREEN.viewport
    assert facts.device_scale_factor == SCREEN.device_scale_factor
    assert captures[0].invalid == ""


def test_capture_names_its_shot_and_its_moment(case: Case, captures: tuple[Capture, Capture]) -> None:
    first, second = captures
    assert first.shot == Shot(case.device, case.page)
    if first.taken_at:
        moment = datetime.fromisoformat(first.taken_at)
        assert moment.utcoffset() == timedelta(0)
        assert moment <= datetime.fromisoformat(second.taken_at)


def test_page_model_fits_the_picture_and_survives_json(captures: tuple[Capture, Capture]) -> None:
    model = captures[0].page_model
    if model is None:
        return
    assert model.document == captures[0].facts.document
    assert PageModel.from_json(model.to_json()) == model
    assert all(element.box.is_finite() for element in model.elements)
    assert any("first" in element.text for element in model.elements)


def test_same_page_twice_is_the_same_picture(captures: tuple[Capture, Capture]) -> None:
    first, second = captures
    assert np.array_equal(first.picture, second.picture)


def test_page_that_is_not_there_is_one_clear_sentence(case: Case) -> None:
    device = replace(case.device, id="broken") if isinstance(case.driver, FakeDriver) else case.device
    with case.driver.open(device) as session, pytest.raises(CaptureError) as caught:
        session.look(Shot(device, case.missing))
    assert len(str(caught.value).splitlines()) == 1
    assert not isinstance(caught.value, DriverMissing)


def test_failure_is_a_result_and_the_next_shot_works(case: Case) -> None:
    if isinstance(case.driver, FakeDriver):
        pytest.skip("the fake driver breaks devices, not pages")
    shots = [Shot(case.device, page) for page in (case.missing, case.page)]
    failed, taken = capture_shots(case.device, shots, driver=case.driver)
    assert isinstance(failed, CaptureFailed)
    assert isinstance(taken, Capture)


@pytest.mark.parametrize("name", sorted(LOADERS))
def test_every_driver_loads(name: str) -> None:
    assert callable(LOADERS[name]().open)
