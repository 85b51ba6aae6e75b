"""One look at a page, the same for every engine: go, settle, freeze, picture and page model together, facts, thaw."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from compatcheck.capture.check import check_capture
from compatcheck.capture.engine import Eyes
from compatcheck.capture.freeze import freeze, thawed_afterwards
from compatcheck.capture.settle import probe, settle
from compatcheck.capture.wholepage import pictured_size, whole_page
from compatcheck.errors import CaptureError
from compatcheck.geometry import Size
from compatcheck.model.capture import RGB, Capture, Facts, PageModel
from compatcheck.model.matrix import Page
from compatcheck.model.plan import Shot

MOST_LOOKS = 3
"""How often picture and page model are taken again because the page changed between them."""


def look(eyes: Eyes, shot: Shot) -> Capture:
    """Look at a shot's page through open eyes. Raises CaptureError, or SessionLost when the browser died."""
    device, page = shot.device, shot.page
    started = time.monotonic()
    timings: dict[str, float] = {}

    def lap(name: str, since: float) -> float:
        now = time.monotonic()
        timings[name] = round(now - since, 3)
        return now

    eyes.go(page.url, max(1.0, device.timeout * 0.5))
    now = lap("open", started)
    with thawed_afterwards(eyes):
        left = max(1.0, device.timeout - (now - started) - device.timeout * 0.2)
        settling = settle(eyes, page, shot.readiness, left)
        now = lap("settle", now)
        picture, model, state, notes = _together(eyes, page, full_page=shot.full_page)
        now = lap("look", now)
        facts = _facts(eyes, state)
    lap("facts", now)
    timings["total"] = round(time.monotonic() - started, 3)
    facts = replace(
        facts,
        timings={**facts.timings, **timings},
        settle=tuple(settling.log),
        settled=settling.settled,
        notes=tuple(dict.fromkeys([*eyes.notes, *settling.notes, *notes])),
    )
    invalid = check_capture(device, picture, facts, layout_viewport=Size(*state["layoutViewport"]))
    if state["ready"] == "loading" and not invalid:
        invalid = f"{page.url} was still arriving after {timings['open'] + timings['settle']:.0f} s."
    return Capture(
        shot=shot,
        picture=picture,
        facts=facts,
        page_model=model,
        taken_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        invalid=invalid,
    )


def _together(eyes: Eyes, page: Page, *, full_page: bool) -> tuple[RGB, PageModel | None, dict[str, Any], list[str]]:
    """Picture and page model of the same moment: taken again when the page changed between the two."""
    notes: list[str] = []
    for _ in range(MOST_LOOKS):
        freeze(eyes)
        before = probe(eyes)
        size = Size(*before["document"]) if full_page else Size(*before["viewport"])
        size, notes = pictured_size(size, before["ratio"])
        model = _page_model(eyes, page)
        picture = whole_page(eyes, size, before["ratio"])
        after = probe(eyes)
        if (after["layout"], after["document"]) == (before["layout"], before["document"]):
            break
    else:
        notes.append("The page kept changing while it was looked at: picture and page model may differ.")
    if before["leftOverflow"]:
        notes.append("Content that runs out to the left of this right-to-left page is not pictured.")
    return picture, model, before, notes


def _page_model(eyes: Eyes, page: Page) -> PageModel | None:
    ignored = [mask for mask in page.masks if mask.mode != "layout"]
    layout = [mask for mask in page.masks if mask.mode == "layout"]
    options = {
        "asText": True,
        "maskSelectors": [mask.selector for mask in ignored if mask.selector],
        "maskXPaths": [mask.xpath for mask in ignored if mask.xpath],
        "layoutMaskSelectors": [mask.selector for mask in layout if mask.selector],
        "layoutMaskXPaths": [mask.xpath for mask in layout if mask.xpath],
    }
    try:
        return PageModel.from_json(json.loads(eyes.wire.page_script("page_model.js", options, seconds=60)))
    except (KeyError, TypeError, ValueError) as error:
        raise CaptureError(f"The page model of {page.url} cannot be read ({type(error).__name__}: {error}).") from error


def _facts(eyes: Eyes, state: dict[str, Any]) -> Facts:
    told = eyes.wire.page_script("scripts/facts.js")
    heard = eyes.heard()
    capabilities = eyes.wire.capabilities
    return Facts(
        viewport=Size(*map(float, state["viewport"])),
        device_scale_factor=float(state["ratio"]),
        user_agent=told["userAgent"],
        browser_name=str(capabilities.get("browserName", "")),
        browser_version=str(capabilities.get("browserVersion", "")),
        driver_version=eyes.driver_version,
        platform=str(capabilities.get("platformName", "")),
        url=told["url"],
        title=told["title"],
        status=heard.status if heard.status is not None else told["status"],
        document=Size(*map(float, state["document"])),
        console=tuple(heard.console[:200]),
        failed_requests=tuple(dict.fromkeys([*heard.failed_requests, *told["failed"]]))[:200],
        timings={name: value for name, value in told["timings"].items() if value is not None},
        extra={
            "images": {"all": state["images"], "broken": state["broken"], "pending": state["pending"]},
            **{
                name: told[name]
                for name in ("platform", "language", "timezone", "touchPoints", "touchEvents", "coarse", "dark")
            },
            "reducedMotion": told["reducedMotion"],
            "redirects": told["redirects"],
        },
    )
