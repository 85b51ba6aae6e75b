from __future__ import annotations

import contextlib
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compatcheck.errors import UsageError
from compatcheck.matrix import pages_from_urls, read_url_file

FILE_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://shop.example/", "shop.example"),
        ("https://www.shop.example/cart/index.html", "shop.example-cart-index"),
        ("http://127.0.0.1:8000/a/b", "127.0.0.1-8000-a-b"),
        ("https://shop.example/?q=1#top", "shop.example-q-1-top"),
        ("file:///srv/pages/article.html", "article"),
        ("file:///srv/pages/index.html", "pages"),
        ("http://[::1]:8000/", "1-8000"),
    ],
)
def test_ids(url, name):
    assert [page.id for page in pages_from_urls([url])] == [name]


def test_ids_are_unique_and_pages_are_not_repeated():
    pages = pages_from_urls(
        ["https://a.example/x", "https://a.example/x/", "http://a.example/x", "https://a.example/x"]
    )
    assert [page.id for page in pages] == ["a.example-x", "a.example-x-2", "a.example-x-3"]


def test_other_scripts_and_long_paths_stay_apart():
    first, second, third = pages_from_urls(
        ["https://a.example/商品", "https://a.example/购物车", f"https://a.example/{'x' * 500}"]
    )
    assert len({first.id, second.id, third.id}) == 3
    assert all(len(page.id) <= 60 for page in (first, second, third))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("shop.example", '"shop.example" has no scheme. Did you mean https://shop.example?'),
        ("localhost:8000/x", '"localhost:8000/x" has no scheme. Did you mean http://localhost:8000/x?'),
        ("shop.example:8443/x", '"shop.example:8443/x" has no scheme. Did you mean https://shop.example:8443/x?'),
        ("//shop.example", '"//shop.example" has no scheme. Did you mean https://shop.example?'),
        ("/srv/a.html", '"/srv/a.html" has no scheme. Did you mean file:///srv/a.html?'),
        ("C:\\site\\a.html", '"C:\\site\\a.html" has the scheme c; only http, https and file are looked at. Did you mean file:///C:/site/a.html?'),
        ("htp://a.example", '"htp://a.example" has the scheme htp; only http, https and file are looked at. Did you mean http://a.example?'),
        ("javascript:alert(1)", '"javascript:alert(1)" has the scheme javascript; only http, https and file are looked at.'),
        ("https://", '"https://" names no host. Write it as https://shop.example/.'),
        ("https:///x", '"https:///x" names no host. Write it as https://shop.example/.'),
        ("https://a.example:99999/", '"https://a.example:99999/" is no URL: Port out of range 0-65535.'),
        ("https://[::1/", '"https://[::1/" is no URL: Invalid IPv6 URL.'),
        ("https://a.example/a b", '"https://a.example/a b" has white space or a control character inside. Write a space as %20.'),
        ("https://a.example/\x1b[31m", '"https://a.example/\\x1b[31m" has white space or a control character inside. Write a space as %20.'),
        ("file:a.html", '"file:a.html" is no file URL. Write the whole path: file:///home/me/page.html.'),
        ("file://host/a", '"file://host/a" is no file URL. Write the whole path: file:///home/me/page.html.'),
        ("", "the URL is empty. Write it as https://shop.example/."),
    ],
)  # fmt: skip
def test_wrong(url, said):
    with pytest.raises(UsageError) as caught:
        pages_from_urls([url])
    assert str(caught.value) == f"--url: {said}"


def test_every_wrong_url_is_named():
    with pytest.raises(UsageError) as caught:
        pages_from_urls(["a.example", "https://b.example", "c.example"], source="--urls list.txt")
    assert [line.split(" ")[2] for line in str(caught.value).splitlines()] == ['"a.example"', '"c.example"']


@given(st.text())
def test_any_text_is_a_page_or_a_clear_error(text):
    with contextlib.suppress(UsageError):
        assert all(FILE_SAFE.fullmatch(page.id) for page in pages_from_urls([text]))


@given(st.from_regex(r"https?://[a-z0-9.\-]{1,20}(:[0-9]{1,4})?(/[^\s]*)?", fullmatch=True))
def test_ids_are_file_safe(url):
    with contextlib.suppress(UsageError):
        assert all(FILE_SAFE.fullmatch(page.id) for page in pages_from_urls([url]))


def test_file(tmp_path):
    file = tmp_path / "urls.txt"
    file.write_text("\ufeff# pages\nhttps://a.example/#part\n\n  https://b.example/  # the second\n", encoding="utf-8")
    assert read_url_file(file) == ["https://a.example/#part", "https://b.example/"]


def test_standard_input():
    assert read_url_file("-", io.StringIO("https://a.example\n")) == ["https://a.example"]
    with pytest.raises(UsageError, match=r"^<stdin>:2: "):
        read_url_file("-", io.StringIO("https://a.example\nb.example\n"))


def test_file_errors(tmp_path):
    file = tmp_path / "urls.txt"

    def said() -> str:
        with pytest.raises(UsageError) as caught:
            read_url_file(file)
        return str(caught.value).replace(f"{tmp_path}/", "")

    assert said() == "urls.txt: the list of URLs cannot be read: No such file or directory."
    file.write_text("# nothing\n")
    assert said() == "urls.txt: there is no URL in it. Write one URL a line."
    file.write_bytes(b"\xff\xfe")
    assert said() == "urls.txt: is not UTF-8 text. Save it as UTF-8."
    file.write_text("https://a.example\nb.example\n\nftp://c.example\n")
    assert said().splitlines() == [
        'urls.txt:2: "b.example" has no scheme. Did you mean https://b.example?',
        'urls.txt:4: "ftp://c.example" has the scheme ftp; only http, https and file are looked at.',
    ]
