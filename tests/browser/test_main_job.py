"""The main job as a user starts it: `compatcheck run` in a process of its own, three real engines, a server on loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import jsonschema
import psutil
import pytest

from compatcheck import demo
from compatcheck.report.results import results_schema

pytestmark = pytest.mark.browser

SHOP = """<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>Shop</title><style>
 body {{ font: 16px/1.5 "Liberation Sans", sans-serif; margin: 20px }} header {{ background: #135; color: #fff; padding: 16px }}
 .cards {{ display: flex; flex-wrap: wrap; gap: 16px; margin-top: 16px }} .card {{ flex: 1 1 200px; border: 1px solid #999; padding: 12px }}
 button {{ font: inherit; padding: 10px 24px }} {extra}
</style><header>The shoe shop</header><main class=cards>
<div class=card><h2>Boots</h2><p>Warm and dry in all weather.</p><button>Buy boots</button></div>
<div class=card><h2>Sandals</h2><p>Light and open, for the summer.</p><a href=/sandals>Read more</a></div></main>"""

MATRIX = """
version: 1
reference: chromium
metrics: [psnr, ssim, ms_ssim, histogram]
devices:
  - {id: chromium, browser: chromium, viewport: {width: 1000, height: 700}}
  - {id: firefox, browser: firefox, viewport: {width: 1000, height: 700}}
  - {id: webkit, browser: webkit, viewport: {width: 1000, height: 700}}
  - {id: pixel, browser: chromium, preset: Pixel 8}
  - {id: firefox-phone, browser: firefox, viewport: {width: 390, height: 844}, deviceScaleFactor: 2.625}
  - {id: iphone, browser: webkit, preset: iPhone 15}
"""


class Shop(BaseHTTPRequestHandler):
    """Clean at `/`; at `/planted` Firefox gets a style sheet that hides the button; `/never` and `/slow.png` never end."""

    over = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/never":
            self.over.wait(60)
            return
        firefox = "Firefox" in self.headers["User-Agent"]
        extra = "button { display: none }" if self.path == "/planted" and firefox else ""
        status = {"/gone": 404, "/broken": 500}.get(self.path, 200)
        body = SHOP.format(extra=extra).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    Shop.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "devices.yaml").write_text(MATRIX)
    return tmp_path


def compatcheck(
    project: Path, *arguments: str, timeout: float = 240, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "compatcheck", *arguments]
    done = subprocess.run(
        command,
        cwd=project,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


def results(project: Path) -> dict:
    found = json.loads((project / "reports/latest/results.json").read_text())
    jsonschema.validate(found, results_schema())
    return found


def by_page(found: dict) -> dict[str, dict[str, str]]:
    pages: dict[str, dict[str, str]] = {}
    for outcome in found["outcomes"]:
        pages.setdefault(outcome["page"]["url"].rsplit("/", 1)[1], {})[outcome["device"]["id"]] = outcome["verdict"]
    return pages


def test_a_defect_in_one_engine_flags_its_devices_and_no_other(project, shop):
    done = compatcheck(project, "run", "--url", f"{shop}/", "--url", f"{shop}/planted")
    assert done.returncode == 1, done.stdout + done.stderr
    found = results(project)
    everyone = ("chromium", "firefox", "webkit", "pixel", "firefox-phone", "iphone")
    assert by_page(found) == {
        "": dict.fromkeys(everyone, "match"),
        "planted": {**dict.fromkeys(everyone, "match"), "firefox": "flagged", "firefox-phone": "flagged"},
    }
    for outcome in found["outcomes"]:
        facts, device = outcome["facts"], outcome["device"]
        assert facts["viewport"] == device["viewport"], "the viewport was not had exactly"
        assert facts["deviceScaleFactor"] == pytest.approx(device["deviceScaleFactor"], abs=0.001)
        picture = project / "reports/latest" / outcome["images"]["candidate"]
        assert picture.read_bytes().startswith(b"\x89PNG")
        if outcome["verdict"] == "flagged":
            flags = [divergence for divergence in outcome["divergences"] if divergence["flags"]]
            assert {divergence["kind"] for divergence in flags} == {"missing"}
            assert "Buy boots" in flags[0]["message"]


def test_pages_that_cannot_be_looked_at(project, shop):
    (project / "devices.yaml").write_text(
        MATRIX.replace("devices:", "defaults: {timeout: 8}\ndevices:").split("  - {id: pixel")[0]
    )
    pages = ("gone", "broken", "never", "")
    urls = [f"{shop}/{page}" for page in pages] + ["http://127.0.0.1:9/", "http://no-such-host.invalid/"]
    done = compatcheck(project, "run", *(part for url in urls for part in ("--url", url)))
    assert done.returncode == 3, done.stdout + done.stderr
    found = results(project)
    verdicts = {(o["page"]["url"], o["device"]["id"]): o for o in found["outcomes"]}
    for device in ("chromium", "firefox", "webkit"):
        assert verdicts[urls[3], device]["verdict"] == "match", "a good page went down with the bad ones"
        for url in urls[:2]:
            outcome = verdicts[url, device]
            assert outcome["verdict"] == "invalid"
            assert ("404" if url.endswith("gone") else "500") in outcome["reason"]
        for url in (urls[2], *urls[4:]):
            outcome = verdicts[url, device]
            assert outcome["verdict"] == "failed"
            assert url.rstrip("/") in outcome["reason"], outcome["reason"]
            assert "\n" not in outcome["reason"]


def test_a_browser_that_is_not_there_fails_its_device_alone(project, shop):
    matrix = MATRIX.split("  - {id: webkit", maxsplit=1)[0].replace(
        "browser: firefox,", "browser: firefox, binary: /no/such/firefox,"
    )
    (project / "devices.yaml").write_text(matrix)
    done = compatcheck(project, "run", "--url", f"{shop}/")
    assert done.returncode == 3
    found = results(project)
    assert by_page(found) == {"": {"chromium": "match", "firefox": "failed"}}
    assert "/no/such/firefox" in found["outcomes"][1]["reason"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stopping_a_run_leaves_no_process_no_folder_and_a_readable_report(project, shop, number):
    # A short path: Chromium puts a socket under it, and a socket's path has at most 107 bytes.
    with TemporaryDirectory(prefix="cc") as scratch:
        _stop_a_run(project, shop, number, {**os.environ, "TMPDIR": scratch})
        assert list(Path(scratch).iterdir()) == []


def _stop_a_run(project, shop, number, environment):
    urls = [part for index in range(30) for part in ("--url", f"{shop}/?{index}")]
    command = [sys.executable, "-m", "compatcheck", "run", *urls]
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    run = subprocess.Popen(command, cwd=project, env=environment, **output)
    assert run.stdout is not None
    try:
        for line in run.stdout:
            if "match" in line:
                break
        family = psutil.Process(run.pid).children(recursive=True)
        assert any("chrom" in process.name() for process in family)
        os.kill(run.pid, number)
        rest = run.stdout.read()
        assert run.wait(30) == 130
    finally:
        run.kill()
        run.wait()
        run.stdout.close()
    assert "Traceback" not in rest
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    found = results(project)
    assert found["run"]["interrupted"]
    assert 1 <= len(found["outcomes"]) < 180


def test_the_demo_flags_what_is_planted_and_nothing_else(tmp_path):
    # No weights: LPIPS would be most of the time, and nothing that is flagged may hang on it.
    done = compatcheck(tmp_path, "demo", "--jobs", "2", timeout=500, COMPATCHECK_WEIGHTS=str(tmp_path / "no-weights"))
    assert done.returncode == 0, done.stdout + done.stderr
    found = results(tmp_path)
    assert {outcome["scores"].get("lpips") for outcome in found["outcomes"]} <= {
        None,
        0.0,
    }  # equal pictures need no weights
    sale = {o["device"]["id"]: o["verdict"] for o in found["outcomes"] if o["page"]["id"] == "sale"}
    told = {
        o["device"]["id"]: sorted(d["kind"] for d in o["divergences"] if d["flags"])
        for o in found["outcomes"]
        if o["page"]["id"] == "sale"
    }
    others = {o["verdict"] for o in found["outcomes"] if o["page"]["id"] != "sale"}
    assert others == {"match"}
    assert sale == {device.id: "match" if device.id == "chromium-desktop" else "flagged" for device in _demo_devices()}
    phones = ["collision", "image-broken", "viewport-protrusion"]
    assert told == {
        "chromium-desktop": [],
        "firefox-desktop": ["missing"],
        "webkit-desktop": ["clipped"],
        "pixel": phones,
        "firefox-phone": sorted([*phones, "missing"]),
        "iphone": sorted([*phones, "clipped"]),
    }
    assert (tmp_path / "reports/latest/index.html").is_file()


def _demo_devices():
    from compatcheck.matrix import load_matrix

    return load_matrix(demo.demo_matrix()).devices
