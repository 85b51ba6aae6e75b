"""Matrix → plan: which device looks at which page, what is compared with what, and which twins that takes.

A candidate is compared with the reference device's *engine* at the candidate's own look: the baseline is the reference
device's own shot where the two looks are equal, else a twin's. Candidates of equal look share one twin.

Everything in a look changes what a page does: viewport, pixel ratio, touch, the viewport meta tag, locale, time zone,
colour scheme, reduced motion, the declared user agent, and whether the whole page is captured.
"""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from compatcheck.errors import UsageError
from compatcheck.model.abilities import honours
from compatcheck.model.matrix import Device, Engine, Matrix, Page, Screen
from compatcheck.model.plan import Pair, Plan, Shot


@dataclass(frozen=True, slots=True)
class _Look:
    """What of a device a page can notice, the engine aside."""

    screen: Screen
    locale: str | None
    timezone: str | None
    color_scheme: str | None
    reduced_motion: bool | None
    forced_colors: bool | None
    user_agent: str | None
    full_page: bool
    own_full_page: bool


def honours_mobile(device: Device) -> bool:
    """Whether the device's engine obeys the viewport meta tag when `isMobile` says so.

    Chromium and Firefox can be told to; WebKitGTK, the local WebKit, cannot. A real Safari, and pictures made elsewhere,
    are taken at their word.
    """
    return honours(device, "isMobile")


def _look(device: Device, reference: Device) -> _Look:
    """The look of a device as far as it, and the reference device's engine in its place, can have it."""
    mobile = device.screen.is_mobile and honours_mobile(device) and honours_mobile(reference)
    return _Look(
        screen=replace(device.screen, is_mobile=mobile),
        locale=device.locale.lower() if device.locale else None,
        timezone=device.timezone,
        color_scheme=device.color_scheme,
        reduced_motion=device.reduced_motion,
        forced_colors=device.forced_colors if honours(device, "forcedColors") else None,
        user_agent=device.user_agent or reference.user_agent,
        full_page=device.full_page,
        own_full_page="fullPage" in device.own,
    )


def baseline_of(reference: Device, candidate: Device) -> Device:
    """The device whose capture a candidate's verdict comes from: the reference itself, or its twin at that look."""
    look = _look(candidate, reference)
    if reference.driver == "folder" or look == _look(reference, reference):
        return reference  # nobody can look again through a folder of pictures
    return replace(
        reference,
        id=f"{reference.id}~{_look_words(look)}",
        screen=look.screen,
        locale=candidate.locale,
        timezone=look.timezone,
        color_scheme=candidate.color_scheme,
        reduced_motion=look.reduced_motion,
        forced_colors=look.forced_colors,
        user_agent=look.user_agent,
        preset=None,
        in_app=None,
        full_page=look.full_page,
        own=(reference.own - {"fullPage"}) | (candidate.own & {"fullPage"}),
        group=candidate.group and f"{reference.id}~{candidate.group}",
        twin_of=reference.id,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _look_words(look: _Look) -> str:
    """A look as part of a file name: stable, and different for every look."""
    screen = look.screen
    words = [f"{screen.viewport.width:g}x{screen.viewport.height:g}@{screen.device_scale_factor:g}"]
    words += ["mobile"] * screen.is_mobile + ["touch"] * screen.has_touch
    words += [word for word in (look.locale, look.color_scheme) if word]
    if look.timezone:
        words.append(f"tz{_digest(look.timezone)}")
    if look.reduced_motion is not None:
        words.append("still" if look.reduced_motion else "moving")
    if look.forced_colors is not None:
        words.append("contrast" if look.forced_colors else "own-colors")
    if look.user_agent:
        words.append(f"ua{_digest(look.user_agent)}")
    if look.own_full_page or not look.full_page:
        words.append(f"{'own-' if look.own_full_page else ''}{'whole' if look.full_page else 'window'}")
    return "-".join(words)


def _chosen(matrix: Matrix, wanted: Sequence[str] | None) -> list[Device]:
    """The devices that get an outcome, in matrix order. Raises UsageError for an id that no device has."""
    if not wanted:
        return list(matrix.devices)
    names = list(dict.fromkeys(name for device in matrix.devices for name in (device.group, device.id) if name))
    unknown = [name for name in wanted if name not in names]
    if unknown:
        lines = []
        for name in unknown:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(names[:12])}."
            lines.append(f'there is no device "{name}". {hint}')
        raise UsageError("\n".join(lines))
    return [device for device in matrix.devices if device.id in wanted or device.group in wanted]


