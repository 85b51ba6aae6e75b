"""The matrix and what it holds, resolved: presets looked up, defaults applied, environment read.

`compatcheck.matrix` makes these from `devices.yaml`; every other stage only reads them. All are frozen, all values are in
the units of DESIGN.md (CSS px, seconds).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from compatcheck.geometry import CssBox, Size
from compatcheck.model.visit import BasicAuth, Cookie, Frozen, Step

Browser = Literal["chromium", "chrome", "edge", "firefox", "webkit", "safari"]
Engine = Literal["blink", "gecko", "webkit"]
DeviceClass = Literal["desktop", "tablet", "phone"]
Sensitivity = Literal["relaxed", "normal", "strict"]
Readiness = Literal["strict", "balanced", "fast", "none"]
MaskMode = Literal["ignore", "hide", "remove", "layout"]
Fit = Literal["align", "resize", "pad", "crop"]
NetworkDevice = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["exact", "fast"]

METRIC_NAMES = (
    "psnr", "mse", "ssim", "ssim:luma", "ms_ssim", "ms_ssim:luma", "iw_ssim", "iw_ssim:luma", "histogram", "histogram:chi2", "lpips",
    "lpips:vgg", "lpips:squeeze", "st_lpips",
)  # fmt: skip
"""The words that `metrics` and `thresholds.scores` may use: the keys of `compatcheck.metrics.METRICS` (a test holds this)."""

ENGINE_OF_BROWSER: Mapping[str, Engine] = {
    "chromium": "blink",
    "chrome": "blink",
    "edge": "blink",
    "firefox": "gecko",
    "webkit": "webkit",
    "safari": "webkit",
}


@dataclass(frozen=True, slots=True)
class Screen:
    """How a device's screen is: what a page can ask about it."""

    viewport: Size
    device_scale_factor: float = 1.0
    is_mobile: bool = False
    has_touch: bool = False


@dataclass(frozen=True, slots=True)
class Device:
    """One way to look at a page.

    `user_agent` is the declared one (`userAgent`, preset or `inApp`), None when the engine sends its own. `options` holds
    driver-specific settings that the matrix passes through (`webview`, `folder`, `binary` …). `own` names the keys that
    the device sets itself (camelCase), which win over its page's. `group` is the id of the device in `devices.yaml` that
    this one was expanded from (`widths`); devices of one group share a session and differ in id and viewport only. `widths`
    are the widths of a device that stands for all of its group. `twin_of` names the reference device when this device is a
    twin that the plan made up.
    """

    id: str
    browser: Browser
    screen: Screen
    driver: str = "selenium"
    user_agent: str | None = None
    preset: str | None = None
    in_app: str | None = None
    locale: str | None = None
    timezone: str | None = None
    color_scheme: Literal["light", "dark"] | None = None
    reduced_motion: bool | None = None
    forced_colors: bool | None = None
    server: str | None = None
    capabilities: Mapping[str, Any] = field(default_factory=dict, hash=False)
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)
    full_page: bool = True
    readiness: Readiness = "balanced"
    timeout: float = 60.0
    own: frozenset[str] = frozenset()
    group: str | None = None
    widths: tuple[int, ...] = ()
    twin_of: str | None = None

    @property
    def engine(self) -> Engine:
        return ENGINE_OF_BROWSER[self.browser]

    @property
    def device_class(self) -> DeviceClass:
        """phone: mobile and narrower than 600 CSS px on its short side; tablet: mobile, wider; desktop: the rest."""
        if not (self.screen.is_mobile or self.screen.has_touch):
            return "desktop"
        short = min(self.screen.viewport.width, self.screen.viewport.height)
        return "phone" if short < 600 else "tablet"


@dataclass(frozen=True, slots=True)
class Mask:
    """A part of a page that is not to be judged; exactly one of `selector`, `xpath` and `box` is given."""

    selector: str | None = None
    xpath: str | None = None
    box: CssBox | None = None
    mode: MaskMode = "ignore"
    padding: float = 0.0


