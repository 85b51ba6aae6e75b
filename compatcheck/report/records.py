"""The models of `results.json`, camelCase in the file; docs/results-json.md explains every field.

Boxes are CSS px of the whole page. Numbers are finite; what could not be known is null.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat
from pydantic.alias_generators import to_camel

from compatcheck.model.verdict import Axis, Direction, Kind, VerdictName

SCHEMA_VERSION = 1

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Record(BaseModel):
    """What all records share: camelCase names, no NaN, unknown fields of a later minor version skipped."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True, allow_inf_nan=False
    )


class SizeRecord(Record):
    """A width and a height in CSS px."""

    width: FiniteFloat
    height: FiniteFloat


class BoxRecord(Record):
    """A rectangle in CSS px of the whole page."""

    x: FiniteFloat
    y: FiniteFloat
    width: FiniteFloat
    height: FiniteFloat


class RunRecord(Record):
    """When and how it ran; timestamps are UTC ISO 8601, `seconds` wall time."""

    id: str
    started_at: str
    finished_at: str
    seconds: FiniteFloat
    interrupted: bool = False
    exit_code: int
    command: str = ""


class SummaryRecord(Record):
    """How many outcomes have which verdict."""

    total: int = 0
    match: int = 0
    flagged: int = 0
    invalid: int = 0
    failed: int = 0


class RegionThresholdsRecord(Record):
    """Thresholds of a part of the page; `name` is what a divergence's `extra.regions` says when it lies in it."""

    name: str
    selector: str | None = None
    box: BoxRecord | None = None
    sensitivity: str | None = None
    kinds: dict[str, FiniteFloat] = {}


class ThresholdsRecord(Record):
    """When a divergence or a score flags; see docs/devices-yaml.md."""

    sensitivity: str = "normal"
    kinds: dict[str, FiniteFloat] = {}
    scores: dict[str, FiniteFloat] = {}
    regions: list[RegionThresholdsRecord] = []


class AllThresholdsRecord(ThresholdsRecord):
    """The run's thresholds; under `devices` and `pages` those of devices and pages that have their own, and under `pairs`
    (`<page>/<device>`) where both have: those of a pair win over those of a device, and those over a page's.

    `severities` says from which severity a divergence flags, by sensitivity; `kinds` overrides it.
    """

    devices: dict[str, ThresholdsRecord] = {}
    pages: dict[str, ThresholdsRecord] = {}
    pairs: dict[str, ThresholdsRecord] = {}
    severities: dict[str, FiniteFloat] = {}


class WaiverRecord(Record):
    """An accepted divergence as it stood in the waivers file."""

    id: str = ""
    page: str
    device: str
    selector: str
    kind: str
    reason: str
    owner: str = ""
    expires: str | None = None
    max_severity: FiniteFloat = 1.0


class PageRecord(Record):
    """The page that was looked at."""

    id: str
    url: str


class DeviceRecord(Record):
    """The device that looked, as the matrix declares it.

    Devices with the same `phone` stand for the same phone (a fingerprint, not the phone's own number); `app`: the page is
    seen in an app's webview, not in a browser.
    """

    id: str
    browser: str
    engine: str
    driver: str
    viewport: SizeRecord
    device_scale_factor: FiniteFloat
    is_mobile: bool = False
    has_touch: bool = False
    device_class: str = "desktop"
    preset: str | None = None
    in_app: str | None = None
    user_agent: str | None = None
    locale: str | None = None
    color_scheme: str | None = None
    group: str | None = None
    widths: list[int] = []
    phone: str | None = None
    app: bool = False


class ReferenceRecord(Record):
    """The reference device; `twin` when the verdict comes from its engine looking again at the candidate's size."""

    id: str
    twin: bool


class ScoreRecord(Record):
    """One metric for one pair; `direct` is the value against the reference device itself."""

    value: FiniteFloat | None
    direction: Direction
    note: str = ""
    direct: FiniteFloat | None = None


class DivergenceRecord(Record):
    """One difference that a person would call a defect."""

    id: str
    kind: Kind
    axis: Axis
    severity: Share
    flags: bool
    shared: bool
    selector: str
    path: str = ""
    reference_box: BoxRecord | None
    candidate_box: BoxRecord | None
    message: str
    waived_by: str | None
    cause: str = ""
    consequences: int = 0
    extra: dict[str, Any] = {}


class RegionRecord(Record):
    """A box of pixels that differ, and the id of the divergence that explains it."""

    box: BoxRecord
    share: Share
    divergence: str | None = None


class MaskRecord(Record):
    """A box of the candidate that masks keep out of the scores; `source` is its selector, its XPath, `box` or `noise`."""

    box: BoxRecord
    mode: str
    source: str


class ImagesRecord(Record):
    """Pictures, as POSIX paths inside the run folder; a failed look's candidate is what the browser showed last."""

    reference: str | None = None
    candidate: str | None = None
    maps: dict[str, str] = {}
    direct: str | None = None


class ConsoleRecord(Record):
    """A line of the page's console: untrusted text."""

    level: str
    text: str
    source: str = ""


class FactsRecord(Record):
    """What was really there, read back from the browser."""

    viewport: SizeRecord
    device_scale_factor: FiniteFloat
    user_agent: str = ""
    browser_name: str = ""
    browser_version: str = ""
    driver_version: str = ""
    platform: str = ""
    url: str = ""
    title: str = ""
    status: int | None = None
    document: SizeRecord | None = None
    console: list[ConsoleRecord] = []
    failed_requests: list[str] = []
    timings: dict[str, FiniteFloat] = {}
    settle: list[dict[str, Any]] = []
    settled: bool = True
    notes: list[str] = []
    extra: dict[str, Any] = {}


class OutcomeRecord(Record):
    """One page × device."""

    page: PageRecord
    device: DeviceRecord
    reference: ReferenceRecord
    verdict: VerdictName
    reason: str = ""
    severity: Share
    scores: dict[str, FiniteFloat | None]
    score_details: dict[str, ScoreRecord] = {}
    direct_scores: dict[str, FiniteFloat | None] = {}
    divergences: list[DivergenceRecord]
    regions: list[RegionRecord] = []
    images: ImagesRecord
    timings: dict[str, FiniteFloat] = {}
    facts: FactsRecord | None = None
    reference_facts: FactsRecord | None = None
    fit: str = "none"
    notes: list[str] = []
    masks: list[MaskRecord] = []


class Results(Record):
    """The whole of `results.json`."""

    schema_version: Annotated[int, Field(ge=1, le=SCHEMA_VERSION)] = SCHEMA_VERSION
    run: RunRecord
    summary: SummaryRecord
    versions: dict[str, str] = {}
    matrix: dict[str, Any] = {}
    matrix_file: str = ""
    thresholds: AllThresholdsRecord = AllThresholdsRecord()
    waivers: list[WaiverRecord] = []
    outcomes: list[OutcomeRecord]
