"""A part of a page as if it were the page, and masks over elements."""

from __future__ import annotations

import numpy as np
import pytest

from compatcheck.capture.masking import box_areas, covered, mark_masked
from compatcheck.capture.part import cut_areas, cut_model, cut_picture, part_of_page
from compatcheck.errors import CaptureError
from compatcheck.geometry import CssBox, Size
from compatcheck.model.capture import MaskedArea, PageModel
from compatcheck.model.matrix import Mask, Page
from tests.unit.capture.test_burst import element

PART = CssBox(100, 50, 200, 100)


def model() -> PageModel:
    boxes = [(0, 0, 400, 300), (120, 60, 20, 20), (90, 60, 40, 20), (0, 200, 400, 40)]
    return PageModel(
        Size(400, 300),
        Size(400, 300),
        tuple(element(index, "p", CssBox(*box), "words") for index, box in enumerate(boxes)),
    )


@pytest.mark.parametrize("ratio", [1.0, 2.0, 2.625])
def test_picture_is_cut_at_whole_device_px(ratio: float) -> None:
    picture = np.zeros((round(300 * ratio), round(400 * ratio), 3), np.uint8)
    picture[round(50 * ratio) :, round(100 * ratio) :] = 255
    part, box = cut_picture(picture, PART, ratio)
    assert part.flags.c_contiguous
    assert abs(part.shape[0] - 100 * ratio) <= 1
    assert abs(part.shape[1] - 200 * ratio) <= 1
    assert box.width * ratio == pytest.approx(part.shape[1])
    assert (part[2:, 2:] == 255).all()


def test_part_beyond_the_picture_is_told() -> None:
    with pytest.raises(CaptureError, match="beyond what is pictured"):
        cut_picture(np.zeros((10, 10, 3), np.uint8), CssBox(100, 100, 5, 5), 1)


def test_model_begins_at_the_parts_corner() -> None:
    cut = cut_model(model(), PART)
    assert cut.document == Size(200, 100)
    assert [one.index for one in cut.elements] == [0, 1, 2]
    assert cut.elements[1].box == CssBox(20, 10, 20, 20)
    assert [one.parent for one in cut.elements] == [None, 0, 0]
    # What stands over the part's edge stays as an ancestor, and is not judged.
    assert ["masked" in one.flags for one in cut.elements] == [True, False, True]


def test_areas_move_with_the_part() -> None:
    areas = (MaskedArea(CssBox(110, 60, 10, 10)), MaskedArea(CssBox(0, 250, 10, 10)))
    assert cut_areas(areas, PART) == (MaskedArea(CssBox(10, 10, 10, 10)),)


def test_clip_is_cut_to_the_document() -> None:
    page = Page("p", "http://a/", clip=CssBox(350, 0, 100, 50))
    assert part_of_page(None, page, Size(400, 300)) == CssBox(350, 0, 50, 50)  # type: ignore[arg-type]
    assert part_of_page(None, Page("p", "http://a/"), Size(400, 300)) is None  # type: ignore[arg-type]


def test_clip_beside_the_document_is_told() -> None:
    page = Page("p", "http://a/", clip=CssBox(500, 0, 100, 50))
    with pytest.raises(CaptureError, match=r"400 × 300 px: there is nothing at 500, 0"):
        part_of_page(None, page, Size(400, 300))  # type: ignore[arg-type]


def test_elements_under_a_mask_are_marked() -> None:
    areas = (MaskedArea(CssBox(115, 55, 20, 40)), MaskedArea(CssBox(0, 200, 400, 40), "layout"))
    marked = mark_masked(model(), areas).elements
    assert ["masked" in one.flags for one in marked] == [False, True, False, False]
    assert [bool(one.extra.get("contentMasked")) for one in marked] == [False, False, False, True]


def test_a_little_noise_masks_a_leaf() -> None:
    areas = (MaskedArea(CssBox(120, 60, 6, 20), source="noise"),)
    assert "masked" in mark_masked(model(), areas).elements[1].flags
    assert "masked" not in mark_masked(model(), (MaskedArea(CssBox(120, 60, 6, 20)),)).elements[1].flags


def test_box_masks_are_known_without_looking() -> None:
    masks = (
        Mask(box=CssBox(10, 10, 20, 20), padding=5),
        Mask(box=CssBox(0, 0, 5, 5), mode="layout"),
        Mask(selector="a"),
    )
    areas = box_areas(Page("p", "http://a/", masks=masks))
    assert areas == (MaskedArea(CssBox(5, 5, 30, 30)), MaskedArea(CssBox(0, 0, 5, 5), "layout"))


def test_covered_is_a_share() -> None:
    assert covered(CssBox(0, 0, 10, 10), [CssBox(0, 0, 5, 10)]) == 0.5
    assert covered(CssBox(0, 0, 10, 10), [CssBox(0, 0, 10, 10)] * 2) == 1
    assert covered(CssBox(0, 0, 0, 0), [CssBox(0, 0, 10, 10)]) == 0
