"""How fast the metrics are, beside the libraries that people would use instead, on pictures of real pages.

    python -m benchmarks.metrics [--run reports/latest] [--rows ms-ssim,files] [--rounds 5] [--results FILE] [--write]

Every competitor is a process of its own that has the pair in memory and is asked in turn, ours and theirs, round after round;
the median of the rounds counts, after one round that does not. All have one thread and are timed by the processor's time
that they take, so that a machine with other work does not decide; the two rows on files are timed by the clock, each as it
comes. Pictures are those of a run (`--run`, its folder); without one, `compatcheck demo` makes one.
odiff, blazediff and TensorFlow are fetched into a cache folder. A competitor that cannot be had is said so, with the reason.

`--rows` measures some of the rows, `--only` those of one size; with `--results` the others are taken from that file, and the
table has all of them (`--rows none` measures nothing). `--write` puts the table into docs/metrics.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.parts.metric_pictures import PairFiles, make_pairs

HERE = Path(__file__).resolve().parent
PAGE, BEGIN, END = HERE.parent / "docs" / "metrics.md", "<!-- benchmark -->\n", "<!-- /benchmark -->\n"
WORKER, NODE_WORKER = HERE / "parts" / "metric_worker.py", HERE / "parts" / "metric_worker.mjs"
NPM = ("odiff-bin@4.5.0",)
PYPI = ("tensorflow-cpu", "blazediff==6.0.2", "blazediff-ssim==6.1.1")
"""What is fetched for the benchmark alone; the Python packages get an environment of their own."""

APART = frozenset({"tensorflow", "blazediff", "blazediff-ssim"})

LARGE_PAGES = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=17179869184"
}
"""glibc asked for huge pages, and to keep what was freed: what someone would set who knows that page faults cost the most."""

PLAIN = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True)
class Rival:
    """One competitor: its name in the worker, how it runs, what the table calls it, and what is wanted against it."""

    worker: str
    title: str
    goal: float
    stretch: float | None = None
    large_pages: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the issue: ours against rivals over some sizes. `measure`: faster, share (of their time), memory."""

    id: str
    title: str
    ours: str
    rivals: tuple[Rival, ...]
    sizes: int = 3
    side: str = "candidate"
    measure: str = "faster"


ROWS = (
    Row("ms-ssim", "MS-SSIM, RGB", "our ms_ssim", (
        Rival("pytorch-msssim", "pytorch-msssim", 45, 90),
        Rival("pytorch-msssim", "pytorch-msssim, large pages", 20, 40, large_pages=True),
    ), sizes=4),
    Row("tensorflow", "MS-SSIM, RGB", "our ms_ssim", (Rival("tensorflow", "TensorFlow, graph mode", 11, 20),)),
    Row("grey", "MS-SSIM, grey, buffers", "our ms_ssim:luma", (Rival("blazediff-ssim", "blazediff-ssim", 5, 11),)),
    Row("alike", "the same, mostly identical", "our ms_ssim:luma", (Rival("blazediff-ssim", "blazediff-ssim", 15, 30),),
        side="alike"),
    Row("ssim", "Gaussian SSIM, RGB", "our ssim", (Rival("scikit-image", "scikit-image", 20, 50),)),
    Row("iw-ssim", "IW-SSIM, grey", "our iw_ssim:luma", (Rival("piq", "piq", 30, 80),)),
    Row("files", "two PNGs → PSNR, SSIM, MS-SSIM, heat-map file", "our files, map", (
        Rival("odiff", "odiff 4.5 server, diff file", 0.7, 0.35),
    ), sizes=4, measure="share"),
    Row("scores", "two PNGs → the scores only", "our files", (Rival("blazediff", "blazediff, no output", 1.0, 0.6),), sizes=4,
        measure="share"),
    Row("lpips", "LPIPS alex, float32", "our lpips", (Rival("lpips", "lpips package", 1.3),)),
    Row("lpips-fast", "LPIPS alex, `precision: fast`", "our lpips, fast", (Rival("lpips", "lpips package", 2.4),)),
    Row("lpips-kept", "the same, reference kept", "our lpips, fast, kept", (Rival("lpips", "lpips package", 4.5),)),
    Row("lpips-alike", "LPIPS alex, float32, mostly identical", "our lpips", (Rival("lpips", "lpips package", 8),),
        side="alike"),
    Row("memory", "peak memory, MS-SSIM, RGB", "our ms_ssim", (Rival("pytorch-msssim", "pytorch-msssim", 9, 15),),
        sizes=4, measure="memory"),
)  # fmt: skip