def make_plan(matrix: Matrix, pages: Iterable[Page], *, devices: Sequence[str] | None = None) -> Plan:
    """Every shot once and one pair for each page and device, in the order of pages and matrix.

    `devices` names the devices that get an outcome (an id, or the id of a device with widths); reference devices and twins
    that they need are looked through all the same. Raises UsageError for an unknown device, two pages of one id, or no
    page at all.
    """
    pages = tuple(pages)
    if not pages:
        raise UsageError("there is no page to look at.", hint="Give --url URL, --urls FILE, or `pages` in the matrix.")
    twice = [name for name, count in Counter(page.id for page in pages).items() if count > 1]
    if twice:
        raise UsageError(f'two pages have the id "{twice[0]}".', hint="Every page needs an id of its own.")
    references = set(matrix.reference.values())
    triples: list[tuple[Device, Device, Device]] = []
    known: dict[str, Device] = {}
    for candidate in _chosen(matrix, devices):
        if candidate.id in references:
            triples.append((candidate, candidate, candidate))
            continue
        reference = matrix.reference_for(candidate)
        baseline = baseline_of(reference, candidate)
        triples.append((reference, known.setdefault(baseline.id, baseline), candidate))
    shots: dict[tuple[str, str], Shot] = {}
    pairs: list[Pair] = []
    for page in pages:
        for triple in triples:
            taken = [shots.setdefault((page.id, device.id), Shot(device, page)) for device in triple]
            pairs.append(Pair(*taken))
    return Plan(tuple(shots.values()), tuple(pairs))


START_SECONDS: Mapping[Engine, float] = {"blink": 1.5, "gecko": 3.5, "webkit": 1.0}
"""Until a local session is open, by engine: Chromium 0.6 to 2 s, Firefox 3 to 4 s, WebKitGTK 0.5 to 1 s on two cores."""
LOOK_SECONDS = 1.5
"""One look, settled: fifty looks of one session took 34 s without settling; settling takes two pictures instead of one."""
FAR_START_SECONDS = 15.0
FAR_LOOK_SECONDS = 5.0
"""The same through a Grid, a cloud or Appium: an order of magnitude, nobody can know."""
PAIR_SECONDS = 0.7
"""Aligning, scoring and judging a pair of about 1280 × 3000 px without LPIPS."""


@dataclass(frozen=True, slots=True)
class PlanCost:
    """What a plan takes.

    `looks` counts the shots that are taken, which is all of `shots` but those that ask for the look of another one; `twins` those
    among `shots` that twins take; `sessions` the sessions opened; `pictures` the files written (one per shot, one heat-map per
    pair that compares two captures); `seconds` is a rough guess of the wall time.
    """

    shots: int
    looks: int
    twins: int
    sessions: int
    pairs: int
    pictures: int
    seconds: float

    def __str__(self) -> str:
        minutes = f"{self.seconds / 60:.0f} min" if self.seconds >= 120 else f"{self.seconds:.0f} s"
        taken = "" if self.looks == self.shots else f", {self.looks} looks"
        return (
            f"{self.shots} shots ({self.twins} of them by twins){taken} in {self.sessions} sessions, {self.pairs} outcomes, "
            f"{self.pictures} pictures; about {minutes}."
        )


def estimate_cost(plan: Plan, *, jobs: int = 2) -> PlanCost:
    """How much a plan will take with `jobs` sessions at a time; the seconds are an order of magnitude, not a promise.

    Devices that one open browser can be after another share it, as many of it at once as there are jobs.
    """
    jobs = max(jobs, 1)
    repeated = plan.repeated()
    shared: dict[object, list[float]] = {}  # seconds of looking, by what a browser is started with
    for shots in plan.sessions():
        device = shots[0].device
        far = device.driver in ("remote", "appium")
        taken = sum(shot not in repeated for shot in shots)
        if device.driver != "folder" and taken:
            key = device.id if far else _started_with(device)
            shared.setdefault(key, []).append(taken * (FAR_LOOK_SECONDS if far else LOOK_SECONDS))
    started = {key: min(jobs, len(looking)) for key, looking in shared.items()}
    starting = sum(
        count * (START_SECONDS[key.engine] if isinstance(key, _Started) else FAR_START_SECONDS)
        for key, count in started.items()
    )
    longest = max((max(looking) for looking in shared.values()), default=0.0)
    # sessions run side by side, but none is shorter than the longest of them
    capture = max((starting + sum(map(sum, shared.values()))) / jobs, longest)
    compared = sum(not pair.is_reference for pair in plan.pairs)
    return PlanCost(
        shots=len(plan.shots),
        looks=len(plan.shots) - len(repeated),
        twins=sum(shot.device.twin_of is not None for shot in plan.shots),
        sessions=sum(started.values()),
        pairs=len(plan.outcomes()),
        pictures=len(plan.shots) + compared,
        seconds=round(capture + PAIR_SECONDS * compared / jobs, 1),
    )


@dataclass(frozen=True)
class _Started:
    """What a local browser keeps for its life: devices that agree in it share one (docs/capture.md, *Sessions*)."""

    engine: Engine
    program: str
    rest: tuple[object, ...]


def _started_with(device: Device) -> _Started:
    screen = device.screen
    habits = (device.color_scheme, device.reduced_motion, device.forced_colors, device.user_agent)
    rest: dict[Engine, tuple[object, ...]] = {
        "blink": (device.user_agent is None,),
        "gecko": (screen.is_mobile, screen.has_touch, *habits),
        "webkit": (round(screen.device_scale_factor), *habits),
    }
    given = (repr(device.options), repr(device.capabilities))
    return _Started(device.engine, device.browser, (*given, device.locale, device.timezone, *rest[device.engine]))
