"""Files written whole or not at all, and the sizes of pictures without decoding them."""

from __future__ import annotations

import os
import struct
import tempfile
from collections.abc import Iterable
from pathlib import Path

from compatcheck.errors import UsageError

_PNG_HEADER = struct.Struct(">8sI4sII")


def write_whole(path: Path, content: str | bytes | Iterable[str]) -> Path:
    """Write `content` (or its parts) under a temporary name beside `path`, then rename; text becomes UTF-8.

    Raises UsageError when the folder cannot be made or written to.
    """
    parts = [content] if isinstance(content, str | bytes) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                for part in parts:
                    file.write(part.encode() if isinstance(part, str) else part)
            # mkstemp makes files only their owner can read; a report is handed round.
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(
            f"{path}: cannot be written: {error.strerror or error}.", hint="Give a folder that can be written to."
        ) from None
    return path


def png_size(path: Path) -> tuple[int, int] | None:
    """Width and height of a PNG in device px, from its header; None when there is no such file or it is no PNG."""
    try:
        with path.open("rb") as file:
            head = file.read(_PNG_HEADER.size)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return None
    if len(head) < _PNG_HEADER.size:
        return None
    magic, _, chunk, width, height = _PNG_HEADER.unpack(head)
    if magic != b"\x89PNG\r\n\x1a\n" or chunk != b"IHDR" or not (width and height):
        return None
    return width, height