class NotHere(Exception):
    """A competitor that cannot be had, with the reason."""


class Competitor:
    """A worker process that is told a pair and asked again and again."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True,
            env={**os.environ, **PLAIN, **environment}, cwd=HERE.parent,
        )  # fmt: skip

    def tell(self, first: str, second: str) -> None:
        self._ask(json.dumps({"a": first, "b": second}))

    def time(self) -> dict[str, float]:
        return self._ask("")

    def _ask(self, line: str) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
            answer: dict[str, float] = json.loads(self._process.stdout.readline())
        except (OSError, ValueError) as error:
            self._errors.seek(0)
            said = [each.strip() for each in self._errors.read().splitlines() if each.strip()]
            raise NotHere(said[-1] if said else "it ended without a word") from error
        return answer

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._errors.close()


def command_of(worker: str, cache: Path, scratch: Path) -> list[str]:
    """How a competitor is started; fetches what it needs."""
    if worker == "odiff":
        return ["node", str(NODE_WORKER), str(_npm(cache)), worker, str(scratch / "odiff.png")]
    if worker == "our files, map":
        return [sys.executable, str(WORKER), worker, str(scratch / "ours.png")]
    return [_environment(cache) if worker in APART else sys.executable, str(WORKER), worker]


def _npm(cache: Path) -> Path:
    folder = cache / "npm"
    if not (folder / "node_modules" / "odiff-bin").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}", encoding="utf-8")
        _fetch(["npm", "install", "--no-audit", "--no-fund", *NPM], folder)
    return folder


def _environment(cache: Path) -> str:
    python = cache / "python" / "bin" / "python"
    if not python.is_file():
        _fetch([sys.executable, "-m", "venv", str(python.parents[1])], cache)
        _fetch([str(python), "-m", "pip", "install", "-q", *PYPI], cache)
    return str(python)


def _fetch(command: list[str], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotHere(f"{command[0]}: {error.strerror}") from error
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise NotHere(f"{' '.join(command[:3])} failed: {lines[-1] if lines else 'no reason given'}")


@contextmanager
def competitor(worker: str, cache: Path, scratch: Path, *, large_pages: bool = False) -> Iterator[Competitor]:
    environment = {"PYTHONPATH": str(HERE.parent), "TF_CPP_MIN_LOG_LEVEL": "3"}
    started = Competitor(command_of(worker, cache, scratch), environment | (LARGE_PAGES if large_pages else {}))
    try:
        yield started
    finally:
        started.close()


def measure(row: Row, rival: Rival, chosen: list[PairFiles], rounds: int, cache: Path, scratch: Path) -> dict[str, Any]:
    """Ratio by size, or why there is none."""
    ratios: dict[str, Any] = {}
    try:
        with ExitStack() as stack:
            ours = stack.enter_context(competitor(row.ours, cache, scratch))
            theirs = stack.enter_context(competitor(rival.worker, cache, scratch, large_pages=rival.large_pages))
            for pair in chosen:
                of = pair.png if row.id in {"files", "scores"} else pair.array
                for each in (ours, theirs):
                    each.tell(of("reference"), of(row.side))
                found = [(ours.time(), theirs.time()) for _ in range(1 if row.measure == "memory" else rounds)]
                key = {"memory": "peak", "share": "seconds"}.get(row.measure, "processor")
                mine, other = (statistics.median(each[side][key] for each in found) for side in (0, 1))
                ratios[pair.name] = {
                    "ours": mine,
                    "theirs": other,
                    "ratio": mine / other if row.measure == "share" else other / mine,
                    "values": [found[0][0]["value"], found[0][1]["value"]],
                }
    except NotHere as error:
        return {"sizes": ratios, "why": str(error)}
    return {"sizes": ratios, "why": ""}


def table(results: dict[str, Any]) -> str:
    """The results as a Markdown table, goals beside them."""
    lines = ["| what | against | size | ours | theirs | ratio | goal | stretch |", "|---|---|---|---|---|---|---|---|"]
    for row in ROWS:
        for rival in row.rivals:
            found = results.get(f"{row.id}/{rival.title}")
            if found is None:
                continue
            wanted = f"≤ {rival.goal:g}" if row.measure == "share" else f"{rival.goal:g} ×"
            more = "" if rival.stretch is None else f"{rival.stretch:g}"
            for size, each in found["sizes"].items():
                shown = [_shown(each[side], row.measure) for side in ("ours", "theirs")]
                ratio = f"{each['ratio']:.2f}" if row.measure == "share" else f"{each['ratio']:.1f} ×"
                lines.append(
                    f"| {row.title} | {rival.title} | {size} | {shown[0]} | {shown[1]} | {ratio} | {wanted} | {more} |"
                )
            if found["why"]:
                lines.append(f"| {row.title} | {rival.title} | | | | not run: {found['why']} | {wanted} | {more} |")
            elif row.measure == "share":
                mean = statistics.geometric_mean(each["ratio"] for each in found["sizes"].values())
                lines.append(f"| {row.title} | {rival.title} | geometric mean | | | {mean:.2f} | {wanted} | {more} |")
    return "\n".join(lines)


def _shown(value: float, measure_: str) -> str:
    return f"{value / 2**20:.0f} MB" if measure_ == "memory" else f"{value * 1000:.1f} ms"


def run_folder(named: str | None, cache: Path) -> Path:
    """The run whose captures are used; the demo site's when none is named."""
    if named:
        return Path(named)
    folder = cache / "run"
    if not (folder / "latest" / "results.json").is_file():
        print("capturing the demo site", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "compatcheck", "demo", "--output", str(folder), "--quiet"], check=True)
    return folder / "latest"


