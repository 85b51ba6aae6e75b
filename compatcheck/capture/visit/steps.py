"""The steps of a page, done with what every WebDriver session can: real clicks, keys and pointer moves; scripts for the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from urllib.parse import urldefrag, urljoin

from compatcheck.capture.navigation import ERROR_PAGES, await_document, error_name, error_on_page, set_out, unreachable
from compatcheck.capture.visit.keys import key_actions
from compatcheck.capture.visit.locate import found
from compatcheck.capture.wire import Wire, interruptible, script_text
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.model.visit import Step

POLL_SECONDS = 0.1
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key of an element's reference (W3C WebDriver, "Elements")."""

_BARE_PLACE = """
const [right, bottom] = [innerWidth - 1, innerHeight - 1], bare = (element) => !element || /^(html|body)$/i.test(element.tagName);
const places = [[0, 0], [right, 0], [0, bottom], [right, bottom], [0, bottom / 2], [right, bottom / 2], [right / 2, bottom]];
return places.find(([x, y]) => bare(document.elementFromPoint(x, y))) || [0, 0];
"""


class NotYet(Exception):
    """The step cannot be done now; perhaps in a moment. The message says why, and follows the step's name."""


def describe(step: Step) -> str:
    """A step in few words, without what is typed."""
    what = step.selector
    if what is None and step.action in ("press", "goto", "scroll"):
        what = step.value
    if what is None and step.seconds is not None:
        what = f"{step.seconds:g} s"
    return f"{step.action} {what}" if what else step.action


def run_steps(wire: Wire, steps: Sequence[Step], deadline: float) -> list[dict[str, Any]]:
    """Do the steps one after the other; none goes on after the moment `deadline`. Gives a log of `{step, seconds}`.

    Raises CaptureError that names the step which failed.
    """
    log = []
    for number, step in enumerate(steps, 1):
        started = time.monotonic()
        name = f"Step {number} of {len(steps)} ({describe(step)})"
        until = min(deadline, started + max(step.timeout, step.seconds or 0.0))
        try:
            run_step(wire, step, until)
        except NotYet as reason:
            hint = "Raise the device's `timeout`." if until == deadline else "Correct the step, or raise its `timeout`."
            raise CaptureError(f"{name}: {reason} within {round(until - started, 1):g} s.", hint=hint) from None
        except SessionLost:
            raise
        except CaptureError as error:
            raise CaptureError(f"{name}: {error.message}", hint=error.hint) from error
        log.append({"step": describe(step), "seconds": round(time.monotonic() - started, 3)})
    return log


def run_step(wire: Wire, step: Step, until: float) -> None:
    """Do one step, trying again until the moment `until`. Raises NotYet with the last reason, or CaptureError."""
    while True:
        try:
            _ACTIONS[step.action](wire, step, until)
        except NotYet:
            if time.monotonic() >= until:
                raise
            time.sleep(POLL_SECONDS)
        else:
            return


def _act(wire: Wire, element: Any, what: str, **options: Any) -> dict[str, Any]:
    """Run `act.js` on an element. Raises NotYet when it says that it cannot be done now."""
    text = f"return ({script_text('scripts/act.js')})(Object.assign({{element: arguments[0]}}, arguments[1]))"
    told = _or_not_yet(lambda: wire.driver_script(text, element, {"do": what, **options})) or {}
    if told.get("error"):
        if told.get("final"):
            raise CaptureError(f"{told['error']}.")
        raise NotYet(told["error"])
    return dict(told)


def _or_not_yet(function: Callable[[], Any]) -> Any:
    """What goes wrong at an element may go right in a moment: the page is still being built, or goes elsewhere."""
    try:
        return function()
    except SessionLost:
        raise
    except CaptureError as error:
        raise NotYet(error.message.partition("failed: ")[2].rstrip(".") or error.message.rstrip(".")) from error


def _at(wire: Wire, step: Step, action: Callable[[Any], object]) -> None:
    """Do something at the step's visible element."""
    with found(wire, str(step.selector)) as sight:
        if not sight.visible:
            raise NotYet("no element matched" if not sight.count else "the element was not visible")
        action(sight.element)


def _click(wire: Wire, step: Step, until: float) -> None:
    def click(element: Any) -> None:
        _act(wire, element, "show")
        cover = _act(wire, element, "covered").get("by")
        if cover:
            raise NotYet(f"{cover} lay over the element")
        wire.pointer_is_in = True
        _or_not_yet(lambda: wire.call("click", element.click))

    _at(wire, step, click)
    _come_to_rest(wire, until)


def _fill(wire: Wire, step: Step, _until: float) -> None:
    _at(wire, step, lambda element: _act(wire, element, "fill", text=step.value))


def _select(wire: Wire, step: Step, until: float) -> None:
    _at(wire, step, lambda element: _act(wire, element, "select", by=step.by, value=step.value))
    _come_to_rest(wire, until)


def _press(wire: Wire, step: Step, until: float) -> None:
    keys = {"type": "key", "id": "keyboard", "actions": key_actions(str(step.value))}

    def press(element: Any) -> None:
        if element is not None:
            _act(wire, element, "focus")
        with interruptible():
            wire.call("press", lambda: wire.driver.execute("actions", {"actions": [keys]}))

    if step.selector is None:
        press(None)
    else:
        _at(wire, step, press)
    _come_to_rest(wire, until)


