"""How fast the report is: 10 000 outcomes with pictures, beside BackstopJS's report at the sizes that it manages.

    python -m benchmarks.report [--outcomes 10000] [--peer-sizes 500,2000,5000,10000] [--no-peer]

Prints one table: writing time and peak memory, size, first useful paint in Chromium from disk, time to filter and to go to the
next finding, memory of the page that shows it. Both reports are opened in the same Chromium, one after the other, three times each; the median counts. BackstopJS
is fetched from npm into a cache folder (its browser is not needed: its own report page is fed with the same pictures).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from compatcheck.geometry import CssBox
from compatcheck.model.matrix import Device
from compatcheck.model.run import Run
from compatcheck.picture import write_png
from tests.factories import make_device, make_divergence, make_facts, make_outcome, make_page, make_run, paint_page
from tests.report_browser import ReportPage, open_browser

BACKSTOP = "backstopjs@6.3.25"
KINDS = ("missing", "moved", "resized", "clipped", "collision", "wrapped", "text", "colour", "viewport-protrusion")
ENGINES = ("chromium", "firefox", "webkit")
PICTURES = 40
TARGETS = {"write": 20.0, "memory": 500.0, "size": 8.0, "paint": 1.5, "filter": 0.1, "next": 0.1}


def make_devices(count: int) -> list[Device]:
    sizes = ((1280, 800, 1.0), (390, 844, 3.0), (412, 915, 2.625), (768, 1024, 2.0))
    devices = []
    for number in range(count):
        width, height, ratio = sizes[number % len(sizes)]
        devices.append(
            make_device(
                f"{ENGINES[number % 3]}-{width}x{height}-{number:03}",
                ENGINES[number % 3],
                (width, height),
                ratio,
                width < 1000,
            )
        )
    return devices


def make_large_run(folder: Path, outcomes: int) -> Run:
    """Pages × devices with 0 to 8 findings each; one in four matches, one in fifty failed. Pictures are hard links to 40."""
    devices = make_devices(min(100, max(1, outcomes // 20)))
    pages = [make_page(f"page-{number:03}") for number in range(outcomes // len(devices))]
    pool = folder.parent / "pool"
    for number in range(PICTURES):
        file = pool / f"{number}.png"
        if not file.exists():
            boxes = [CssBox(20 + 7 * number, 40 + 30 * part, 120, 20) for part in range(9)]
            write_png(file, paint_page((390, 1200), 1, boxes))

    def picture(name: str, number: int) -> str:
        path = folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(pool / f"{number % PICTURES}.png", path)
        return name

    results = []
    for page_number, page in enumerate(pages):
        for number, device in enumerate(devices):
            place = page_number * 7 + number * 3
            count = 0 if place % 4 == 0 else place % 9
            findings = [
                make_divergence(
                    KINDS[part % len(KINDS)],
                    0.2 + ((place + part * 5) % 80) / 100,
                    f"main > section:nth-of-type({part + page_number % 5}) > .card[data-id='{part}']",
                    box=CssBox(20 + part, 40 + 130.5 * part, 120, 20),
                    reference_box=CssBox(20, 40 + 130.5 * part, 120, 20),
                    message=f"The card “Item {part}” is {3 + place % 17} px too far to the right.",
                    flags=(place + part) % 3 > 0,
                )
                for part in range(count)
            ]
            facts = make_facts(device, (390, 1200), title=f"Page {page_number}", url=page.url)
            outcome = make_outcome(
                page,
                device,
                "failed" if place % 50 == 1 else None,
                findings if place % 50 != 1 else (),
                reference=devices[0],
                uses_twin=number > 0,
                reason="The page never finished loading." if place % 50 == 1 else "",
                scores={
                    "ssim": 0.5 + (place % 50) / 100,
                    "ms_ssim": 0.6 + (place % 40) / 100,
                    "lpips": (place % 30) / 100,
                },
                facts=facts,
            )
            name = f"{page.id}/{device.id}"
            images = {
                "candidate": picture(f"captures/{name}.png", place),
                "reference": picture(f"captures/{page.id}/twin-{device.id}.png", page_number),
                "maps": {"ssim": picture(f"maps/{name}-ssim.png", place + 1)},
            }
            results.append(replace(outcome, images=images))
    return make_run(results)


def write_ours(folder: Path, outcomes: int) -> dict[str, float]:
    """In a process of its own, so that its peak memory is its own."""
    code = "from benchmarks.report import _write; import sys; _write(sys.argv[1], int(sys.argv[2]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder), str(outcomes)], check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout))


def _write(folder: str, outcomes: int) -> None:
    from compatcheck.report.html.write import HtmlReporter
    from compatcheck.report.junit import JunitReporter
    from compatcheck.report.results import build_results, write_results

    path = Path(folder)
    run = make_large_run(path, outcomes)
    start = time.perf_counter()
    results = build_results(run)
    HtmlReporter().write(results, path)
    html = time.perf_counter() - start
    write_results(results, path)
    JunitReporter().write(results, path)
    seconds = time.perf_counter() - start
    print(json.dumps({"html": html, "write": seconds, "memory": _peak_memory()}))


def _peak_memory() -> float:
    """Megabytes this process took at most. Not getrusage's: that one counts what the parent took before the start."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write_backstop(folder: Path, source: Path, outcomes: int, package: Path) -> None:
    """BackstopJS's report of the same pictures: its page, and the config.js that it reads."""
    shutil.copytree(package / "compare" / "output", folder)
    tests = []
    for picture in sorted((source / "captures").glob("*/*.png")):
        if picture.name.startswith("twin-"):
            continue
        if len(tests) == outcomes:
            break
        twin = picture.with_name(f"twin-{picture.name}")
        name = f"{picture.parent.name} {picture.stem}"
        pair = {
            "reference": os.path.relpath(twin, folder),
            "test": os.path.relpath(picture, folder),
            "selector": "document",
            "fileName": picture.name,
            "label": name,
            "requireSameDimensions": True,
            "misMatchThreshold": 0.1,
            "url": f"https://shop.example/{picture.parent.name}",
            "expect": 0,
            "viewportLabel": picture.stem,
            "diff": {
                "isSameDimensions": True,
                "dimensionDifference": {"width": 0, "height": 0},
                "misMatchPercentage": "1.25",
            },
            "diffImage": os.path.relpath(source / "maps" / picture.parent.name / f"{picture.stem}-ssim.png", folder),
        }
        tests.append({"pair": pair, "status": "fail" if len(tests) % 4 else "pass"})
    (folder / "config.js").write_text(
        f"report({json.dumps({'testSuite': 'BackstopJS', 'tests': tests, 'id': 'x'}, indent=2)});"
    )


