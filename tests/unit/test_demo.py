"""The demo site and its server."""

from __future__ import annotations

import http.client
import socket
import threading
import urllib.error
import urllib.request
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import pytest

from compatcheck.demo import SITE, demo_matrix, demo_pages, serve
from compatcheck.errors import UsageError

PLANTED_MISSING = "images/tin-genmaicha-small.webp"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
}
FILES = sorted(path for path in SITE.rglob("*") if path.is_file())
PAGES = sorted(SITE.glob("*.html"))


def status_of(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


class Links(HTMLParser):
    """Collects what a page refers to, and checks that its tags are closed in order."""

    VOID = frozenset({"meta", "link", "img", "input", "source", "br", "path", "circle"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.urls += [value for name in ("href", "src", "srcset", "action") if (value := given.get(name))]
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag, f"line {self.getpos()[0]}"


def test_every_file_is_served_with_its_type() -> None:
    with serve() as base:
        for path in FILES:
            with urllib.request.urlopen(base + path.relative_to(SITE).as_posix(), timeout=5) as answer:
                assert answer.headers["Content-Type"] == TYPES[path.suffix], path.name
                assert answer.read() == path.read_bytes()


def test_demo_pages_answer() -> None:
    with serve() as base:
        pages = demo_pages(base)
        assert [page.id for page in pages] == ["home", "teas", "guide", "order", "sale"]
        assert {status_of(page.url) for page in pages} == {200}


@pytest.mark.parametrize("path", ["images/", "images", "none.html", "../server.py", "%2e%2e/server.py", "/etc/passwd"])
def test_nothing_but_the_sites_files_is_served(path: str) -> None:
    with serve() as base:
        assert status_of(base + path) == 404


def test_a_path_that_climbs_out_is_not_served() -> None:
    # A client that does not tidy paths itself, as urllib may.
    with serve() as base:
        connection = http.client.HTTPConnection(base.removeprefix("http://").strip("/"), timeout=5)
        connection.request("GET", "/images/../../server.py")
        assert connection.getresponse().status == 404
        connection.close()


def test_a_method_that_is_not_there_is_refused_quietly(capfd: pytest.CaptureFixture[str]) -> None:
    with serve() as base:
        connection = http.client.HTTPConnection(base.removeprefix("http://").strip("/"), timeout=5)
        connection.request("POST", "/order.html", body=b"x")
        assert connection.getresponse().status == 501
        connection.close()
        with socket.create_connection(("127.0.0.1", int(base.rsplit(":", 1)[1].strip("/"))), timeout=5) as half:
            half.sendall(b"GET /images/hills.jpg HTTP/1.1\r\n")  # hangs up in the middle of the request
        assert status_of(base) == 200
    assert capfd.readouterr() == ("", "")


def test_the_server_is_gone_after_a_block_that_fails() -> None:
    bases: list[str] = []

    def fail() -> None:
        with serve() as base:
            bases.append(base)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert bases[0].startswith("http://127.0.0.1:")
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(bases[0], timeout=5)
    assert not [thread for thread in threading.enumerate() if thread.name == "demo-site"]


def test_many_at_once() -> None:
    with serve() as base:
        statuses: list[int] = []
        threads = [threading.Thread(target=lambda: statuses.append(status_of(base + "teas.html"))) for _ in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert statuses == [200] * 24


def test_a_taken_port_is_one_clear_message() -> None:
    with serve() as base:
        port = int(base.rsplit(":", 1)[1].strip("/"))
        with (
            pytest.raises(UsageError, match=rf"127\.0\.0\.1:{port}: Address already in use\. Leave the port out"),
            serve(port),
        ):
            pass  # pragma: no cover
    with pytest.raises(UsageError, match="cannot be served"), serve(70_000):
        pass  # pragma: no cover


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_refers_only_to_what_is_there(page: Path) -> None:
    links = Links(page.read_text(encoding="utf-8"))
    assert links.open == []
    assert len(links.ids) == len(set(links.ids))
    missing = {url for url in links.urls if not url.startswith("#") and not (SITE / urldefrag(url).url).is_file()}
    assert missing == ({PLANTED_MISSING} if page.stem == "sale" else set())
    assert not [url for url in links.urls if urljoin("http://here/", url).split("/")[2] != "here"], "needs no network"


def test_style_sheets_need_no_network() -> None:
    for sheet in SITE.glob("*.css"):
        text = sheet.read_text(encoding="utf-8")
        assert "http" not in text
        assert text.count("{") == text.count("}")


def test_the_texts_say_their_language_and_direction() -> None:
    for name in ("index.html", "guide.html"):
        text = (SITE / name).read_text(encoding="utf-8")
        assert 'lang="zh"' in text
        assert 'lang="ar" dir="rtl"' in text


def test_every_planted_defect_is_listed() -> None:
    text = (SITE / "sale.css").read_text(encoding="utf-8")
    comment, rules = text.split("*/", 1)
    for number, kind in enumerate(("viewport-protrusion", "collision", "image-broken", "missing", "clipped"), 1):
        line = next(line for line in comment.splitlines() if line.strip().startswith(f"{number} "))
        assert line.endswith(kind)
        assert f"/* {number}" in rules
    for clean in PAGES:
        assert ("sale.css" in clean.read_text(encoding="utf-8")) == (clean.stem == "sale")


def test_the_site_is_small() -> None:
    pictures = [path for path in FILES if path.parent.name == "images"]
    assert {path.suffix for path in pictures} == {".svg", ".png", ".jpg", ".webp"}
    assert sum(path.stat().st_size for path in pictures) < 300_000


def test_the_packaged_matrix_is_there() -> None:
    matrix = demo_matrix()
    assert matrix.name == "devices.yaml"
    assert matrix.is_file()
