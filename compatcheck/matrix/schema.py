"""`devices.yaml` as pydantic models: which keys there are, their types, bounds and defaults.

A new key is one field here (and one line where `resolve.py` hands it on); the JSON Schema, the nearest-key suggestions and
the completeness test of `docs/devices-yaml.md` follow by themselves. Strict: nothing is converted silently. Checks that
need more than one place of the file are in `checks.py`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from compatcheck.matrix.block import Block
from compatcheck.matrix.fields import (
    Bounds,
    Date,
    FileSafeId,
    InAppName,
    Locale,
    MetricName,
    PageUrl,
    PresetName,
    Seconds,
    ServerUrl,
    Text,
    TimeZone,
)
from compatcheck.matrix.thresholds import ThresholdsBlock
from compatcheck.matrix.visit import Visit
from compatcheck.matrix.webview import WebviewBlock
from compatcheck.model.matrix import Browser, Fit, NetworkDevice, Precision, Readiness
from compatcheck.model.verdict import Kind

VERSION = 1

MAX_VIEWPORT = 16384
"""CSS px. Engines paint through textures of at most 16 384 device px a side; no screen comes near it."""

Driver = Literal["selenium", "remote", "appium", "folder"]
ViewportSide = Annotated[int, Bounds(1, MAX_VIEWPORT, "CSS px")]
Ratio = Annotated[float, Bounds(0.25, 8, "device px per CSS px")]
Severity = Annotated[float, Bounds(0, 1)]


class ViewportBlock(Block):
    """The size of the window that a page gets."""

    width: ViewportSide
    """CSS px."""
    height: ViewportSide
    """CSS px."""


class WidthsBlock(Block):
    """The widths at which one device looks; a single look is called `<id>-<width>`."""

    from_: ViewportSide = Field(alias="from")
    """The narrowest width, CSS px."""
    to: ViewportSide
    """The widest width, CSS px; looked at even where the steps miss it."""
    step: ViewportSide = 60
    """From one width to the next, CSS px."""


def _one_for_all(value: Any) -> Any:
    return {"desktop": value} if isinstance(value, str) else value


class ReferenceBlock(Block):
    """The reference device of each class of devices; a class left out uses `desktop`'s."""

    desktop: Text | None = None
    tablet: Text | None = None
    phone: Text | None = None


def _active(value: Any) -> Any:
    return {"active": True, "none": False}.get(value, value) if isinstance(value, str) else value


def _reduce(value: Any) -> Any:
    return {"reduce": True, "no-preference": False}.get(value, value) if isinstance(value, str) else value


class Look(Block):
    """What `defaults` and a device may both say."""

    browser: Browser | None = None
    """Which browser looks. Default: the preset's, else what `capabilities` say, else `chromium`."""
    driver: Driver | None = None
    """How it is driven: `selenium` (here; default), `remote` (a Grid or a cloud), `appium`, `folder` (pictures made elsewhere)."""
    server: ServerUrl | None = None
    """The URL of the Grid, the cloud or the Appium server; with `driver: appium` also `auto`, which starts one here."""
    capabilities: dict[str, Any] | None = None
    """W3C capabilities, passed on untouched."""
    binary: Text | None = None
    """The browser's program, where the one on the PATH is not meant."""
    driver_path: Text | None = None
    """The WebDriver program (chromedriver, geckodriver …), where the one that is found is not meant."""
    locale: Locale | None = None
    """A language tag such as `en-GB`."""
    timezone: TimeZone | None = None
    """An IANA time zone such as `Europe/Berlin`."""
    color_scheme: Literal["light", "dark"] | None = None
    """What `prefers-color-scheme` says."""
    reduced_motion: Annotated[
        bool | None, BeforeValidator(_reduce, json_schema_input_type=bool | Literal["reduce", "no-preference"] | None)
    ] = None
    """What `prefers-reduced-motion` says: true or `reduce`, false or `no-preference`."""
    forced_colors: Annotated[
        bool | None, BeforeValidator(_active, json_schema_input_type=bool | Literal["active", "none"] | None)
    ] = None
    """What `forced-colors` says (a high-contrast theme of the system): true or `active`, false or `none`."""
    user_agent: Text | None = None
    """The user agent to declare. Default: the preset's or the engine's own."""
    full_page: bool | None = None
    """Capture the whole page (default) or the viewport only."""
    readiness: Readiness | None = None
    """How long a page is given to come to rest: `strict`, `balanced` (default), `fast` or `none`."""
    timeout: Seconds | None = None
    """Seconds for one look, all waiting included. Default 60."""


