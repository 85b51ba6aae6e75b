"""`junit.xml`: one case per page × device, always well-formed."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from compatcheck.report.junit import JunitReporter, render_junit
from compatcheck.report.results import build_results
from tests.factories import make_divergence, make_full_run, make_outcome, make_page, make_run


def rendered(run, folder=Path("reports/run")) -> ElementTree.Element:
    return ElementTree.fromstring(render_junit(build_results(run), folder))


def test_one_case_per_page_and_device_with_its_result():
    root = rendered(make_full_run())
    cases = {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}
    assert len(cases) == 10
    assert [child.tag for child in cases["home", "tablet"]] == ["properties", "system-out"]
    failure = cases["home", "iphone"].find("failure")
    assert "0.90 missing: The button “Buy” is missing. (#buy)" in failure.text
    assert "0.70 colour: footer is colour. (footer) [waived by w1]" in failure.text
    error = cases["form", "iphone"].find("error")
    assert (error.get("type"), error.get("message")) == (
        "failed",
        "WebKitWebDriver is not installed. Install webkit2gtk-driver.",
    )
    assert cases["form", "pixel"].find("error").get("type") == "invalid"


def test_counts_and_times_add_up():
    root = rendered(make_full_run())
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "time")} == {
        "tests": "10",
        "failures": "4",
        "errors": "3",
        "time": "17.500",
    }
    assert sum(int(suite.get("tests")) for suite in root.iter("testsuite")) == 10


def test_pictures_are_attached_by_paths_that_exist(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "reports" / "run"
    root = ElementTree.parse(JunitReporter().write(make_full_run(folder), folder))
    lines = "\n".join(element.text for element in root.iter("system-out")).splitlines()
    attached = [line[len("[[ATTACHMENT|") : -2] for line in lines if line.startswith("[[ATTACHMENT|")]
    assert len(attached) > 10
    for path in attached:
        assert not Path(path).is_absolute(), "CI readers want paths relative to the project"
        assert (tmp_path / path).is_file()


@given(st.text(st.characters(), max_size=80))
def test_no_text_can_break_the_document(text):
    outcome = make_outcome(
        make_page("p", f"https://x.example/{text}"),
        divergences=[make_divergence(selector=text, message=text)],
        reason=text,
        notes=(text,),
    )
    (case,) = rendered(make_run([outcome])).iter("testcase")
    assert case.find("failure") is not None
