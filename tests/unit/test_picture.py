from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image

from compatcheck import picture
from compatcheck.errors import PictureError
from compatcheck.geometry import PixelBox

RNG = np.random.default_rng(0)
COLOURS = np.kron(RNG.integers(0, 256, (8, 12, 3), dtype=np.uint8), np.ones((8, 8, 1), np.uint8))


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "GIF", "JPEG"])
def test_every_format_comes_back(kind):
    options = {"WEBP": {"lossless": True}, "JPEG": {"quality": 98, "subsampling": 0}}.get(kind, {})
    found = picture.decode(encoded(COLOURS, kind, **options), "it")
    assert found.shape == COLOURS.shape
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - COLOURS).mean() < {"JPEG": 3, "GIF": 12}.get(kind, 1e-9)


@pytest.mark.parametrize("kind", picture.FORMATS)
def test_a_file_cut_short_anywhere_is_caught(kind):
    data = encoded(RNG.integers(0, 256, (40, 50, 3), dtype=np.uint8), kind)
    # GIF's last two bytes and BMP's row padding carry no pixels.
    for length in [*range(1, len(data) - 4, 37), len(data) - 4]:
        with pytest.raises(PictureError, match=r"half\.png: .*(cut short|damaged)"):
            picture.decode(data[:length], "half.png")


def test_a_damaged_png_is_caught():
    data = bytearray(encoded(RNG.integers(0, 256, (60, 60, 3), dtype=np.uint8)))
    for place in range(45, len(data) - 16, 211):
        damaged = bytearray(data)
        damaged[place] ^= 0x55
        with pytest.raises(PictureError, match="damaged"):
            picture.decode(bytes(damaged), "bad.png")


def test_what_is_no_picture_says_so(tmp_path):
    with pytest.raises(PictureError, match=r"x\.png: the file is empty"):
        picture.decode(b"", "x.png")
    with pytest.raises(PictureError, match="not a picture"):
        picture.decode(b"<html>404</html>" * 20, "x.png")
    with pytest.raises(PictureError, match=r"none\.png: there is no such file"):
        picture.read(tmp_path / "none.png")
    with pytest.raises(PictureError, match="cannot be read"):
        picture.read(tmp_path)


def header_only(width, height):
    """A PNG that claims to be huge in a few bytes."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


@pytest.mark.parametrize("size", [(100_000, 100_000), (20_000, 15_000), (2**31 - 1, 2**31 - 1)])
def test_absurdly_large_pictures_are_refused_before_they_fill_the_memory(size):
    with pytest.raises(PictureError, match="absurdly large"):
        picture.decode(header_only(*size), "bomb.png")
    bitmap = bytearray(encoded(COLOURS, "BMP"))
    struct.pack_into("<ii", bitmap, 18, *size)
    with pytest.raises(PictureError, match="absurdly large"):
        picture.decode(bytes(bitmap), "bomb.bmp")


def test_alpha_is_composited_over_white():
    image = np.zeros((2, 3, 4), np.uint8)
    image[..., 0] = 200
    image[0, :, 3] = (0, 128, 255)
    found = picture.decode(encoded(image), "alpha.png")
    assert found[0].tolist() == [[255, 255, 255], [227, 127, 127], [200, 0, 0]]
    assert (found[1] == 255).all()


def test_transparency_of_palettes_and_grey_is_alpha_too():
    palette = Image.fromarray(COLOURS).quantize(8)
    clear = palette.getpixel((0, 0))
    found = picture.decode(encoded(palette, transparency=clear), "palette.png")
    assert found[0, 0].tolist() == [255, 255, 255]
    grey = Image.fromarray(np.array([[10, 20]], np.uint8))
    assert picture.decode(encoded(grey, transparency=10), "grey.png").tolist() == [[[255] * 3, [20] * 3]]


def test_sixteen_bits_are_scaled_and_rounded():
    values = np.array([[0, 128, 129, 257, 32768, 65535]], np.uint16)
    want = np.rint(values / 257).astype(np.uint8)
    grey = cv2.imencode(".png", values)[1].tobytes()
    assert np.array_equal(picture.decode(grey, "grey.png")[..., 1], want)
    colour = cv2.imencode(".png", np.dstack([values, values * 0, values // 2]))[1].tobytes()
    found = picture.decode(colour, "colour.png")
    assert np.array_equal(found[..., 2], want)  # OpenCV's first channel is blue
    assert np.array_equal(found[..., 0], np.rint((values // 2) / 257).astype(np.uint8))
    alpha = cv2.imencode(".png", np.dstack([values * 0] * 3 + [values]))[1].tobytes()
    assert np.abs(picture.decode(alpha, "alpha.png")[..., 0].astype(int) - (255 - want.astype(int))).max() <= 1
    tiff = cv2.imencode(".tiff", values)[1].tobytes()
    assert np.array_equal(picture.decode(tiff, "grey.tiff")[..., 0], want)


def test_one_bit_grey_and_cmyk_are_expanded():
    bits = Image.fromarray(np.array([[0, 255]], np.uint8)).convert("1")
    assert picture.decode(encoded(bits), "bits.png").tolist() == [[[0] * 3, [255] * 3]]
    ink = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    assert picture.decode(encoded(ink, "JPEG", quality=95), "ink.jpg")[0, 0].tolist() == pytest.approx(
        [255, 0, 0], abs=6
    )


def test_floating_point_samples_are_refused():
    data = encoded(Image.fromarray(np.zeros((3, 3), np.float32)), "TIFF")
    with pytest.raises(PictureError, match="no stated range"):
        picture.decode(data, "float.tiff")


def test_exif_orientation_is_applied_and_animations_are_their_first_frame():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise
    found = picture.decode(encoded(COLOURS, "PNG", exif=exif), "turned.png")
    assert np.array_equal(found, np.rot90(COLOURS, -1))
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    assert picture.decode(file.getvalue(), "moving.gif")[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize("fast", [True, False])
def test_what_is_written_is_what_is_read(tmp_path, fast):
    path = tmp_path / "deep" / "er" / "page.png"
    picture.write_png(path, COLOURS, fast=fast)
    assert np.array_equal(picture.read(path), COLOURS)
    assert [entry.name for entry in path.parent.iterdir()] == ["page.png"]
    picture.write_png(path, COLOURS[::-1].copy(), fast=fast)
    assert np.array_equal(picture.read(path), COLOURS[::-1])


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "page.png"
    picture.write_png(path, COLOURS)

    def full(self, target):
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="disk full"):
        picture.write_png(path, COLOURS[::-1].copy())
    assert np.array_equal(picture.read(path), COLOURS)
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.png"]


def test_only_rgb_uint8_is_encoded():
    for wrong in (COLOURS.astype(np.float32), COLOURS[..., 0], np.zeros((0, 4, 3), np.uint8)):
        with pytest.raises(PictureError):
            picture.encode_png(wrong)


def test_cropping_and_resizing():
    assert np.array_equal(picture.crop(COLOURS, PixelBox(90, 60, 200, 70)), COLOURS[60:64, 90:96])
    with pytest.raises(PictureError, match="outside"):
        picture.crop(COLOURS, PixelBox(200, 0, 300, 10))
    assert np.array_equal(picture.resize(COLOURS, 12, 8), COLOURS[::8, ::8])
    assert picture.resize(COLOURS, 48, 128).shape == (128, 48, 3)
    assert picture.resize(COLOURS, 200, 200).shape == (200, 200, 3)
    with pytest.raises(PictureError, match="cannot resize"):
        picture.resize(COLOURS, 0, 5)