class DeviceBlock(Look):
    """One way to look at a page."""

    id: FileSafeId
    """Unique; letters, digits, `.`, `_` and `-`."""
    preset: PresetName | None = None
    """A device of the catalogue (`compatcheck devices`); other keys override it."""
    orientation: Literal["portrait", "landscape"] | None = None
    """Which way the screen is held. Default: as the preset or the viewport says."""
    in_app: InAppName | None = None
    """Declare the user agent of an app's own browser, such as `wechat`."""
    viewport: ViewportBlock | None = None
    """The size that the page gets, CSS px. Default: the preset's, else 1280 × 800."""
    device_scale_factor: Ratio | None = None
    """Device px per CSS px. Default: the preset's, else 1."""
    is_mobile: bool | None = None
    """Whether the viewport meta tag is honoured. Default: the preset's, else false."""
    has_touch: bool | None = None
    """Whether there is a touch screen. Default: the preset's, else false."""
    widths: WidthsBlock | None = None
    """Look at pages at many widths, in one session; what breaks is told once, with its range of widths."""
    folder: Text | None = None
    """For `driver: folder`: where the pictures are, relative to the matrix."""
    webview: WebviewBlock | None = None
    """For `driver: appium`: the webview inside an app."""
    thresholds: ThresholdsBlock | None = None
    """Over the matrix's thresholds, for this device."""


class DefaultsBlock(Look, Visit):
    """Hold for every device and every page that says nothing else."""


class NetworksBlock(Block):
    """Where the networks of `lpips` and `st_lpips` run, and how exactly."""

    device: NetworkDevice = "auto"
    """`auto` (default) takes CUDA, then Apple's MPS, then the processor; `cpu`, `cuda` or `mps` take that one."""
    precision: Precision = "exact"
    """`exact` (default): float32. `fast`: bfloat16 where that is faster, off by up to about 0.4 % of the distance."""


class PageBlock(Visit):
    """One page to look at."""

    id: FileSafeId
    """Unique; letters, digits, `.`, `_` and `-`."""
    url: PageUrl
    """Where the page is: http, https or file."""
    full_page: bool | None = None
    """Over the defaults; a device's own word wins."""
    readiness: Readiness | None = None
    """Over the defaults; a device's own word wins."""
    thresholds: ThresholdsBlock | None = None
    """Over the matrix's thresholds, for this page; a device's own word wins."""


class LoginBlock(Visit):
    """How to sign in once, for `compatcheck login`."""

    url: PageUrl
    """The page with the form."""
    device: Text | None = None
    """The id of the device that signs in. Default: the (desktop) reference."""
    save: Text | None = None
    """The file to keep what the browser remembers in, relative to the matrix. Default: `sessionState` of the defaults."""


class MatrixBlock(Block):
    """The device matrix of compatcheck."""

    version: Literal[1]
    """The version of this format."""
    reference: Annotated[ReferenceBlock, BeforeValidator(_one_for_all, json_schema_input_type=str | ReferenceBlock)]
    """The id of the device that the others are held against, or one for each class of devices."""
    defaults: DefaultsBlock = Field(default_factory=DefaultsBlock)
    """Hold for every device and every page that says nothing else."""
    metrics: list[MetricName] | None = None
    """Scores to compute. Default: ssim, ms_ssim, lpips."""
    fit: Fit = "align"
    """How two pictures come to one grid: by `align`ing rows (default), by `resize`, `pad` or `crop`."""
    networks: NetworksBlock = Field(default_factory=NetworksBlock)
    """Where the networks of learned metrics run, and how exactly."""
    thresholds: ThresholdsBlock = Field(default_factory=ThresholdsBlock)
    """When a divergence or a score flags a device."""
    devices: list[DeviceBlock] = Field(min_length=1)
    """The ways to look at a page."""
    login: LoginBlock | None = None
    """How `compatcheck login` signs in; what the browser remembers then is what `sessionState` of pages reads."""
    pages: list[PageBlock] = Field(default_factory=list)
    """The pages; may be left out when URLs come from the command line."""


class WaiverBlock(Block):
    """One accepted divergence of `waivers.yaml`; `*` stands for any."""

    id: Text | None = None
    """A name for it. Default: made from page, device, selector and kind."""
    page: Text = "*"
    """The id of a page."""
    device: Text = "*"
    """The id of a device."""
    selector: Text = "*"
    """The selector of the element, as the report shows it."""
    kind: Literal[Kind, "*"] = "*"
    """The kind of divergence."""
    reason: Text
    """Why it is accepted."""
    owner: Text = ""
    """Who accepted it."""
    expires: Date | None = None
    """The last day on which it holds, such as 2027-01-31."""
    max_severity: Severity = 1.0
    """A worse divergence in the same place still flags."""
