"""`index.html`: well-formed, linked, strict, and deaf to hostile content. What it looks like is tested in real browsers."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest

from compatcheck.geometry import CssBox
from compatcheck.model.capture import ConsoleMessage, MaskedArea
from compatcheck.report.html.write import HtmlReporter
from tests.factories import make_device, make_divergence, make_facts, make_full_run, make_outcome, make_page, make_run


class Document(HTMLParser):
    """Collects the elements with their attributes and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[dict[str, str | None], str]] = []
        self._open: dict[str, str | None] | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open = dict(attrs) | {"": tag} if tag in ("script", "style") else None

    def handle_data(self, data):
        if self._open is not None:
            self.raw.append((self._open, data))
            self._open = None


def rendered(run, folder) -> Document:
    return Document(HtmlReporter().write(run, folder).read_text())


def test_every_link_and_picture_leads_to_a_file(tmp_path):
    run = make_full_run(tmp_path)
    document = rendered(run, tmp_path)
    (tmp_path / "results.json").touch()
    targets = [
        attributes[name] for _, attributes in document.elements for name in ("href", "src") if name in attributes
    ]
    assert len(targets) > 10
    for target in targets:
        if target != "data:,":
            assert (tmp_path / unquote(target)).is_file(), target


def test_the_policy_allows_our_own_script_and_style_and_nothing_else(tmp_path):
    document = rendered(make_full_run(tmp_path), tmp_path)
    (policy,) = (
        attributes["content"]
        for _, attributes in document.elements
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["connect-src"] == "'none'"
    assert "unsafe" not in policy
    for attributes, text in document.raw:
        hashed = f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        if attributes[""] == "style":
            assert rules["style-src"] == hashed
        elif attributes.get("type") is None:
            assert rules["script-src"] == f"{hashed} 'strict-dynamic'"
    assert not [name for _, attributes in document.elements for name in attributes if name.startswith("on")]
    assert not [attributes for _, attributes in document.elements if "style" in attributes]


HOSTILE = (
    "<script>window.hacked=1</script>",
    '"><img src=x onerror="window.hacked=1">',
    "</script><script>window.hacked=1</script>",
    "<!--<script>",
    "javascript:window.hacked=1",
    "{{ 7*7 }}{% raw %}${7*7}#{7*7}",
    "\u202egnp.exe\u2066",
    "\x00\x08]]>&lt;",
    "'-window.hacked-'`",
)


def hostile_run(text: str, **rest):
    page = make_page("home", f"https://x.example/{text}")
    device = make_device("d", preset=text, in_app=text)
    facts = make_facts(
        device,
        title=text,
        url=text,
        user_agent=text,
        browser_name=text,
        browser_version=text,
        platform=text,
        console=(ConsoleMessage(text, text, text),),
        failed_requests=(text,),
        settle=({text: text},),
        notes=(text,),
        extra={text: text, "fonts": {text: True}, "noise": {"looks": text, "areas": 1, "share": 0.1}},
        timings={text: 1.0},
    )
    finding = make_divergence(
        selector=text,
        message=text,
        path=text,
        cause=text,
        extra={text: text, "computed": {text: [text, text]}},
        box=CssBox(-5, 1e7, 0, 0),
    )
    waived = make_divergence("colour", 0.2, text, flags=False, waived_by=text)
    images = {"candidate": f"captures/{text}.png", "reference": text, "maps": {text: text}}
    outcome = make_outcome(
        page,
        device,
        divergences=[finding, waived],
        reason=text,
        notes=(text,),
        facts=facts,
        images=images,
        scores={text: 0.5},
        masks=(MaskedArea(CssBox(1, 2, 3, 4), "ignore", text),),
    )
    return make_run([outcome], id=text, command=text, versions={text: text}, **rest)


def shape(document: Document) -> Counter[tuple[str, str]]:
    return Counter((tag, ",".join(sorted(attributes))) for tag, attributes in document.elements)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(tmp_path, text):
    clean = rendered(hostile_run("harmless"), tmp_path)
    document = rendered(hostile_run(text), tmp_path)
    # No element and no attribute more than with a harmless text: nothing was read as markup.
    assert shape(document) <= shape(clean)
    for _, attributes in document.elements:
        for name in ("href", "src"):
            assert not (attributes.get(name) or "").lower().startswith("javascript:")
    assert "49" not in re.sub(
        r"<script.*?</script>|<style.*?</style>", "", (tmp_path / "index.html").read_text(), flags=re.S
    )


def test_direction_overrides_are_made_visible_everywhere(tmp_path):
    text = HtmlReporter().write(hostile_run("\u202egnp.exe"), tmp_path).read_text()
    assert "\u202e" not in text
    assert "[U+202E]" in text
    (chunk,) = re.findall(r'id="chunk-0">([^<]+)<', text)
    assert "\u202e" not in gzip.decompress(base64.b64decode(chunk)).decode()


def test_a_ten_megabyte_title_does_not_make_the_report_heavy(tmp_path):
    HtmlReporter().write(hostile_run("x" * 10_000_000), tmp_path)
    assert (tmp_path / "index.html").stat().st_size < 300_000


def test_large_runs_put_their_details_beside_the_index_and_clean_up_after_larger_ones(tmp_path, monkeypatch):
    run = make_full_run(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "7.js").write_text("of a larger run")
    monkeypatch.setattr("compatcheck.report.html.write.INLINE_BYTES", 10)
    document = rendered(run, tmp_path)
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["0.js"]
    script = (tmp_path / "data" / "0.js").read_text()
    packed = re.fullmatch(r'compatcheckChunk\(0,"([A-Za-z0-9+/=]+)"\)\n', script)
    assert packed
    assert len(json.loads(gzip.decompress(base64.b64decode(packed[1])))) == 10
    assert not [attributes for _, attributes in document.elements if (attributes.get("id") or "").startswith("chunk-")]


def test_the_main_facts_stand_there_without_script(tmp_path):
    text = HtmlReporter().write(make_full_run(tmp_path), tmp_path).read_text()
    plain = re.search(r"<noscript>(.*)</noscript>", text, re.S)[1]
    assert "✕ failed: 2" in plain
    assert "! flagged: 4" in plain
    assert plain.index("0.90 missing") < plain.index("WebKitWebDriver is not installed")
