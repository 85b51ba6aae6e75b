"""Stopping, by the DevTools protocol, what no script in the page can reach: frames that run none, and the insides of marquees."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from compatcheck.capture.wire import Wire, script_text
from compatcheck.errors import CaptureError, SessionLost

_WORLD = "compatcheck"  # scripts in it run in a frame that runs none of its own

# A marquee moves an element of its own, in a tree that the page does not see; without its transform it is at the beginning.
_HOLD = "function () { this.style.setProperty('transform', 'none', 'important'); }"
_LET_GO = "function () { this.style.removeProperty('transform'); }"


class DevToolsReach:
    """See `Reach`. Frames and marquees that go while they are told are of no interest any more."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._frames: set[str] = set()
        self._movers: set[int] = set()

    def freeze_frames(self, options: Mapping[str, Any]) -> int:
        seeking = 0
        # Those that have frozen themselves too: what is told of a frame does not tell whether it runs scripts.
        for frame in _below(self._wire.cdp("Page.getFrameTree")["frameTree"]):
            seeking += int(self._freeze(frame, options).get("seeking", 0))
            self._frames.add(frame)
        return seeking

    def hold_marquees(self) -> None:
        cdp = self._wire.cdp
        cdp("DOM.enable")
        try:
            cdp("DOM.getDocument", depth=0)
            found = cdp("DOM.performSearch", query="<marquee>", includeUserAgentShadowDOM=False)
            count = int(found["resultCount"])
            places = {"searchId": found["searchId"], "fromIndex": 0, "toIndex": count}
            for marquee in cdp("DOM.getSearchResults", **places)["nodeIds"] if count else ():
                with _gone():
                    node = cdp("DOM.describeNode", nodeId=marquee, depth=2, pierce=True)["node"]
                    self._movers |= {mover for mover in _movers(node) if self._tell(mover, _HOLD)}
        finally:
            cdp("DOM.disable")

    def let_go(self) -> None:
        for mover in self._movers:
            self._tell(mover, _LET_GO)
        for frame in self._frames:
            self._freeze(frame, {"thaw": True})
        self._movers.clear()
        self._frames.clear()

    def _freeze(self, frame: str, options: Mapping[str, Any]) -> dict[str, Any]:
        with _gone():
            world = self._wire.cdp("Page.createIsolatedWorld", frameId=frame, worldName=_WORLD)["executionContextId"]
            text = f"({script_text('scripts/freeze.js')})({json.dumps(options)})"
            answer = self._wire.cdp("Runtime.evaluate", contextId=world, expression=text, returnByValue=True)
            return dict(answer["result"].get("value") or {})
        return {}

    def _tell(self, node: int, text: str) -> bool:
        with _gone():
            one = self._wire.cdp("DOM.resolveNode", backendNodeId=node)["object"]["objectId"]
            self._wire.cdp("Runtime.callFunctionOn", objectId=one, functionDeclaration=text)
            self._wire.cdp("Runtime.releaseObject", objectId=one)
            return True
        return False


@contextmanager
def _gone() -> Iterator[None]:
    """Let pass that what was to be told is not there any more."""
    try:
        yield
    except SessionLost:
        raise
    except CaptureError:
        pass


def _below(tree: Mapping[str, Any]) -> Iterator[str]:
    """The ids of all frames of a frame tree but its own."""
    for child in tree.get("childFrames", ()):
        yield str(child["frame"]["id"])
        yield from _below(child)


def _movers(marquee: Mapping[str, Any]) -> list[int]:
    """What a marquee (a node that DevTools describes) moves, by backend node ids."""
    inside = [node for root in marquee.get("shadowRoots", ()) for node in root.get("children", ())]
    return [int(node["backendNodeId"]) for node in inside if node["nodeName"] == "DIV"]
