"""How long the layout comparison takes, and how that grows: `python benchmarks/layout.py`.

Two page models of cards (a box with a heading, a text and a link), the second with every card a pixel further down, are compared with
and without their pictures; then the pictures alone. Processor time of one thread, the median of several runs. The exponent is that of the
power law through all sizes: 1 is linear, n log n is about 1.1 here, 2 would be quadratic.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import cv2
import numpy as np

from compatcheck.layout import find_divergences
from compatcheck.layout.pictures import picture_divergences
from compatcheck.model.capture import Capture, PageModel
from tests.unit.layout.build import box, capture, page, text

SIZES = (500, 1000, 2000, 5000, 10_000, 20_000)
CARD = 96.0
"""CSS px from the top of one card to the next; four of them stand side by side."""


def cards(elements: int, step: float) -> PageModel:
    """A page model of so many elements: rows of four cards, `step` CSS px apart."""
    return page(
        *(
            box(
                "div", 20 + 240 * (at % 4), 20 + step * (at // 4), 220, 84,
                text("h2", 30 + 240 * (at % 4), 24 + step * (at // 4), 180, f"Card {at}"),
                text("p", 30 + 240 * (at % 4), 46 + step * (at // 4), 200, f"What card {at} has to say"),
                box("a", 30 + 240 * (at % 4), 72 + step * (at // 4), 90, 20, text="More", role="link", flags=frozenset({"control"})),
                style={"backgroundColor": "rgb(240, 240, 240)"},
            )
            for at in range(elements // 4)
        )
    )  # fmt: skip


def without_picture(one: Capture) -> Capture:
    """The same page model beside a picture that shows nothing."""
    assert one.page_model is not None
    return capture(one.page_model, picture=np.zeros((4, 4, 3), np.uint8))


def milliseconds(work: Callable[[], object], runs: int) -> float:
    """Median processor time."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        work()
        times.append(1000 * (time.process_time() - start))
    return statistics.median(times)


def exponent(sizes: list[int], times: list[float]) -> float:
    """The power of n with which a time grows."""
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--largest", type=int, default=SIZES[-1])
    options = parser.parse_args()
    cv2.setNumThreads(1)
    sizes = [size for size in SIZES if size <= options.largest]
    rows: list[tuple[float, float, float]] = []
    print("| elements | picture | page models | with pictures | pictures alone |")
    print("|---|---|---|---|---|", flush=True)
    for size in sizes:
        before, after = capture(cards(size, CARD)), capture(cards(size, CARD + 1))
        bare_before, bare_after = without_picture(before), without_picture(after)
        row = (
            milliseconds(lambda: find_divergences(bare_before, bare_after), options.runs),  # noqa: B023 - called at once
            milliseconds(lambda: find_divergences(before, after), options.runs),  # noqa: B023
            milliseconds(lambda: picture_divergences(before, after), max(1, options.runs // 2)),  # noqa: B023
        )
        rows.append(row)
        height, width = before.picture.shape[:2]
        print(f"| {size} | {width} × {height} | " + " | ".join(f"{value:.0f} ms" for value in row) + " |", flush=True)
    grown = [exponent(sizes, list(column)) for column in zip(*rows, strict=True)]
    print("| exponent | | " + " | ".join(f"{value:.2f}" for value in grown) + " |")


if __name__ == "__main__":
    main()
