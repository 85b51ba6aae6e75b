"""PNG files of the kind that browsers write, several times faster than general decoders, bit for bit the same.

Inflating is libdeflate's work (`deflate`), deflating ISA-L's (`isal`), PNG's row filters are undone and applied in C. Where
any of the three is missing, or the file is of another kind, the functions answer None and the caller goes the usual way.
"""

from __future__ import annotations

import ctypes
import struct
import zlib
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compatcheck.native import library
from compatcheck.native.together import together

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_CHANNELS = {2: 3, 6: 4}
"""PNG's colour types that are read here: RGB, RGBA (when it is opaque)."""

_REFUSED = frozenset({b"tRNS", b"eXIf", b"acTL"})
"""Chunks that change what the picture means: transparency, orientation, animation."""

_STRIP = 64
"""Rows filtered and compressed at a time."""

_WORTH_SHARING = 400_000
"""Pixels from which a picture is compressed on two threads."""


def decode(data: bytes) -> NDArray[np.uint8] | None:
    """An 8-bit RGB or opaque RGBA picture as (height, width, 3); None when it is anything else, or damaged."""
    loaded = library()
    found = _chunks(data) if loaded is not None else None
    if loaded is None or found is None:
        return None
    width, height, channels, packed = found
    row = width * channels
    pixels = _inflate(packed, height * (row + 1))
    if pixels is None:
        return None
    if loaded.cc_unfilter(pixels.ctypes.data, height, row, channels):
        return None
    if channels == 4 and loaded.cc_drop_alpha(pixels.ctypes.data, width * height):
        return None
    return pixels[: width * height * 3].reshape(height, width, 3)


def _inflate(packed: bytes, size: int) -> NDArray[np.uint8] | None:
    """What zlib data holds, when it is just so many bytes; None when it is not, or when there is no libdeflate.

    Straight into an array where the package lets its functions be found: NumPy asks for large pages, and touching fresh memory
    costs more than inflating.
    """
    try:
        import deflate
    except ImportError:
        return None
    functions = _libdeflate()
    if functions is None:
        try:
            raw = deflate.zlib_decompress(packed, size)
        except (deflate.DeflateError, ValueError, MemoryError):
            return None
        return np.frombuffer(raw, np.uint8) if len(raw) == size else None
    try:
        pixels = np.empty(size, np.uint8)
    except MemoryError:
        return None
    inflater = functions.libdeflate_alloc_decompressor()
    if not inflater:
        return None
    try:  # without a place for the size, anything but `size` bytes is an error
        failed = functions.libdeflate_zlib_decompress(inflater, packed, len(packed), pixels.ctypes.data, size, None)
    finally:
        functions.libdeflate_free_decompressor(inflater)
    return None if failed else pixels


@lru_cache(maxsize=1)
def _libdeflate() -> ctypes.CDLL | None:
    """libdeflate's functions in the package's extension module; None where that keeps them to itself."""
    try:
        from deflate import _deflate

        loaded = ctypes.CDLL(_deflate.__file__)
        loaded.libdeflate_alloc_decompressor.argtypes = []
        loaded.libdeflate_alloc_decompressor.restype = ctypes.c_void_p
        loaded.libdeflate_free_decompressor.argtypes = [ctypes.c_void_p]
        loaded.libdeflate_free_decompressor.restype = None
        inflate = loaded.libdeflate_zlib_decompress
    except (ImportError, OSError, AttributeError):
        return None
    pointer, size = ctypes.c_void_p, ctypes.c_size_t
    inflate.argtypes, inflate.restype = [pointer, ctypes.c_char_p, size, pointer, size, pointer], ctypes.c_int
    return loaded


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


Rows = Callable[[int, int], NDArray[np.uint8]]
"""Gives some rows of a picture, from the first number on as many as the second says, each behind its filter byte."""


def encode(picture: NDArray[np.uint8]) -> bytes | None:
    """The picture (height, width, 3) as PNG, compressed lightly; None where it cannot be done here."""
    loaded = library()
    if loaded is None:
        return None
    picture = np.ascontiguousarray(picture)
    height, width = picture.shape[:2]
    row, start = 3 * width, picture.ctypes.data

    def rows(first: int, count: int) -> NDArray[np.uint8]:
        filtered = np.empty(count * (row + 1), np.uint8)
        above = start + (first - 1) * row if first else None
        if loaded.cc_filter(start + first * row, row, count, row, above, filtered.ctypes.data):
            raise MemoryError("no memory for a picture's rows")
        return filtered

    return _encode(width, height, 2, rows)


def encode_indexed(width: int, height: int, palette: NDArray[np.uint8], rows: Rows) -> bytes | None:
    """A picture of at most 256 colours, `palette` (colours, 3), as PNG, from rows of places in it; None as `encode`."""
    return _encode(width, height, 3, rows, palette.tobytes())


def _encode(width: int, height: int, colour: int, rows: Rows, palette: bytes = b"") -> bytes | None:
    """A PNG file of a colour type. Large ones in two halves side by side: a deflate stream may be cut where it was flushed."""
    if find_spec("isal") is None:
        return None
    half = height // 2 if height * width >= _WORTH_SHARING else 0
    halves = [(0, half), (half, height)] if half else [(0, height)]
    parts = together([partial(_pack, rows, first, last, end=last == height) for first, last in halves])
    packed = [piece for part in parts for piece in part]
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    body = [b"\x78\x01", *(part for part, _, _ in packed), struct.pack(">I", _joined([each[1:] for each in packed]))]
    colours = _chunk(b"PLTE", palette) if palette else []
    return b"".join([SIGNATURE, *_chunk(b"IHDR", header), *colours, *_chunk(b"IDAT", *body), *_chunk(b"IEND")])


def _pack(rows: Rows, first: int, last: int, *, end: bool) -> list[tuple[bytes, int, int]]:
    """The rows `first` to `last` deflated, in pieces: the bytes, and Adler's sum and the length of what they hold."""
    from isal import isal_zlib

    packer = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
    pieces = []
    for top in range(first, last, _STRIP):
        strip = rows(top, min(_STRIP, last - top)).reshape(-1).data
        pieces.append((packer.compress(strip), isal_zlib.adler32(strip), len(strip)))
    return [*pieces, (packer.flush(isal_zlib.Z_FINISH if end else isal_zlib.Z_SYNC_FLUSH), 1, 0)]


def _joined(sums: Iterable[tuple[int, int]]) -> int:
    """Adler's sum of pieces behind one another, from theirs and their lengths (RFC 1950)."""
    low, high, modulus = 1, 0, 65521
    for each, length in sums:
        own_low, own_high = each & 0xFFFF, each >> 16
        high = (high + own_high + length * (low - 1)) % modulus
        low = (low + own_low - 1) % modulus
    return high << 16 | low


def _chunk(kind: bytes, *parts: bytes) -> list[bytes]:
    from isal.isal_zlib import crc32  # several times as fast as the standard library's

    check = crc32(kind)
    for part in parts:
        check = crc32(part, check)
    return [struct.pack(">I", sum(map(len, parts))) + kind, *parts, struct.pack(">I", check)]
