"""What must hold between several places of a matrix: unique ids, known references, keys that need one another.

The checks read the plain data and tolerate anything in it, so that they still speak when other parts of the file are
wrong: a user sees every problem at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compatcheck.errors import UsageError
from compatcheck.matrix import catalogue
from compatcheck.matrix.document import Document, YamlPath
from compatcheck.matrix.nearest import did_you_mean
from compatcheck.matrix.resolve import MAX_WIDTHS, driver_of, in_app_agent, preset_of, widths_of
from compatcheck.matrix.schema import MAX_VIEWPORT
from compatcheck.matrix.visiting import is_style_file

CLASSES = ("desktop", "tablet", "phone")


def check(document: Document) -> None:
    """Note every such problem in the document."""
    value: dict[str, Any] = document.value if isinstance(document.value, dict) else {}
    given = value.get("defaults")
    defaults: dict[str, Any] = given if isinstance(given, dict) else {}
    known: dict[str, int] = {}
    declared: dict[str, int] = {}
    groups: list[str] = []
    for path, device in _mappings(value, "devices"):
        ids = _ids(device)
        told = len(document.problems)
        _unique(document, path, ids, known)
        if len(document.problems) == told and isinstance(device.get("id"), str):
            _unique(document, path, [device["id"]], declared)  # a device with widths has an outcome under its own id
        if isinstance(device.get("widths"), dict) and isinstance(device.get("id"), str):
            groups.append(device["id"])
        _driver(document, path, device, {**defaults, **device})
        _in_app(document, path, device, defaults)
        _widths(document, path, device)
        _pixels(document, path, device)
    pages: dict[str, int] = {}
    _style_files(document, ("defaults",), defaults)
    for path, page in _mappings(value, "pages"):
        _style_files(document, path, page)
        _unique(document, path, [page["id"]] if isinstance(page.get("id"), str) else [], pages)
    _references(document, value.get("reference"), list(known), groups)
    login = value.get("login")
    if isinstance(login, dict):
        _style_files(document, ("login",), login)
        if isinstance(login.get("device"), str) and login["device"] not in known:
            hint = did_you_mean(login["device"], list(known))
            document.problem(f'there is no device "{login["device"]}".', ("login", "device"), hint=hint)
    metrics = value.get("metrics")
    names: list[Any] = metrics if isinstance(metrics, list) else []
    for index, name in enumerate(names):
        if isinstance(name, str) and name in names[:index]:
            document.problem(f"the metric {name} is named twice.", ("metrics", index), hint="Keep one of them.")


def _style_files(document: Document, path: YamlPath, visit: Mapping[str, Any]) -> None:
    """The files of `styles` are read with the matrix, so that a missing one is told before any browser starts."""
    given = visit.get("styles")
    styles: list[Any] = given if isinstance(given, list) else [given]
    for index, style in enumerate(styles):
        if isinstance(style, str) and is_style_file(style):
            file = Path(document.file).absolute().parent / style
            try:
                file.read_text(encoding="utf-8")
            except (OSError, ValueError) as error:
                why = getattr(error, "strerror", None) or "it is no UTF-8 text"
                place = (*path, "styles", index) if isinstance(given, list) else (*path, "styles")
                document.problem(f"the style sheet {file} cannot be read: {why}.", place)


def _mappings(value: Mapping[str, Any], key: str) -> Iterator[tuple[YamlPath, dict[str, Any]]]:
    entries = value.get(key)
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            yield (key, index), entry


def _ids(device: Mapping[str, Any]) -> list[str]:
    name = device.get("id")
    if not isinstance(name, str):
        return []
    widths = device.get("widths")
    return [f"{name}-{width}" for width in widths_of(widths)] if isinstance(widths, dict) else [name]


def _unique(document: Document, path: YamlPath, ids: list[str], known: dict[str, int]) -> None:
    folded = {name.casefold(): name for name in known}
    place = document.places.get((*path, "id"))
    for name in ids:
        first = folded.get(name.casefold())
        if first is None:
            known[name] = place.line if place else 0
            continue
        case = "" if first == name else " (some file systems do not tell upper from lower case)"
        document.problem(
            f'the id "{name}" is taken on line {known[first]}{case}.', (*path, "id"), hint="Every id must be unique."
        )
        return


def _driver(document: Document, path: YamlPath, device: Mapping[str, Any], merged: Mapping[str, Any]) -> None:
    driver = driver_of(merged)

    def written(key: str) -> bool:
        return device.get(key) is not None or (*path, key) in document.unset

    def missing(key: str, what: str) -> None:
        if merged.get(key) is None and not written(key):
            document.problem(f"the key `{key}` is missing: driver {driver} needs {what}.", (*path, key))

    def misplaced(key: str, drivers: tuple[str, ...]) -> None:
        if written(key) and driver not in drivers:
            document.problem(
                f"`{key}` means nothing to driver {driver}.",
                (*path, key),
                hint=f"Set `driver: {drivers[0]}`, or remove it.",
                at_key=True,
            )

    if driver in ("remote", "appium"):
        missing("server", "the URL of its server")
    if driver == "folder":
        missing("folder", "to know where the pictures are")
    misplaced("server", ("remote", "appium"))
    misplaced("folder", ("folder",))
    misplaced("webview", ("appium",))
    misplaced("binary", ("selenium",))
    misplaced("driverPath", ("selenium",))
    if merged.get("server") == "auto" and driver != "appium":
        document.problem("only driver appium can start its server itself.", (*path, "server"), hint="Give its URL.")


def _in_app(document: Document, path: YamlPath, device: Mapping[str, Any], defaults: Mapping[str, Any]) -> None:
    name = device.get("inApp")
    if not isinstance(name, str):
        return
    if device.get("userAgent") is not None:
        document.problem("`inApp` and `userAgent` both name a user agent.", (*path, "inApp"), hint="Keep one of them.")
    try:
        app = catalogue.in_app_named(name)
        preset = preset_of(device)
    except UsageError:
        return  # the schema has already said so
    try:
        in_app_agent(app, preset, device.get("browser") or defaults.get("browser"))
    except UsageError as error:
        document.problem(error.message, (*path, "inApp"), hint=error.hint)


def _widths(document: Document, path: YamlPath, device: Mapping[str, Any]) -> None:
    widths = device.get("widths")
    if not isinstance(widths, dict):
        return
    start, end = widths.get("from"), widths.get("to")
    if isinstance(start, int) and isinstance(end, int) and end < start:
        document.problem(f"`to` ({end}) is less than `from` ({start}).", (*path, "widths", "to"))
    elif len(widths_of(widths)) > MAX_WIDTHS:
        document.problem(f"that is more than {MAX_WIDTHS} widths.", (*path, "widths"), hint="Make `step` larger.")


def _pixels(document: Document, path: YamlPath, device: Mapping[str, Any]) -> None:
    """A viewport of more device px than an engine's texture has cannot be painted."""
    viewport, ratio = device.get("viewport"), device.get("deviceScaleFactor")
    if not isinstance(viewport, dict) or isinstance(ratio, bool) or not isinstance(ratio, (int, float)):
        return
    for side in ("width", "height"):
        length = viewport.get(side)
        if isinstance(length, int) and 0 < length <= MAX_VIEWPORT and length * ratio > MAX_VIEWPORT:
            document.problem(
                f"{length} CSS px at deviceScaleFactor {ratio:g} are {length * ratio:.0f} device px; engines paint at most "
                f"{MAX_VIEWPORT}.",
                (*path, "viewport", side),
            )


def _references(document: Document, reference: Any, known: list[str], groups: list[str]) -> None:
    named: dict[YamlPath, Any] = {("reference",): reference}
    if isinstance(reference, dict):
        named = {("reference", key): reference[key] for key in CLASSES if key in reference}
        if not any(named.values()) and not any(path in document.unset for path in named):
            document.problem("names no device.", ("reference",), hint="Write reference: ID.")
    for path, name in named.items():
        if not isinstance(name, str) or name in known:
            continue
        if name in groups:
            document.problem(
                f'"{name}" stands for many widths; a reference is one device.', path, hint=f"Perhaps {name}-WIDTH?"
            )
        else:
            hint = did_you_mean(name, known) or (f"There are {', '.join(known[:12])}." if known else "")
            document.problem(f'there is no device "{name}".', path, hint=hint)
