"""How much of what breaks is found, and how often a whole page is blamed: `python benchmarks/detection.py`.

Third-party pages are fetched from npm, looked at in Chromium, Firefox and WebKit at 1280 and 390 CSS px and on a phone-like Chromium,
untouched and with one injected fault at a time whose pixels were checked to change; every look goes through the product's own
comparison. Captures are kept in the cache, so that a second run needs no browser. `--write` puts the tables into
docs/accuracy.md. `--responsive DIR` adds the labelled pages of the ReDeCheck study.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from parts import looks, pages, peers, responsive
from parts.tables import Judged, Result, tables, write_document

from compatcheck.judge import LIMITS
from compatcheck.layout import find_divergences
from compatcheck.layout.pictures import picture_divergences
from compatcheck.model.capture import Capture

LIMIT = LIMITS["normal"]


@lru_cache(maxsize=6)
def baseline(file: Path, page: str, device: str) -> Capture:
    return looks.read_capture(file, page, looks.DEVICES[device])


@lru_cache(maxsize=6)
def flagged_untouched(file: Path, page: str, device: str) -> frozenset[str]:
    """Ids of what flags without any fault: it must not pass for the fault."""
    before = baseline(file.parent / looks.BASELINE_OF[device], page, looks.BASELINE_OF[device])
    after = looks.read_capture(file, page, looks.DEVICES[device])
    return frozenset(one.id for one in find_divergences(before, after).divergences if one.severity >= LIMIT)


def judge_look(work: tuple[looks.Look, bool]) -> Result:
    """One look held against its baseline: with its page model, or (`pictures`) by the pictures alone."""
    look, pictures = work
    device = looks.BASELINE_OF[look.device]
    before, after = baseline(look.file.parent / device, look.page, device), look.capture()
    start = time.perf_counter()
    found = picture_divergences(before, after) if pictures else find_divergences(before, after).divergences
    seconds = time.perf_counter() - start
    if look.fault and not pictures:
        own = flagged_untouched(look.file.parent / look.device, look.page, look.device)
        found = tuple(one for one in found if one.id not in own)
    flagged = [one for one in found if one.severity >= LIMIT]
    placed = sum(looks.is_placed(one, look.truth) for one in flagged)
    worst = found[0] if found else None
    return Result(
        look.page, look.device, look.fault, worst.severity if worst else 0.0, len(flagged), placed, seconds,
        Judged(worst.kind, worst.message) if worst else None,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "compatcheck" / "detection")
    parser.add_argument("--split", action="append", choices=sorted(pages.SPLITS))
    parser.add_argument("--per-page", type=int, default=5, help="kinds of fault drawn per page and device")
    parser.add_argument("--seconds", type=float, default=7200, help="stop looking after this long")
    parser.add_argument("--spoil", type=float, default=1.0, help="share of the pages that get faults, 0–1")
    parser.add_argument("--only-look", action="store_true", help="take captures and judge nothing")
    parser.add_argument("--responsive", type=Path, help="folder with labels.csv")
    parser.add_argument("--peers", action="append", choices=sorted(pages.SPLITS), help="score with other tools, too")
    parser.add_argument("--pictures", action="store_true", help="judge by the pictures alone, too (slow)")
    parser.add_argument("--no-browser", action="store_true", help="use the captures that are there")
    parser.add_argument("--write", action="store_true", help="write docs/accuracy.md")
    options = parser.parse_args()
    splits = tuple(options.split or ("testing",))
    deadline = time.monotonic() + options.seconds
    root = pages.fetch(options.cache / "npm")
    documents: dict[str, list[Result]] = {}
    beside: list[str] = []
    for split in splits:
        found = pages.pages_of(root, split)
        folder = options.cache / "looks" / split
        spoilt_pages = random.Random(1).sample(list(found), math.ceil(options.spoil * len(found)))
        plan = looks.FaultPlan(per_page=options.per_page, pages=frozenset(spoilt_pages))
        if not options.no_browser:
            with pages.served(root) as base:
                for device in looks.DEVICES:
                    for line in looks.take_looks(folder, base, device, found, plan, deadline):
                        print(line, flush=True)
        if options.only_look:
            continue
        untouched, spoilt = looks.looks_on_disk(folder, found)
        every = sorted(untouched + spoilt, key=lambda look: (look.page, looks.BASELINE_OF[look.device]))
        with ProcessPoolExecutor(2) as workers:
            documents[split] = list(workers.map(judge_look, [(look, False) for look in every], chunksize=8))
            if options.pictures:
                work = [(look, True) for look in every]
                documents[f"{split}, pictures alone"] = list(workers.map(judge_look, work, chunksize=8))
        if split in (options.peers or ()):
            scores = peers.measure(every, options.cache, deadline)
            beside.append(peers.table(split, every, scores, documents[split], LIMIT))
    if options.only_look:
        return
    told = [tables(name, results, LIMIT) for name, results in documents.items()] + beside
    if options.responsive:
        told.append(responsive.table(options.responsive, options.cache / "responsive", look=not options.no_browser))
    print("\n\n".join(told))
    if options.write:
        write_document(Path(__file__).resolve().parent.parent / "docs" / "accuracy.md", told)


if __name__ == "__main__":
    main()
