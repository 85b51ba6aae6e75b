"""The run folder: where a run's files go, each written whole or not at all.

<root>/<run>/captures/<page>/<device>.png and .json   picture, and facts with page model
<root>/<run>/maps/<page>/<device>-<metric>.png        heat-maps
<root>/latest                                         -> <run>
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from compatcheck.errors import UsageError

LATEST = "latest"


def now() -> str:
    """The time as UTC ISO 8601 with seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def new_run_id() -> str:
    """A run's name: sorts by time, unique, file-safe."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def write_whole(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old one, the new one or none, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(temporary).chmod(mode)  # mkstemp makes it private; reports are for others to read
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run's folder. Paths given out are relative to it, POSIX style."""

    root: Path
    run_id: str

    @property
    def path(self) -> Path:
        return self.root / self.run_id

    @classmethod
    def create(cls, root: Path, run_id: str | None = None) -> RunFolder:
        """Make a new run's folder under `root`. Raises UsageError when that cannot be done."""
        folder = cls(root, run_id or new_run_id())
        try:
            folder.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(
                f"cannot make the run folder {folder.path}: {error.strerror or error}.",
                hint="Give another place with --output.",
            ) from error
        return folder

    @staticmethod
    def picture_name(slug: str) -> str:
        return f"captures/{slug}.png"

    @staticmethod
    def facts_name(slug: str) -> str:
        return f"captures/{slug}.json"

    @staticmethod
    def map_name(slug: str, metric: str) -> str:
        return f"maps/{slug}-{metric.replace(':', '-')}.png"

    def file(self, name: str) -> Path:
        return self.path / name

    def write_json(self, name: str, data: Mapping[str, Any]) -> None:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False)
        write_whole(self.file(name), text.encode(errors="replace"))  # pages hold lone surrogates, UTF-8 cannot

    def read_json(self, name: str) -> Any:
        """The parsed file, None when it is missing or broken (an interrupted run's)."""
        try:
            return json.loads(self.file(name).read_bytes())
        except (OSError, ValueError):
            return None

    def point_latest(self) -> None:
        """Make `<root>/latest` this run; where links cannot be made, a text file with the run's name."""
        link = self.root / LATEST
        temporary = self.root / f".{LATEST}.{secrets.token_hex(4)}"
        try:
            temporary.symlink_to(self.run_id, target_is_directory=True)
            temporary.replace(link)
        except OSError:
            temporary.unlink(missing_ok=True)
            if not link.is_dir():
                write_whole(link, f"{self.run_id}\n".encode())
