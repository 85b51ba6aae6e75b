"""Captures of the benchmark's pages, untouched and spoilt, taken by the real capture stage and kept on disk."""

from __future__ import annotations

import json
import random
import time
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck import picture
from compatcheck.capture.engine import ENGINES
from compatcheck.capture.look import look
from compatcheck.errors import CompatcheckError, SessionLost
from compatcheck.geometry import CssBox, PixelBox, Size, to_css_box, to_pixel_box
from compatcheck.model.capture import RGB, Capture, Facts, PageModel
from compatcheck.model.matrix import Device, Page, Screen
from compatcheck.model.plan import Shot
from compatcheck.model.verdict import Divergence
from compatcheck.selftest.eyes import FaultyEyes
from compatcheck.selftest.faults import RULES, Fault, plan_faults


def _device(
    name: str, browser: str, width: int, height: int, ratio: float = 1.0, *, phone: bool = False, touch: bool = False
) -> Device:
    screen = Screen(Size(width, height), ratio, is_mobile=phone, has_touch=phone or touch)
    return Device(name, browser, screen)  # type: ignore[arg-type]


DEVICES = {
    "chromium-1280": _device("chromium-1280", "chromium", 1280, 800),
    "chromium-390": _device("chromium-390", "chromium", 390, 844),
    "chromium-412": _device("chromium-412", "chromium", 412, 915, 2.0, touch=True),
    "firefox-1280": _device("firefox-1280", "firefox", 1280, 800),
    "firefox-390": _device("firefox-390", "firefox", 390, 844),
    "webkit-1280": _device("webkit-1280", "webkit", 1280, 800),
    "webkit-390": _device("webkit-390", "webkit", 390, 844),
    "phone-412": _device("phone-412", "chromium", 412, 915, 2.0, phone=True),
}
BASELINE_OF = {
    "firefox-1280": "chromium-1280",
    "webkit-1280": "chromium-1280",
    "firefox-390": "chromium-390",
    "webkit-390": "chromium-390",
    "phone-412": "chromium-412",
}
"""Candidate → what the verdict comes from: Chromium at the same viewport, as the twin has it."""

VISIBLE = 32
"""A pixel has changed when a channel did by more than this (0–255)."""
VISIBLE_AREA = 80.0
"""A fault counts when at least so many CSS px² changed where its element is or was."""
MARGIN = 8.0
"""CSS px around an element that still belong to it: shadows, outlines, the overhang of letters."""


@dataclass(frozen=True, slots=True)
class Look:
    """One capture on disk. `truth` are the boxes that the fault changed on the candidate, CSS px; empty when untouched."""

    page: str
    device: str
    fault: str
    file: Path
    truth: tuple[CssBox, ...] = ()

    def capture(self) -> Capture:
        return read_capture(self.file, self.page, DEVICES[self.device])


def write_capture(file: Path, capture: Capture, extra: dict[str, Any]) -> None:
    """Write `<file>.png` and `<file>.json`, the latter last."""
    file.parent.mkdir(parents=True, exist_ok=True)
    picture.write_png(file.with_suffix(".png"), capture.picture)
    assert capture.page_model is not None
    record = {
        "model": capture.page_model.to_json(),
        "ratio": capture.facts.device_scale_factor,
        "viewport": [capture.facts.viewport.width, capture.facts.viewport.height],
        "invalid": capture.invalid,
        **extra,
    }
    file.with_suffix(".json").write_text(json.dumps(record), encoding="utf-8")


