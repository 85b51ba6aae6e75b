"""The stories of tests/pairs: two small pages each, looked at in a real Chromium, with a few lines of why.

A folder in `should_match` must have nothing that flags. A folder in `should_differ` must have a flagging divergence of one of the
kinds that its README expects, and no more than a handful of them. Stories are found from disk.
"""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from compatcheck.capture import DRIVERS, Session
from compatcheck.geometry import Size
from compatcheck.judge import LIMITS
from compatcheck.layout import find_divergences
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot
from compatcheck.model.verdict import Divergence

pytestmark = pytest.mark.browser

PAIRS = Path(__file__).resolve().parents[1] / "pairs"
STORIES = sorted(folder.parent for folder in PAIRS.glob("*/*/reference.html"))
HANDFUL = 5
DEVICE = Device("chromium", "chromium", Screen(Size(800, 600)))


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(PAIRS))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with DRIVERS["selenium"]().open(DEVICE) as opened:
        yield opened


def flagged(session: Session, base: str, story: Path) -> list[Divergence]:
    def look(name: str) -> Capture:
        return session.look(Shot(DEVICE, Page(name, f"{base}/{story.parent.name}/{story.name}/{name}.html")))

    found = find_divergences(look("reference"), look("candidate")).divergences
    return [divergence for divergence in found if divergence.severity >= LIMITS["normal"]]


def test_there_are_enough_stories() -> None:
    assert len(STORIES) >= 40


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.parent.name}-{story.name}")
def test_story(session: Session, base: str, story: Path) -> None:
    why = (story / "README.md").read_text(encoding="utf-8")
    found = flagged(session, base, story)
    told = [f"{one.kind} {one.severity:.2f}: {one.message}" for one in found]
    if story.parent.name == "should_match":
        assert told == [], why
        return
    expected = re.search(r"^expects: (.+)$", why, re.MULTILINE)
    assert expected is not None, f"{story}: README.md says nothing of the kinds that it expects"
    assert {one.kind for one in found} & set(expected[1].split()), f"{why}\nfound: {told}"
    assert len(found) <= HANDFUL, told
