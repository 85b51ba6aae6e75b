"""From the checked blocks of what a page wants to the model, and back to plain data without secrets.

Lists and mappings of `defaults` and of a page are added up, single values of the page win.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from compatcheck.geometry import CssBox
from compatcheck.matrix.step import step_of
from compatcheck.matrix.visit import BoxBlock, FreezeBlock, Visit
from compatcheck.model.matrix import Mask, Matrix, Page
from compatcheck.model.visit import BasicAuth, Cookie, Frozen, Step

MASKED = "***"

MIN_PASSWORD = 8
"""Characters. A shorter password written out in the file would, taken out of every text of a report, garble it."""

_SECRET_NAME = re.compile(r"(?i)auth|key|token|secret|cookie|session|pass|pwd|bypass|signature|\botp\b|\bpin\b")
_VARIABLE = re.compile(r"\$\{\w+\}")


def is_style_file(text: str) -> bool:
    """Whether an entry of `styles` names a file: it ends as one does and holds no rule."""
    return text.lower().endswith(".css") and "{" not in text


def visit_of(block: Visit, defaults: Visit, folder: Path) -> Page:
    """A page without id and URL. Files are read, and paths made whole, from `folder`, where the matrix lies."""

    def both(name: str) -> list[Any]:
        return [*(getattr(defaults, name) or ()), *(getattr(block, name) or ())]

    def merged(name: str) -> dict[str, str]:
        return {**(getattr(defaults, name) or {}), **(getattr(block, name) or {})}

    def one(name: str) -> Any:
        own = getattr(block, name)
        return getattr(defaults, name) if own is None else own

    auth, state = one("basic_auth"), one("session_state")
    scope, clip = (block.scope, block.clip) if block.scope or block.clip else (defaults.scope, defaults.clip)
    return Page(
        id="",
        url="",
        wait_for_selector=one("wait_for_selector"),
        wait_for_timeout=one("wait_for_timeout") or 0.0,
        steps=tuple(step_of(step) for step in both("steps")),
        masks=tuple(
            Mask(mask.selector, mask.xpath, _box(mask.box), mask.mode, float(mask.padding)) for mask in both("masks")
        ),
        not_present_selectors=_unique(both("not_present_selectors")),
        wait_for_script=one("script"),
        ignore_requests=_unique(both("ignore_requests")),
        cookies=tuple(Cookie(**dict(cookie)) for cookie in both("cookies")),
        local_storage=merged("local_storage"),
        session_storage=merged("session_storage"),
        session_state=None if state is None else str(folder / Path(state).expanduser()),
        basic_auth=None if auth is None else BasicAuth(auth.username, auth.password),
        headers=merged("headers"),
        blocked_hosts=_unique(both("blocked_hosts")),
        dismiss=_unique([*(block.dismiss or ()), *(defaults.dismiss or ())]),
        styles=tuple(
            (folder / text).read_text(encoding="utf-8") if is_style_file(text) else text for text in both("styles")
        ),
        frozen=_frozen(one("freeze")),
        scope=scope,
        clip=_box(clip),
        burst=one("burst") or 1,
        invalid_selectors=_unique(both("invalid_selectors")),
        expand=_unique(both("expand")),
    )


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _box(block: BoxBlock | None) -> CssBox | None:
    return None if block is None else CssBox(*(float(value) for value in (block.x, block.y, block.width, block.height)))


def _frozen(block: FreezeBlock | None) -> Frozen | None:
    if block is None:
        return None
    if block.time is None:
        return Frozen(None, block.random)
    moment = datetime.datetime.fromisoformat(block.time)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return Frozen(moment.timestamp(), block.random)


def written_secrets(matrix: Matrix) -> dict[str, str]:
    """Passwords and the like of pages, by their text: they may stand in the file itself and not in the environment."""
    found: list[str] = []
    for page in (*matrix.pages, matrix.visit, *([matrix.login.page] if matrix.login else [])):
        found += [page.basic_auth.password] if page.basic_auth else []
        found += [value for name, value in page.headers.items() if _SECRET_NAME.search(name)]
        found += [step.value for step in page.steps if step.value and _types_secret(step)]
        found += [cookie.value for cookie in page.cookies if cookie.http_only or _SECRET_NAME.search(cookie.name)]
    return {text: MASKED for text in found if len(text) >= MIN_PASSWORD}


def _types_secret(step: Step) -> bool:
    return step.action == "fill" and _SECRET_NAME.search(step.selector or "") is not None


def visit_as_used(page: Page, redact: Callable[[str], str]) -> dict[str, Any]:
    """What holds for a page, JSON-ready; values that are nobody's business are masked, `${NAME}` stays."""

    def hidden(value: str) -> str:
        told = redact(value)
        return told if _VARIABLE.fullmatch(told) else MASKED

    def values(entries: Mapping[str, str], *, all_secret: bool) -> dict[str, str]:
        return {
            name: hidden(value) if all_secret or _SECRET_NAME.search(name) else value for name, value in entries.items()
        }

    frozen = page.frozen
    return {
        "waitForSelector": page.wait_for_selector,
        "waitForTimeout": page.wait_for_timeout or None,
        "notPresentSelectors": list(page.not_present_selectors),
        "script": page.wait_for_script,
        "ignoreRequests": list(page.ignore_requests),
        "steps": [_step(step, hidden) for step in page.steps],
        "cookies": [
            _given({"name": cookie.name, "domain": cookie.domain, "path": cookie.path, "value": hidden(cookie.value)})
            for cookie in page.cookies
        ],
        "localStorage": values(page.local_storage, all_secret=True),
        "sessionStorage": values(page.session_storage, all_secret=True),
        "sessionState": Path(page.session_state).name if page.session_state else None,
        "basicAuth": page.basic_auth
        and {"username": page.basic_auth.username, "password": hidden(page.basic_auth.password)},
        "headers": values(page.headers, all_secret=False),
        "blockedHosts": list(page.blocked_hosts),
        "styles": list(page.styles),
        "dismiss": list(page.dismiss),
        "invalidSelectors": list(page.invalid_selectors),
        "masks": [
            _given(
                {
                    "selector": mask.selector,
                    "xpath": mask.xpath,
                    "box": mask.box and mask.box.as_dict(),
                    "mode": mask.mode,
                    "padding": mask.padding or None,
                }
            )
            for mask in page.masks
        ],
        "burst": page.burst if page.burst > 1 else None,
        "freeze": frozen and _given({"time": _moment(frozen.time), "random": frozen.random}),
        "scope": page.scope,
        "clip": page.clip and page.clip.as_dict(),
        "expand": list(page.expand),
    }


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _moment(time: float | None) -> str | None:
    return None if time is None else datetime.datetime.fromtimestamp(time, datetime.UTC).isoformat()


def _step(step: Step, hidden: Callable[[str], str]) -> dict[str, Any]:
    value = step.value
    if value and _types_secret(step):
        value = hidden(value)
    told = {
        "selector": step.selector,
        "value": value,
        "x": step.x,
        "y": step.y,
        "seconds": step.seconds,
        "state": step.state if step.action == "wait" and step.selector else None,
        "timeout": step.timeout,
    }
    return {step.action: _given(told)}
