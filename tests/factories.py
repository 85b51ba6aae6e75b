"""Synthetic runs with small painted pictures, for every test that needs outcomes without a browser.

    run = make_run([make_outcome(page, device, divergences=[make_divergence("missing")])])
    run = make_full_run(folder)      # every verdict, ratios 1 to 3, a twin, shared and waived findings, pictures on disk

Pictures are painted in CSS px: a white page with a coloured block wherever a divergence's box is, so that a test can read
back from a screenshot whether a box sits on the right pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from compatcheck.geometry import CssBox, Size, to_pixel_box
from compatcheck.model.capture import RGB, ConsoleMessage, Facts, MaskedArea
from compatcheck.model.matrix import Browser, Device, Matrix, Page, Screen, Thresholds, Waiver
from compatcheck.model.run import Run
from compatcheck.model.verdict import Direction, Divergence, Kind, Outcome, Region, Score, Verdict, VerdictName
from compatcheck.picture import write_png

BLOCK = (30, 144, 90)
"""The colour of a painted block."""

PRICE = CssBox(60, 180, 50, 24)
HERE, THERE = CssBox(40, 60, 80, 30), CssBox(40, 40, 80, 30)

DIRECTIONS: Mapping[str, Direction] = {"lpips": "lower"}


def make_device(
    device_id: str = "chromium-desktop",
    browser: Browser = "chromium",
    viewport: tuple[float, float] = (320, 240),
    ratio: float = 1.0,
    mobile: bool = False,
    **rest: Any,
) -> Device:
    screen = Screen(Size(*viewport), ratio, is_mobile=mobile, has_touch=mobile)
    return Device(id=device_id, browser=browser, screen=screen, **rest)


def make_page(page_id: str = "home", url: str = "") -> Page:
    return Page(id=page_id, url=url or f"https://shop.example/{page_id}")


def make_divergence(
    kind: Kind = "moved",
    severity: float = 0.8,
    selector: str = "#buy",
    *,
    flags: bool = True,
    box: CssBox | None = HERE,
    reference_box: CssBox | None = THERE,
    **rest: Any,
) -> Divergence:
    rest.setdefault("message", f"{selector} is {kind}.")
    rest.setdefault("path", f"html>body>{selector}")
    return Divergence(
        kind=kind,
        severity=severity,
        selector=selector,
        flags=flags,
        candidate_box=box,
        reference_box=reference_box,
        **rest,
    )


def make_facts(device: Device, document: tuple[float, float] = (320, 400), **rest: Any) -> Facts:
    values: dict[str, Any] = {
        "user_agent": f"Mozilla/5.0 ({device.id})",
        "browser_name": device.browser,
        "browser_version": "156.0",
        "driver_version": "156.0.1",
        "platform": "linux",
        "url": "https://shop.example/home",
        "title": "Shop",
        "status": 200,
        "document": Size(*document),
        "timings": {"load": 0.25, "settle": 0.125},
        "settle": ({"condition": "load", "seconds": 0.25}, {"condition": "fonts", "seconds": 0.375}),
    }
    return Facts(device.screen.viewport, device.screen.device_scale_factor, **(values | rest))


def make_score(metric: str, value: float | None, note: str = "") -> Score:
    return Score(metric, value, DIRECTIONS.get(metric, "higher"), note)


def make_outcome(
    page: Page | None = None,
    device: Device | None = None,
    verdict: VerdictName | None = None,
    divergences: Sequence[Divergence] = (),
    *,
    reference: Device | None = None,
    uses_twin: bool = False,
    reason: str = "",
    scores: Mapping[str, float | None] | None = None,
    **rest: Any,
) -> Outcome:
    """An outcome whose verdict follows from its divergences unless given."""
    device = device or make_device()
    flagged = [item for item in divergences if item.flags and not item.waived_by]
    name = verdict or ("flagged" if flagged else "match")
    rest.setdefault("facts", make_facts(device) if name in ("match", "flagged") else None)
    rest.setdefault("reference_facts", rest["facts"])
    scores = {"ssim": 0.98, "lpips": 0.02} if scores is None else scores
    return Outcome(
        page=page or make_page(),
        device=device,
        reference=reference or device,
        uses_twin=uses_twin,
        verdict=Verdict(
            name,
            max((item.severity for item in divergences if not item.waived_by), default=0.0),
            reason,
            tuple(divergences),
        ),
        scores={metric: make_score(metric, value) for metric, value in scores.items()},
        timings=rest.pop("timings", {"capture": 1.5, "compare": 0.25}),
        **rest,
    )


def make_matrix(outcomes: Iterable[Outcome] = (), **rest: Any) -> Matrix:
    outcomes = tuple(outcomes)
    devices = tuple({outcome.device.id: outcome.device for outcome in outcomes}.values()) or (make_device(),)
    pages = tuple({outcome.page.id: outcome.page for outcome in outcomes}.values())
    reference = outcomes[0].reference.id if outcomes else devices[0].id
    values: dict[str, Any] = {
        "reference": dict.fromkeys(("desktop", "tablet", "phone"), reference),
        "thresholds": Thresholds(scores={"ssim": 0.6}),
        "source": "devices.yaml",
        "as_used": {"version": 1, "reference": reference, "devices": [{"id": device.id} for device in devices]},
    }
    return Matrix(devices=devices, pages=pages, **(values | rest))


def make_run(outcomes: Iterable[Outcome] = (), matrix: Matrix | None = None, **rest: Any) -> Run:
    outcomes = tuple(outcomes)
    values: dict[str, Any] = {
        "id": "20260102-030405-ab12",
        "started_at": "2026-01-02T03:04:05Z",
        "finished_at": "2026-01-02T03:05:10Z",
        "seconds": 65.25,
        "versions": {"compatcheck": "0.1.0", "python": "3.11.2"},
        "command": "compatcheck run devices.yaml",
    }
    return Run(outcomes=outcomes, matrix=matrix or make_matrix(outcomes), **(values | rest))


def paint_page(
    size: tuple[float, float], ratio: float, blocks: Iterable[CssBox | None], colour: tuple[int, int, int] = BLOCK
) -> RGB:
    """A white page of `size` CSS px at `ratio`, with a block of one colour at every box."""
    height, width = round(size[1] * ratio), round(size[0] * ratio)
    picture = np.full((height, width, 3), 255, np.uint8)
    for block in blocks:
        if block is not None:
            picture[to_pixel_box(block, ratio, width, height).slices()] = colour
    return picture


def paint_outcome(outcome: Outcome, folder: Path, size: tuple[float, float] = (320, 400)) -> dict[str, Any]:
    """Write the outcome's pictures into the run folder; returns its `images`. Blocks lie where the boxes say."""
    page, device = outcome.page.id, outcome.device
    baseline = f"{outcome.reference.id}~twin-{device.id}" if outcome.uses_twin else outcome.reference.id
    ratio = device.screen.device_scale_factor
    baseline_ratio = ratio if outcome.uses_twin else outcome.reference.screen.device_scale_factor
    divergences = outcome.verdict.divergences
    images: dict[str, Any] = {
        "candidate": f"captures/{page}/{device.id}.png",
        "reference": f"captures/{page}/{baseline}.png",
        "direct": f"captures/{page}/{outcome.reference.id}.png" if outcome.uses_twin else None,
        "maps": {},
    }
    write_png(folder / images["candidate"], paint_page(size, ratio, [item.candidate_box for item in divergences]))
    if baseline != device.id:
        write_png(
            folder / images["reference"], paint_page(size, baseline_ratio, [item.reference_box for item in divergences])
        )
        images["maps"] = {name: f"maps/{page}/{device.id}-{name}.png" for name in outcome.scores}
        for path in images["maps"].values():
            write_png(
                folder / path, paint_page(size, ratio, [item.candidate_box for item in divergences], (180, 20, 20))
            )
    return images


