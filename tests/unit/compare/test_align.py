from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compatcheck.compare import FITS, align, fit_pictures
from compatcheck.compare.aligned import PADDING
from compatcheck.compare.rows import align_rows
from compatcheck.errors import PictureError, UsageError
from compatcheck.geometry import CssBox, PixelBox
from compatcheck.picture import resize
from tests.unit.compare.pages import capture, element, model, page

BANNER = np.full((90, 480, 3), (200, 40, 60), np.uint8)


def shown(aligned):
    return [(band.height, band.reference_top, band.candidate_top) for band in aligned.bands]


def test_equal_pictures_are_left_alone():
    picture = page()
    aligned = align(capture(picture), capture(picture.copy()))
    assert aligned.fit == "same"
    assert aligned.reference is picture


def test_an_inserted_banner_costs_its_own_height_and_nothing_below():
    picture = page()
    wider = np.concatenate([picture[:301], BANNER, picture[301:]])
    aligned = fit_pictures(picture, wider)
    assert aligned.fit == "align"
    assert shown(aligned) == [(301, 0, 0), (90, None, 301), (599, 301, 391)]
    assert np.array_equal(aligned.candidate, wider)
    assert (aligned.reference[301:391] == PADDING).all()
    assert np.array_equal(aligned.reference[391:], wider[391:])


@pytest.mark.parametrize("narrower", [1, 15, 40, 96])
def test_a_page_of_another_width_is_aligned_by_the_columns_that_both_have(narrower):
    picture = page()
    changed = np.concatenate([picture[:301], BANNER, picture[301:]])[:, :-narrower]
    aligned = fit_pictures(picture, changed)
    assert shown(aligned) == [(301, 0, 0), (90, None, 301), (599, 301, 391)]
    assert np.array_equal(aligned.reference[391:, :-narrower], aligned.candidate[391:, :-narrower])
    assert (aligned.candidate[:, -narrower:] == PADDING).all()
    assert f"the pages' widths differ by {narrower} CSS px" in aligned.notes


def test_a_removed_part_is_the_mirror_image():
    picture = page()
    longer = np.concatenate([picture[:301], BANNER, picture[301:]])
    assert shown(fit_pictures(longer, picture)) == [(301, 0, 0), (90, 301, None), (599, 391, 301)]


def test_another_engines_glyphs_do_not_hide_two_insertions_and_a_removal():
    picture = page(2400)
    blurred = cv2.GaussianBlur(picture, (3, 3), 0.6)
    changed = np.concatenate([BANNER, blurred[:800], BANNER[:33], blurred[800:1500], blurred[1570:]])
    runs = align_rows(picture, changed)
    shifts = [(run.second - run.first) for run in runs]
    assert shifts == [90, 123, 53]
    # A seam lies where the pixels leave it open: between two lines of text, some rows to either side.
    assert [run.first for run in runs] == pytest.approx([0, 800, 1570], abs=24)


def test_text_that_changed_faces_the_text_it_replaced():
    picture = page()
    changed = picture.copy()
    changed[300:330] = page(30, seed=5)
    assert fit_pictures(picture, changed).fit == "same"


def test_the_sharper_picture_is_averaged_down_to_the_other_ones_ratio():
    double = page(scale=2)
    single = resize(double, 480, 900)
    aligned = align(capture(double, 2.0), capture(single, 1.0))
    assert (aligned.ratio, aligned.fit) == (1.0, "same")
    assert np.array_equal(aligned.reference, single)


def test_matched_elements_decide_where_the_pixels_are_of_no_help():
    """Two pictures without any common pixel: only the models know that the second block is 60 px lower."""
    rng = np.random.default_rng(3)
    first, second = (rng.integers(0, 256, (900 + extra, 480, 3), dtype=np.uint8) for extra in (0, 60))
    head = element("html>body>h1", CssBox(0, 100, 480, 200), "one")
    before = model(head, element("html>body>p", CssBox(0, 400, 480, 300), "two"))
    after = model(head, element("html>body>p", CssBox(0, 460, 480, 300), "two"))
    aligned = align(capture(first, page_model=before), capture(second, page_model=after))
    assert aligned.grid_box(CssBox(0, 400, 10, 1), "reference") == aligned.grid_box(CssBox(0, 460, 10, 1), "candidate")
    assert aligned.grid_box(CssBox(0, 100, 10, 1), "reference") == aligned.grid_box(CssBox(0, 100, 10, 1), "candidate")
    assert aligned.reference.shape[0] == 960
    assert "matched elements" in aligned.notes[0]


