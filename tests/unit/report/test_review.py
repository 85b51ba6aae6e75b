"""The review server over real sockets: it writes for its own page, and for nobody else."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator

import pytest

from compatcheck.errors import UsageError
from compatcheck.matrix import read_waivers
from compatcheck.report.results import write_results
from compatcheck.report.review import ReviewServer
from compatcheck.report.review_http import MOST_BYTES, TOKEN_HEADER
from tests.factories import make_full_run


@pytest.fixture
def server(tmp_path) -> Iterator[ReviewServer]:
    folder = tmp_path / "reports" / "run"
    write_results(make_full_run(folder), folder)
    (tmp_path / "secret.png").write_bytes(b"not for you")
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "notes.txt").write_text("no report file")
    with ReviewServer(folder, waivers=tmp_path / "waivers.yaml", owner="ann", after_write=read_waivers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join(10)


class Client:
    """A browser that has opened the printed address, changed where a test wants it changed."""

    def __init__(self, server: ReviewServer) -> None:
        self.server = server
        self.port = server.server_address[1]
        self.good = {
            "Host": f"127.0.0.1:{self.port}",
            "Cookie": f"compatcheck-{self.port}={server.token}",
            "Origin": server.origin,
            TOKEN_HEADER: server.token,
            "Content-Type": "application/json",
        }

    def ask(self, method, path, body=None, **changed):
        headers = {name: value for name, value in (self.good | changed).items() if value is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
            if method == "POST" and "Content-Length" not in headers:
                headers["Content-Length"] = str(len(data))
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders(data)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def post(self, path, body, **changed):
        status, _, data = self.ask("POST", path, body, **changed)
        return status, json.loads(data)


@pytest.fixture
def client(server) -> Client:
    return Client(server)


@pytest.fixture
def decision(server):
    outcome = next(item for item in server.results.outcomes if item.device.id == "iphone" and item.page.id == "home")
    return {
        "page": "home",
        "device": "iphone",
        "finding": outcome.divergences[0].id,
        "reason": "known",
        "scope": "page",
    }


def test_the_printed_address_signs_in_and_leads_to_the_report(client):
    status, headers, _ = client.ask("GET", f"/?token={client.server.token}", Cookie=None)
    assert (status, headers["Location"]) == (303, "/")
    assert "HttpOnly; SameSite=Strict" in headers["Set-Cookie"]
    status, headers, page = client.ask("GET", "/", Cookie=headers["Set-Cookie"].split(";")[0])
    assert status == 200
    assert b"connect-src &#39;self&#39;" in page
    assert headers["Cache-Control"] == "no-store"


def test_accepting_writes_the_file_and_undo_takes_it_back(client, decision):
    status, answer = client.post("/api/waive", decision | {"expires": "2027-05-01"})
    assert status == 200
    (waiver,) = read_waivers(client.server.waivers)
    assert (waiver.page, waiver.device, waiver.selector, waiver.kind) == ("home", "*", "#buy", "missing")
    assert (waiver.reason, waiver.owner, waiver.expires) == ("known", "ann", "2027-05-01")
    assert answer["changed"] == [waiver.id]
    assert json.loads(client.ask("GET", "/api/waivers")[2])["waivers"][0]["id"] == waiver.id
    status, answer = client.post("/api/undo", {"ids": answer["changed"]})
    assert (status, answer["changed"], answer["waivers"]) == (200, [waiver.id], [])
    assert read_waivers(client.server.waivers) == ()


def test_a_file_that_the_check_refuses_is_put_back(client, decision):
    def refuse(path):
        raise UsageError("no good")

    client.server.after_write = refuse
    assert client.post("/api/waive", decision) == (422, {"error": "no good"})
    assert not client.server.waivers.exists()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": None}, 421),
        ({"Cookie": None}, 403),
        ({"Cookie": "compatcheck=;;=\x01"}, 403),
        ({TOKEN_HEADER: None}, 403),
        ({TOKEN_HEADER: "guess"}, 403),
        ({"Origin": None}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content-Length": str(MOST_BYTES + 1)}, 413),
        ({"Content-Length": "-1"}, 413),
    ],
)
def test_nobody_else_can_write(client, decision, changed, status):
    assert client.post("/api/waive", decision, **changed)[0] == status
    assert not client.server.waivers.exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        ([1], 400),
        ({"page": ["home"]}, 400),
        ({"page": "home", "device": "iphone", "finding": "x", "reason": "r"}, 422),
        ({"reason": ""}, 422),
        ({"reason": "r", "expires": "soon"}, 422),
    ],
)
def test_bad_requests_get_one_clear_message(client, body, status):
    code, answer = client.post("/api/waive", body)
    assert (code, len(answer)) == (status, 1)
    assert answer["error"]
    assert not client.server.waivers.exists()


@pytest.mark.parametrize("path", ["/api/other", "/api/waivers", "/index.html"])
def test_there_is_nothing_else_to_post_to(client, path):
    assert client.post(path, {})[0] == 404


def test_pictures_of_the_run_are_served_and_nothing_beyond(client):
    status, headers, data = client.ask("GET", "/captures/home/iphone.png")
    assert (status, headers["Content-Type"], data[:4]) == (200, "image/png", b"\x89PNG")
    assert headers["Content-Security-Policy"] == "sandbox"
    assert client.ask("GET", "/captures/home/iphone.png", Cookie=None)[0] == 403
    for path in (
        "/../secret.png",
        "/%2e%2e/%2e%2e/secret.png",
        "/link.png",
        "/notes.txt",
        "/captures",
        "/%00.png",
        "//etc/hostname",
    ):
        assert client.ask("GET", path)[0] == 404, path


def test_it_listens_on_loopback_only(server):
    assert server.server_address[0] == "127.0.0.1"


def test_a_taken_port_and_a_broken_waivers_file_are_told_at_once(server, tmp_path):
    with pytest.raises(UsageError, match="cannot be listened on"):
        ReviewServer(server.folder, port=server.server_address[1], waivers=tmp_path / "w.yaml")
    (tmp_path / "w.yaml").write_text("nothing: like a list")
    with pytest.raises(UsageError, match="must be a list"):
        ReviewServer(server.folder, waivers=tmp_path / "w.yaml")