def _hover(wire: Wire, step: Step, _until: float) -> None:
    def hover(element: Any) -> None:
        _act(wire, element, "show")
        wire.pointer_is_in = True
        _or_not_yet(lambda: _move_pointer(wire, 0, 0, {ELEMENT: element.id}))

    _at(wire, step, hover)


def _move_pointer(wire: Wire, x: float, y: float, origin: Any = "viewport") -> None:
    move = {"type": "pointerMove", "duration": 0, "x": int(x), "y": int(y), "origin": origin}
    pointer = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [move]}
    wire.call("hover", lambda: wire.driver.execute("actions", {"actions": [pointer]}))


def take_pointer_away(wire: Wire) -> None:
    """Put the pointer where nothing but the page itself lies under it, or into the corner: what it was over shows no hover."""
    x, y = wire.script(_BARE_PLACE)
    with suppress(CaptureError):  # a view that has no pointer
        _move_pointer(
            wire, x + (1 if x == 0 else -1), y
        )  # Firefox believes a pointer that clicked to be still at (0, 0)
        _move_pointer(wire, x, y)
        wire.await_frames()
    wire.pointer_is_in = False


def _scroll(wire: Wire, step: Step, _until: float) -> None:
    place = {"to": step.value, "x": step.x, "y": step.y}
    if step.selector is None:
        _act(wire, None, "scroll", **place)
    elif all(value is None for value in place.values()):
        _at(wire, step, lambda element: _act(wire, element, "show"))
    else:
        _at(wire, step, lambda element: _act(wire, element, "scroll", **place))
    wire.await_frames()


def _wait(wire: Wire, step: Step, until: float) -> None:
    if step.seconds is not None:
        time.sleep(max(0.0, min(step.seconds, until - time.monotonic())))
        return
    with found(wire, str(step.selector)) as sight:
        true = {
            "visible": sight.visible > 0,
            "hidden": sight.visible == 0,
            "attached": sight.count > 0,
            "detached": sight.count == 0,
        }
    if not true[step.state]:
        raise NotYet(f"the element was not {step.state}")


# Firefox runs scripts beside the page, where its `const` and `let` are unknown. A strict policy forbids eval: then it stays there.
_IN_THE_PAGE = "try { run = window.eval(`(${run})`); } catch (error) { if (error.name !== 'EvalError') throw error; }"


def _script(wire: Wire, step: Step, until: float) -> None:
    text = (
        "const done = arguments[arguments.length - 1];"
        f"let run = async () => {{ {step.value}\n }};"
        f"{_IN_THE_PAGE if wire.capabilities.get('browserName') == 'firefox' else ''}"
        "run().then(() => done({}), (error) => done({error: String(error)}))"
    )
    seconds = max(0.5, until - time.monotonic())
    wire.call("Setting a time limit", lambda: wire.driver.set_script_timeout(seconds))
    told: Any = None
    try:
        with interruptible():
            told = wire.call("the script", lambda: wire.driver.execute_async_script(text), seconds + 5)
    finally:
        wire.call("Setting a time limit", lambda: wire.driver.set_script_timeout(30))
    if told and told.get("error"):
        raise CaptureError(f"the script failed: {told['error'].splitlines()[0][:300]}.")
    _come_to_rest(wire, until)


def _goto(wire: Wire, step: Step, until: float) -> None:
    here = str(wire.script("return location.href"))
    there = urljoin(here, str(step.value))
    if "#" in there and urldefrag(there)[0] == urldefrag(here)[0]:
        wire.script("location.href = arguments[0]", there)  # the same document: nothing is loaded
        return
    wire.script("window.__compatcheckLeft = true")
    before = wire.failure()

    def failure() -> str:
        told = wire.failure()
        return "" if told == before else told  # of the page before

    seconds = max(1.0, until - time.monotonic())
    set_out(wire, there, seconds, reason=partial(str.strip))
    state = await_document(wire, there, max(1.0, until - time.monotonic()), failure=failure)
    if reason := failure():
        raise unreachable(there, reason)
    if str(state["documentUrl"]).startswith(ERROR_PAGES):
        told = error_name(str(state["documentUrl"])) or error_on_page(wire)
        raise unreachable(there, told or "the browser shows an error page")
    _come_to_rest(wire, until)


def _come_to_rest(wire: Wire, until: float) -> None:
    """Let the page take in what was done; where it went elsewhere, wait for the new document."""
    wire.await_frames()
    while time.monotonic() < until:
        with interruptible():
            if wire.script("return document.readyState") in ("interactive", "complete"):
                return
        time.sleep(POLL_SECONDS / 2)


_ACTIONS: dict[str, Callable[[Wire, Step, float], None]] = {
    "click": _click,
    "fill": _fill,
    "press": _press,
    "select": _select,
    "hover": _hover,
    "scroll": _scroll,
    "wait": _wait,
    "script": _script,
    "goto": _goto,
}
"""By the words of `compatcheck.model.visit.StepAction`."""
