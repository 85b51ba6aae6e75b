"""Deciding: how far a waiver reaches, what it never hides, and what writing does to a reviewed file."""

from __future__ import annotations

from datetime import date

import pytest

from compatcheck.errors import UsageError
from compatcheck.judge import judge
from compatcheck.matrix import read_waivers
from compatcheck.model.matrix import Thresholds, Waiver
from compatcheck.model.verdict import Comparison
from compatcheck.report.decide import HEADROOM, waivers_for
from compatcheck.report.results import build_results
from compatcheck.report.waivers_file import add_waivers, format_waiver, read_entries, remove_waivers, waivers_path
from tests.factories import make_device, make_divergence, make_outcome, make_page, make_run


@pytest.fixture
def results():
    bad = make_divergence("moved", 0.8, "#buy")
    worse = make_divergence("moved", 0.9, "#buy")
    other = make_divergence("moved", 0.7, "#other")
    home, form = make_page("home"), make_page("form")
    d1, d2, d3 = (make_device(f"d{n}") for n in (1, 2, 3))
    return build_results(
        make_run(
            [
                make_outcome(home, d1, divergences=[bad]),
                make_outcome(home, d2, divergences=[worse]),
                make_outcome(home, d3, divergences=[other]),
                make_outcome(form, d1, divergences=[bad, other]),
            ]
        )
    )


def decide(results, scope="finding", **rest):
    finding = make_divergence("moved", 0.8, "#buy").id
    values = {"page": "home", "device": "d1", "finding": finding, "reason": "wanted", "scope": scope}
    return waivers_for(results, **(values | rest))


@pytest.mark.parametrize(
    ("scope", "targets", "worst"),
    [
        ("finding", [("home", "d1")], 0.8),
        ("page", [("home", "*")], 0.9),
        ("device", [("*", "d1")], 0.8),
        ("family", [("home", "d2"), ("home", "d1")], 0.9),
        ("everywhere", [("*", "*")], 0.9),
    ],
)
def test_a_decision_reaches_as_far_as_it_says(results, scope, targets, worst):
    waivers = decide(results, scope)
    assert [(waiver.page, waiver.device) for waiver in waivers] == targets
    assert {(waiver.selector, waiver.kind) for waiver in waivers} == {("#buy", "moved")}
    assert {waiver.max_severity for waiver in waivers} == {round(worst + HEADROOM, 2)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"reason": "  "}, "needs a reason"),
        ({"finding": "0" * 10}, "no finding"),
        ({"page": "nowhere"}, "no outcome"),
        ({"scope": "galaxy"}, "no such scope"),
    ],
)
def test_a_decision_about_nothing_is_refused(results, change, words):
    with pytest.raises(UsageError, match=words):
        decide(results, **change)


def judged(waiver, severity):
    from compatcheck.capture.fake import FakeDriver, stacked
    from compatcheck.model.plan import Shot

    page, device = make_page("home"), make_device("d1")
    with FakeDriver(stacked("A")).open(device) as session:
        capture = session.look(Shot(device, page))
    comparison = Comparison(divergences=(make_divergence("moved", severity, "#buy", flags=False),))
    return judge(
        comparison,
        page=page,
        device=device,
        baseline=capture,
        candidate=capture,
        thresholds=Thresholds(),
        waivers=[waiver],
        today=date(2026, 1, 1),
    ).name


def test_a_waiver_never_hides_a_worse_break_in_the_same_place(results):
    (waiver,) = decide(results)
    assert judged(waiver, 0.8) == "match"
    assert judged(waiver, 0.84) == "match"
    assert judged(waiver, 0.95) == "flagged"


def waiver_like(**change) -> Waiver:
    values = {
        "page": "home",
        "device": "iphone",
        "selector": "#buy",
        "kind": "moved",
        "reason": "wanted",
        "owner": "ann",
        "expires": "2027-01-31",
        "id": "w-1",
        "max_severity": 0.85,
    }
    return Waiver(**(values | change))


@pytest.mark.parametrize(
    "selector",
    [
        "#a",
        "a[href*='x']",
        'b::after "quoted"',
        "- dash: {colon}",
        "中文 \u202e \\ back",
        "a\nb",
        "'",
        "#",
        "null",
        "1e3",
    ],
)
def test_what_is_written_is_read_back_by_the_matrix(tmp_path, selector):
    path = tmp_path / "waivers.yaml"
    waiver = waiver_like(selector=selector, reason=selector)
    add_waivers(path, [waiver])
    assert read_waivers(path) == (waiver,)


REVIEWED = """\
# Our decisions. Ask Ann.

- id: first   # keep
  reason: 'old'
  kind: colour

# About the footer:
- {id: second, reason: why, selector: footer}
- id: third
  reason: >
    folded
    text
  page: home
# the end
"""


def test_adding_and_removing_leave_every_other_byte_alone(tmp_path):
    path = tmp_path / "waivers.yaml"
    path.write_text(REVIEWED)
    assert add_waivers(path, [waiver_like()]) == [waiver_like()]
    assert path.read_text() == REVIEWED + format_waiver(waiver_like())
    assert add_waivers(path, [waiver_like()]) == [], "accepting twice is accepting once"
    assert remove_waivers(path, ["w-1"]) == ["w-1"]
    assert path.read_text() == REVIEWED
    assert remove_waivers(path, ["second", "nobody"]) == ["second"]
    assert path.read_text() == REVIEWED.replace("- {id: second, reason: why, selector: footer}\n", "")
    assert [entry["id"] for entry in read_entries(path)] == ["first", "third"]
    assert len(read_waivers(path)) == 2


def test_a_changed_decision_replaces_the_old_one(tmp_path):
    path = tmp_path / "waivers.yaml"
    add_waivers(path, [waiver_like(), waiver_like(id="w-2", selector="#other")])
    add_waivers(path, [waiver_like(reason="better words")])
    assert [(each.id, each.reason) for each in read_waivers(path)] == [("w-2", "wanted"), ("w-1", "better words")]


def test_a_file_without_a_final_newline_is_continued_properly(tmp_path):
    path = tmp_path / "waivers.yaml"
    path.write_text("- id: a\n  reason: r\n  kind: moved")
    add_waivers(path, [waiver_like()])
    assert [each.id for each in read_waivers(path)] == ["a", "w-1"]
    remove_waivers(path, ["w-1", "a"])
    assert read_waivers(path) == ()
    add_waivers(path, [waiver_like()])
    assert read_waivers(path) == (waiver_like(),)


@pytest.mark.parametrize("text", ["a: b", "[{id: a, reason: b}]", "- just a text", "- [", "\x00"])
def test_a_file_that_is_no_list_of_waivers_is_not_touched(tmp_path, text):
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"waivers\.yaml"):
        add_waivers(path, [waiver_like()])
    assert path.read_text() == text


def test_the_file_lies_next_to_the_matrix():
    assert waivers_path("ci/devices.yaml").as_posix() == "ci/waivers.yaml"
    assert waivers_path("").as_posix() == "waivers.yaml"
