"""How fast pages are captured, how much memory it takes, and whether two runs give the same pictures.

    python -m benchmarks.capture speed [--rounds 1] [--jobs 2] [--only WAY --keep FILE]
    python -m benchmarks.capture memory
    python -m benchmarks.capture twice [--pages 20]

`speed`: ten devices × five third-party pages on loopback, in one run against (a) a session per capture with `save_screenshot`, (b) the
same with one session per device, (c) Playwright on the same Chromium for the Chromium devices. `memory`: twenty pages of
1280 × 20 000 px. `twice`: third-party pages in three engines, captured in two separate runs, picture by picture.
Pages and peers come from npm into a cache folder.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.parts import naive, pages
from compatcheck import picture
from compatcheck.geometry import Size
from compatcheck.model.matrix import Device, Matrix, Page, Screen
from compatcheck.model.plan import Plan, Shot
from compatcheck.model.run import CaptureFailed, ShotTaken
from compatcheck.pipeline import Check
from compatcheck.runfolder import RunFolder

CACHE = Path.home() / ".cache" / "compatcheck-benchmarks"
GOALS = {"a": 0.35, "b": 0.8, "c": 1.3}


def _device(browser: str, width: int, height: int, ratio: float = 1, *, phone: bool = False) -> Device:
    screen = Screen(Size(width, height), ratio, is_mobile=phone and browser == "chromium", has_touch=phone)
    return Device(f"{browser}-{width}", browser, screen)  # type: ignore[arg-type]


TEN = (
    _device("chromium", 1280, 800),
    _device("chromium", 1440, 900),
    _device("chromium", 768, 1024, 2, phone=True),
    _device("chromium", 412, 915, 2.625, phone=True),
    _device("chromium", 390, 844, 3, phone=True),
    _device("firefox", 1280, 800),
    _device("firefox", 768, 1024),
    _device("firefox", 500, 900, 2),
    _device("webkit", 1280, 800),
    _device("webkit", 500, 900),
)
"""No Firefox or WebKit narrower than what a plain session can be given."""
FIVE = ("clean-blog-index", "clean-blog-about", "clean-blog-post", "clean-blog-contact", "shop-homepage-index")
ENGINES = (_device("chromium", 1280, 800), _device("firefox", 1280, 800), _device("webkit", 1280, 800))


def capture(
    devices: Sequence[Device], urls: Mapping[str, str], root: Path, *, jobs: int = 2
) -> tuple[float, RunFolder]:
    """Take every shot as a run does, without comparing. Gives the seconds and the run's folder."""
    shots = tuple(Shot(device, Page(name, url)) for device in devices for name, url in urls.items())
    matrix = Matrix(tuple(devices), dict.fromkeys(("desktop", "tablet", "phone"), devices[0].id))
    folder = RunFolder.create(root)
    started = time.monotonic()
    for event in Check(matrix, Plan(shots, ()), folder, jobs=jobs).events():
        if isinstance(event, ShotTaken):
            if isinstance(event.result, CaptureFailed):
                raise SystemExit(f"{event.shot.slug}: {event.result.message} {event.result.hint}")
            if event.result.invalid:
                print(f"{event.shot.slug}: {event.result.invalid}", file=sys.stderr)
        del event  # its picture is the run's business
    return time.monotonic() - started, folder


def all_pages(root: Path, base: str) -> dict[str, str]:
    return {name: base + path for split in pages.SPLITS for name, path in pages.pages_of(root, split).items()}


def speed(options: argparse.Namespace) -> None:
    root = pages.fetch(options.cache / "npm")
    chromium = [device for device in TEN if device.browser == "chromium"]
    seconds: dict[str, list[float]] = {}
    with pages.served(root) as base, naive.screen(), tempfile.TemporaryDirectory() as scratch:
        every = all_pages(root, base)
        urls, folder = {name: every[name] for name in FIVE}, Path(scratch)
        cache = options.cache / "playwright"
        ways: dict[str, Callable[[], float]] = {
            "a": lambda: naive.session_per_capture(TEN, urls, folder),
            "b": lambda: naive.session_per_device(TEN, urls, folder),
            "c": lambda: naive.playwright(chromium, urls, folder, cache, together=1),
            "c2": lambda: naive.playwright(chromium, urls, folder, cache, together=2),
            "ours": lambda: capture(TEN, urls, folder, jobs=options.jobs)[0],
            "ours, Chromium": lambda: capture(chromium, urls, folder, jobs=options.jobs)[0],
            "ours, Chromium, one": lambda: capture(chromium, urls, folder, jobs=1)[0],
        }
        for _ in range(options.rounds):
            for name, way in ways.items():
                if options.only and name not in options.only:
                    continue
                seconds.setdefault(name, []).append(way())
                print(f"{name}: {seconds[name][-1]:.1f} s (load {os.getloadavg()[0]:.1f})", file=sys.stderr, flush=True)
    if options.keep:
        known = json.loads(options.keep.read_text()) if options.keep.exists() else {}
        seconds = {**known, **seconds}
        options.keep.write_text(json.dumps(seconds))
    if len(seconds) == len(ways):
        _print_speed({name: statistics.median(values) for name, values in seconds.items()}, options.jobs)


