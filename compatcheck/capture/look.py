"""One look at a page, the same for every engine.

Go, arrive (dialogs, steps), settle, freeze, picture and page model together, facts, thaw; a burst does it several times.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from compatcheck.capture.bands import check_bands
from compatcheck.capture.burst import combine
from compatcheck.capture.check import check_capture
from compatcheck.capture.engine import Eyes, Heard
from compatcheck.capture.expand import expand_scrollers, folded_afterwards
from compatcheck.capture.freeze import freeze, thawed_afterwards
from compatcheck.capture.ingredients import css_lacking, fonts_used
from compatcheck.capture.masking import hide_masked, mark_masked, measure_masks, shown_afterwards
from compatcheck.capture.navigation import ERROR_PAGES
from compatcheck.capture.part import cut_areas, cut_model, cut_picture, part_of_page
from compatcheck.capture.prepare.wishes import wishes_of
from compatcheck.capture.settle import probe, settle
from compatcheck.capture.visit.arrive import Arrival, arrive, hover_again
from compatcheck.capture.visit.locate import is_visible
from compatcheck.capture.wholepage import pictured_size, whole_page
from compatcheck.errors import CaptureError
from compatcheck.geometry import CssBox, Size
from compatcheck.model.capture import RGB, Capture, Facts, MaskedArea, PageModel
from compatcheck.model.matrix import Page
from compatcheck.model.plan import Shot

MOST_LOOKS = 3
"""How often picture and page model are taken again because the page changed between them."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen in one moment; `part` is the box of the page that is pictured, None when it is all of it."""

    picture: RGB
    model: PageModel | None
    areas: tuple[MaskedArea, ...]
    state: dict[str, Any]
    part: CssBox | None
    notes: list[str]


def look(eyes: Eyes, shot: Shot) -> Capture:
    """Look at a shot's page through open eyes, as often as it asks for.

    Raises CaptureError (StepFailed where a step of the page could not be done), or SessionLost when the browser died.
    """
    return combine([_look_once(eyes, shot) for _ in range(shot.page.burst)])


def _look_once(eyes: Eyes, shot: Shot) -> Capture:
    device, page = shot.device, shot.page
    started = time.monotonic()
    timings: dict[str, float] = {}

    def lap(name: str, since: float) -> float:
        now = time.monotonic()
        timings[name] = round(now - since, 3)
        return now

    prepared = eyes.preparer.prepare(wishes_of(page))
    now = lap("prepare", started)
    eyes.go(page.url, max(1.0, device.timeout * 0.5))
    now = lap("open", now)
    latest = started + device.timeout * 0.8
    arrival = arrive(eyes.wire, page, latest, eyes.glance)
    now = lap("arrive", now)
    with thawed_afterwards(eyes), shown_afterwards(eyes.wire, page), folded_afterwards(eyes.wire, page):
        hide_masked(eyes.wire, page)
        expand_scrollers(eyes.wire, page)
        settling = settle(eyes, page, shot.readiness, max(1.0, latest - time.monotonic()))
        waited = replace(page, wait_for_timeout=0.0)
        if arrival.dismissal.now():
            settling = settle(eyes, waited, shot.readiness, max(1.0, latest - time.monotonic())).after(settling)
        if hover_again(eyes.wire, page):
            settling = settle(eyes, waited, "fast", max(1.0, latest - time.monotonic())).after(settling)
        now = lap("settle", now)
        seen = _together(eyes, shot, arrival)
        now = lap("look", now)
        heard = eyes.heard()
        facts = _facts(eyes, seen, heard)
        wall = next((selector for selector in page.invalid_selectors if is_visible(eyes.wire, selector)), "")
    lap("facts", now)
    timings["total"] = round(time.monotonic() - started, 3)
    facts = replace(
        facts,
        timings={**facts.timings, **timings},
        settle=tuple(settling.log),
        settled=settling.settled,
        notes=tuple(dict.fromkeys([*eyes.notes, *prepared, *arrival.dismissal.notes, *settling.notes, *seen.notes])),
        extra={**facts.extra, **arrival.facts, **({"part": seen.part.as_dict()} if seen.part else {})},
    )
    invalid = _error_page(seen.state, heard) or check_capture(
        device, seen.picture, facts, layout_viewport=Size(*seen.state["layoutViewport"])
    )
    if not invalid:
        invalid = check_bands(seen.picture, seen.model, facts.device_scale_factor)
    if wall and not invalid:
        invalid = f"{wall} is on {page.url}: that is a wall before the page, not the page."
    if seen.state["ready"] == "loading" and not invalid:
        invalid = f"{page.url} was still arriving after {timings['open'] + timings['settle']:.0f} s."
    return Capture(
        shot=shot,
        picture=seen.picture,
        facts=facts,
        page_model=seen.model,
        taken_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        invalid=invalid,
        masks=seen.areas,
    )


