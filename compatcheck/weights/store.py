"""The folder that trunks are kept in, and reading them back."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from compatcheck.errors import MetricUnavailable, UsageError
from compatcheck.weights.catalogue import HEADS, TRUNKS, Trunk

if TYPE_CHECKING:
    import torch

ENVIRONMENT = "COMPATCHECK_WEIGHTS"
"""The environment variable that names another folder."""

Tensors = dict[str, NDArray[np.float32]]
"""A trunk's tensors by torchvision's names, float32, convolutions as (out, in, height, width)."""


@dataclass(frozen=True, slots=True)
class WeightsStatus:
    """One trunk on this machine: which metrics need it, where it is or would be, and what to do when it is not there.

    `problem` is empty, or says why what is there is of no use (only `verify_weights` looks).
    """

    name: str
    title: str
    metrics: tuple[str, ...]
    path: Path
    installed: bool
    megabytes: int
    advice: str = ""
    problem: str = ""


def folder() -> Path:
    """Where trunks are kept: $COMPATCHECK_WEIGHTS, else the user's cache folder."""
    if named := os.environ.get(ENVIRONMENT):
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("compatcheck")) / "weights"


def path_of(name: str) -> Path:
    """The file a trunk is kept in."""
    return folder() / f"{name}.safetensors"


def advice_for(trunk: Trunk) -> str:
    """What to type to get a trunk."""
    return f"Run: compatcheck weights install {trunk.name}"


def weights_status() -> tuple[WeightsStatus, ...]:
    """Every trunk of the catalogue and whether its file is there; looks at no file's content."""
    statuses = []
    for trunk in TRUNKS.values():
        path = path_of(trunk.name)
        there = path.is_file()
        statuses.append(
            WeightsStatus(
                trunk.name, trunk.title, trunk.metrics, path, there, trunk.megabytes, "" if there else advice_for(trunk)
            )
        )
    return tuple(statuses)


def verify_weights() -> tuple[WeightsStatus, ...]:
    """As `weights_status`, with every file read and its checksum compared; `problem` says what is wrong with it.

    The heads that a trunk needs are looked at as well: they are a part of the `lpips` package.
    """
    return tuple(_verified(status) if status.installed else status for status in weights_status())


def _verified(status: WeightsStatus) -> WeightsStatus:
    try:
        load_trunk(status.name)
        if status.name in HEADS:
            _heads(status.name)
    except MetricUnavailable as error:
        return replace(status, advice=error.hint, problem=error.message)
    return status


def digest(tensors: Mapping[str, NDArray[np.float32]]) -> str:
    """SHA-256 of names, shapes and little-endian float32 samples, in the order of the names."""
    sum_ = hashlib.sha256()
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name], dtype="<f4")
        sum_.update(f"{name}{list(array.shape)}".encode())
        sum_.update(array.tobytes())
    return sum_.hexdigest()


def save_trunk(trunk: Trunk, tensors: Tensors, origin: str) -> Path:
    """Keep a trunk's tensors, whole or not at all. Raises UsageError when they are not the trunk's."""
    found = digest(tensors)
    if trunk.sha256 and found != trunk.sha256:
        raise UsageError(
            f"{origin}: these are not the weights of {trunk.title} (SHA-256 {found[:16]}…, expected {trunk.sha256[:16]}…).",
            hint="Nothing was kept.",
        )
    from safetensors.numpy import save

    target = path_of(trunk.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    data = save(tensors, metadata={"trunk": trunk.name, "sha256": found, "origin": origin})
    descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return target


def load_trunk(name: str) -> Tensors:
    """A trunk's tensors from the local file, checked. Raises MetricUnavailable with the command that mends it."""
    trunk, path = TRUNKS[name], path_of(name)
    if not path.is_file():
        raise MetricUnavailable(
            f"the weights of {trunk.title} are not on this machine ({path}).", hint=f"{advice_for(trunk)}"
        )
    from safetensors import SafetensorError, safe_open

    again = f"{advice_for(trunk)} --force"
    try:
        with safe_open(path, "np") as file:
            tensors: Tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - it is no mapping
            expected = trunk.sha256 or (file.metadata() or {}).get("sha256")
    except (OSError, SafetensorError, ValueError) as error:
        raise MetricUnavailable(f"{path}: cannot be read as weights ({error}).", hint=again) from error
    if digest(tensors) != expected:
        raise MetricUnavailable(f"{path}: wrong checksum, these are not the weights of {trunk.title}.", hint=again)
    return tensors


def load_heads(name: str) -> dict[str, torch.Tensor]:
    """LPIPS's linear layers (v0.1) for a trunk from the installed `lpips` package, which is not imported.

    Keys `lin0.model.1.weight` …, shape (1, channels, 1, 1). Raises MetricUnavailable when they are not there or changed.
    """
    import io

    import torch

    loaded: dict[str, torch.Tensor] = torch.load(io.BytesIO(_heads(name)), map_location="cpu", weights_only=True)
    return loaded


def _heads(name: str) -> bytes:
    """The file of a trunk's heads, checked."""
    mend = "Run: pip install --force-reinstall --no-deps lpips==0.1.4"
    try:
        path = Path(str(metadata.distribution("lpips").locate_file(f"lpips/weights/v0.1/{name}.pth")))
        data = path.read_bytes()
    except (metadata.PackageNotFoundError, OSError) as error:
        raise MetricUnavailable(f"the lpips package's heads for {name} are not there ({error}).", hint=mend) from error
    if hashlib.sha256(data).hexdigest() != HEADS[name]:
        raise MetricUnavailable(f"{path}: wrong checksum, these are not LPIPS's v0.1 heads.", hint=mend)
    return data
