"""The labelled pages of the ReDeCheck study: what people saw at which widths, and what `find_ranges` says."""

from __future__ import annotations

import csv
import time
from dataclasses import dataclass, replace
from pathlib import Path

from compatcheck.capture.engine import ENGINES
from compatcheck.capture.look import look as look_at
from compatcheck.errors import CompatcheckError
from compatcheck.geometry import Size
from compatcheck.layout.widths import WidthRange, find_ranges
from compatcheck.model.capture import Capture
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot
from parts.looks import read_capture, write_capture
from parts.pages import served
from parts.tables import share

KINDS = {
    "Element Collision": "collision",
    "Element Protrusion": "element-protrusion",
    "Viewport Protrusion": "viewport-protrusion",
    "Wrapping": "wrapped",
    "Small-Range": "small-range",
}
WIDTHS = tuple(range(320, 1401, 40))
GONE = {
    "BugMeNot, viewport-protrusion, 320 to 340 px": "at 330 px the page is 330 px wide and nothing is cut",
    "BugMeNot, viewport-protrusion, 320 to 353 px": "at 336 px the page is 336 px wide and nothing is cut",
}
"""Labelled failures that the pages do not show as they were saved; their pictures were looked at."""
DEVICE = Device("chromium", "chromium", Screen(Size(1280, 800)))


@dataclass(frozen=True, slots=True)
class Label:
    """What people said of one report: its kind, the range of widths, and TP, FP or NOI."""

    page: str
    kind: str
    low: int
    high: int
    label: str

    @property
    def middle(self) -> int:
        return (self.low + self.high) // 2


def labels_of(folder: Path) -> list[Label]:
    with (folder / "labels.csv").open(encoding="utf-8") as stream:
        return [
            Label(row["page"], KINDS[row["type"]], int(row["min_width"]), int(row["max_width"]), row["label"])
            for row in csv.DictReader(stream)
        ]


def table(folder: Path, cache: Path, *, look: bool, limit: float = 0.5) -> str:
    """Markdown: per label how many reports are flagged at their middle widths, and how many widths without a failure are."""
    labels = labels_of(folder)
    lines: list[str] = []
    flagged: dict[str, list[bool]] = {"TP": [], "NOI": [], "FP": []}
    shown: list[bool] = []
    same = quiet = loud = 0
    for page in sorted({label.page for label in labels}):
        mine = [label for label in labels if label.page == page]
        wanted = sorted({*WIDTHS, *(width for label in mine for width in (label.low, label.middle, label.high))})
        if look:
            take(folder, cache, page, wanted)
        captures = {width: one for width in wanted if (one := _read(cache, page, width)) is not None}
        ranges = find_ranges(captures, limit)
        real = {key for label in mine if label.label == "TP" for key in _found(label, ranges)}
        for label in mine:
            words = f"{page}, {label.kind}, {label.low} to {label.high} px"
            found = _found(label, ranges)
            if label.label == "TP":
                flagged["TP"].append(bool(found))
                if words not in GONE:
                    shown.append(bool(found))
                if not found:
                    lines.append(f"* missed: {words}{f' (no longer shown: {GONE[words]})' if words in GONE else ''}")
            elif not any(
                other.label == "TP" and other.kind == label.kind and other.low <= label.middle <= other.high
                for other in mine
            ):
                flagged[label.label].append(bool(found))
                if found:
                    same += bool(found & real)
                    of = " by the finding that a labelled failure is" if found & real else ""
                    lines.append(f"* flagged although labelled {label.label}: {words}{of}")
        broken, alarms = _widths_flagged(mine, ranges, sorted(captures))
        quiet += len(captures) - broken
        loud += len(alarms)
        lines += [f"* flagged without a label: {page} at {width} px, {kind}" for width, kind in alarms]
    head = [
        "### Responsive failures labelled by people",
        "",
        "| | flagged |",
        "|---|---|",
        f"| TP: labelled failures, at their middle widths, with the right kind | {_share(flagged['TP'])} |",
        f"| TP that the saved pages still show | {_share(shown)} |",
        f"| NOI: reports of no consequence | {_share(flagged['NOI'])} |",
        f"| NOI or FP flagged by anything but the finding that a labelled failure is | {sum(flagged['NOI'] + flagged['FP']) - same} |",
        f"| FP: false reports | {_share(flagged['FP'])} |",
        f"| widths without a labelled failure | {share(loud, quiet)} |",
        "",
    ]
    return "\n".join(head + lines)


def _found(label: Label, ranges: list[WidthRange]) -> set[tuple[str, str]]:
    """Kind and path of what flags at a label's middle width and has its kind."""
    return {one.key for one in ranges if one.divergence.kind == label.kind and one.low <= label.middle <= one.high}


def _share(found: list[bool]) -> str:
    return share(sum(found), len(found))


def _widths_flagged(
    mine: list[Label], ranges: list[WidthRange], widths: list[int]
) -> tuple[int, list[tuple[int, str]]]:
    broken = 0
    alarms: list[tuple[int, str]] = []
    for width in widths:
        if any(label.label == "TP" and label.low <= width <= label.high for label in mine):
            broken += 1
        elif here := [one for one in ranges if one.low <= width <= one.high]:
            alarms.append((width, here[0].divergence.kind))
    return broken, alarms


def take(folder: Path, cache: Path, page: str, widths: list[int]) -> None:
    """Capture a page at the widths that are not on disk yet."""
    missing = [width for width in widths if not (cache / page / f"{width}.json").exists()]
    if not missing:
        return
    with served(folder) as base:
        for width in missing:
            device = replace(DEVICE, screen=Screen(Size(width, 800)), timeout=20.0)
            with ENGINES[device.browser]().open(device) as eyes:
                try:
                    capture = look_at(eyes, Shot(device, Page(page, f"{base}/{page}/index.html")))
                except CompatcheckError as error:
                    print(f"{page} at {width} px: {error}")
                    continue
            write_capture(cache / page / str(width), capture, {})
            print(f"{time.strftime('%X')} {page} {width} px", flush=True)


def _read(cache: Path, page: str, width: int) -> Capture | None:
    file = cache / page / str(width)
    if not file.with_suffix(".json").exists():
        return None
    return read_capture(file, page, replace(DEVICE, screen=Screen(Size(width, 800))))
