"""`compatcheck review RUN`: the report served on loopback, with buttons that write `waivers.yaml`.

Nobody but the person who started it gets in: it listens on 127.0.0.1 only; the first address carries a random token, which
becomes a SameSite cookie; every request must name this server in `Host` (no DNS rebinding); a request that writes must
carry the token once more in a header, come from this origin and be JSON (no cross-site form can do any of these).
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from compatcheck.errors import CompatcheckError, UsageError
from compatcheck.report.decide import waivers_for
from compatcheck.report.files import write_whole
from compatcheck.report.html.earlier import look_back
from compatcheck.report.html.write import Served, render_html
from compatcheck.report.results import read_results
from compatcheck.report.review_http import Refused, ReviewHandler
from compatcheck.report.waivers_file import add_waivers, read_entries, remove_waivers, waivers_path


class ReviewServer(ThreadingHTTPServer):
    """Serves one run; `url` is the address to open. Use as a context manager, and `serve_forever` in it.

    Args:
        folder: the run folder.
        waivers: the file to write; next to the run's matrix unless given.
        owner: who decides, as the waivers will say.
        port: 0 takes a free one.
        after_write: called after every change of the file, such as a check that it can be read; when it raises, the file is
            put back and the error is shown.

    Raises UsageError when the run cannot be read or the port is taken.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self,
        folder: Path,
        *,
        waivers: Path | None = None,
        owner: str = "",
        port: int = 0,
        after_write: Callable[[Path], object] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.results = read_results(folder)
        self.waivers = waivers or waivers_path(self.results.matrix_file)
        self.owner = owner
        self.after_write = after_write
        self.token = secrets.token_urlsafe(24)
        self._writing = threading.Lock()
        rendered = render_html(
            self.results, self.folder, look_back(self.results, self.folder), served=Served(self.token, owner)
        )
        self.pages = {"/": rendered.html} | {f"/{name}": text for name, text in rendered.files.items()}
        read_entries(self.waivers)  # a broken file is told before anybody has clicked
        try:
            super().__init__(("127.0.0.1", port), ReviewHandler)
        except OSError as error:
            raise UsageError(
                f"port {port}: cannot be listened on: {error.strerror}.", hint="Give another --port."
            ) from None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def url(self) -> str:
        """The address with the token; it works once per browser and opens nothing elsewhere."""
        return f"{self.origin}/?token={self.token}"

    def answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do what a request asks for, and say how the waivers stand then. Raises Refused or UsageError."""
        if path not in ("/api/waive", "/api/undo"):
            raise Refused(HTTPStatus.NOT_FOUND, "there is no such request")
        with self._writing:
            before = self.waivers.read_bytes() if self.waivers.is_file() else None
            try:
                done = self._waive(body) if path == "/api/waive" else self._undo(body)
                if self.after_write is not None and done:
                    self.after_write(self.waivers)
            except CompatcheckError:
                self._restore(before)
                raise
        return {"changed": done} | self.state()

    def _restore(self, before: bytes | None) -> None:
        if before is not None:
            write_whole(self.waivers, before)
        else:
            self.waivers.unlink(missing_ok=True)

    def _waive(self, body: dict[str, Any]) -> list[str]:
        words = {
            name: body.get(name) or "" for name in ("page", "device", "finding", "scope", "reason", "owner", "expires")
        }
        if not all(isinstance(word, str) for word in words.values()):
            raise Refused(HTTPStatus.BAD_REQUEST, "every field is a text")
        if words["expires"]:
            check_date(words["expires"])
        words["owner"] = words["owner"] or self.owner
        return [waiver.id for waiver in add_waivers(self.waivers, waivers_for(self.results, **words))]

    def _undo(self, body: dict[str, Any]) -> list[str]:
        ids = body.get("ids")
        if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
            raise Refused(HTTPStatus.BAD_REQUEST, "ids is a list of texts")
        return remove_waivers(self.waivers, ids)

    def state(self) -> dict[str, Any]:
        """The waivers as the file has them now."""
        return {"file": self.waivers.as_posix(), "waivers": [_plain(entry) for entry in read_entries(self.waivers)]}


def check_date(text: str) -> str:
    """The text when it is a date such as 2027-01-31; raises UsageError otherwise."""
    try:
        date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text}: is not a date.", hint="Write it as 2027-01-31.") from None
    return text


def _plain(entry: dict[str, Any]) -> dict[str, Any]:
    return {str(name): value if isinstance(value, int | float) else str(value) for name, value in entry.items()}
