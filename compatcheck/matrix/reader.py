"""YAML text → `Document`: values with their places, the environment filled in.

PyYAML's node graph gives the places; the values are made here, because its constructors know neither places nor limits:
keys are always text, numbers are decimal, dates stay text, mappings may be merged with `<<`, and an alias that contains
itself or that multiplies into an absurd number of values is a problem rather than a hang.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from compatcheck.errors import MatrixError, Problem
from compatcheck.matrix.document import Document, Place, YamlPath, path_words
from compatcheck.matrix.environment import Unset, fill, is_secret

MAX_BYTES = 2 * 1024 * 1024
"""A matrix of ten thousand pages has half a megabyte; beyond this a file is a mistake."""
MAX_VALUES = 200_000
"""Values after aliases are followed: a few nested aliases can stand for billions."""
MAX_DEPTH = 100
"""Levels of nesting. Capabilities rarely need more than six."""

_TAG = "tag:yaml.org,2002:"
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)([eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_document(path: str | Path, environ: Mapping[str, str] | None, *, required: bool = True) -> Document:
    """Read a YAML file; with an environment, its variables are filled in.

    Raises MatrixError when it cannot be read, is not YAML, or is `required` and empty; other problems are noted in it.
    """
    document = Document(file=str(path))
    text = _read_text(Path(path), document)
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = ", ".join(part for part in (error.context, error.problem) if part)
        raise MatrixError([_syntax_problem(document.file, said, text, mark)]) from None
    except yaml.YAMLError as error:
        raise MatrixError([Problem(f"is not YAML: {str(error).splitlines()[0]}", document.file)]) from None
    except RecursionError:
        raise MatrixError([Problem(f"is nested more than {MAX_DEPTH} levels deep", document.file)]) from None
    except (ValueError, OverflowError):  # PyYAML passes an escape such as "\UFFFFFFFF" straight to chr()
        raise MatrixError([Problem("holds an escape in quotes that is no character", document.file)]) from None
    if node is None and not required:
        return document
    if node is None:
        raise MatrixError([Problem("is empty.", document.file, hint="`compatcheck init` writes one to start from.")])
    try:
        document.value, document.raw = _Reader(document, environ).read(node, ())
    except _TooMuch as error:
        raise MatrixError([Problem(str(error), document.file)]) from None
    return document


def _read_text(path: Path, document: Document) -> str:
    def fail(message: str, hint: str = "") -> MatrixError:
        return MatrixError([Problem(message, document.file, hint=hint)])

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise fail("there is no such file.", "`compatcheck init` writes one to start from.") from None
    except IsADirectoryError:
        raise fail("is a folder.", "Name the YAML file in it.") from None
    except PermissionError:
        raise fail("may not be read by this user.", "Check its permissions.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise fail(f"cannot be read: {reason}.") from None
    if len(data) > MAX_BYTES:
        raise fail(
            f"has {len(data):,} bytes; more than {MAX_BYTES:,} is taken for a mistake.",
            "Give long lists of pages with --urls FILE.",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        problem = Problem(
            f"is not UTF-8 text (byte 0x{data[error.start]:02x}).",
            document.file,
            line,
            error.start - data.rfind(b"\n", 0, error.start),
            hint="Save it as UTF-8.",
        )
        raise MatrixError([problem]) from None


def _syntax_problem(file: str, said: str, text: str, mark: yaml.Mark | None) -> Problem:
    if mark is None:
        return Problem(f"is not YAML: {said}.", file)
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    hint = ""
    if "\t" in line[: mark.column + 1] and "cannot start any token" in said:
        hint = "YAML is indented with spaces, not tabs."
    elif re.search(r"[{,\[].*\$\{", line):
        hint = 'Inside { } and [ ], put it in quotes: "${NAME}".'
    return Problem(f"is not YAML: {said}.", file, mark.line + 1, mark.column + 1, hint=hint)


class _TooMuch(Exception):
    """The file stands for more than can be meant."""


class _Reader:
    """Turns nodes into (value, raw) and notes places and problems."""

    def __init__(self, document: Document, environ: Mapping[str, str] | None) -> None:
        self.document = document
        self.environ = environ
        self.count = 0
        self.open: list[yaml.Node] = []
        self.resolve: Callable[[type[yaml.Node], str, tuple[bool, bool]], str] = yaml.SafeLoader("").resolve

    def read(self, node: yaml.Node, path: YamlPath) -> tuple[Any, Any]:
        self.count_one()
        if len(self.open) > MAX_DEPTH:
            raise _TooMuch(f"is nested more than {MAX_DEPTH} levels deep.")
        mark = node.start_mark
        self.document.places[path] = Place(mark.line + 1, mark.column + 1)
        if any(node is ancestor for ancestor in self.open):
            self.document.problem("is an alias of something that it is itself a part of.", path)
            return self.unreadable(path)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        self.open.append(node)
        try:
            if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
                pairs = [self.read(item, (*path, index)) for index, item in enumerate(node.value)]
                return [value for value, _ in pairs], [raw for _, raw in pairs]
            if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
                return self.mapping(node, path)
        finally:
            self.open.pop()
        self.document.problem(f"has the tag {_tag_words(node.tag)}, which means nothing here.", path, hint="Remove it.")
        return self.unreadable(path)

    def count_one(self) -> None:
        self.count += 1
        if self.count > MAX_VALUES:
            raise _TooMuch(f"stands for more than {MAX_VALUES:,} values: look for aliases (*name) of aliases.")

    def unreadable(self, path: YamlPath) -> tuple[Any, Any]:
        self.document.unset.add(path)
        return None, None

    def mapping(self, node: yaml.MappingNode, path: YamlPath) -> tuple[dict[str, Any], dict[str, Any]]:
        values: dict[str, Any] = {}
        raws: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key_node, value_node in node.value:
            mark = key_node.start_mark
            place = Place(mark.line + 1, mark.column + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                self.document.keys[(*path, "?")] = place
                self.document.problem("a key must be plain text.", (*path, "?"), at_key=True)
            elif key_node.tag == f"{_TAG}merge":
                merged.append(value_node)
            elif key_node.value in values:
                first = self.document.keys[(*path, key_node.value)]
                self.document.problems.append(
                    Problem(
                        f"the key `{key_node.value}` stands twice in one mapping, first on line {first.line}.",
                        self.document.file,
                        place.line,
                        place.column,
                        path_words((*path, key_node.value)),
                        "Keep one of them.",
                    )
                )
            else:
                self.document.keys[(*path, key_node.value)] = place
                values[key_node.value], raws[key_node.value] = self.read(value_node, (*path, key_node.value))
        for value_node in merged:
            self.merge(value_node, path, values, raws)
        return values, raws

    def merge(self, node: yaml.Node, path: YamlPath, values: dict[str, Any], raws: dict[str, Any]) -> None:
        """Add what `<<: *other` brings; keys that stand in the mapping itself, or in an earlier merge, win."""
        if isinstance(node, yaml.SequenceNode):
            for item in node.value:
                self.merge(item, path, values, raws)
            return
        if not isinstance(node, yaml.MappingNode) or any(node is ancestor for ancestor in self.open):
            self.document.problem("`<<` merges mappings: give it *name of one.", path)
            return
        self.count_one()
        mark = node.start_mark
        document, places, keys = self.document, self.document.places, self.document.keys
        document.places, document.keys = {path: Place(mark.line + 1, mark.column + 1)}, {}
        self.open.append(node)
        try:
            more_values, more_raws = self.mapping(node, path)
        finally:
            self.open.pop()
            brought = document.places, document.keys
            document.places, document.keys = places, keys
        for key in more_values:
            if key not in values:
                values[key], raws[key] = more_values[key], more_raws[key]
        for mine, theirs in zip((places, keys), brought, strict=True):
            for place_path, place in theirs.items():
                mine.setdefault(place_path, place)

    def scalar(self, node: yaml.ScalarNode, path: YamlPath) -> tuple[Any, Any]:
        mark = node.start_mark
        quoted = node.style is not None
        self.document.places[path] = Place(mark.line + 1, mark.column + 1, node.value, quoted)
        if _SURROGATE.search(node.value):
            self.document.problem("holds half of a surrogate pair, which is no character.", path)
            return self.unreadable(path)
        text, tag = node.value, node.tag
        if self.environ is None:
            value = self.typed(tag, text, path)
            return value, value
        try:
            filled = fill(text, self.environ)
        except Unset as error:
            self.document.problem(error.message, path, hint=error.hint)
            return self.unreadable(path)
        if filled.names:
            if is_secret(path):
                self.document.secrets.update(filled.secrets)
            # as if it stood there: a number where a number is wanted; capabilities are the vendor's, so text stays text
            if not quoted and "capabilities" not in path:
                tag = self.resolve(yaml.ScalarNode, filled.text, (True, False))
            return self.typed(tag, filled.text, path), text
        value = self.typed(tag, filled.text, path)
        return value, value

    def typed(self, tag: str, text: str, path: YamlPath) -> Any:
        name = tag.removeprefix(_TAG)
        if name == "null":
            return None
        if name == "bool":
            return text.lower() in {"yes", "true", "on"}
        if name == "int":
            # YAML 1.1 reads 010 as eight and 12:30 as 750: nobody means that here
            return int(text) if _INT.fullmatch(text) and len(text) < 20 else text
        if name == "float":
            return float(text) if _FLOAT.fullmatch(text) and math.isfinite(float(text)) else text
        if name in {"str", "timestamp", "value", "merge"}:
            return text
        self.document.problem(f"has the tag {_tag_words(tag)}, which means nothing here.", path, hint="Remove it.")
        self.document.unset.add(path)
        return None


def _tag_words(tag: str) -> str:
    return f"!!{tag.removeprefix(_TAG)}" if tag.startswith(_TAG) else tag
