"""What a page wants before it is opened, and files of session state."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from compatcheck.capture.prepare.chromium import block_patterns
from compatcheck.capture.prepare.state import SessionState, read_state, state_text
from compatcheck.capture.prepare.wishes import blocker, host_regex, is_host_pattern, origin_of, url_regex, wishes_of
from compatcheck.errors import CaptureError
from compatcheck.model.matrix import Page
from compatcheck.model.visit import Cookie, Frozen


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://shop.example/cart?x=1#y", "https://shop.example"),
        ("http://shop.example:80/", "http://shop.example"),
        ("https://shop.example:8443/", "https://shop.example:8443"),
        ("http://[::1]:8000/", "http://[::1]:8000"),
    ],
)
def test_origin_is_spelt_as_browsers_do(url: str, origin: str) -> None:
    assert origin_of(url) == origin


BLOCKED = [
    ("ads.example", "https://ads.example/a.js", True),
    ("ads.example", "https://cdn.ads.example:8443/a.js", True),
    ("*.ads.example", "https://ads.example/", True),
    ("ads.example", "https://loads.example/", False),
    ("ads.example", "https://shop.example/?from=ads.example/", False),
    ("ads.*", "https://ads.net/x", True),
    ("*/tracker/*.js", "https://shop.example/tracker/v2/count.js", True),
    ("*/tracker/*.js", "https://shop.example/tracker.js", False),
    ("shop.example/beacon*", "https://shop.example/beacon?id=1", True),
    ("https://shop.example/a", "http://shop.example/a", False),
]


@pytest.mark.parametrize(("pattern", "url", "blocked"), BLOCKED)
def test_every_engine_blocks_the_same(pattern: str, url: str, blocked: bool) -> None:
    assert blocker((pattern,))(url) is blocked
    regex = host_regex(pattern) if is_host_pattern(pattern) else url_regex(pattern)
    assert bool(re.search(regex, url)) is blocked, "WebKit's content filter"
    assert any(fnmatchcase(url, wildcard) for wildcard in block_patterns(pattern)) is blocked, "Chromium's wildcards"


def test_wishes_of_a_page_with_session_state(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    kept = SessionState(
        (Cookie("sid", "1", "shop.example"),), {"https://shop.example": {"user": "ada", "theme": "light"}}
    )
    file.write_text(state_text(kept), encoding="utf-8")
    page = Page(
        "home", "https://shop.example/", session_state=str(file), cookies=(Cookie("own", "2"),),
        local_storage={"theme": "dark"}, session_storage={"step": "3"}, frozen=Frozen(random=7),
    )  # fmt: skip
    wishes = wishes_of(page)
    assert [(cookie.name, cookie.domain) for cookie in wishes.cookies] == [
        ("sid", "shop.example"),
        ("own", "shop.example"),
    ]
    assert wishes.storage == {
        "https://shop.example": {"local": {"user": "ada", "theme": "dark"}, "session": {"step": "3"}}
    }
    assert '"random": 7' in wishes.preload
    bare = wishes_of(Page("home", "https://shop.example/")).preload
    assert "compatcheck.timers" in bare
    assert "Math.random" not in bare


def test_state_goes_to_a_file_and_back() -> None:
    cookies = (
        Cookie("a", "ü", "shop.example", "/shop", True, True, "Strict", 2_000_000_000.0),
        Cookie("b", "", ".shop.example", same_site="Lax"),
    )
    state = SessionState(cookies, {"https://shop.example": {"k": "v"}})
    data = json.loads(state_text(state))
    assert set(data) == {"cookies", "origins"}
    assert set(data["cookies"][0]) == {"name", "value", "domain", "path", "expires", "httpOnly", "secure", "sameSite"}
    assert data["cookies"][1]["expires"] == -1


def test_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = SessionState((Cookie("a", "ü", "shop.example", same_site="Lax"),), {"https://shop.example": {"k": "v"}})
    file = tmp_path / "state.json"
    file.write_text(state_text(state), encoding="utf-8")
    assert read_state(file) == state


@pytest.mark.parametrize("text", ["", "[]", '{"cookies": [{"name": "a"}]}', '{"origins": [{"localStorage": 1}]}'])
def test_what_is_no_state_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CaptureError, match="no file of session state"):
        read_state(file)


def test_state_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="cannot be read") as caught:
        read_state(tmp_path / "none.json")
    assert "compatcheck login" in str(caught.value)
