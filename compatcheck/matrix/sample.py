"""The matrix that `compatcheck init` writes: `sample.yaml`, ready to run and explained."""

from __future__ import annotations

from importlib import resources


def sample_matrix() -> str:
    """A commented matrix to start from; it loads as it stands."""
    return resources.files(__package__).joinpath("sample.yaml").read_text(encoding="utf-8")