@dataclass(frozen=True, slots=True)
class Looked:
    """Seconds in the browser, None where the report did not answer in time."""

    paint: float | None
    filter: float | None
    next: float | None
    memory: float | None = None
    """Megabytes of the page's process after filtering."""


# Runs before the page's own scripts: notes when the first useful element has been painted.
WATCH = """
window.usefulPaint = null;
(function look() {
  if (document.querySelector(SELECTOR)) requestAnimationFrame(() => setTimeout(() => { window.usefulPaint = performance.now() }));
  else requestAnimationFrame(look);
})();
"""

# Acts, then waits until the condition holds and the frame after it is painted.
TIMED = """
const done = arguments[0];
const start = performance.now();
ACT;
(function look() {
  if (HOLDS) requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  else if (performance.now() - start > 60000) done(null);
  else requestAnimationFrame(look);
})();
"""


@contextmanager
def chromium(selector: str) -> Iterator[ReportPage]:
    with open_browser("chromium") as page:
        page.size(1280, 900)
        page.driver.set_script_timeout(90)
        page.driver.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument", {"source": WATCH.replace("SELECTOR", json.dumps(selector))}
        )
        yield page


def look(
    url: str, selector: str, filter_: tuple[str, str], next_: tuple[str, str] | None, next_url: str = ""
) -> Looked:
    with chromium(selector) as page:
        page.driver.set_page_load_timeout(120)
        page.driver.get(url)
        try:
            page.wait("window.usefulPaint !== null", 120)
        except Exception:
            return Looked(None, None, None)
        paint = page.js("return window.usefulPaint") / 1000
        page.driver.execute_async_script("setTimeout(arguments[0], 500)")

        def timed(what: tuple[str, str]) -> float | None:
            script = TIMED.replace("ACT", what[0]).replace("HOLDS", what[1])  # the policy forbids `new Function`
            took = page.driver.execute_async_script(script)
            return None if took is None else took / 1000

        filtered = timed(filter_)
        memory = page_memory(page)
        stepped = None
        if next_:
            page.driver.get(next_url)
            page.wait("document.querySelectorAll('.finding').length > 1", 60)
            page.driver.execute_async_script("setTimeout(arguments[0], 500)")
            stepped = timed(next_)
        return Looked(paint, filtered, stepped, memory)


def page_memory(page: ReportPage) -> float | None:
    """Megabytes in the largest of the browser's renderers: the one that shows the report."""
    sizes = []
    for process in psutil.Process(page.driver.service.process.pid).children(recursive=True):
        with suppress(psutil.Error):
            if "--type=renderer" in process.cmdline():
                sizes.append(process.memory_info().rss / 1e6)
    return max(sizes, default=None)


def look_ours(folder: Path) -> Looked:
    url = (folder / "index.html").as_uri() + "?lang=en"
    typing = "const s = document.getElementById('search'); s.value = 'item 3'; s.dispatchEvent(new Event('input', {bubbles: true}))"
    flagged = json.loads((folder / "results.json").read_bytes())["outcomes"]
    first = next(item for item in flagged if sum(each["flags"] for each in item["divergences"]) > 3)
    pair = f"{url}#/pair/{first['page']['id']}/{first['device']['id']}?finding={first['divergences'][0]['id']}"
    press = "dispatchEvent(new KeyboardEvent('keydown', {key: 'j'}))"
    old = "document.querySelector('.findings [aria-current=true] .dot')?.textContent !== "
    return look(
        f"{url}#/",
        ".card .kind",
        (
            typing,
            "document.querySelector('[role=status]').textContent.match(/^\\d+/)[0] !== String(OUTCOMES)".replace(
                "OUTCOMES", str(len(flagged))
            ),
        ),
        (
            f"window.was = document.querySelector('.findings [aria-current=true] .dot')?.textContent; {press}",
            f"{old}window.was",
        ),
        pair,
    )


