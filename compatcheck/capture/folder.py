"""A folder of pictures as a device: captures made elsewhere take part like any other.

`options: {folder: PATH}` holds `<page id>.png` or `<page id>/<device id>.png` (or `.jpg`, `.webp`, …), and beside a picture
perhaps a `.json` of the same name: a page model, as `PageModel.to_json` writes it, or a run folder's capture file, which has
one in it. `options: {pictures: {page id: PATH}}` names each picture instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from compatcheck.capture.check import is_one_colour
from compatcheck.capture.masking import box_areas, mark_masked
from compatcheck.errors import CaptureError, DriverMissing, PictureError
from compatcheck.geometry import Size
from compatcheck.model.capture import RGB, Capture, Facts, PageModel
from compatcheck.model.matrix import Device
from compatcheck.model.plan import Shot
from compatcheck.model.soundness import LARGEST
from compatcheck.picture import read

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff")
"""File name endings that are looked for, in this order."""


class PictureFolder:
    """The driver of devices with `driver: folder`."""

    @contextmanager
    def open(self, device: Device) -> Iterator[FolderSession]:
        """Check that the folder is there (see `Driver.open`)."""
        folder, pictures = device.options.get("folder"), device.options.get("pictures")
        if pictures is not None:
            yield FolderSession(pictures={page: Path(path) for page, path in pictures.items()})
            return
        if not folder:
            raise DriverMissing(
                f"Device {device.id}: no folder is given.", hint="Name the folder of its pictures with `folder: PATH`."
            )
        path = Path(str(folder)).expanduser()
        if not path.is_dir():
            raise DriverMissing(
                f"Device {device.id}: there is no folder {path}.", hint="Correct `folder` in the matrix."
            )
        yield FolderSession(path)


@dataclass(frozen=True, slots=True)
class FolderSession:
    """A folder that is there, or the pictures by page id."""

    folder: Path = Path()
    pictures: Mapping[str, Path] | None = None

    def look(self, shot: Shot) -> Capture:
        """The picture of a shot and its page model when there is one (see `Session.look`)."""
        path = self._find(shot)
        try:
            picture = read(path)
        except PictureError as error:
            raise CaptureError(error.message, hint=error.hint) from error
        model = _read_model(path.with_suffix(".json"))
        ratio, notes = _ratio(shot.device, picture, model)
        document = Size(picture.shape[1] / ratio, picture.shape[0] / ratio)
        facts = Facts(
            viewport=model.viewport if model and _is_sound(model.viewport) else _viewport(shot.device, document),
            device_scale_factor=ratio,
            browser_name="folder",
            url=shot.page.url,
            document=document,
            notes=notes,
            extra={"file": path.name},
        )
        taken = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return Capture(
            shot=shot,
            picture=picture,
            facts=facts,
            page_model=mark_masked(model, box_areas(shot.page)) if model else None,
            taken_at=taken.isoformat(timespec="milliseconds"),
            invalid=f"The picture {path.name} is blank: every pixel is the same." if is_one_colour(picture) else "",
        )

    def _find(self, shot: Shot) -> Path:
        if self.pictures is not None:
            if shot.page.id not in self.pictures:
                raise CaptureError(f"The {shot.device.id} has no picture called {shot.page.url}.")
            return self.pictures[shot.page.id]
        stems = (self.folder / shot.page.id / shot.device.id, self.folder / shot.page.id)
        for stem in stems:
            for suffix in SUFFIXES:
                path = stem.with_name(stem.name + suffix)
                if path.is_file():
                    return path
        raise CaptureError(
            f"{self.folder} holds no picture of page {shot.page.id}.",
            hint=f"Put it there as {shot.page.id}.png or {shot.page.id}/{shot.device.id}.png.",
        )


def _viewport(device: Device, document: Size) -> Size:
    """The screen's, or the picture's own size when nobody said how large the screen is."""
    viewport = device.screen.viewport
    return viewport if viewport.width > 0 else document


def _is_sound(size: Size) -> bool:
    """A page model made elsewhere may say anything; the judge says that such a capture proves nothing."""
    return all(0 < side <= LARGEST for side in (size.width, size.height))


def _read_model(path: Path) -> PageModel | None:
    if not path.is_file():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        model = data.get("pageModel", data)
        return None if model is None else PageModel.from_json(model)
    except (AttributeError, OSError, KeyError, TypeError, ValueError) as error:
        raise CaptureError(
            f"{path}: not a page model ({type(error).__name__}: {error}).",
            hint="Write it as `PageModel.to_json` does, or take it away.",
        ) from error


def _ratio(device: Device, picture: RGB, model: PageModel | None) -> tuple[float, tuple[str, ...]]:
    """Device px to the CSS px: what the picture's width says, since nobody read it back from a browser."""
    width = picture.shape[1]
    stated = model.document if model and _is_sound(model.document) else device.screen.viewport
    css_width = stated.width
    if css_width <= 0:
        return 1.0, ()  # nobody said how large the screen is
    wanted = device.screen.device_scale_factor
    if abs(width - css_width * wanted) <= 1:
        return wanted, ()
    ratio = width / css_width
    return ratio, (f"The picture is {width} px wide, which is {ratio:.3g} px to the CSS px, not {wanted:g}.",)
