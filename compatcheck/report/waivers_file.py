"""Writing `waivers.yaml`: entries are added at the end and removed by id; every other byte stays as its reviewers left it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from compatcheck.errors import UsageError
from compatcheck.model.matrix import Waiver
from compatcheck.report.files import write_whole

WAIVERS_NAME = "waivers.yaml"

HEADING = """\
# Divergences that were looked at and accepted. `compatcheck review` and `compatcheck waive` add to this list; edit it freely.
"""

_NOT_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON leaves as it is and YAML does not allow, or reads as a line's end."""

_NOTHING = "[]\n"
"""An empty list, written out: a file of comments alone would be no list to a YAML reader."""

_KEYS = ("id", "page", "device", "selector", "kind", "reason", "owner", "expires", "maxSeverity")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One item of the list, and the lines it takes: `first` up to but without `end`, from 0."""

    value: dict[str, Any]
    first: int
    end: int


def waivers_path(matrix_file: str) -> Path:
    """Where the waivers of a matrix are kept: next to it (in the working directory when it has no file)."""
    return Path(matrix_file or "devices.yaml").with_name(WAIVERS_NAME)


def describe_file(matrix_file: str) -> dict[str, Any]:
    """What a patch to the file needs to know: its path, its number of lines, the last ones, and whether it ends in a newline."""
    path = waivers_path(matrix_file)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    lines = text.splitlines()
    name = path.as_posix() if not path.is_absolute() and ".." not in path.parts else path.name
    return {"path": name, "lines": len(lines), "tail": lines[-3:], "newline": text.endswith("\n")}


def read_entries(path: Path) -> list[dict[str, Any]]:
    """The file's entries as they stand, empty when there is no file. Raises UsageError when it is no list of mappings."""
    return [entry.value for entry in _entries(path, _read(path))]


def format_waiver(waiver: Waiver) -> str:
    """One entry as YAML text. Every scalar but the number is quoted the JSON way, which YAML reads alike."""
    values = (
        waiver.id,
        waiver.page,
        waiver.device,
        waiver.selector,
        waiver.kind,
        waiver.reason,
        waiver.owner,
        waiver.expires,
        waiver.max_severity,
    )
    lines = [
        f"{key}: {value if isinstance(value, float) else _quoted(value)}"
        for key, value in zip(_KEYS, values, strict=True)
        if value not in ("", None)
    ]
    return "- " + "\n  ".join(lines) + "\n"


def add_waivers(path: Path, waivers: Sequence[Waiver]) -> list[Waiver]:
    """Append the waivers to the file, replacing entries with the same id. Returns those that are new or changed.

    Raises UsageError when the file cannot be read as a list of waivers, or cannot be written.
    """
    text = _read(path)
    known = {entry.value.get("id"): entry for entry in _entries(path, text)}
    changed = [waiver for waiver in waivers if _as_value(waiver) != getattr(known.get(waiver.id), "value", None)]
    if not changed:
        return []
    text = _without(text, [known[waiver.id] for waiver in changed if waiver.id in known])
    text = text.removesuffix(_NOTHING)
    if not text.strip():
        text = HEADING
    if not text.endswith("\n"):
        text += "\n"
    write_whole(path, text + "".join(format_waiver(waiver) for waiver in changed))
    return changed


def remove_waivers(path: Path, ids: Iterable[str]) -> list[str]:
    """Remove the entries with these ids; returns the ids that were there. Raises UsageError like `add_waivers`."""
    wanted = set(ids)
    text = _read(path)
    gone = [entry for entry in _entries(path, text) if entry.value.get("id") in wanted]
    if gone:
        rest = _without(text, gone)
        write_whole(path, rest if _entries(path, rest) else rest + _NOTHING)
    return [str(entry.value["id"]) for entry in gone]


def _quoted(text: str | None) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return _NOT_YAML.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _as_value(waiver: Waiver) -> dict[str, Any]:
    (value,) = yaml.safe_load(format_waiver(waiver))
    return dict(value)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}.") from None


def _entries(path: Path, text: str) -> list[_Entry]:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: is not YAML: {error}", hint="Mend the file by hand first.") from None
    if node is None:
        return []
    if (
        not isinstance(node, yaml.SequenceNode)
        or (node.flow_style and values)
        or not all(isinstance(item, dict) for item in values)
    ):
        raise UsageError(f"{path}: must be a list of waivers, one `- ` each.", hint="Mend the file by hand first.")
    starts = [child.start_mark.line for child in node.value] + [text.count("\n") + 1]
    lines = text.splitlines()
    entries = []
    for value, first, following in zip(values, starts[:-1], starts[1:], strict=True):
        end = following
        # Comments and blank lines above the next entry belong to that one (or to the file).
        while end > first + 1 and (
            end > len(lines) or not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#")
        ):
            end -= 1
        entries.append(_Entry(value, first, end))
    return entries


def _without(text: str, entries: Sequence[_Entry]) -> str:
    lines = text.splitlines(keepends=True)
    for entry in sorted(entries, key=lambda entry: -entry.first):
        del lines[entry.first : entry.end]
    return "".join(lines)
