"""Other people's metrics, for comparison: skipped where they are not installed."""

from __future__ import annotations

import sys
import types
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch


def piq_module(name):
    """`piq.<name>` without the package's own imports, which want a torchvision that fits the installed torch."""
    if "piq" not in sys.modules:
        spec = find_spec("piq")
        if spec is None or spec.origin is None:
            pytest.skip("piq is not installed")
        package = types.ModuleType("piq")
        package.__path__ = [str(Path(spec.origin).parent)]
        sys.modules["piq"] = package
    return import_module(f"piq.{name}")


def tensor(picture):
    """A (height, width, channels) picture as torch has them, float64, 0–255."""
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)[None].double()