def test_one_pixel_of_engine_rounding_is_no_band():
    picture = page()
    shifted = np.concatenate([picture[:301], picture[300:301], picture[301:]])
    before = model(element("a", CssBox(0, 20, 480, 200), "x"), element("b", CssBox(0, 400, 480, 300), "y"))
    after = model(element("a", CssBox(0, 20, 480, 200), "x"), element("b", CssBox(0, 401, 480, 300), "y"))
    aligned = align(capture(picture, page_model=before), capture(shifted, page_model=after))
    assert not (aligned.reference == PADDING).all(axis=(1, 2)).any()
    assert aligned.reference.shape == aligned.candidate.shape


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize(
    "sizes", [((30, 40), (30, 40)), ((30, 40), (50, 44)), ((900, 480), (300, 100)), ((1, 1), (7, 3))]
)
def test_every_fit_gives_two_pictures_of_one_shape(fit, sizes):
    rng = np.random.default_rng(0)
    first, second = (rng.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes)
    aligned = fit_pictures(first, second, fit)
    assert aligned.reference.shape == aligned.candidate.shape
    assert aligned.reference.dtype == aligned.candidate.dtype == np.uint8
    assert sum(band.height for band in aligned.bands) == aligned.reference.shape[0]


def test_what_each_fit_does_to_sizes():
    first, second = page(100, 200), page(140, 190)
    assert fit_pictures(first, second, "resize").candidate.shape == (100, 200, 3)
    assert fit_pictures(first, second, "pad").reference.shape == (140, 200, 3)
    assert fit_pictures(first, second, "crop").reference.shape == (100, 190, 3)


def test_a_phone_and_a_desktop_are_resized_and_it_says_so():
    aligned = fit_pictures(page(300, 800), page(700, 390))
    assert aligned.fit == "resize"
    assert "too unlike" in aligned.notes[0]


def test_boxes_find_their_way_back_to_the_page():
    picture = page()
    longer = np.concatenate([picture[:301], BANNER, picture[301:]])
    aligned = fit_pictures(longer, picture)
    assert aligned.candidate_box(PixelBox(10, 400, 30, 420)) == CssBox(10, 310, 20, 20)
    assert aligned.grid_box(CssBox(10, 310, 20, 20), "candidate") == PixelBox(10, 400, 30, 420)
    assert aligned.candidate_box(PixelBox(0, 310, 480, 380)).height == 0


def test_a_map_is_laid_over_the_candidates_own_picture():
    picture = page()
    shorter = np.concatenate([picture[:301], picture[391:]])
    aligned = fit_pictures(picture, shorter)
    assert shown(aligned)[1] == (90, 301, None)
    surface = np.zeros(aligned.reference.shape[:2], np.float32)
    surface[301:391, 40:60] = 0.75  # what only the reference has
    surface[800, 5] = 0.5
    laid = aligned.on_candidate(surface, 810, 480)
    assert laid.shape == (810, 480)
    assert laid[710, 5] == 0.5
    assert laid[300, 50] == 0.75  # marks the seam
    assert np.count_nonzero(laid) == 1 + 3 * 20


@pytest.mark.parametrize("fit", FITS)
def test_a_map_of_every_fit_has_the_candidates_size(fit):
    first, second = capture(page(300, 400, scale=1)), capture(page(280, 390, scale=2), 2.0)
    aligned = align(first, second, fit)
    laid = aligned.on_candidate(np.ones(aligned.reference.shape[:2], np.float32), 560, 780)
    assert laid.shape == (560, 780)
    assert laid[:500, :700].min() == 1


def test_unknown_fits_and_pictures_that_are_none_are_refused():
    with pytest.raises(UsageError, match=r"no fit called 'stretch'.*resize"):
        fit_pictures(page(), page(), "stretch")
    with pytest.raises(PictureError, match="reference: expected RGB uint8"):
        fit_pictures(page()[..., 0], page())
    with pytest.raises(PictureError, match="no pixels"):
        fit_pictures(page()[:0], page())


@settings(max_examples=30, deadline=None)
@given(cut=st.integers(1, 560), inserted=st.integers(3, 300), seed=st.integers(0, 5), removed=st.booleans())
def test_every_row_appears_once_and_in_order(cut, inserted, seed, removed):
    picture = page(600, 240, seed)
    extra = np.random.default_rng(seed).integers(0, 256, (inserted, 240, 3), dtype=np.uint8)
    changed = np.concatenate([picture[:cut], extra, picture[cut:]])
    first, second = (changed, picture) if removed else (picture, changed)
    aligned = fit_pictures(first, second)
    for side, height in (("reference_top", len(first)), ("candidate_top", len(second))):
        rows = [
            row
            for band in aligned.bands
            if getattr(band, side) is not None
            for row in range(getattr(band, side), getattr(band, side) + band.height)
        ]
        assert rows == list(range(height))
    assert aligned.reference.shape[0] == len(changed)
