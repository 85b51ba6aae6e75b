from __future__ import annotations

import cv2
import numpy as np

from compatcheck.compare import apply_masks, find_regions, fit_pictures
from compatcheck.compare.regions import MOST_REGIONS
from compatcheck.geometry import CssBox
from compatcheck.model.verdict import Divergence
from tests.unit.compare.pages import page


def with_box(picture, left, top, right, bottom, colour=(255, 0, 0)):
    changed = picture.copy()
    changed[top:bottom, left:right] = colour
    return changed


def test_equal_pictures_have_no_regions():
    assert find_regions(fit_pictures(page(), page())) == ()


def test_a_box_that_appeared_is_one_region_with_its_very_edges():
    blank = np.full((600, 480, 3), 255, np.uint8)
    (region,) = find_regions(fit_pictures(blank, with_box(blank, 100, 200, 180, 260)))
    assert region.box == CssBox(100, 200, 80, 60)
    assert region.share == 1.0
    assert region.divergence is None


def test_a_missing_icon_is_found_and_another_rendering_of_text_is_not():
    picture = page()
    other_engine = cv2.GaussianBlur(picture, (3, 3), 0.7)
    assert find_regions(fit_pictures(picture, other_engine)) == ()
    (region,) = find_regions(fit_pictures(picture, with_box(other_engine, 440, 10, 456, 26)))
    assert region.box == CssBox(440, 10, 16, 16)


def test_near_boxes_are_one_region_and_far_ones_two():
    blank = np.full((600, 480, 3), 255, np.uint8)
    near = with_box(with_box(blank, 100, 100, 140, 140), 148, 100, 180, 140)
    assert len(find_regions(fit_pictures(blank, near))) == 1
    far = with_box(with_box(blank, 100, 100, 140, 140), 300, 400, 340, 440)
    assert [region.box.y for region in find_regions(fit_pictures(blank, far))] == [100, 400]


def test_a_change_of_colour_with_equal_grey_is_a_region():
    """Red 100 and green 51 have the same luma: a grey comparison sees nothing."""
    blank = np.full((300, 300, 3), 255, np.uint8)
    first, second = with_box(blank, 50, 50, 150, 150, (100, 0, 0)), with_box(blank, 50, 50, 150, 150, (0, 51, 0))
    grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(int) for picture in (first, second)]
    assert abs(grey[0] - grey[1]).max() <= 1
    assert [region.box for region in find_regions(fit_pictures(first, second))] == [CssBox(50, 50, 100, 100)]


def test_a_wide_faint_change_of_background_is_a_region():
    blank = np.full((300, 300, 3), 255, np.uint8)
    (region,) = find_regions(fit_pictures(blank, np.full_like(blank, 230)))
    assert region.box == CssBox(0, 0, 300, 300)


def test_a_region_names_the_divergence_with_the_smallest_box_that_covers_it():
    blank = np.full((600, 480, 3), 255, np.uint8)
    aligned = fit_pictures(blank, with_box(blank, 100, 200, 180, 260))
    page_wide = Divergence("resized", 0.5, "body", "", candidate_box=CssBox(0, 0, 480, 600))
    missing = Divergence("missing", 0.9, "#logo", "", reference_box=CssBox(98, 198, 84, 64))
    elsewhere = Divergence("moved", 0.9, "#far", "", candidate_box=CssBox(300, 400, 20, 20))
    (region,) = find_regions(aligned, (page_wide, missing, elsewhere))
    assert region.divergence == missing.id


def test_an_inserted_banner_is_one_region_at_its_place_on_the_candidates_page():
    picture = page()
    longer = np.concatenate([picture[:301], np.full((90, 480, 3), 250, np.uint8), picture[301:]])
    (region,) = find_regions(fit_pictures(picture, longer))
    assert region.box == CssBox(0, 301, 480, 90)


def test_masks_paint_both_sides_and_leave_the_originals_alone():
    blank = np.full((600, 480, 3), 255, np.uint8)
    changed = with_box(blank, 100, 200, 180, 260)
    aligned = fit_pictures(blank, changed)
    masked = apply_masks(aligned, [CssBox(90, 190, 100, 80)])
    assert np.array_equal(masked.reference, masked.candidate)
    assert (changed[200:260, 100:180] == (255, 0, 0)).all()
    assert find_regions(aligned, masks=[CssBox(90, 190, 100, 80)]) == ()
    assert apply_masks(aligned, []) is aligned


def test_a_page_that_differs_everywhere_gives_a_few_dozen_regions_at_most():
    rng = np.random.default_rng(0)
    first, second = np.full((2, 4000, 800, 3), 255, np.uint8)
    for row in range(20, 3950, 60):
        for column in range(20, 750, 60):
            second[row : row + 12, column : column + 12] = rng.integers(0, 120, 3)
    regions = find_regions(fit_pictures(first, second))
    assert len(regions) == MOST_REGIONS
    assert all(0 < region.share <= 1 for region in regions)
