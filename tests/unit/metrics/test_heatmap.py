"""Heat-maps as files: they show what `heat_map` says, however they were made."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from compatcheck.errors import PictureError
from compatcheck.metrics import heat_map, heatmap, write_heat_map
from compatcheck.native import png
from compatcheck.picture import read
from tests.unit.compare.pages import page


def a_map(picture):
    surface = np.zeros(picture.shape[:2], np.float32)
    surface[10:40] = np.linspace(0, 1, picture.shape[1])
    surface[50:55] = 0.001  # so little that it is none
    return surface


@pytest.mark.parametrize("size", [(90, 333), (900, 700)], ids=["at once", "in two halves"])
@pytest.mark.parametrize("missing", ["nothing", "the C library", "ISA-L"])
def test_the_file_shows_what_the_heat_map_is(size, missing, tmp_path, monkeypatch):
    picture = page(*size)
    expected = heat_map(picture, a_map(picture))
    if missing == "the C library":
        monkeypatch.setattr(heatmap, "library", lambda: None)
    if missing == "ISA-L":
        monkeypatch.setattr(png, "find_spec", lambda _: None)
    write_heat_map(tmp_path / "map.png", picture, a_map(picture))
    assert np.array_equal(read(tmp_path / "map.png"), expected)
    with Image.open(tmp_path / "map.png") as image:
        assert image.mode == "P"  # a third of the bytes


def test_the_palette_has_greys_and_degrees_that_grow():
    palette = heatmap.palette().astype(int)
    assert palette.shape == (256, 3)
    greys, hot = palette[: heatmap.GREYS], palette[heatmap.GREYS :].reshape(heatmap.DEGREES - 1, heatmap.BELOW, 3)
    assert np.ptp(greys, axis=1).max() == 0
    assert (np.diff(greys[:, 0]) > 0).all()
    assert np.ptp(hot[-5:], axis=1).max() <= 1  # strong heat covers the page
    assert (np.diff(hot.sum(axis=2), axis=0).mean(axis=1) > 0).all()  # and is brighter, degree by degree
    assert np.ptp(hot[0], axis=0).min() > 40  # weak heat lets it through


def test_a_file_needs_its_pictures_size(tmp_path):
    with pytest.raises(PictureError, match="different sizes"):
        write_heat_map(tmp_path / "map.png", page(90, 90), np.zeros((10, 10), np.float32))
    assert not (tmp_path / "map.png").exists()
