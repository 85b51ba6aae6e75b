"""The types of single values in `devices.yaml`: what is accepted, and the sentence that says why something is not."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from compatcheck.errors import UsageError
from compatcheck.matrix import catalogue
from compatcheck.matrix.nearest import did_you_mean
from compatcheck.matrix.urls import check_url
from compatcheck.model.matrix import METRIC_NAMES
from compatcheck.model.visit import KEY_NAMES, MODIFIERS

CUSTOM = "compatcheck"
"""The type of our own pydantic errors; their context holds `message` and `hint`."""

NEVER = 1.01
"""A severity that no divergence reaches (`model.matrix.Thresholds`)."""


def refuse(message: str, hint: str = "") -> PydanticCustomError:
    """The error that a validator raises: a sentence that follows the YAML path, and what to do."""
    return PydanticCustomError(CUSTOM, "{message}", {"message": message, "hint": hint})


@dataclass(frozen=True)
class Bounds:
    """The least and the greatest number allowed, both included, and their unit in words."""

    minimum: float
    maximum: float
    unit: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "minimum": self.minimum, "maximum": self.maximum}

    def check(self, value: float) -> float:
        if not self.minimum <= value <= self.maximum:
            unit = f" {self.unit}" if self.unit else ""
            raise refuse(f"must be between {self.minimum:g} and {self.maximum:g}{unit}, not {value:.10g}.")
        return value


def _filled(value: str) -> str:
    if not value.strip():
        raise refuse("must not be empty.")
    return value


def _file_safe(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}", value) is None:
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", value).strip("-._")[:80]
        raise refuse(
            f'"{value}" cannot be a file name everywhere: use letters, digits, ".", "_" and "-", at most 80.',
            f"Perhaps {slug}?" if slug else "",
        )
    if value.endswith(".") or re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", value):
        raise refuse(f'"{value}" is no file name on Windows.', "Choose another.")
    return value


def _known(value: str, names: Iterable[str], what: str, where: str) -> str:
    names = list(names)
    if value not in names:
        raise refuse(f'there is no {what} "{value}".', did_you_mean(value, names) or where)
    return value


def _metric(value: str) -> str:
    return _known(value, METRIC_NAMES, "metric", f"There are {', '.join(METRIC_NAMES)}.")


def _preset(value: str) -> str:
    try:
        return catalogue.preset_named(value).name
    except UsageError as error:
        raise refuse(error.message, error.hint) from None


def _in_app(value: str) -> str:
    try:
        return catalogue.in_app_named(value).name
    except UsageError as error:
        raise refuse(error.message, error.hint) from None


def _url(value: str) -> str:
    try:
        return check_url(value)
    except UsageError as error:
        raise refuse(error.message, error.hint) from None


def _server(value: str) -> str:
    if value == "auto":
        return value
    if value.startswith("file:"):
        raise refuse(f'"{value}" is no server.', "Give its http:// or https:// URL.")
    return _url(value)


def _locale(value: str) -> str:
    if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value) is None:
        raise refuse(f'"{value}" is no language tag.', "Write it as en-GB or zh-Hans-CN.")
    return value


def _timezone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        names = zoneinfo.available_timezones()
        if names:  # a machine with no time zone data cannot judge; the browser will
            hint = did_you_mean(value, names) or "Write it as Europe/Berlin."
            raise refuse(f'there is no time zone "{value}".', hint) from None
    return value


def _never(value: Any) -> Any:
    return NEVER if value == "never" else value


def _severity(value: float) -> float:
    if not (0 <= value <= 1 or value == NEVER):
        raise refuse(f"must be a severity between 0 and 1, or `never`, not {value:.10g}.")
    return value


def _date(value: str) -> str:
    try:
        return datetime.date.fromisoformat(value).isoformat()
    except ValueError:
        raise refuse(f'"{value}" is no date.', "Write it as 2027-01-31.") from None


def _moment(value: str) -> str:
    try:
        return datetime.datetime.fromisoformat(value).isoformat()
    except ValueError:
        raise refuse(f'"{value}" is no moment.', "Write it as 2026-01-31T12:00:00Z.") from None


def _key_press(value: str) -> str:
    *modifiers, key = re.split(r"\+(?=.)", value)
    if wrong := [name for name in modifiers if name not in MODIFIERS]:
        raise refuse(f'"{wrong[0]}" is no modifier.', did_you_mean(wrong[0], MODIFIERS) or "Write it as Control+A.")
    if len(key) != 1 and key not in KEY_NAMES:
        raise refuse(
            f'there is no key "{key}".', did_you_mean(key, KEY_NAMES) or "Keys are named as in KeyboardEvent.key."
        )
    return value


def _header_name(value: str) -> str:
    if re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", value) is None:
        raise refuse(f'"{value}" is no name of a request header.', "Letters, digits and hyphens.")
    return value


def _header_value(value: str) -> str:
    if any(ord(character) < 32 and character != "\t" for character in value):
        raise refuse("must be one line of text.")
    return value


Seconds = Annotated[float, Bounds(0.1, 3600, "seconds")]
Pause = Annotated[float, Bounds(0, 600, "seconds")]
Text = Annotated[str, AfterValidator(_filled)]
FileSafeId = Annotated[
    str, AfterValidator(_file_safe), Field(json_schema_extra={"pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$"})
]
MetricName = Annotated[str, AfterValidator(_metric), Field(json_schema_extra={"enum": list(METRIC_NAMES)})]
PresetName = Annotated[str, AfterValidator(_preset)]
InAppName = Annotated[str, AfterValidator(_in_app)]
PageUrl = Annotated[str, AfterValidator(_url)]
ServerUrl = Annotated[str, AfterValidator(_server)]
Locale = Annotated[str, AfterValidator(_locale)]
TimeZone = Annotated[str, AfterValidator(_timezone)]
KindThreshold = Annotated[float, AfterValidator(_severity), BeforeValidator(_never, json_schema_input_type=float | str)]
KeyPress = Annotated[str, AfterValidator(_key_press)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
HeaderValue = Annotated[str, AfterValidator(_header_value)]
Moment = Annotated[str, AfterValidator(_moment), Field(json_schema_extra={"format": "date-time"})]
Date = Annotated[str, AfterValidator(_date), Field(json_schema_extra={"format": "date"})]
