"""Pictures as arrays: reading files of every common kind into one form, and writing PNG.

One form, everywhere: `RGB`, uint8 of shape (height, width, 3), channels red, green, blue, 0–255. What other kinds of pixel
come to:

- **alpha** is composited over white, as a browser shows a page without a background;
- **16-bit** samples are divided by 257 and rounded, so that 0 and 65535 become 0 and 255;
- **palette** and **grey** pictures, 1 to 8 bits, are expanded; CMYK is converted by Pillow's plain formula;
- an **animation** is its first frame; **EXIF orientation** is applied; colour profiles and gamma are left alone, because
  screenshots are compared as the samples that were written;
- floating-point and 32-bit integer samples have no stated range and are refused.

A file that is empty, cut short, damaged, not a picture or larger than MAX_PIXELS raises PictureError with its name.
"""

from __future__ import annotations

import io
import os
import struct
import tempfile
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from compatcheck.errors import PictureError
from compatcheck.geometry import PixelBox
from compatcheck.model.capture import RGB
from compatcheck.native import png
from compatcheck.native.together import together

MAX_PIXELS = 2**28
"""The most pixels a picture may have: 268 million, 805 MB as RGB. A 3840 × 60 000 page at ratio 3 is below it."""

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""The file formats that are read, by Pillow's names."""

_REFUSED_MODES = frozenset({"F", "I"})  # no stated range

# Pillow's own guard warns at its limit and raises at twice that; ours is one number, and an error (as Pillow's manual
# suggests) instead of a line on standard error.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)
warnings.filterwarnings("error", message="Truncated File Read")  # a TIFF cut short is an error, not a line to ignore


def read(path: str | os.PathLike[str]) -> RGB:
    """The picture in a file. Raises PictureError naming the file when there is none or it cannot be read as a picture."""
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise PictureError(f"{path}: there is no such file.") from None
    except OSError as error:
        raise PictureError(f"{path}: cannot be read ({error.strerror or error}).") from error
    return decode(data, str(path))


def read_all(paths: Sequence[str | os.PathLike[str]]) -> list[RGB]:
    """The pictures in several files, in their order, decoded side by side. Raises PictureError as `read` does."""
    return together([partial(read, path) for path in paths])  # decoders let other threads run


def decode(data: bytes, name: str) -> RGB:
    """The picture in an encoded file's bytes; `name` is what a message calls it.

    Raises PictureError when the bytes are empty, cut short, damaged, not PNG, JPEG, WebP, BMP, GIF or TIFF, or when the
    picture has more than MAX_PIXELS pixels.
    """
    if not data:
        raise PictureError(f"{name}: the file is empty.")
    if data.startswith(png.SIGNATURE):
        _check_png(data, name)
        fast = png.decode(data)  # the kind that browsers write; None for every other kind and for damaged files
        if fast is not None:
            return fast
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_large(name, image.width, image.height)
            return _to_rgb(image, data, name)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureError(f"{name}: the picture is absurdly large; the limit is {MAX_PIXELS:,} pixels.") from error
    except UnidentifiedImageError:
        known = "PNG, JPEG, WebP, BMP, GIF or TIFF"
        raise PictureError(f"{name}: not a picture, or too damaged to tell; {known} is read.") from None
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError, MemoryError, UserWarning) as error:
        # Pillow's decoders raise all of these on damaged files.
        raise PictureError(f"{name}: the picture is cut short or damaged ({error}).") from error


def _too_large(name: str, width: int, height: int) -> PictureError:
    return PictureError(
        f"{name}: {width} × {height} is absurdly large for a picture; the limit is {MAX_PIXELS:,} pixels."
    )


def _check_png(data: bytes, name: str) -> None:
    """Walk a PNG's chunks to its end: decoders happily give half a picture back when the file is cut short."""
    place, size = len(png.SIGNATURE), len(data)
    while place + 12 <= size:
        length, kind = struct.unpack_from(">I4s", data, place)
        if kind == b"IEND":
            return
        if kind == b"IHDR" and place + 16 <= size:
            width, height = struct.unpack_from(">II", data, place + 8)
            if width * height > MAX_PIXELS:
                raise _too_large(name, width, height)
        place += 12 + length
    raise PictureError(f"{name}: the PNG is cut short or damaged (it has no end, {size:,} bytes are there).")


def _to_rgb(image: Image.Image, data: bytes, name: str) -> RGB:
    image.load()  # raises when the file is cut short
    if _is_sixteen_bit(image, data):
        return _sixteen_bit(image, data, name)
    if image.mode in _REFUSED_MODES:
        raise PictureError(
            f"{name}: its samples ({image.mode}, 32-bit) have no stated range; save it with 8 or 16 bits."
        )
    upright = ImageOps.exif_transpose(image)
    if upright.has_transparency_data:
        with_alpha = upright.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, (255, 255, 255, 255))
        upright = Image.alpha_composite(white, with_alpha)
    return np.asarray(upright.convert("RGB"), dtype=np.uint8).copy()