def _print_speed(seconds: Mapping[str, float], jobs: int) -> None:
    rows = (
        ("a", "ours", jobs, "(a) a session per capture, `save_screenshot`"),
        ("b", "ours", jobs, "(b) a session per device, `save_screenshot`"),
        ("c", "ours, Chromium", jobs, "(c) Playwright, whole pages, the Chromium devices, one after the other"),
        ("c", "ours, Chromium, one", 1, "the same, both one after the other"),
        ("c2", "ours, Chromium", jobs, "the same, Playwright with two contexts at a time"),
    )
    print("| against | its seconds | compatcheck | `--jobs` | ratio | goal |\n|---|---|---|---|---|---|")
    for key, ours, at_once, title in rows:
        ratio = seconds[ours] / seconds[key]
        print(f"| {title} | {seconds[key]:.1f} | {seconds[ours]:.1f} | {at_once} | {ratio:.2f} | {GOALS.get(key[0])} |")


TALL = """<!doctype html><meta charset="utf-8"><title>tall</title><link rel="icon" href="data:,">
<style>body {{ margin: 0; }} div {{ height: 200px; box-sizing: border-box; border-top: 3px solid #246; }}</style><body><script>
for (let n = 0; n < 100; n++) {{
  const band = document.createElement('div');
  band.textContent = 'page {number}, band ' + n + ' — words and words '.repeat(20);
  band.style.background = `linear-gradient(90deg, hsl(${{n * 7 % 360}} 70% 80%), hsl(${{n * 13 % 360}} 60% 60%))`;
  document.body.append(band);
}}
</script>"""


def memory(options: argparse.Namespace) -> None:
    """Twenty pages of 1280 × 20 000 px: the peak of this process, pictures written, browsers apart."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        for number in range(options.pages):
            (root / f"tall{number}.html").write_text(TALL.format(number=number), encoding="utf-8")
        before = _peak()
        with pages.served(root) as base:
            urls = {f"tall{number}": f"{base}/tall{number}.html" for number in range(options.pages)}
            seconds, _ = capture([_device(options.browser, 1280, 800)], urls, root / "reports")
        print(
            f"{options.browser}: {options.pages} pages of 1280 × 20 000 px in {seconds:.1f} s, peak {_peak():.0f} MB ({before:.0f} MB before)"
        )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def twice(options: argparse.Namespace) -> None:
    """Two separate runs (processes, sessions) over the same pages; how many pictures are the same, byte by byte."""
    root = pages.fetch(options.cache / "npm")
    with tempfile.TemporaryDirectory() as scratch, pages.served(root) as base:
        names = list(all_pages(root, base))[: options.pages]
        folders = []
        for _ in range(2):
            command = [sys.executable, "-m", "benchmarks.capture", "once", base, scratch, str(root), *names]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            folders.append(Path(done.stdout.strip().splitlines()[-1]))
        print("| engine | pages | the same | differ |\n|---|---|---|---|")
        total = 0
        for device in ENGINES:
            differing = [what for name in names if (what := _difference(folders, f"{name}/{device.id}"))]
            total += len(names) - len(differing)
            print(
                f"| {device.browser} | {len(names)} | {len(names) - len(differing)} | {'; '.join(differing) or 'none'} |"
            )
        print(f"\n{total} of {len(names) * len(ENGINES)} pictures are the same.")


def once(options: argparse.Namespace) -> None:
    every = all_pages(Path(options.root), options.base)
    _, folder = capture(ENGINES, {name: every[name] for name in options.names}, Path(options.folder))
    print(folder.path)


def _difference(folders: Sequence[Path], slug: str) -> str:
    files = [folder / RunFolder.picture_name(slug) for folder in folders]
    if files[0].read_bytes() == files[1].read_bytes():
        return ""
    one, two = (picture.read(file) for file in files)
    if one.shape != two.shape:
        return f"{slug.partition('/')[0]} ({one.shape[1]} × {one.shape[0]} and {two.shape[1]} × {two.shape[0]} px)"
    rows, columns = np.nonzero((one != two).any(axis=2))
    if not rows.size:
        return f"{slug.partition('/')[0]} (the file only, not a pixel)"
    box = f"{columns.min()},{rows.min()}–{columns.max() + 1},{rows.max() + 1}"
    return f"{slug.partition('/')[0]} ({len(rows)} px in {box})"


def main() -> None:
    parser = argparse.ArgumentParser(description="Benchmarks of capturing.")
    parser.add_argument("--cache", type=Path, default=CACHE)
    parts = parser.add_subparsers(required=True)
    part = parts.add_parser("speed")
    part.add_argument("--rounds", type=int, default=1)
    part.add_argument("--jobs", type=int, default=2)
    part.add_argument("--only", action="append", help="one of the ways only (a, b, c, c2, ours …)")
    part.add_argument("--keep", type=Path, help="a file that keeps the seconds of ways that are measured one by one")
    part.set_defaults(do=speed)
    part = parts.add_parser("memory")
    part.add_argument("--browser", default="chromium")
    part.add_argument("--pages", type=int, default=20)
    part.set_defaults(do=memory)
    part = parts.add_parser("twice")
    part.add_argument("--pages", type=int, default=20)
    part.set_defaults(do=twice)
    part = parts.add_parser("once")
    for name in ("base", "folder", "root"):
        part.add_argument(name)
    part.add_argument("names", nargs="+")
    part.set_defaults(do=once)
    options = parser.parse_args()
    options.do(options)


if __name__ == "__main__":
    main()
