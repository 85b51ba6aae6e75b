"""PNG files of the kind that browsers write, several times faster than general decoders, bit for bit the same.

Inflating is libdeflate's work (`deflate`), deflating ISA-L's (`isal`), PNG's row filters are undone and applied in C. Where
any of the three is missing, or the file is of another kind, both functions answer None and the caller goes the usual way.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compatcheck.native import library

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_CHANNELS = {2: 3, 6: 4}
"""PNG's colour types that are read here: RGB, RGBA (when it is opaque)."""

_REFUSED = frozenset({b"tRNS", b"eXIf", b"acTL"})
"""Chunks that change what the picture means: transparency, orientation, animation."""

_STRIP = 64
"""Rows filtered and compressed at a time."""


def decode(data: bytes) -> NDArray[np.uint8] | None:
    """An 8-bit RGB or opaque RGBA picture as (height, width, 3); None when it is anything else, or damaged."""
    loaded = library()
    try:
        import deflate
    except ImportError:
        return None
    found = _chunks(data) if loaded is not None else None
    if loaded is None or found is None:
        return None
    width, height, channels, packed = found
    row = width * channels
    try:
        raw = deflate.zlib_decompress(packed, height * (row + 1))
    except (deflate.DeflateError, ValueError, MemoryError):
        return None
    if len(raw) != height * (row + 1):
        return None
    pixels = np.frombuffer(raw, np.uint8)
    if loaded.cc_unfilter(pixels.ctypes.data, height, row, channels):
        return None
    if channels == 4 and loaded.cc_drop_alpha(pixels.ctypes.data, width * height):
        return None
    return pixels[: width * height * 3].reshape(height, width, 3)


def _chunks(data: bytes) -> tuple[int, int, int, bytes] | None:
    """Width, height, channels and compressed rows; None for a file that is not of this kind or has no end."""
    header: tuple[int, int, int] | None = None
    parts: list[Any] = []
    view, place = memoryview(data), len(SIGNATURE)
    while place + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, place)
        body = view[place + 8 : place + 8 + length]
        if kind == b"IHDR":
            if length != 13 or place + 25 > len(data):
                return None
            if zlib.crc32(view[place + 4 : place + 21]) != struct.unpack_from(">I", data, place + 21)[0]:
                return None
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            if depth != 8 or colour not in _CHANNELS or interlaced or not width or not height:
                return None
            header = (width, height, _CHANNELS[colour])
        elif kind == b"IDAT":
            parts.append(body)
        elif kind in _REFUSED:
            return None
        elif kind == b"IEND":
            return (*header, b"".join(parts)) if header else None
        place += 12 + length
    return None


def encode(picture: NDArray[np.uint8]) -> bytes | None:
    """The picture (height, width, 3) as PNG, compressed lightly; None where it cannot be done here."""
    loaded = library()
    try:
        from isal import isal_zlib
    except ImportError:
        return None
    if loaded is None:
        return None
    picture = np.ascontiguousarray(picture)
    height, width = picture.shape[:2]
    row = 3 * width
    packer = isal_zlib.compressobj(1)
    filtered = np.empty(_STRIP * (row + 1), np.uint8)
    start = picture.ctypes.data
    parts = []
    for top in range(0, height, _STRIP):
        rows = min(_STRIP, height - top)
        above = start + (top - 1) * row if top else None
        if loaded.cc_filter(start + top * row, row, rows, row, above, filtered.ctypes.data):
            return None
        parts.append(packer.compress(filtered[: rows * (row + 1)].data))
    parts.append(packer.flush())
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return SIGNATURE + b"".join(
        _chunk(*each) for each in ((b"IHDR", header), (b"IDAT", b"".join(parts)), (b"IEND", b""))
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))