@dataclass(frozen=True, slots=True)
class Page:
    """A URL and what to do before looking at it. `id` is file-safe and unique in the matrix.

    - Before it is opened: `cookies`; `local_storage` and `session_storage` of its own origin; `session_state`, the path of a
      file in Playwright's storage-state format; `basic_auth`; `headers`, sent to the page's own host; `blocked_hosts`, hosts and
      URL patterns that are not asked; `frozen`.
    - Once it is there: `styles`, texts of CSS that are added; `dismiss`, selectors of buttons that are clicked away as soon as
      they show; `steps`.
    - Until it is looked at: `wait_for_selector` shows, none of `not_present_selectors` does, `wait_for_script` is true,
      `wait_for_timeout` seconds are over; requests to `ignore_requests` (as `blocked_hosts`) are not waited for.
    - What is pictured: one element (`scope`), a box of the page (`clip`), or as `full_page` says; `burst` times. Scrollers
      that `expand` finds are pictured with all that they hold.
    - `invalid_selectors`: what shows a login or consent wall instead of the page.
    - `threshold_regions`: selectors of the regions that thresholds name; where they are is measured with the page.
    """

    id: str
    url: str
    wait_for_selector: str | None = None
    wait_for_timeout: float = 0.0
    steps: tuple[Step, ...] = ()
    masks: tuple[Mask, ...] = ()
    full_page: bool | None = None
    readiness: Readiness | None = None
    not_present_selectors: tuple[str, ...] = ()
    wait_for_script: str | None = None
    ignore_requests: tuple[str, ...] = ()
    cookies: tuple[Cookie, ...] = ()
    local_storage: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    session_storage: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    session_state: str | None = None
    basic_auth: BasicAuth | None = None
    headers: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    blocked_hosts: tuple[str, ...] = ()
    dismiss: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    frozen: Frozen | None = None
    scope: str | None = None
    clip: CssBox | None = None
    burst: int = 1
    invalid_selectors: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    threshold_regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RegionThresholds:
    """When a divergence in a part of the page flags; exactly one of `selector` (CSS) and `box` is given.

    `kinds` and `sensitivity` are as in `Thresholds`; None leaves the rest to what holds around the region.
    """

    selector: str | None = None
    box: CssBox | None = None
    sensitivity: Sensitivity | None = None
    kinds: Mapping[str, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What people know it by: its selector, or `box 0, 0, 200, 40`."""
        if self.box is None:
            return self.selector or ""
        return "box " + ", ".join(f"{side:g}" for side in self.box.as_dict().values())


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a divergence or a score flags a device.

    `sensitivity` picks the severity from which a divergence flags; `kinds` overrides it per kind (a severity 0–1, or 1.01
    for never); `scores` flags a device whose score is worse than the number, per metric. `regions` override both in parts of
    the page: of those that hold a divergence, the last one that says something of its kind.
    """

    sensitivity: Sensitivity = "normal"
    kinds: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    regions: tuple[RegionThresholds, ...] = ()


@dataclass(frozen=True, slots=True)
class Networks:
    """Where the networks of the learned metrics run, and how exactly.

    `device`: `auto` takes CUDA, then Apple's MPS, then the processor. `precision`: `exact` is float32, `fast` bfloat16
    where that is faster, which errs by up to about 0.4 % of the distance; a score's note says which it was.
    """

    device: NetworkDevice = "auto"
    precision: Precision = "exact"


@dataclass(frozen=True, slots=True)
class Waiver:
    """An accepted divergence: page × device × selector × kind, `*` for any; with its reason, owner and expiry date."""

    page: str
    device: str
    selector: str
    kind: str
    reason: str
    owner: str = ""
    expires: str | None = None
    id: str = ""
    max_severity: float = 1.0


@dataclass(frozen=True, slots=True)
class Login:
    """How to sign in once: the page with its steps, the id of the device that does it, and the file of the session state."""

    page: Page
    device: str
    save: str | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """The parsed `devices.yaml`.

    `reference` maps a device class to the id of its reference device; a class that is not named uses `desktop`'s, and a
    single reference is stored under all three. `source` is the file it came from; `as_used` is the document after
    defaults, with every value that came from the environment replaced by its `${NAME}`, for `results.json`.
    `fit` names the rule that brings two pictures to one grid.
    `visit` is a page without id and URL: what `defaults` say of every page, for pages that the matrix does not list.
    `secrets` maps each text that came from the environment to its `${NAME}`: never write a key of it out (`redact`).
    """

    devices: tuple[Device, ...]
    reference: Mapping[str, str]
    pages: tuple[Page, ...] = ()
    metrics: tuple[str, ...] = ("ssim", "ms_ssim", "lpips")
    fit: Fit = "align"
    networks: Networks = field(default_factory=Networks)
    thresholds: Thresholds = field(default_factory=Thresholds)
    device_thresholds: Mapping[str, Thresholds] = field(default_factory=dict)
    page_thresholds: Mapping[str, Thresholds] = field(default_factory=dict)
    pair_thresholds: Mapping[tuple[str, str], Thresholds] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    source: str = ""
    as_used: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    visit: Page = Page("", "")
    login: Login | None = None

    def device(self, device_id: str) -> Device:
        """The device of that id; KeyError when there is none."""
        for device in self.devices:
            if device.id == device_id:
                return device
        raise KeyError(device_id)

    def reference_for(self, device: Device) -> Device:
        """The device that `device` is held against."""
        wanted = self.reference.get(device.device_class) or self.reference["desktop"]
        return self.device(wanted)

    def thresholds_for(self, device_id: str, page_id: str = "") -> Thresholds:
        """Those of the matrix, with a page's laid over them, with a device's laid over both."""
        for own in (
            self.pair_thresholds.get((page_id, device_id)),
            self.device_thresholds.get(device_id),
            self.page_thresholds.get(page_id),
        ):
            if own is not None:
                return own
        return self.thresholds

    def redact(self, text: str) -> str:
        """`text` with every value of the environment replaced by its `${NAME}`; values under four characters stay."""
        for value in sorted((value for value in self.secrets if len(value) >= 4), key=len, reverse=True):
            text = text.replace(value, self.secrets[value])
        return text
