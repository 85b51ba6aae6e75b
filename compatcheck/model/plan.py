"""The plan: which shots to take and which pairs to compare."""

from __future__ import annotations

from dataclasses import dataclass, replace

from compatcheck.model.matrix import Device, Page, Readiness


@dataclass(frozen=True, slots=True)
class Shot:
    """One device looking at one page."""

    device: Device
    page: Page

    @property
    def slug(self) -> str:
        """Stable and file-safe: `<page id>/<device id>`, the path of its files under `captures/`."""
        return f"{self.page.id}/{self.device.id}"

    @property
    def full_page(self) -> bool:
        """What holds for this shot: the device's own word, else the page's, else the matrix's default."""
        if self.page.full_page is None or "fullPage" in self.device.own:
            return self.device.full_page
        return self.page.full_page

    @property
    def readiness(self) -> Readiness:
        """The same rule for `readiness`."""
        if self.page.readiness is None or "readiness" in self.device.own:
            return self.device.readiness
        return self.page.readiness


def _asked(shot: Shot) -> object:
    """What a browser of this machine is asked to look at, and as what; None for every other shot.

    Folders, phones and browsers elsewhere have what their device's own name stands for; widths are looked at as one device.
    """
    device = shot.device
    if device.driver != "selenium" or device.group is not None:
        return None
    nameless = replace(
        device,
        id="",
        preset=None,
        in_app=None,
        full_page=shot.full_page,
        readiness=shot.readiness,
        own=frozenset(),
        twin_of=None,
    )
    return nameless, shot.page


@dataclass(frozen=True, slots=True)
class Pair:
    """What a candidate is compared with on one page.

    `reference` is the reference device's own shot. `baseline` is the shot that the verdict comes from: the twin's, or the
    reference's own when its look is already the candidate's. The reference device's own pair has `candidate ==
    baseline == reference`: it is judged by what its one capture shows.
    """

    reference: Shot
    baseline: Shot
    candidate: Shot

    @property
    def uses_twin(self) -> bool:
        return self.baseline.device.twin_of is not None

    @property
    def is_reference(self) -> bool:
        return self.candidate == self.reference


@dataclass(frozen=True, slots=True)
class Plan:
    """All shots (each taken once) and all pairs (one for every page × device), in matrix order."""

    shots: tuple[Shot, ...]
    pairs: tuple[Pair, ...]

    def devices(self) -> tuple[Device, ...]:
        """The distinct devices that take shots, twins included, in order."""
        return tuple({shot.device.id: shot.device for shot in self.shots}.values())

    def shots_of(self, device: Device) -> tuple[Shot, ...]:
        return tuple(shot for shot in self.shots if shot.device.id == device.id)

    def sessions(self) -> tuple[tuple[Shot, ...], ...]:
        """The shots of each session, in order: a device's, or those of all the devices that one with `widths` was expanded to."""
        sessions: dict[str, list[Shot]] = {}
        for shot in self.shots:
            sessions.setdefault(shot.device.group or shot.device.id, []).append(shot)
        return tuple(map(tuple, sessions.values()))

    def repeated(self) -> dict[Shot, Shot]:
        """The shots that ask for the very look of an earlier one under another name, and which: it need not be taken twice."""
        first: dict[object, Shot] = {}
        return {
            shot: known
            for shot in self.shots
            if (look := _asked(shot)) is not None and (known := first.setdefault(look, shot)) is not shot
        }

    def outcomes(self) -> tuple[tuple[Pair, ...], ...]:
        """The pairs of each outcome, in order: one, or those of all widths that are looked at as one device."""
        outcomes: dict[tuple[str, str], list[Pair]] = {}
        for pair in self.pairs:
            device = pair.candidate.device
            outcomes.setdefault((pair.candidate.page.id, device.group or device.id), []).append(pair)
        return tuple(map(tuple, outcomes.values()))
