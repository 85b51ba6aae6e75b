"""Pictures made elsewhere as a device."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from compatcheck.capture.fake import FakeDriver, stacked
from compatcheck.capture.folder import PictureFolder
from compatcheck.errors import CaptureError, DriverMissing
from compatcheck.geometry import Size
from compatcheck.model.capture import Capture, PageModel
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot
from compatcheck.picture import write_png

PAGE = Page("home", "http://shop/")


def device(**options: Any) -> Device:
    return Device("app", "chromium", Screen(Size(100, 200), 2), driver="folder", options=options)


def look(of: Device) -> Capture:
    with PictureFolder().open(of) as session:
        return session.look(Shot(of, PAGE))


@pytest.fixture
def drawn() -> Capture:
    of = device()
    with FakeDriver(stacked("one", "two", "three")).open(of) as session:
        return session.look(Shot(of, PAGE))


def test_picture_and_page_model(tmp_path: Path, drawn: Capture) -> None:
    write_png(tmp_path / "home.png", drawn.picture)
    assert drawn.page_model is not None
    (tmp_path / "home.json").write_text(json.dumps(drawn.page_model.to_json()))
    capture = look(device(folder=str(tmp_path)))
    assert np.array_equal(capture.picture, drawn.picture)
    assert capture.page_model == drawn.page_model
    assert capture.facts.device_scale_factor == 2
    assert capture.facts.document == drawn.facts.document
    assert not capture.invalid
    assert capture.taken_at.endswith("+00:00")


def test_numbers_that_no_page_has_are_read_and_written(tmp_path: Path, drawn: Capture) -> None:
    write_png(tmp_path / "home.png", drawn.picture)
    assert drawn.page_model is not None
    model = drawn.page_model.to_json()
    model["viewport"], model["document"] = [math.nan, math.inf], [-5, 0]
    model["elements"][0]["box"] = [math.nan, 0, math.inf, 1e300]
    (tmp_path / "home.json").write_text(json.dumps(model))
    capture = look(device(folder=str(tmp_path)))
    assert capture.page_model is not None
    written = json.dumps(capture.page_model.to_json(), allow_nan=False)
    assert '"viewport": [null, null]' in written
    assert math.isnan(PageModel.from_json(json.loads(written)).elements[0].box.x)
    assert capture.facts.viewport == drawn.facts.viewport, "the device's, where the page model says nothing"


def test_picture_of_the_device_comes_first(tmp_path: Path, drawn: Capture) -> None:
    write_png(tmp_path / "home.png", np.zeros_like(drawn.picture))
    (tmp_path / "home").mkdir()
    Image.fromarray(drawn.picture).save(tmp_path / "home" / "app.webp", lossless=True)
    capture = look(device(folder=str(tmp_path)))
    assert np.array_equal(capture.picture, drawn.picture)
    assert capture.page_model is None


def test_ratio_is_what_the_picture_says(tmp_path: Path) -> None:
    picture = np.zeros((330, 150, 3), np.uint8)
    picture[0] = 200
    write_png(tmp_path / "home.png", picture)
    facts = look(device(folder=str(tmp_path))).facts
    assert facts.device_scale_factor == 1.5
    assert facts.document == Size(100, 220)
    assert "150 px wide, which is 1.5 px to the CSS px, not 2" in facts.notes[0]


def test_blank_picture_is_invalid(tmp_path: Path) -> None:
    write_png(tmp_path / "home.png", np.full((200, 200, 3), 7, np.uint8))
    assert "blank" in look(device(folder=str(tmp_path))).invalid


def test_missing_picture_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"home\.png or home/app\.png"):
        look(device(folder=str(tmp_path)))


def test_picture_cut_short(tmp_path: Path, drawn: Capture) -> None:
    write_png(tmp_path / "home.png", drawn.picture)
    data = (tmp_path / "home.png").read_bytes()
    (tmp_path / "home.png").write_bytes(data[: len(data) // 2])
    with pytest.raises(CaptureError, match=r"home\.png"):
        look(device(folder=str(tmp_path)))


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"document": 1, "viewport": 2, "elements": []}', "null"])
def test_file_that_is_no_page_model(tmp_path: Path, drawn: Capture, text: str) -> None:
    write_png(tmp_path / "home.png", drawn.picture)
    (tmp_path / "home.json").write_text(text)
    with pytest.raises(CaptureError, match=r"home\.json: not a page model"):
        look(device(folder=str(tmp_path)))


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DriverMissing, match="no folder"):
        look(device(folder=str(tmp_path / "nowhere")))
    with pytest.raises(DriverMissing, match="no folder is given"):
        look(device())
