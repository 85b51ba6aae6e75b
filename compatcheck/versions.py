"""The versions that a run's numbers depend on, read from package metadata: nothing is imported for it."""

from __future__ import annotations

import platform
from importlib import metadata

from compatcheck import __version__

LIBRARIES = ("selenium", "numpy", "opencv-python", "scikit-image", "scipy", "torch", "lpips")


def versions() -> dict[str, str]:
    """`{name: version}` of compatcheck, Python, the platform and the libraries that are installed."""
    found = {"compatcheck": __version__, "python": platform.python_version(), "platform": platform.platform()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