def _is_sixteen_bit(image: Image.Image, data: bytes) -> bool:
    if image.mode.startswith("I;16"):
        return True
    if image.format == "PNG":
        return data[24] == 16
    bits = image.getexif().get(258) if image.format == "TIFF" else None
    return bits == 16 or (isinstance(bits, tuple) and 16 in bits)


def _sixteen_bit(image: Image.Image, data: bytes, name: str) -> RGB:
    """Read again with OpenCV, because Pillow drops the low byte of 16-bit colour instead of rounding."""
    samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None or samples.dtype != np.uint16 or samples.shape[:2] != (image.height, image.width):
        raise PictureError(f"{name}: this kind of 16-bit picture cannot be read; save it with 8 bits a channel.")
    if samples.ndim == 2:
        samples = samples[:, :, None]
    colour, alpha = (samples[..., :-1], samples[..., -1:]) if samples.shape[2] in (2, 4) else (samples, None)
    values: NDArray[np.float64] = colour.astype(np.float64)
    if alpha is not None:
        share: NDArray[np.float64] = alpha.astype(np.float64) / 65535.0
        values = values * share + 65535.0 * (1 - share)
    eight = np.floor(values / 257.0 + 0.5).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(eight, 3, axis=2) if eight.shape[2] == 1 else eight[..., ::-1])


def check_rgb(picture: RGB, name: str = "picture") -> RGB:
    """The picture itself when it is what `RGB` says. Raises PictureError that says what it is instead."""
    if not isinstance(picture, np.ndarray) or picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        kind = (
            f"{picture.dtype} of shape {picture.shape}" if isinstance(picture, np.ndarray) else type(picture).__name__
        )
        raise PictureError(f"{name}: expected RGB uint8 of shape (height, width, 3), got {kind}.")
    if picture.size == 0:
        raise PictureError(f"{name}: the picture has no pixels ({picture.shape[1]} × {picture.shape[0]}).")
    return picture


def encode_png(picture: RGB, *, fast: bool = True) -> bytes:
    """The picture as PNG bytes. `fast` favours time over size (about twice the bytes); pixels are the same either way."""
    check_rgb(picture)
    if fast and (encoded := png.encode(picture)) is not None:
        return encoded
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 1 if fast else 9])
    if not done:
        raise PictureError(f"cannot encode a picture of {picture.shape[1]} × {picture.shape[0]} as PNG.")
    return data.tobytes()


def write_png(path: str | os.PathLike[str], picture: RGB, *, fast: bool = True) -> None:
    """Write a PNG file whole or not at all: into a temporary name in the same folder, then renamed over `path`.

    Folders on the way are made. Raises OSError when the disk will not have it.
    """
    _write_whole(Path(path), encode_png(picture, fast=fast))


def write_indexed_png(
    path: str | os.PathLike[str], size: tuple[int, int], palette: NDArray[np.uint8], rows: png.Rows
) -> None:
    """Write a PNG file of at most 256 colours, as `write_png` does; `size` is height and width, `palette` (colours, 3) RGB.

    `rows(first, count)` gives the rows' places in the palette, uint8 of shape (count, width + 1) with a zero before each row;
    it is asked for every row once, from several threads. Raises OSError when the disk will not have it.
    """
    height, width = size
    data = png.encode_indexed(width, height, palette, rows)
    if data is None:
        image = Image.fromarray(np.ascontiguousarray(rows(0, height)[:, 1:]))
        image.putpalette(palette.tobytes())
        file = io.BytesIO()
        image.save(file, "PNG", compress_level=1)
        data = file.getvalue()
    _write_whole(Path(path), data)


def _write_whole(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)  # mkstemp makes it private; a report is to be read by others
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def crop(picture: RGB, box: PixelBox) -> RGB:
    """The part of the picture inside `box`, clamped to it, as a contiguous copy. Raises PictureError when nothing is left."""
    height, width = picture.shape[:2]
    part = picture[max(0, box.top) : min(height, box.bottom), max(0, box.left) : min(width, box.right)]
    if part.size == 0:
        raise PictureError(
            f"the box {box.left},{box.top}–{box.right},{box.bottom} lies outside a {width} × {height} picture."
        )
    return np.ascontiguousarray(part)


def resize(picture: RGB, width: int, height: int) -> RGB:
    """The picture at another size: each axis by area averaging when it shrinks and by Lanczos when it grows."""
    if width < 1 or height < 1:
        raise PictureError(f"cannot resize a picture to {width} × {height}.")
    rows, columns = picture.shape[:2]
    if (columns, rows) == (width, height):
        return picture
    if width <= columns and height <= rows:
        return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    if width < columns or height < rows:  # one axis each way: shrink first, then grow
        picture = resize(picture, min(width, columns), min(height, rows))
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_LANCZOS4), dtype=np.uint8)
