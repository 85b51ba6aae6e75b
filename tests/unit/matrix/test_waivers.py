from __future__ import annotations

import pytest

from compatcheck.errors import MatrixError
from compatcheck.matrix import load_matrix, read_waivers
from compatcheck.model.matrix import Waiver
from tests.unit.matrix.writing import HEAD, load


def test_waivers_lie_next_to_the_matrix(tmp_path):
    (tmp_path / "waivers.yaml").write_text(
        "- {page: home, device: iphone, selector: '#ad', kind: moved, reason: 'a test of ${X}', owner: Ada, expires: 2027-01-31}\n"
        "- {kind: colour, reason: brand, maxSeverity: 0.3, id: brand}\n"
    )
    first, second = load(tmp_path, HEAD).waivers
    assert first == Waiver(
        page="home",
        device="iphone",
        selector="#ad",
        kind="moved",
        reason="a test of ${X}",
        owner="Ada",
        expires="2027-01-31",
        id=first.id,
    )
    assert first.id.startswith("w-")
    assert second == Waiver("*", "*", "*", "colour", "brand", id="brand", max_severity=0.3)


def test_no_waivers(tmp_path):
    assert load(tmp_path, HEAD).waivers == ()
    (tmp_path / "waivers.yaml").write_text("# none left\n")
    assert load(tmp_path, HEAD).waivers == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\n", ["1:1: must be a list of waivers, not a mapping. Begin each with `- `."]),
        ("- {page: home}\n", ["1:3: [0].reason: the key `reason` is missing."]),
        (
            "- {page: home, reason: x, kind: mooved}\n",
            [
                '1:33: [0].kind: "mooved" is none of missing, extra, moved, resized, reordered, wrapped, collision, '
                "element-protrusion, viewport-protrusion, clipped, small-range, text, image-broken, glyph-missing, colour, "
                "font, paint, *. Did you mean moved?"
            ],
        ),
        (
            "- {page: home, reason: x, expires: 2027-02-30, maxSeverity: 2}\n",
            [
                '1:36: [0].expires: "2027-02-30" is no date. Write it as 2027-01-31.',
                "1:61: [0].maxSeverity: must be between 0 and 1, not 2.",
            ],
        ),
        (
            "- {page: home, raeson: x}\n",
            [
                "1:3: [0].reason: the key `reason` is missing.",
                "1:16: [0].raeson: there is no key `raeson` here. Did you mean reason?",
            ],
        ),
        (
            "- {reason: x}\n",
            ["1:3: [0]: would accept every divergence everywhere. Name a page, device, selector or kind."],
        ),
        (
            "- {page: a, reason: x}\n- {page: a, reason: y}\n",
            ["2:3: [1]: says the same as the waiver on line 1. Keep one of them."],
        ),
    ],
)
def test_errors(tmp_path, text, expected):
    file = tmp_path / "waivers.yaml"
    file.write_text(text)
    with pytest.raises(MatrixError) as caught:
        read_waivers(file)
    assert [str(problem).removeprefix(f"{file}:") for problem in caught.value.problems] == expected


def test_problems_of_both_files_at_once(tmp_path):
    (tmp_path / "waivers.yaml").write_text("- {page: home}\n")
    (tmp_path / "devices.yaml").write_text(f"{HEAD}metrics: [x]\n")
    with pytest.raises(MatrixError) as caught:
        load_matrix(tmp_path / "devices.yaml", environ={})
    assert [problem.file.rsplit("/", 1)[1] for problem in caught.value.problems] == ["devices.yaml", "waivers.yaml"]
