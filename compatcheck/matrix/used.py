"""The matrix as used, for `results.json`: everything that held, and no secret.

Values that came from the environment stand there as their `${NAME}` again; passwords in URLs and capabilities that were
written out in the file are masked.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from compatcheck.matrix.document import Document
from compatcheck.matrix.thresholds import thresholds_as_used
from compatcheck.matrix.visiting import MASKED, visit_as_used
from compatcheck.model.matrix import Device, Matrix, Page, Thresholds

_SECRET_KEY = re.compile(r"(?i)(access.?key|api.?key|pass(word|wd)?$|secret|token|credential|authorization|cookie)")
_USER_INFO = re.compile(r"(?<=://)([^/\s?#]*)@")
_VARIABLES = re.compile(r"\$\{\w+\}(:\$\{\w+\})?")


def without_credentials(text: str) -> str:
    """`text` with the user:password@ of every URL in it masked; what is a `${NAME}` there says nothing and stays."""
    return _USER_INFO.sub(lambda match: match[0] if _VARIABLES.fullmatch(match[1]) else f"{MASKED}@", text)


def without_secrets(value: Any, *, secret: bool = False) -> Any:
    """The same data with user:password of URLs, and texts under keys that name a secret, masked; `${NAME}` stays."""
    if isinstance(value, Mapping):
        return {key: without_secrets(item, secret=_SECRET_KEY.search(key) is not None) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item, secret=secret) for item in value]
    if not isinstance(value, str):
        return value
    if secret and not _VARIABLES.fullmatch(value):
        return MASKED
    return without_credentials(value)


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None and value not in ({}, [], ())}


def _device(device: Device, written: Mapping[str, Any], defaults: Mapping[str, Any], thresholds: Any) -> dict[str, Any]:
    used = {
        "id": device.id,
        "group": device.group,
        "browser": device.browser,
        "driver": device.driver,
        "server": device.server,
        "preset": device.preset,
        "inApp": device.in_app,
        "viewport": {"width": device.screen.viewport.width, "height": device.screen.viewport.height},
        "deviceScaleFactor": device.screen.device_scale_factor,
        "isMobile": device.screen.is_mobile,
        "hasTouch": device.screen.has_touch,
        "userAgent": device.user_agent,
        "locale": device.locale,
        "timezone": device.timezone,
        "colorScheme": device.color_scheme,
        "reducedMotion": device.reduced_motion,
        "forcedColors": device.forced_colors,
        "fullPage": device.full_page,
        "readiness": device.readiness,
        "timeout": device.timeout,
        "thresholds": thresholds,
    }
    # as it stands in the file, `${NAME}` and all; what the model made of it (a viewport turned, widths expanded) stays
    for key in ("server", "userAgent", "locale", "timezone", "binary", "driverPath", "folder", "webview"):
        if (raw := written.get(key, defaults.get(key))) is not None and (key in written or used.get(key) is not None):
            used[key] = raw
    used["capabilities"] = {**(defaults.get("capabilities") or {}), **(written.get("capabilities") or {})}
    return _present(used)


def _page(
    page: Page, written: Mapping[str, Any], thresholds: Thresholds | None, redact: Callable[[str], str]
) -> dict[str, Any]:
    told = {"id": page.id, "url": written.get("url", page.url), "fullPage": page.full_page, "readiness": page.readiness}
    own = {"thresholds": thresholds and thresholds_as_used(thresholds)}
    return _present({**told, **visit_as_used(page, redact), **own})


def as_used(matrix: Matrix, document: Document) -> dict[str, Any]:
    """The document after defaults and presets, JSON-ready, with no value of the environment in it."""
    raw = document.raw
    defaults = raw.get("defaults") or {}
    written = {entry["id"]: entry for entry in _by_value(document, "devices")}
    pages = {entry["id"]: entry for entry in _by_value(document, "pages")}
    used: dict[str, Any] = {
        "version": raw["version"],
        "reference": dict(matrix.reference),
        "metrics": list(matrix.metrics),
        "fit": matrix.fit,
        "networks": {"device": matrix.networks.device, "precision": matrix.networks.precision},
        "thresholds": thresholds_as_used(matrix.thresholds),
        "devices": [
            _device(
                device,
                written.get(device.group or device.id, {}),
                defaults,
                thresholds_as_used(matrix.device_thresholds[device.id])
                if device.id in matrix.device_thresholds
                else None,
            )
            for device in matrix.devices
        ],
        "pages": [
            _page(page, pages.get(page.id, {}), matrix.page_thresholds.get(page.id), matrix.redact)
            for page in matrix.pages
        ],
    }
    masked: dict[str, Any] = _redacted(without_secrets(used), matrix)
    return masked


def _by_value(document: Document, key: str) -> list[dict[str, Any]]:
    """The raw entries of a list, each with its id as it was read."""
    values, raws = document.value.get(key) or [], document.raw.get(key) or []
    return [{**raw, "id": value["id"]} for value, raw in zip(values, raws, strict=True)]


def _redacted(value: Any, matrix: Matrix) -> Any:
    """What still holds a value of the environment (a selector, an id made from one) gives it up too."""
    if isinstance(value, dict):
        return {key: _redacted(item, matrix) for key, item in value.items()}
    if isinstance(value, list):
        return [_redacted(item, matrix) for item in value]
    return matrix.redact(value) if isinstance(value, str) else value
