"""Untrusted text for showing: nothing hidden, nothing endless, no link that leads where no link should."""

from __future__ import annotations

import pytest

from compatcheck.report.html.text import picture_link, shown, web_link


def test_direction_overrides_and_controls_become_visible():
    assert shown("safe\u202egnp.exe\u202c") == "safe[U+202E]gnp.exe[U+202C]"
    assert shown("bell\x07\x00") == "bell[U+0007][U+0000]"
    assert shown("عربي 中文\tok\nline") == "عربي 中文\tok\nline"


def test_long_text_is_cut():
    assert shown("x" * 10_000_000, 50) == "x" * 50 + "…"


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://shop.example/a?b=c", "https://shop.example/a?b=c"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/"),
        ("javascript:alert(1)", ""),
        ("JaVaScRiPt:alert(1)", ""),
        ("data:text/html,<script>alert(1)</script>", ""),
        ("file:///etc/passwd", ""),
        ("//shop.example/", ""),
        ("https:", ""),
        ("http://[broken", ""),
        ("https://x.example/" + "a" * 3000, ""),
    ],
)
def test_only_the_web_is_linked_to(url, link):
    assert web_link(url) == link


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("captures/home/iphone.png", "captures/home/iphone.png"),
        ("captures/a b/ü#?%.png", "captures/a%20b/%C3%BC%23%3F%25.png"),
        ('captures/"><img onerror=x>.png', "captures/%22%3E%3Cimg%20onerror%3Dx%3E.png"),
        ("../secret.png", None),
        ("/etc/shadow.png", None),
        ("https://evil.example/a.png", None),
        ("..\\a.png", None),
        ("", None),
        (None, None),
    ],
)
def test_pictures_come_from_the_run_folder_only(path, link):
    assert picture_link(path) == link
