"""What people compare pictures with today, on the same captures: odiff, SSIM, MS-SSIM and LPIPS.

Every score is turned so that higher is worse. Libraries are those of the development environment; odiff is fetched from npm
into the cache. None of them is needed to run compatcheck.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from compatcheck.metrics import load_metric
from compatcheck.model.capture import RGB
from parts.looks import BASELINE_OF, Look, read_rgb
from parts.tables import Result, area_under_curve, share

ODIFF = "odiff-bin@4.5.0"
HELD_AGAINST = {**BASELINE_OF, "phone-412": "chromium-1280"}
"""Pictures have no twin: a phone is held against the desktop, as its users do."""
SSIM_PIXELS, LPIPS_PIXELS = 1_000_000, 300_000
"""Pictures with more pixels are scaled down first, or a page would take half a minute."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A way of scoring two pictures: its words for the table and the limit that its users meet first, with where it is from."""

    name: str
    words: str
    limit: float
    limit_words: str


PEERS = (
    Peer("odiff", "pixel mismatch, padded (odiff 4.5)", 0.001, "more than 0.1 % of the pixels (BackstopJS)"),
    Peer("ssim", "SSIM, resized (scikit-image)", 0.01, "below 0.99 (jest-image-snapshot)"),
    Peer("ms_ssim", "MS-SSIM, resized", 0.05, "below 0.95"),
    Peer("lpips", "LPIPS (AlexNet), resized", 0.1, "above 0.1"),
)


def measure(looks: Sequence[Look], cache: Path, deadline: float) -> dict[str, dict[str, float]]:
    """Scores per look (`page/device+fault`) and peer, those from earlier runs included; stops at `deadline` (monotonic)."""
    odiff = _fetch_odiff(cache / "peers")
    file = cache / "peers.json"
    known: dict[str, dict[str, float]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    todo = [look for look in looks if key_of(look) not in known]
    random.Random(1).shuffle(todo)  # so that a run cut short has scored a fair sample
    todo.sort(key=lambda look: bool(look.fault))
    with ProcessPoolExecutor(2) as workers:
        for start in range(0, len(todo), 8):
            if time.monotonic() > deadline:
                break
            part = todo[start : start + 8]
            scores = workers.map(score, part, [odiff] * len(part))
            known.update(zip(map(key_of, part), scores, strict=True))
            file.write_text(json.dumps(known, indent=0), encoding="utf-8")
    return known


def key_of(look: Look) -> str:
    return f"{look.file.parent.parent.name}/{look.page}/{look.file.name}"


def score(look: Look, odiff: Path) -> dict[str, float]:
    """All peers' scores of one look, higher is worse."""
    before_file = (look.file.parent / HELD_AGAINST[look.device]).with_suffix(".png")
    after_file = look.file.with_suffix(".png")
    before, after = _read(before_file), read_rgb(after_file)
    resized = after
    if before.shape != after.shape:
        resized = cv2.resize(after, before.shape[1::-1], interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    medium = [_at_most(one, SSIM_PIXELS) for one in (before, resized)]
    grey = [cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in medium]
    small = [_at_most(one, LPIPS_PIXELS) for one in (before, resized)]
    ms_ssim = load_metric("ms_ssim").score(medium[0], medium[1], with_map=False).value
    lpips = load_metric("lpips").score(small[0], small[1], with_map=False).value
    if ms_ssim is None or lpips is None:
        raise SystemExit("MS-SSIM or LPIPS could not be computed: `compatcheck doctor` says why.")
    return {
        "odiff": _mismatch(odiff, before_file, after_file, before, after),
        "ssim": 1 - float(structural_similarity(*grey)),  # type: ignore[no-untyped-call]
        "ms_ssim": 1 - ms_ssim,
        "lpips": lpips,
    }


@lru_cache(maxsize=2)
def _read(file: Path) -> RGB:
    return read_rgb(file)


def _at_most(pixels: RGB, count: int) -> RGB:
    scale = (count / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    if scale >= 1:
        return pixels
    size = max(16, round(pixels.shape[1] * scale)), max(16, round(pixels.shape[0] * scale))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def _mismatch(odiff: Path, before_file: Path, after_file: Path, before: RGB, after: RGB) -> float:
    """The share of pixels that odiff counts as different, the smaller picture padded with white."""
    with tempfile.TemporaryDirectory() as folder:
        files = [before_file, after_file]
        if before.shape != after.shape:
            height, width = max(before.shape[0], after.shape[0]), max(before.shape[1], after.shape[1])
            files = [_padded(one, height, width, Path(folder) / f"{at}.png") for at, one in enumerate((before, after))]
        else:
            height, width = before.shape[:2]
        # Antialiased pixels are left out, as every one of these tools advises for text.
        done = subprocess.run(
            [str(odiff), *map(str, files), "--antialiasing", "--parsable-stdout"],
            check=False, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
    if done.returncode not in (0, 22):
        raise SystemExit(f"odiff failed on {after_file}: {done.stderr or done.stdout}")
    count = done.stdout.strip().partition(";")[0]
    return int(count) / (height * width) if count else 0.0


def _padded(pixels: RGB, height: int, width: int, file: Path) -> Path:
    whole = np.full((height, width, 3), 255, np.uint8)
    whole[: pixels.shape[0], : pixels.shape[1]] = pixels[:, :, ::-1]
    cv2.imwrite(str(file), whole, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return file


def _fetch_odiff(folder: Path) -> Path:
    tool = folder / "node_modules" / "odiff-bin" / "bin" / "odiff"
    if not tool.exists():
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit("npm is needed to fetch odiff: install Debian's `npm` (or Node.js).")
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([npm, "install", "--no-audit", "--no-fund", "--no-save", ODIFF], cwd=folder, check=True)
    return tool


def table(
    title: str, looks: Sequence[Look], scores: dict[str, dict[str, float]], ours: list[Result], limit: float
) -> str:
    """Markdown: compatcheck and its peers on the looks that all of them have scored, phones apart from the rest."""
    rated = [look for look in looks if key_of(look) in scores]
    groups = {
        "Firefox and WebKit against Chromium of the same viewport": [one for one in rated if one.device != "phone-412"],
        "a phone against the desktop (compatcheck: against its twin)": [
            one for one in rated if one.device == "phone-412"
        ],
    }
    severities = {(one.page, one.device, one.fault): one.severity for one in ours}
    lines = [f"### {title}: what people use today, on the same captures", ""]
    for words, group in groups.items():
        rows = [
            ("compatcheck", limit, f"{limit:g}", [severities[one.page, one.device, one.fault] for one in group]),
            *(
                (one.words, one.limit, one.limit_words, [scores[key_of(look)][one.name] for look in group])
                for one in PEERS
            ),
        ]
        broken = np.array([bool(look.fault) for look in group])
        lines += [
            f"| {words} | AUC | flags | recall there | untouched flagged there | recall at no false alarm |",
            "|---|---|---|---|---|---|",
            *(_row(name, at, at_words, np.array(values), broken) for name, at, at_words, values in rows),
            "",
        ]
    return "\n".join(lines).rstrip()


def _row(name: str, limit: float, limit_words: str, values: NDArray[np.float64], broken: NDArray[np.bool_]) -> str:
    bad, good = values[broken], values[~broken]
    cells = (
        name,
        f"{area_under_curve(bad.tolist(), good.tolist()):.3f}",
        limit_words,
        share(int((bad >= limit).sum()), len(bad)),
        share(int((good >= limit).sum()), len(good)),
        share(int((bad > good.max(initial=0.0)).sum()), len(bad)),
    )
    return f"| {' | '.join(cells)} |"
