"""The plan: which shots to take and which pairs to compare."""

from __future__ import annotations

from dataclasses import dataclass

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
