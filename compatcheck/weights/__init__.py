"""The networks' weights that LPIPS needs: brought once, checked, kept as safetensors. Nothing here runs in a comparison
but `load_trunk`, and that reads one local file.

- **trunk**: a classification network's convolutions (AlexNet, VGG-16, SqueezeNet 1.1), trained on ImageNet.
- **heads**: the five or seven linear layers that turn a trunk's features into LPIPS; they come with the `lpips` package.

`catalogue.py` names every trunk with its checksum and sources · `store.py` the folder they are kept in · `sources.py`
where they come from · `unpickle.py` reads foreign pickles without running them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compatcheck.weights.sources import install_weights
    from compatcheck.weights.store import WeightsStatus, load_heads, load_trunk, verify_weights, weights_status

__all__ = ["WeightsStatus", "install_weights", "load_heads", "load_trunk", "verify_weights", "weights_status"]


def __getattr__(name: str) -> Any:
    """Load NumPy and safetensors only when something here is used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from compatcheck.weights import sources, store

    return getattr(sources if name == "install_weights" else store, name)