def read_capture(file: Path, page: str, device: Device) -> Capture:
    record = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    pixels = cv2.imread(str(file.with_suffix(".png")), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None
    return Capture(
        Shot(device, Page(page, f"http://127.0.0.1/{page}")),
        pixels.astype(np.uint8, copy=False),
        Facts(Size(*record["viewport"]), record["ratio"]),
        PageModel.from_json(record["model"]),
        invalid=record["invalid"],
    )


def take_looks(
    folder: Path, base: str, device_name: str, pages: dict[str, str], plan: FaultPlan, deadline: float
) -> Iterator[str]:
    """Look at every page as one device, untouched, and (candidates only) spoilt as planned; skip what is on disk.

    Yields one line per look. Stops at `deadline` (time.monotonic) so that a long run can be cut into turns.
    """
    device = DEVICES[device_name]
    todo = [page for page in pages if not _is_done(folder / page / device_name, plan.wanted(page))]
    if not todo or time.monotonic() > deadline:
        return
    with ENGINES[device.browser]().open(device) as opened:
        eyes = FaultyEyes(opened)
        for page in todo:
            shot = Shot(device, Page(page, base + pages[page]))
            file = folder / page / device_name
            eyes.fault = None
            if not file.with_suffix(".json").exists():
                try:
                    capture = look(eyes, shot)
                except CompatcheckError as error:
                    yield f"{device_name} {page} FAILED {error}"
                    if isinstance(error, SessionLost):
                        return
                    continue
                if capture.invalid:
                    yield f"{device_name} {page} INVALID {capture.invalid}"
                    continue
                write_capture(file, capture, {})
                yield f"{device_name} {page} untouched {capture.facts.timings.get('total')} s"
            if device_name in BASELINE_OF and plan.wanted(page):
                yield from _spoil(file, eyes, shot, plan, deadline)
            if time.monotonic() > deadline:
                return
            if device_name not in BASELINE_OF:
                file.with_suffix(".done").touch()


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Which faults a page gets: kinds in an order drawn by `seed`, until `per_page` of them can be seen.

    Only `pages` are spoilt (None: all).
    """

    seed: int = 1
    per_page: int = 5
    pages: frozenset[str] | None = None

    def wanted(self, page: str) -> int:
        return self.per_page if self.pages is None or page in self.pages else 0

    def faults(self, clean: Capture, device: str) -> Iterator[Fault]:
        assert clean.page_model is not None
        drawn = self.seed + zlib.crc32(f"{clean.shot.page.id}{device}".encode())
        kinds = random.Random(drawn).sample(tuple(RULES), len(RULES))
        return plan_faults(clean.page_model, drawn, tuple(kinds))


def _is_done(file: Path, wanted: int) -> bool:
    """`<file>.done` holds how many faults were asked for when the page was left; baselines have none."""
    done = file.with_suffix(".done")
    if file.name not in BASELINE_OF or not wanted:
        return file.with_suffix(".json").exists()
    return done.exists() and int(done.read_text() or 0) >= wanted


def _spoil(home: Path, eyes: FaultyEyes, shot: Shot, plan: FaultPlan, deadline: float) -> Iterator[str]:
    """Look at a page with one fault after the other until enough of them can be seen."""
    device, page = home.name, shot.page.id
    clean = read_capture(home, page, shot.device)
    seen = 0
    for fault in plan.faults(clean, device):
        if seen >= plan.per_page:
            break
        file = home.with_name(f"{device}+{fault.kind}")
        if file.with_suffix(".failed").exists():
            continue
        if file.with_suffix(".json").exists():
            seen += is_visible(json.loads(file.with_suffix(".json").read_text(encoding="utf-8")))
            continue
        if time.monotonic() > deadline:
            return
        eyes.fault = fault
        try:
            capture = look(eyes, shot)
        except SessionLost as error:
            yield f"{device} {page} {fault.kind} LOST {error}"
            raise
        except CompatcheckError as error:
            file.with_suffix(".failed").write_text(str(error), encoding="utf-8")
            yield f"{device} {page} {fault.kind} FAILED {error}"
            continue
        truth, changed, there = changed_boxes(clean, capture, fault)
        record = {
            "fault": fault.as_json(),
            "truth": [[box.x, box.y, box.width, box.height] for box in truth],
            "changed": changed,
            "changedThere": there,
        }
        write_capture(file, capture, record)
        seen += is_visible({**record, "invalid": capture.invalid})
        yield f"{device} {page} {fault.kind} {capture.facts.timings.get('total')} s, {changed:.0f} px² changed"
    home.with_suffix(".done").write_text(str(plan.per_page), encoding="utf-8")


def is_visible(record: dict[str, Any]) -> bool:
    """The fault of a spoilt look on disk changed enough of the picture to count."""
    return bool(record.get("changedThere", record["changed"]) >= VISIBLE_AREA and not record["invalid"])


def changed_boxes(clean: Capture, spoilt: Capture, fault: Fault) -> tuple[list[CssBox], float, float]:
    """Where the fault's element was and is, how many CSS px² of the picture changed, and how many of them there."""
    boxes = []
    for capture in (clean, spoilt):
        assert capture.page_model is not None
        for element in capture.page_model.elements:
            if element.path in (fault.path, fault.values.get("with")) or (
                element.path.startswith(f"{fault.path}>") and "paints" in element.flags
            ):
                boxes.append(element.box)
    differs = _differs(clean.picture, spoilt.picture)
    ratio = clean.facts.device_scale_factor
    changed = float(differs.sum()) / ratio**2
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not boxes and len(rows):
        boxes.append(
            to_css_box(PixelBox(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1), ratio)
        )
    return boxes, changed, changed_there(differs, boxes, ratio)


def _differs(a: RGB, b: RGB) -> NDArray[np.bool_]:
    """Pixels that changed; what only one of the two has, has changed."""
    differs = np.ones((max(a.shape[0], b.shape[0]), max(a.shape[1], b.shape[1])), dtype=bool)
    height, width = min(a.shape[0], b.shape[0]), min(a.shape[1], b.shape[1])
    differs[:height, :width] = np.abs(a[:height, :width].astype(np.int16) - b[:height, :width]).max(axis=2) > VISIBLE
    return differs


def changed_there(differs: NDArray[np.bool_], boxes: Iterable[CssBox], ratio: float) -> float:
    """CSS px² that changed on the boxes or a margin around them."""
    there = np.zeros_like(differs)
    for box in boxes:
        there[to_pixel_box(box.grown(MARGIN), ratio, differs.shape[1], differs.shape[0]).slices()] = True
    return float((differs & there).sum()) / ratio**2


def looks_on_disk(folder: Path, pages: dict[str, str]) -> tuple[list[Look], list[Look]]:
    """(untouched, spoilt) looks of candidates, spoilt ones only where the fault can be seen."""
    untouched, spoilt = [], []
    for page in pages:
        for device in BASELINE_OF:
            file = folder / page / device
            if not file.with_suffix(".json").exists():
                continue
            untouched.append(Look(page, device, "", file))
            for found in sorted((folder / page).glob(f"{device}+*.json")):
                record = json.loads(found.read_text(encoding="utf-8"))
                if "changedThere" not in record:  # looked at by an earlier version
                    differs = _differs(*(read_rgb(one.with_suffix(".png")) for one in (file, found)))
                    boxes = [CssBox(*box) for box in record["truth"]]
                    record["changedThere"] = changed_there(differs, boxes, record["ratio"])
                    found.write_text(json.dumps(record), encoding="utf-8")
                if not is_visible(record):
                    continue
                truth = tuple(CssBox(*box) for box in record["truth"])
                kind = record["fault"]["kind"]
                spoilt.append(Look(page, device, kind, found.with_suffix(""), truth))
    return untouched, spoilt


def is_placed(found: Divergence, truth: tuple[CssBox, ...]) -> bool:
    """One of its boxes lies on what the fault changed, give or take a margin."""
    boxes = [box for box in (found.reference_box, found.candidate_box) if box is not None]
    return any(
        box.intersection(place.grown(MARGIN)).area > 0 or place.grown(MARGIN).contains(box)
        for box in boxes
        for place in truth
    )


def read_rgb(file: Path) -> RGB:
    pixels = cv2.imread(str(file), cv2.IMREAD_COLOR_RGB)
    assert pixels is not None
    return pixels.astype(np.uint8, copy=False)