def _together(eyes: Eyes, shot: Shot, arrival: Arrival) -> _Seen:
    """Picture and page model of the same moment: taken again when the page changed between the two."""
    page = shot.page
    notes: list[str] = []
    for _ in range(MOST_LOOKS):
        freeze(eyes)
        hide_masked(eyes.wire, page)
        expand_scrollers(eyes.wire, page)
        before = probe(eyes)
        document = Size(*before["document"])
        part = part_of_page(eyes.wire, page, document)
        # Steps may have scrolled: then the picture of the viewport begins where they left it.
        scrolled = part is None and not shot.full_page and arrival.scroll != (0.0, 0.0)
        if scrolled:
            left, top = _scroll_to(eyes, *arrival.scroll)
            part = CssBox(left, top, *before["viewport"])
        size = document if shot.full_page else Size(*before["viewport"])
        size = size if part is None else Size(document.width, min(document.height, part.bottom))
        size, notes = pictured_size(size, before["ratio"])
        model = _page_model(eyes, page)
        areas = measure_masks(eyes.wire, page)
        picture = eyes.glance() if scrolled else whole_page(eyes, size, before["ratio"])
        after = probe(eyes)
        if (after["layout"], after["document"]) == (before["layout"], before["document"]):
            break
    else:
        notes.append("The page kept changing while it was looked at: picture and page model may differ.")
    if before["leftOverflow"]:
        notes.append("Content that runs out to the left of this right-to-left page is not pictured.")
    if model is not None:
        model = mark_masked(model, areas)
    if part is not None:
        if not scrolled:
            picture, part = cut_picture(picture, part, before["ratio"])
        areas = cut_areas(areas, part)
        model = None if model is None else cut_model(model, part)
        before = {**before, "document": [part.width, part.height]}
    return _Seen(picture, model, areas, before, part, notes)


def _scroll_to(eyes: Eyes, left: float, top: float) -> tuple[float, float]:
    """Scroll the page; where it is then, (x, y)."""
    y, _, _, x, _ = eyes.wire.page_script("scripts/scroll.js", {"top": top, "left": left})
    eyes.wire.await_frames()
    return float(x), float(y)


def _page_model(eyes: Eyes, page: Page) -> PageModel | None:
    ignored = [mask for mask in page.masks if mask.mode != "layout"]
    layout = [mask for mask in page.masks if mask.mode == "layout"]
    options = {
        "asText": True,
        "regionSelectors": list(page.threshold_regions),
        "maskSelectors": [mask.selector for mask in ignored if mask.selector],
        "maskXPaths": [mask.xpath for mask in ignored if mask.xpath],
        "layoutMaskSelectors": [mask.selector for mask in layout if mask.selector],
        "layoutMaskXPaths": [mask.xpath for mask in layout if mask.xpath],
    }
    try:
        return PageModel.from_json(json.loads(eyes.wire.page_script("page_model.js", options, seconds=60)))
    except (KeyError, TypeError, ValueError) as error:
        raise CaptureError(f"The page model of {page.url} cannot be read ({type(error).__name__}: {error}).") from error


def _error_page(state: dict[str, Any], heard: Heard) -> str:
    """The page may have gone elsewhere since it was opened: to where nobody answers."""
    shown = str(state["documentUrl"]).startswith(ERROR_PAGES)
    if shown or heard.failure:
        return f"The browser shows its own error page{f' ({heard.failure})' if heard.failure else ''}, not the page."
    return ""


def _facts(eyes: Eyes, seen: _Seen, heard: Heard) -> Facts:
    state = seen.state
    told = eyes.wire.page_script("scripts/facts.js")
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
                for name in (
                    "platform",
                    "language",
                    "timezone",
                    "touchPoints",
                    "touchEvents",
                    "coarse",
                    "dark",
                    "forcedColors",
                    "orientation",
                )
            },
            "reducedMotion": told["reducedMotion"],
            "redirects": len(heard.redirects) or told["redirects"],
            "redirectedFrom": heard.redirects,
            "fontsUsed": fonts_used(seen.model, told["platform"]) if seen.model else {},
            "cssLacking": css_lacking(eyes.wire),
        },
    )