def main() -> None:
    """Measure and print."""
    import platformdirs

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", help="a run's folder, whose captures are scored")
    parser.add_argument("--rows", help=f"comma-separated; there are {', '.join(row.id for row in ROWS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, default=4, help="so many of the four sizes, from the smallest")
    parser.add_argument("--only", help="one size alone, as in 2560x10000; with --results the others stay as they are")
    parser.add_argument("--write", action="store_true", help="put the table into docs/metrics.md")
    parser.add_argument("--results", type=Path, help="a JSON file that keeps rows from one call to the next")
    parser.add_argument("--cache", type=Path, default=Path(platformdirs.user_cache_dir("compatcheck")) / "benchmarks")
    arguments = parser.parse_args()
    wanted = arguments.rows.split(",") if arguments.rows else [row.id for row in ROWS]
    cache: Path = arguments.cache.absolute()
    results: dict[str, Any] = {}
    if arguments.results and arguments.results.is_file():
        results = json.loads(arguments.results.read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        pairs = make_pairs(run_folder(arguments.run, cache), Path(scratch))
        for row in ROWS:
            for rival in row.rivals if row.id in wanted else ():
                print(f"measuring {row.title} against {rival.title}", file=sys.stderr)
                chosen = pairs[-1:] if row.measure == "memory" else pairs[: min(row.sizes, arguments.sizes)]
                if arguments.only:
                    chosen = [pair for pair in pairs if f"{pair.width}x{pair.height}" == arguments.only]
                found = measure(row, rival, chosen, arguments.rounds, cache, Path(scratch))
                earlier = results.get(f"{row.id}/{rival.title}", {}).get("sizes", {})
                sizes = {**earlier, **found["sizes"]} if arguments.only else found["sizes"]
                ordered = {pair.name: sizes[pair.name] for pair in pairs if pair.name in sizes}
                results[f"{row.id}/{rival.title}"] = {"sizes": ordered, "why": found["why"]}
                if arguments.results:
                    arguments.results.write_text(json.dumps(results, indent=1), encoding="utf-8")
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    print(table(results))
    if arguments.write:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        PAGE.write_text(f"{before}{BEGIN}{table(results)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
