"""What a page is made of and its device may lack: fonts, and declarations of CSS."""

from __future__ import annotations

import re
from weakref import WeakKeyDictionary

from compatcheck.capture.wire import Wire, script_text
from compatcheck.errors import CaptureError, SessionLost
from compatcheck.model.capture import PageModel

MOST_NAMED = 8
"""How many elements are named for a font."""

_READ: WeakKeyDictionary[Wire, dict[str, list[str]]] = WeakKeyDictionary()
"""What a session's browser does not take of the style sheets that it has read, by address: sites share theirs between pages."""


_APPLES = ("-apple-system", "BlinkMacSystemFont")
"""What stands for the system's font on Apple's systems, and for nothing elsewhere."""


def fonts_used(model: PageModel, platform: str) -> dict[str, list[str]]:
    """The fonts in which text is set: each with its elements' selectors, the first few of them.

    Of the families that an element asks for, it is the first one that the device has; a generic name (`sans-serif`) stands for
    whatever the browser takes for it. Characters that this font lacks come from others. `platform` is `navigator.platform`.
    """
    absent = () if platform.startswith(("Mac", "iP")) else _APPLES
    there = model.extra.get("families")
    found: dict[str, list[str]] = {}
    for element in model.elements:
        asked = element.style.get("fontFamily", "")
        if not element.text or not asked or not isinstance(there, dict):
            continue
        names = [part.strip().strip("\"'") for part in re.findall(r"(?:\"[^\"]*\"|'[^']*'|[^,])+", asked)]
        here = (name for name in names if there.get(name, False) is not False and name not in absent)
        font = next(here, "the browser's own")
        named = found.setdefault(font, [])
        if len(named) < MOST_NAMED:
            named.append(element.selector)
    return found


def css_lacking(wire: Wire) -> list[str]:
    """The declarations of the page's style sheets that the engine does not take, those of sheets of other origins left out."""
    read = _READ.setdefault(wire, {})
    text = f"({script_text('scripts/lacking.js')})(arguments[0], arguments[arguments.length - 1])"
    told = None
    try:
        told = wire.async_script(text, {"known": [name for name in read if name]})
    except SessionLost:
        raise
    except CaptureError:
        pass  # the page is on its way elsewhere
    if not isinstance(told, dict):
        return []
    read |= {address: found for address, found in told.items() if found is not None}
    return list(dict.fromkeys(one for address in told for one in read.get(address, ())))