def look_backstop(folder: Path) -> Looked:
    setter = "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set"
    typing = (
        "const s = document.querySelector('input'); "
        f"{setter}.call(s, 'page-001'); s.dispatchEvent(new Event('input', {{bubbles: true}}))"
    )
    url = (folder / "index.html").as_uri()
    holds = "![...document.querySelectorAll('#root img')].some((i) => i.src.includes('page-000'))"
    return look(url, "#root img[src*='captures']", (typing, holds), None)


def median(times: int, work: Callable[[], Looked]) -> Looked:
    looks = [work() for _ in range(times)]

    def middle(name: str) -> float | None:
        values = [getattr(each, name) for each in looks]
        return None if None in values else statistics.median(values)

    return Looked(middle("paint"), middle("filter"), middle("next"), middle("memory"))


def fetch_backstop() -> Path | None:
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "compatcheck-benchmarks" / "backstopjs"
    package = cache / "node_modules" / "backstopjs"
    if not package.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--ignore-scripts", "--no-save", "--prefix", str(cache), BACKSTOP]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"BackstopJS could not be fetched: {error}", file=sys.stderr)
            return None
    return package


def size_of(folder: Path, *names: str) -> float:
    """Megabytes of the named files and folders."""
    files: list[Path] = []
    for name in names:
        path = folder / name
        files += [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6


def show(rows: list[dict[str, Any]]) -> None:
    columns = (
        "report",
        "outcomes",
        "write s",
        "peak MB",
        "size MB",
        "first paint s",
        "filter ms",
        "next ms",
        "page MB",
    )
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join("–" if row.get(name) is None else str(row[name]) for name in columns) + " |")


def milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outcomes", type=int, default=10_000)
    parser.add_argument("--peer-sizes", default="500,2000,5000,10000")
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where to work and leave the reports; a temporary folder else")
    options = parser.parse_args()
    place = options.folder or Path(tempfile.mkdtemp(prefix="compatcheck-report-"))
    rows: list[dict[str, Any]] = []
    ratios: list[str] = []

    def ours(outcomes: int) -> dict[str, Any]:
        folder = place / f"ours-{outcomes}"
        written = write_ours(folder, outcomes)
        looked = median(options.times, lambda: look_ours(folder))
        return {
            "report": "compatcheck", "outcomes": outcomes, "write s": round(written["write"], 1), "peak MB": round(written["memory"]),
            "size MB": round(size_of(folder, "index.html", "data"), 2), "first paint s": looked.paint and round(looked.paint, 2),
            "filter ms": milliseconds(looked.filter), "next ms": milliseconds(looked.next), "page MB": looked.memory and round(looked.memory), "looked": looked, "written": written,
        }  # fmt: skip

    try:
        large = ours(options.outcomes)
        rows.append(large)
        package = None if options.no_peer else fetch_backstop()
        for size in [int(word) for word in options.peer_sizes.split(",")] if package else []:
            folder = place / f"backstop-{size}"
            shutil.rmtree(folder, ignore_errors=True)
            write_backstop(folder, place / f"ours-{options.outcomes}", size, package)
            looked = median(options.times, lambda folder=folder: look_backstop(folder))
            own = large if size == options.outcomes else ours(size)
            if own is not large:
                rows.append(own)
            rows.append({
                "report": "BackstopJS", "outcomes": size,
                "size MB": round(size_of(folder, "config.js", "index.html", "index_bundle.js"), 2),
                "first paint s": looked.paint and round(looked.paint, 2), "filter ms": milliseconds(looked.filter), "page MB": looked.memory and round(looked.memory),
            })  # fmt: skip
            if looked.paint is None or looked.filter is None or looked.memory is None:
                print(f"BackstopJS did not answer in time at {size} outcomes.")
                break
            mine = own["looked"]
            ratios.append(
                f"At {size} outcomes BackstopJS takes {looked.paint / mine.paint:.1f} times as long to its first useful paint "
                f"and {looked.filter / mine.filter:.1f} times as long to filter, in {looked.memory / mine.memory:.1f} times the memory."
            )
        show(rows)
        print(*ratios, sep="\n")
        looked, written = large["looked"], large["written"]
        measured = {"write": written["write"], "memory": written["memory"], "size": large["size MB"],
                    "paint": looked.paint, "filter": looked.filter, "next": looked.next}  # fmt: skip
        failed = [name for name, limit in TARGETS.items() if measured[name] is None or measured[name] > limit]
        print("All targets are met." if not failed else f"Missed: {', '.join(failed)} of {TARGETS}.")
        return 1 if failed else 0
    finally:
        if options.folder is None:
            shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
