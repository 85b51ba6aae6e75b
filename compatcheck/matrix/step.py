"""The blocks of a page's `steps`: what is done on the page before it is looked at, one key a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BeforeValidator, model_validator

from compatcheck.matrix.block import Block
from compatcheck.matrix.fields import Bounds, KeyPress, Pause, Seconds, Text, refuse
from compatcheck.model.visit import STEP_SECONDS, ElementState, Step, StepAction


def short(key: str) -> Callable[[Any], Any]:
    """A validator that takes a bare text for a mapping with that one key: `click: "#buy"`."""
    return lambda value: {key: value} if isinstance(value, str) else value


def _wait(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"seconds": value} if number else short("selector")(value)


class TimedBlock(Block):
    """A step that may have to wait for its element."""

    timeout: Seconds = STEP_SECONDS
    """Seconds that the step may take."""


class TargetBlock(TimedBlock):
    """A step at an element."""

    selector: Text
    """CSS, XPath (`//…`) or `text=words`; ` >>> ` goes into a shadow root, ` ||| ` into a frame."""


class FillBlock(TargetBlock):
    """What a text field is filled with."""

    text: str
    """The text; empty clears the field."""


class PressBlock(TimedBlock):
    """A key that is pressed."""

    key: KeyPress
    """`Enter`, `ArrowDown`, `a`, `Control+A` …, named as in `KeyboardEvent.key`."""
    selector: Text | None = None
    """The element that gets the focus first. Default: the one that has it."""


class SelectBlock(TargetBlock):
    """The option that a select box gets: exactly one of `value`, `label` and `index`."""

    value: str | None = None
    """By its value."""
    label: Text | None = None
    """By what it says."""
    index: Annotated[int, Bounds(0, 100_000)] | None = None
    """By its place, from 0."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.value, self.label, self.index)) != 1:
            raise refuse("must have exactly one of `value`, `label` and `index`.")
        return self


class ScrollBlock(TimedBlock):
    """Where the page, or an element that scrolls, is scrolled to."""

    selector: Text | None = None
    """Alone: the element that is brought into view. With `to`, `x` or `y`: the element that is scrolled."""
    to: Literal["top", "bottom"] | None = None
    """One of its ends."""
    x: float | None = None
    """CSS px from its left edge."""
    y: float | None = None
    """CSS px from its top."""

    @model_validator(mode="after")
    def _some_place(self) -> Self:
        exact = self.x is not None or self.y is not None
        if self.to is not None and exact:
            raise refuse("names two places.", "Keep `to`, or `x` and `y`.")
        if self.selector is None and self.to is None and not exact:
            raise refuse("says no place.", "Give selector, to, x or y.")
        return self


class WaitBlock(TimedBlock):
    """What is waited for: `seconds`, or an element."""

    seconds: Pause | None = None
    """A time, whatever happens."""
    selector: Text | None = None
    """An element."""
    state: ElementState = "visible"
    """What the element must be: `visible`, `hidden` (or gone), `attached` or `detached`."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.seconds is None) == (self.selector is None):
            raise refuse("must have exactly one of `seconds` and `selector`.")
        return self


class ScriptBlock(TimedBlock):
    """JavaScript that is run in the page."""

    run: Text
    """A function body; a promise that it returns is waited for."""


class GotoBlock(TimedBlock):
    """Another page that is opened."""

    url: Text
    """Its URL, absolute or relative to where the browser is."""


Shown = Annotated[TargetBlock | None, BeforeValidator(short("selector"), json_schema_input_type=str | TargetBlock)]


class StepBlock(Block):
    """One thing that is done on the page; exactly one key."""

    click: Shown = None
    """Click an element."""
    fill: FillBlock | None = None
    """Fill a text field; its `input` and `change` events come."""
    press: Annotated[PressBlock | None, BeforeValidator(short("key"), json_schema_input_type=str | PressBlock)] = None
    """Press a key."""
    select: SelectBlock | None = None
    """Choose an option of a select box."""
    hover: Shown = None
    """Put the pointer on an element; it stays there for the picture when no step moves it again."""
    scroll: Annotated[
        ScrollBlock | None, BeforeValidator(short("selector"), json_schema_input_type=str | ScrollBlock)
    ] = None
    """Scroll. With `fullPage: false` the page stays there for the picture."""
    wait: Annotated[WaitBlock | None, BeforeValidator(_wait, json_schema_input_type=float | str | WaitBlock)] = None
    """Wait: seconds, or for an element."""
    script: Annotated[ScriptBlock | None, BeforeValidator(short("run"), json_schema_input_type=str | ScriptBlock)] = (
        None
    )
    """Run JavaScript in the page."""
    goto: Annotated[GotoBlock | None, BeforeValidator(short("url"), json_schema_input_type=str | GotoBlock)] = None
    """Open another page."""

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if len(self.model_fields_set) != 1 or all(value is None for _, value in self):
            raise refuse(f"must be exactly one of {', '.join(type(self).model_fields)}.")
        return self


def step_of(block: StepBlock) -> Step:
    """The step of a checked block."""
    action, what = next((name, value) for name, value in block if value is not None)
    told = cast(StepAction, action)
    if isinstance(what, SelectBlock):
        by = next(way for way in ("value", "label", "index") if getattr(what, way) is not None)
        return Step(told, what.selector, str(getattr(what, by)), by=by, timeout=what.timeout)  # type: ignore[arg-type]
    values = {"fill": "text", "press": "key", "scroll": "to", "script": "run", "goto": "url"}
    return Step(
        action=told,
        selector=getattr(what, "selector", None),
        value=getattr(what, values[action]) if action in values else None,
        x=getattr(what, "x", None),
        y=getattr(what, "y", None),
        seconds=getattr(what, "seconds", None),
        state=getattr(what, "state", "visible"),
        timeout=what.timeout,
    )
