"""Playwright's storage-state files: cookies and local storage by origin, as `browserContext.storageState()` writes them.

    {"cookies": [{"name", "value", "domain", "path", "expires", "httpOnly", "secure", "sameSite"}],
     "origins": [{"origin": "https://shop.example", "localStorage": [{"name", "value"}]}]}

`expires` is in seconds since 1970, -1 for a session's cookie.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compatcheck.errors import CaptureError
from compatcheck.model.visit import Cookie


@dataclass(frozen=True, slots=True)
class SessionState:
    """What a signed-in browser remembers."""

    cookies: tuple[Cookie, ...] = ()
    local_storage: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def read_state(path: str | Path) -> SessionState:
    """Read a file of session state. Raises CaptureError when it is not there or is none."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        return SessionState(
            tuple(cookie_of(item) for item in data.get("cookies", ())),
            {
                str(entry["origin"]): {str(item["name"]): str(item["value"]) for item in entry.get("localStorage", ())}
                for entry in data.get("origins", ())
            },
        )
    except OSError as error:
        raise CaptureError(
            f"The session state {path} cannot be read: {error.strerror or error}.",
            hint="`compatcheck login` writes one.",
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CaptureError(
            f"{path} is no file of session state ({type(error).__name__}: {error}).",
            hint="It has Playwright's storage-state format; `compatcheck login` writes one.",
        ) from error


def cookie_of(item: Mapping[str, Any]) -> Cookie:
    """A cookie in the form of such a file, which is that of the DevTools protocol too."""
    expires = item.get("expires", -1)
    same_site = item.get("sameSite")
    return Cookie(
        name=str(item["name"]),
        value=str(item["value"]),
        domain=str(item["domain"]),
        path=str(item.get("path", "/")),
        secure=bool(item.get("secure", False)),
        http_only=bool(item.get("httpOnly", False)),
        same_site=same_site if same_site in ("Strict", "Lax", "None") else None,
        expires=float(expires) if isinstance(expires, int | float) and expires > 0 else None,
    )


def cookie_fields(cookie: Cookie) -> dict[str, Any]:
    """The inverse of `cookie_of`; what a cookie leaves open is `None`."""
    return {
        "name": cookie.name,
        "value": cookie.value,
        "domain": cookie.domain,
        "path": cookie.path,
        "expires": cookie.expires,
        "httpOnly": cookie.http_only,
        "secure": cookie.secure,
        "sameSite": cookie.same_site,
    }


def state_text(state: SessionState) -> str:
    """The text of a file that `read_state` reads, and Playwright too."""
    cookies = [
        cookie_fields(cookie)
        | {"expires": -1 if cookie.expires is None else cookie.expires, "sameSite": cookie.same_site or "Lax"}
        for cookie in state.cookies
    ]
    origins = [
        {"origin": origin, "localStorage": [{"name": name, "value": value} for name, value in entries.items()]}
        for origin, entries in state.local_storage.items()
    ]
    return json.dumps({"cookies": cookies, "origins": origins}, indent=2, ensure_ascii=False) + "\n"
