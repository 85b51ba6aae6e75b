"""Two pictures without page models: what must be found, what must not, and what must hold for any two pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw, ImageFont

from compatcheck.geometry import CssBox, Size
from compatcheck.judge import LIMITS
from compatcheck.layout import find_divergences
from compatcheck.layout.pictures import picture_divergences
from compatcheck.layout.segments import LARGEST, edges_of, pieces_of
from compatcheck.model.capture import RGB, Capture, Facts
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot
from compatcheck.model.verdict import Divergence

WORDS = (
    "The quick brown fox jumps over the lazy dog while seven wizards brew a potion of rare herbs and old stones near "
    "the river bank where nobody ever walks after sunset because of the fog"
)
WIDTH, HEIGHT = 640, 620
SHOT = Shot(Device("device", "chromium", Screen(Size(WIDTH, HEIGHT))), Page("page", "http://page.test/"))
NOWHERE = Size(0, 0)
LIMIT = LIMITS["normal"]


class Drawing:
    """A page drawn with Pillow: a heading, a paragraph, a picture and a button, each where and how a test wants it."""

    def __init__(self, height: int = HEIGHT, ground: str = "white") -> None:
        self.image = Image.new("RGB", (WIDTH, height), ground)
        self.draw = ImageDraw.Draw(self.image)

    def text(self, x: int, y: int, words: str, size: int = 16, colour: str = "#222222") -> None:
        self.draw.text((x, y), words, font=ImageFont.load_default(size=size), fill=colour)

    def paragraph(self, x: int, y: int, width: int, size: int = 16, colour: str = "#333333") -> int:
        """Wrapped at a width; returns how many lines."""
        font = ImageFont.load_default(size=size)
        lines: list[str] = [""]
        for word in WORDS.split():
            longer = f"{lines[-1]} {word}".strip()
            if self.draw.textlength(longer, font=font) > width:
                lines.append(word)
            else:
                lines[-1] = longer
        for at, line in enumerate(lines):
            self.text(x, y + at * (size + 8), line, size, colour)
        return len(lines)

    def picture(self, x: int, y: int) -> None:
        self.draw.rectangle((x, y, x + 180, y + 120), fill="#88aacc")
        self.draw.ellipse((x + 40, y + 20, x + 140, y + 100), fill="#cc4422")

    def button(self, x: int, y: int, colour: str = "#0a58ca", width: int = 160) -> None:
        self.draw.rectangle((x, y, x + width, y + 40), fill=colour)
        self.text(x + 30, y + 10, "Press here", colour="white")

    def rgb(self) -> RGB:
        return np.asarray(self.image, dtype=np.uint8)


def usual(down: int = 0, right: int = 0, height: int = HEIGHT, without: str = "", **how: Any) -> RGB:
    """The page of these tests; `without` one part, `how` with another colour, width or place of one."""
    page = Drawing(height)
    if without != "heading":
        page.text(40 + right, 20 + down, "A heading that stays", 28)
    if without != "paragraph":
        page.paragraph(40 + right, 80 + down, int(how.get("wrap", 420)), colour=str(how.get("ink", "#333333")))
    if without != "picture":
        page.picture(40 + right, 240 + down)
    if without != "button":
        page.button(
            int(how.get("x", 300)) + right, 280 + down, str(how.get("button", "#0a58ca")), int(how.get("long", 160))
        )
    page.text(40 + right, 420 + down, "Terms and imprint", 14)
    return page.rgb()


def capture(picture: RGB, ratio: float = 1.0, viewport: Size = NOWHERE) -> Capture:
    return Capture(SHOT, picture, Facts(viewport, ratio))


def compare(one: RGB, other: RGB) -> tuple[Divergence, ...]:
    return picture_divergences(capture(one), capture(other))


def flagged(one: RGB, other: RGB) -> list[Divergence]:
    return [found for found in compare(one, other) if found.severity >= LIMIT]


PLACES = {
    "heading": CssBox(40, 20, 290, 36),
    "paragraph": CssBox(40, 80, 420, 100),
    "picture": CssBox(40, 240, 181, 121),
    "button": CssBox(300, 280, 161, 41),
}


@pytest.mark.parametrize("part", PLACES)
def test_a_part_that_is_gone_is_missing_where_it_stood(part: str) -> None:
    found = flagged(usual(), usual(without=part))
    assert [one.kind for one in found] == ["missing"]
    assert found[0].reference_box is not None
    assert found[0].candidate_box is None
    assert PLACES[part].grown(12).contains(found[0].reference_box)
    assert found[0].reference_box.area > 0.5 * PLACES[part].area


@pytest.mark.parametrize("part", PLACES)
def test_swapping_the_sides_turns_missing_into_extra(part: str) -> None:
    (there,) = flagged(usual(), usual(without=part))
    (back,) = flagged(usual(without=part), usual())
    assert (there.kind, back.kind) == ("missing", "extra")
    assert back.candidate_box is not None
    assert back.candidate_box.intersection(PLACES[part]).area > 0.5 * back.candidate_box.area


def test_what_stands_elsewhere_has_moved_by_as_much() -> None:
    (found,) = flagged(usual(), usual(x=360))
    assert found.kind == "moved"
    assert found.reference_box is not None
    assert found.candidate_box is not None
    assert found.candidate_box.x - found.reference_box.x == pytest.approx(60, abs=1)


def test_another_size_is_told_with_both_boxes() -> None:
    found = flagged(usual(), usual(long=280))
    assert any(one.kind == "resized" or (one.kind == "extra" and one.candidate_box) for one in found)


@pytest.mark.parametrize("how", [{"button": "#ca0a2c"}, {"ink": "#c01818"}, {"ink": "#e8e8e8"}])
def test_another_colour_is_paint_or_a_loss(how: dict[str, Any]) -> None:
    found = flagged(usual(), usual(**how))
    assert found
    assert {one.kind for one in found} <= {"paint", "missing"}


@pytest.mark.parametrize("height", [600, 601, 603, 605, 607, 1333])
def test_another_ground_is_seen_whatever_the_height_of_the_page(height: int) -> None:
    """Cells of 8 px and heights that 8 does not divide: a weighted mean of ones is not always one."""
    one, other = usual(height=height).copy(), usual(height=height).copy()
    one[500:590] = 30
    other[500:590] = (200, 30, 30)
    (found,) = flagged(one, other)
    assert found.kind == "paint"
    assert found.reference_box is not None
    assert CssBox(0, 490, WIDTH, 110).contains(found.reference_box)


def test_an_inserted_banner_is_one_finding_and_all_below_it_none() -> None:
    page = Drawing(HEIGHT + 90)
    page.image.paste(Image.fromarray(usual()), (0, 90))
    page.draw.rectangle((0, 0, WIDTH, 70), fill="#224466")
    page.text(60, 24, "Three days only: everything must go", 20, "white")
    found = flagged(usual(), page.rgb())
    assert [one.kind for one in found] == ["extra"]


@pytest.mark.parametrize("at", [206, 396])
def test_an_inserted_and_a_removed_band_are_one_box_of_its_rows(at: int) -> None:
    height = 64
    band = Drawing(height)
    band.draw.rectangle((0, 0, WIDTH, height), fill="#ffc83d")
    band.text(60, 20, "We use cookies. Do you accept all of them?", 20, "black")
    page = usual(height=700)
    longer = np.vstack([page[:at], band.rgb(), page[at:]])
    (new,) = flagged(page, longer)
    assert (new.kind, new.candidate_box) == ("extra", CssBox(0, at, WIDTH, height))
    (gone,) = flagged(longer, page)
    assert gone.kind == "missing"
    assert gone.reference_box is not None
    assert gone.reference_box.grown(8).contains(CssBox(0, at, WIDTH, height))


@pytest.mark.parametrize(("down", "right"), [(60, 0), (140, 0), (0, 60), (50, 40)])
def test_translating_a_whole_page_is_one_finding(down: int, right: int) -> None:
    found = flagged(usual(height=700), usual(down, right, height=700))
    assert [one.kind for one in found] == ["moved"]


@pytest.mark.parametrize("wrap", [415, 405, 395, 440])
def test_a_text_that_breaks_elsewhere_is_the_same_text(wrap: int) -> None:
    assert flagged(usual(), usual(wrap=wrap)) == []


def test_a_text_one_line_longer_pushes_the_rest_and_is_nothing() -> None:
    shorter, longer = Drawing(), Drawing()
    assert shorter.paragraph(40, 40, 470) + 1 == longer.paragraph(40, 40, 360)
    for page, down in ((shorter, 0), (longer, 24)):
        page.button(40, 220 + down)
        page.picture(40, 300 + down)
    found = [one for one in compare(shorter.rgb(), longer.rgb()) if one.severity >= LIMIT]
    assert [one for one in found if one.reference_box is not None and one.reference_box.y > 200] == []


def test_the_same_page_at_another_pixel_ratio_is_the_same() -> None:
    double = np.asarray(Image.fromarray(usual()).resize((2 * WIDTH, 2 * HEIGHT), Image.Resampling.LANCZOS))
    found = picture_divergences(capture(usual()), capture(double, ratio=2.0))
    assert [one for one in found if one.severity >= LIMIT] == []


def test_a_page_wider_than_its_viewport_protrudes() -> None:
    wide = np.full((HEIGHT, WIDTH + 200, 3), 255, np.uint8)
    wide[:, :WIDTH] = usual()
    viewport = Size(WIDTH, 400)
    (found,) = picture_divergences(capture(usual(), viewport=viewport), capture(wide, viewport=viewport))
    assert found.kind == "viewport-protrusion"
    assert found.candidate_box == CssBox(WIDTH, 0, 200, HEIGHT)


def test_a_page_model_on_one_side_only_is_said_and_the_pictures_compared() -> None:
    found = find_divergences(capture(usual()), capture(usual(without="button")))
    assert found.notes == ("Neither capture has a page model: the pictures alone were compared, block by block.",)
    assert [one.kind for one in found.divergences] == ["missing"]


pictures = arrays(
    np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90), st.just(3)), elements=st.sampled_from([0, 40, 128, 255])
)


@settings(deadline=None, max_examples=80)
@given(pictures, pictures, st.sampled_from([0.0, 1.0, 2.625, float("nan"), -3.0]))
def test_no_two_pictures_are_too_odd(one: RGB, other: RGB, ratio: float) -> None:
    found = picture_divergences(capture(one, ratio), capture(other, ratio, Size(40, 40)))
    assert all(0.0 <= divergence.severity <= 1.0 for divergence in found)
    assert list(found) == sorted(found, key=lambda divergence: -divergence.severity)
    assert len(found) <= 40
    boxes = [box for one in found for box in (one.reference_box, one.candidate_box) if box is not None]
    assert all(box.is_finite() for box in boxes)


@settings(deadline=None, max_examples=40)
@given(pictures, st.sampled_from([1.0, 2.0]))
def test_a_picture_agrees_with_itself(one: RGB, ratio: float) -> None:
    assert picture_divergences(capture(one, ratio), capture(one.copy(), ratio)) == ()


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 3), st.integers(-3, 3), st.integers(0, 2**31))
def test_a_pixel_aside_and_a_little_noise_are_nothing(down: int, right: int, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(-6, 7, (HEIGHT, WIDTH, 3))
    other = np.clip(usual(down, right).astype(np.int16) + noise, 0, 255).astype(np.uint8)
    assert flagged(usual(), other) == []


def test_thousands_of_equal_things_are_looked_for_near_their_places_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The work is bounded by the pieces of both pictures, not by pairs of them."""
    from compatcheck.layout import tracing

    searched: list[int] = []
    search = tracing._search

    def counted(*arguments: object) -> tuple[float, tuple[int, int]]:
        searched.append(1)
        return search(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(tracing, "_search", counted)
    dots = np.full((700, 600, 3), 255, np.uint8)
    for y in range(10, 690, 20):
        for x in range(10, 590, 20):
            dots[y : y + 8, x : x + 8] = 0
    other = dots.copy()
    other[300:400] = 255
    pieces = len(pieces_of(edges_of(dots)))
    assert pieces > 900
    found = compare(dots, other)
    assert "missing" in {one.kind for one in found}
    assert len(searched) < 6 * pieces


def test_no_piece_is_larger_than_a_word() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (200, 300, 3)).astype(np.uint8)
    pieces = pieces_of(edges_of(noise))
    assert len(pieces)
    assert (pieces[:, 2] - pieces[:, 0]).max() <= LARGEST[0] + 2
    assert (pieces[:, 3] - pieces[:, 1]).max() <= LARGEST[1] + 2


def test_the_command_line_compares_two_files(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from compatcheck.cli.app import app

    Image.fromarray(usual()).save(tmp_path / "a.png")
    Image.fromarray(usual(without="button")).save(tmp_path / "b.png")
    result = CliRunner().invoke(app, ["compare", str(tmp_path / "a.png"), str(tmp_path / "b.png"), "--metrics", "mse"])
    assert result.exit_code == 1, result.output
    assert "is not on the candidate" in " ".join(result.output.split())
