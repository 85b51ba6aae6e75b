"""Captures on disk: a picture and a JSON file each, and a cache so that what was just captured is not decoded again."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import astuple, replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from compatcheck import picture
from compatcheck.errors import PictureError
from compatcheck.model.capture import Capture, Facts, MaskedArea, PageModel
from compatcheck.model.matrix import Matrix
from compatcheck.model.plan import Shot
from compatcheck.model.run import CaptureFailed
from compatcheck.runfolder import RunFolder

CAPTURE_FILE_VERSION = 1
_FACTS = TypeAdapter(Facts)
_MASKS: TypeAdapter[tuple[MaskedArea, ...]] = TypeAdapter(tuple[MaskedArea, ...])


def fingerprint(shot: Shot) -> str:
    """What must be equal for a capture on disk to stand for this shot when a run is resumed.

    A digest: devices and pages hold passwords. Sets are put in order, which differs from process to process.
    """
    device = replace(shot.device, own=frozenset())
    return hashlib.sha256(repr((astuple(device), sorted(shot.device.own), astuple(shot.page))).encode()).hexdigest()


class CaptureStore:
    """Captures of one run, on disk, with the latest ones kept in memory up to `budget` bytes of pictures.

    What `matrix` had from the environment is taken out of every text before a capture is kept.
    """

    def __init__(self, folder: RunFolder, matrix: Matrix, budget: int = 128 * 2**20) -> None:
        self.folder = folder
        self._matrix = matrix
        self._budget = budget
        self._kept: OrderedDict[str, Capture] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def put(self, capture: Capture) -> None:
        """Write a capture's picture and JSON, the JSON last: where it is there, the capture is complete."""
        capture = self._redacted(capture)
        slug = capture.shot.slug
        picture.write_png(self.folder.file(self.folder.picture_name(slug)), capture.picture)
        self.folder.write_json(
            self.folder.facts_name(slug),
            {
                "version": CAPTURE_FILE_VERSION,
                "device": capture.shot.device.id,
                "page": capture.shot.page.id,
                "fingerprint": fingerprint(capture.shot),
                "takenAt": capture.taken_at,
                "invalid": capture.invalid,
                "facts": _FACTS.dump_python(capture.facts, mode="json"),
                "masks": None if capture.masks is None else _MASKS.dump_python(capture.masks, mode="json"),
                "pageModel": capture.page_model.to_json() if capture.page_model else None,
            },
        )
        self._keep(slug, capture)

    def put_failed(self, failed: CaptureFailed) -> CaptureFailed:
        """Write what the browser showed when a look failed, where that is known; the result names the file instead."""
        if failed.picture is None:
            return failed
        name: str | None = self.folder.picture_name(failed.shot.slug)
        try:
            picture.write_png(self.folder.file(str(name)), failed.picture)
        except OSError:
            name = None  # why the look failed is worth more than the picture
        return replace(failed, picture=None, picture_path=name)

    def get(self, shot: Shot) -> Capture | None:
        """The capture of a shot, from memory or from disk; None when it is not there whole."""
        with self._lock:
            if (capture := self._kept.get(shot.slug)) is not None:
                self._kept.move_to_end(shot.slug)
                return capture
        capture = self._read(shot, self.folder.read_json(self.folder.facts_name(shot.slug)))
        if capture is not None:
            self._keep(shot.slug, capture)
        return capture

    def resumable(self, shot: Shot) -> bool:
        """True when this very shot was captured by an earlier, interrupted part of the run."""
        data = self.folder.read_json(self.folder.facts_name(shot.slug))
        return isinstance(data, dict) and data.get("fingerprint") == fingerprint(shot) and not data.get("invalid")

    def _read(self, shot: Shot, data: Any) -> Capture | None:
        try:
            return Capture(
                shot=shot,
                picture=picture.read(self.folder.file(self.folder.picture_name(shot.slug))),
                facts=_FACTS.validate_python(data["facts"]),
                page_model=PageModel.from_json(data["pageModel"]) if data["pageModel"] else None,
                taken_at=data["takenAt"],
                invalid=data["invalid"],
                masks=None if data.get("masks") is None else _MASKS.validate_python(data["masks"]),
            )
        except (PictureError, ValidationError, KeyError, TypeError, ValueError):
            return None

    def _redacted(self, capture: Capture) -> Capture:
        if not self._matrix.secrets:
            return capture
        model = capture.page_model
        if model is not None:
            elements = tuple(
                replace(
                    element,
                    path=self._matrix.redact(element.path),
                    selector=self._matrix.redact(element.selector),
                    text=self._matrix.redact(element.text),
                    attributes=self._clean(element.attributes),
                    extra=self._clean(element.extra),
                )
                for element in model.elements
            )
            model = replace(model, elements=elements)
        facts = _FACTS.validate_python(self._clean(_FACTS.dump_python(capture.facts, mode="json")))
        return replace(capture, facts=facts, page_model=model, invalid=self._matrix.redact(capture.invalid))

    def _clean(self, value: Any) -> Any:
        match value:
            case str():
                return self._matrix.redact(value)
            case Mapping():
                return {key: self._clean(item) for key, item in value.items()}
            case list() | tuple():
                return [self._clean(item) for item in value]
        return value

    def _keep(self, slug: str, capture: Capture) -> None:
        with self._lock:
            if (old := self._kept.pop(slug, None)) is not None:
                self._size -= old.picture.nbytes
            if capture.picture.nbytes > self._budget / 2:
                return  # nothing else would be kept beside it
            self._kept[slug] = capture
            self._size += capture.picture.nbytes
            while self._size > self._budget and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._size -= oldest.picture.nbytes
