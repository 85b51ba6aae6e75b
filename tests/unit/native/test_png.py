"""PNG in C against Pillow: every filter, both kinds of pixel, flat and wild rows, damaged files."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from compatcheck.native import library, png
from tests.unit.compare.pages import page

pytestmark = pytest.mark.skipif(
    library() is None or png.encode(np.zeros((1, 1, 3), np.uint8)) is None, reason="the C library was not built"
)


def filtered(pixels, kinds):
    """Rows behind their filter bytes, by the specification's text."""
    height, width, channels = pixels.shape
    rows = pixels.reshape(height, width * channels).astype(int)
    result = []
    for y in range(height):
        above = rows[y - 1] if y else np.zeros_like(rows[0])
        left = np.concatenate([np.zeros(channels, int), rows[y][:-channels]])
        corner = np.concatenate([np.zeros(channels, int), above[:-channels]])
        estimate = left + above - corner
        distances = np.stack([abs(estimate - left), abs(estimate - above), abs(estimate - corner)])
        paeth = np.choose(distances.argmin(axis=0), [left, above, corner])
        guess = [0 * left, left, above, (left + above) // 2, paeth][kinds[y % len(kinds)]]
        result.append(bytes([kinds[y % len(kinds)]]) + ((rows[y] - guess) % 256).astype(np.uint8).tobytes())
    return b"".join(result)


def file_of(pixels, kinds, raw=None):
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, {3: 2, 4: 6}[channels], 0, 0, 0)
    body = zlib.compress(filtered(pixels, kinds) if raw is None else raw)
    half = len(body) // 2  # in two chunks, as libpng writes them

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    parts = [chunk(b"IHDR", header), chunk(b"IDAT", body[:half]), chunk(b"IDAT", body[half:]), chunk(b"IEND", b"")]
    return png.SIGNATURE + b"".join(parts)


def opaque(pixels):
    return np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])


RNG = np.random.default_rng(0)
PICTURES = {
    "random": RNG.integers(0, 256, (40, 53, 3), dtype=np.uint8),
    "page": page(120, 300),
    "flat": np.full((30, 200, 3), 77, np.uint8),
    "one pixel": RNG.integers(0, 256, (1, 1, 3), dtype=np.uint8),
    "one column": RNG.integers(0, 256, (50, 1, 3), dtype=np.uint8),
    "one row": RNG.integers(0, 256, (1, 97, 3), dtype=np.uint8),
    "gradient": np.fromfunction(lambda y, x, c: (y + 2 * x + 50 * c) % 256, (64, 64, 3)).astype(np.uint8),
}


@pytest.mark.parametrize("kinds", [[0], [1], [2], [3], [4], [4, 2, 3, 1, 0]], ids=str)
@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("alpha", [False, True])
def test_every_filter_is_undone(name, kinds, alpha):
    pixels = opaque(PICTURES[name]) if alpha else PICTURES[name]
    data = file_of(pixels, kinds)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(data)).convert("RGB")), PICTURES[name])
    found = png.decode(data)
    assert found is not None
    assert np.array_equal(found, PICTURES[name])


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 12),
    width=st.integers(1, 90),
    kinds=st.lists(st.integers(0, 4), min_size=1, max_size=5),
    levels=st.sampled_from([1, 2, 256]),
    seed=st.integers(0, 1000),
)
def test_any_picture_with_any_filters_is_read_and_written_back(height, width, kinds, levels, seed):
    rng = np.random.default_rng(seed)
    pixels = np.repeat(rng.integers(0, levels, (height, -(-width // 30), 3)), 30, axis=1)[:, :width].astype(np.uint8)
    assert np.array_equal(png.decode(file_of(pixels, kinds)), pixels)
    written = png.encode(pixels)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(written))), pixels)
    assert np.array_equal(png.decode(written), pixels)


def test_what_is_of_another_kind_is_left_to_others():
    rgb = PICTURES["page"]
    half = opaque(rgb)
    half[3, 4, 3] = 254

    def saved(image, **options):
        file = io.BytesIO()
        image.save(file, "PNG", **options)
        return file.getvalue()

    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.fromarray(rgb)
    for data in (
        file_of(half, [2]),
        saved(image.convert("L")),
        saved(image.quantize(16)),
        saved(image, exif=exif),
        saved(image, transparency=(255, 255, 255)),
        saved(Image.fromarray(np.zeros((4, 4), np.uint16))),
    ):
        assert png.decode(data) is None


def test_damaged_files_are_left_to_others():
    pixels = PICTURES["random"]
    good = file_of(pixels, [4])
    rows = filtered(pixels, [4])
    assert png.decode(file_of(pixels, [4], raw=b"\x07" + rows[1:])) is None  # no such filter
    assert png.decode(file_of(pixels, [4], raw=rows[:-5])) is None  # too short
    assert png.decode(file_of(pixels, [4], raw=rows + b"\0" * 9)) is None  # too long
    for place in range(9, len(good) - 12, 41):
        damaged = bytearray(good)
        damaged[place] ^= 0x41
        found = png.decode(bytes(damaged))
        # A chunk's own name or checksum may be hit without any harm to the pixels.
        assert found is None or np.array_equal(found, pixels)
    for length in range(len(good) - 1):
        assert png.decode(good[:length]) is None


def test_large_pictures_are_compressed_in_halves_that_fit_together():
    picture = np.tile(page(500, 600), (2, 2, 1))
    picture[900:] = RNG.integers(0, 256, (100, 1200, 3), dtype=np.uint8)
    assert picture.shape[0] * picture.shape[1] >= png._WORTH_SHARING
    encoded = png.encode(picture)
    with Image.open(io.BytesIO(encoded)) as image:
        assert np.array_equal(np.asarray(image), picture)
    assert np.array_equal(png.decode(encoded), picture)  # checks the sum over the whole, too


@pytest.mark.parametrize("extra", [-1, 1])
def test_rows_too_many_or_too_few_are_refused_with_either_way_to_inflate(extra, monkeypatch):
    picture = PICTURES["page"]
    raw = filtered(picture, [1])
    wrong = file_of(picture, [1], raw[:-1] if extra < 0 else raw + b"x")
    assert png.decode(file_of(picture, [1])) is not None
    assert png.decode(wrong) is None
    monkeypatch.setattr(png, "_libdeflate", lambda: None)
    assert np.array_equal(png.decode(file_of(picture, [1])), picture)
    assert png.decode(wrong) is None