def make_full_run(folder: Path | None = None, **rest: Any) -> Run:
    """One run with everything a report has to show; pictures are painted when `folder` is given."""
    home, form = make_page("home"), make_page("form", "https://shop.example/form?q=1&r=2")
    reference = make_device()
    firefox = make_device("firefox-desktop", "firefox")
    iphone = make_device("iphone", "webkit", (200, 300), 3.0, mobile=True, preset="iPhone 15")
    pixel = make_device("pixel", "chromium", (210, 300), 2.625, mobile=True, preset="Pixel 8", in_app="wechat")
    tablet = make_device("tablet", "webkit", (768, 1024), 2.0, mobile=True)
    shared = make_divergence(
        "clipped", 0.5, "nav > a", shared=True, box=CssBox(10, 10, 60, 20), reference_box=CssBox(10, 10, 60, 20)
    )
    gone = make_divergence("missing", 0.9, "#buy", box=None, message="The button “Buy” is missing.")
    moved = make_divergence(
        "moved",
        0.45,
        "#price",
        box=PRICE,
        reference_box=PRICE.translated(0, -24),
        cause="one more line of text above it",
        consequences=7,
        extra={"computed": {"fontSize": ["16px", "20px"], "whiteSpace": ["nowrap", "normal"]}},
    )
    waived = make_divergence("colour", 0.7, "footer", flags=False, waived_by="w1", box=CssBox(0, 350, 200, 40))
    small = make_divergence(
        "resized", 0.05, "h1", flags=False, box=CssBox(20, 100, 90, 20), reference_box=CssBox(20, 100, 92, 20)
    )
    region = Region(PRICE.grown(2), 0.75, moved.id)
    noise = (ConsoleMessage("error", "TypeError: x is undefined", "https://shop.example/app.js:3"),)
    extra = {
        "noise": {"looks": 3, "areas": 1, "share": 0.0123},
        "fonts": {"Noto Sans": True, "Arial": False},
        "touchPoints": 5,
    }
    masks = (
        MaskedArea(CssBox(200, 20, 100, 60), "ignore", "#ads"),
        MaskedArea(CssBox(200, 100, 100, 60), "layout", "#map"),
    )
    outcomes = [
        make_outcome(home, reference, divergences=[shared]),
        make_outcome(home, firefox, divergences=[gone, shared, small], reference=reference, scores={"ssim": 0.512, "lpips": 0.31}),
        make_outcome(
            home, iphone, divergences=[gone, moved, waived], reference=reference, uses_twin=True, regions=(region,),
            direct_scores={"ssim": make_score("ssim", 0.41)}, facts=make_facts(iphone, console=noise, failed_requests=("404 /a.png",), extra=extra), masks=masks,
        ),
        make_outcome(home, pixel, divergences=[moved, small], reference=reference, uses_twin=True),
        make_outcome(home, tablet, divergences=[waived], reference=reference, uses_twin=True, notes=("Masks were ignored.",)),
        make_outcome(form, reference),
        make_outcome(form, firefox, reference=reference, scores={"ssim": None, "lpips": 0.0}),
        make_outcome(form, iphone, "failed", reference=reference, uses_twin=True, scores={}, reason="WebKitWebDriver is not installed. Install webkit2gtk-driver."),
        make_outcome(form, pixel, "invalid", reference=reference, uses_twin=True, scores={}, reason="the picture is blank."),
        make_outcome(form, tablet, "failed", reference=reference, uses_twin=True, scores={}, reason="WebKitWebDriver is not installed. Install webkit2gtk-driver."),
    ]  # fmt: skip
    if folder is not None:
        outcomes = [
            with_images(outcome, paint_outcome(outcome, folder)) if outcome.facts is not None else outcome
            for outcome in outcomes
        ]
        last = "failures/form/iphone.png"  # what the browser showed when the look failed
        write_png(folder / last, paint_page((320, 400), 3.0, [CssBox(20, 20, 100, 40)]))
        outcomes[7] = with_images(outcomes[7], {"candidate": last, "maps": {}})
    waiver = Waiver("*", "*", "footer", "colour", "new brand colour", "ann", "2027-01-01", "w1")
    old = Waiver("*", "*", "#old", "moved", "until the relaunch", "bob", "2025-12-31", "w2")
    return make_run(outcomes, make_matrix(outcomes, waivers=(waiver, old)), **rest)


def with_images(outcome: Outcome, images: Mapping[str, Any]) -> Outcome:
    return replace(outcome, images=images)
