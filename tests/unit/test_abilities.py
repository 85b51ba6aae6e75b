"""The table of what engines can pretend to be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compatcheck.geometry import Size
from compatcheck.matrix.schema import DeviceBlock, MatrixBlock
from compatcheck.model.abilities import ABILITIES, ENGINES, honours, inabilities
from compatcheck.model.matrix import Device, Screen

PHONE = Device("phone", "webkit", Screen(Size(390, 844), 2.625, is_mobile=True, has_touch=True), forced_colors=True)


@pytest.mark.parametrize("ability", ABILITIES, ids=lambda one: one.key)
def test_every_engine_does_it_or_says_what_it_does_instead(ability) -> None:
    for engine in ENGINES:
        assert (engine in ability.by) or (engine in ability.lacks), engine
    assert not any(text.endswith(".") for text in ability.lacks.values())


def test_keys_are_those_of_the_matrix() -> None:
    known = {field.alias or name for block in (DeviceBlock, MatrixBlock) for name, field in block.model_fields.items()}
    assert {ability.key for ability in ABILITIES} - known == {"console"}


def test_only_what_is_asked_for_is_lacking() -> None:
    lacking = inabilities(PHONE)
    assert "WebKitGTK cannot pretend to have a touch screen." in lacking
    assert len(lacking) == 5
    assert inabilities(replace(PHONE, screen=Screen(Size(390, 844), 3), forced_colors=None)) == []
    assert inabilities(replace(PHONE, browser="chromium")) == []


def test_webkit_elsewhere_is_taken_at_its_word() -> None:
    assert not honours(PHONE, "forcedColors")
    assert honours(replace(PHONE, driver="remote"), "forcedColors")
    assert honours(replace(PHONE, browser="firefox"), "hasTouch")
