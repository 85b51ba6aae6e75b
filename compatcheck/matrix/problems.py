"""What pydantic found wrong, said the way this project says it: what it is, what it should be, what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from compatcheck.matrix.document import Document, YamlPath
from compatcheck.matrix.fields import CUSTOM
from compatcheck.matrix.nearest import did_you_mean

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}


def shown(value: Any, written: str | None = None) -> str:
    """A value as a person would name it; `written` is how it stands in the file."""
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = written if written is not None else str(value)
    text = text if len(text) <= 60 else f"{text[:57]}…"
    if isinstance(value, bool) and text.lower() not in {"true", "false"}:
        return f"{text} (which YAML reads as {str(value).lower()})"
    return f'"{text}"' if isinstance(value, str) else text


def note_errors(document: Document, model: type[BaseModel], errors: list[ErrorDetails], base: YamlPath = ()) -> None:
    """Turn pydantic's errors about `model`, which stands at `base` of the document, into problems of the document."""
    for error in errors:
        path: YamlPath = (*base, *(part for part in error["loc"] if part != "[key]"))
        if any(path[: len(unset)] == unset for unset in document.unset):
            continue
        _note(document, model, error, path, len(base))


def _note(document: Document, model: type[BaseModel], error: ErrorDetails, path: YamlPath, depth: int) -> None:
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    place = document.places.get(path)
    written = shown(value, place.text if place else None)
    at_key = "[key]" in error["loc"]
    if kind == CUSTOM:
        document.problem(context["message"], path, hint=context["hint"], at_key=at_key)
    elif kind == "extra_forbidden":
        known = known_keys(model, path[depth:-1])
        near = did_you_mean(str(path[-1]), known)
        document.problem(
            f"there is no key `{path[-1]}` here.", path, hint=near or f"There are {', '.join(known)}.", at_key=True
        )
    elif kind == "missing":
        document.problem(f"the key `{path[-1]}` is missing.", path)
    elif kind == "literal_error":
        choices = choices_of(str(context["expected"]))
        word = shown(value) if at_key else written
        hint = did_you_mean(str(value), choices) if isinstance(value, str) else ""
        document.problem(f"{word} is none of {', '.join(choices)}.", path, hint=hint, at_key=at_key)
    elif kind == "too_short":
        document.problem("must not be empty.", path)
    elif kind in _WANTED:
        quote = kind == "string_type" and not isinstance(value, (list, Mapping)) and value is not None
        hint = f'Put it in quotes: "{place.text}".' if quote and place and place.text is not None else ""
        document.problem(f"must be {_WANTED[kind]}, not {written}.", path, hint=hint)
    else:
        document.problem(f"{error['msg']} ({written}).", path)


def choices_of(expected: str) -> list[str]:
    """pydantic's `'a', 'b' or 'c'` as a list."""
    return [part.strip().strip("'") for part in expected.replace(" or ", ", ").split(",")]


def known_keys(model: type[BaseModel], path: YamlPath) -> list[str]:
    """The keys that the mapping at `path` below `model` may have."""
    current: type[BaseModel] | None = model
    for part in path:
        if current is None:
            break
        if isinstance(part, int):
            continue
        found = {field.alias or name: field for name, field in current.model_fields.items()}.get(part)
        current = _model_in(found.annotation) if found else None
    return [field.alias or name for name, field in current.model_fields.items()] if current else []


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        if (found := _model_in(inner)) is not None:
            return found
    return None
