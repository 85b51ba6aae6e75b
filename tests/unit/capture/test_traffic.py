"""What the browser tells of requests, in whatever order it comes."""

from __future__ import annotations

from compatcheck.capture.firefox import is_awaited
from compatcheck.capture.traffic import Traffic


def waiting(traffic: Traffic) -> list[str]:
    return [url for url, _ in traffic.asked().waiting]


def test_requests_are_open_until_they_end() -> None:
    traffic = Traffic()
    traffic.began("1", "https://shop.example/a")
    traffic.began("2", "https://shop.example/b")
    assert waiting(traffic) == ["https://shop.example/a", "https://shop.example/b"]
    traffic.ended("1")
    assert waiting(traffic) == ["https://shop.example/b"]
    assert len(traffic.asked().begun) == 2
    traffic.forget()
    assert traffic.asked().begun == traffic.asked().waiting == ()


def test_end_that_is_told_before_the_beginning_counts() -> None:
    traffic = Traffic()
    traffic.ended("1")
    traffic.began("1", "https://shop.example/quick")
    assert waiting(traffic) == []
    assert traffic.asked().begun == ("https://shop.example/quick",)


def test_worker_that_is_gone_leaves_nothing_open() -> None:
    traffic = Traffic()
    traffic.began("1", "https://shop.example/page")
    traffic.began("2", "https://shop.example/worker", "worker")
    traffic.left("worker")
    assert waiting(traffic) == ["https://shop.example/page"]


def test_streams_films_and_data_are_not_awaited_in_firefox() -> None:
    def request(url: str, accept: str = "*/*", **more: str) -> dict[str, object]:
        return {"url": url, "headers": [{"name": "Accept", "value": {"type": "string", "value": accept}}], **more}

    assert is_awaited(request("https://shop.example/list.json"))
    assert not is_awaited(request("https://shop.example/news", "text/event-stream"))
    assert not is_awaited(request("https://shop.example/clip.webm", destination="video"))
    assert not is_awaited(request("data:image/gif;base64,R0lGOD"))
