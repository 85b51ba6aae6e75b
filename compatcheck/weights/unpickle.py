"""Reading a pickle that holds nothing but dictionaries of NumPy arrays, without running anything else it may hold."""

from __future__ import annotations

import pickle
from typing import Any, BinaryIO

import numpy as np

from compatcheck.errors import UsageError


def _latin1(text: Any, encoding: Any) -> bytes:
    """The one use of `_codecs.encode` in old pickles: bytes written as a latin-1 string."""
    if encoding != "latin1" or not isinstance(text, str):
        raise pickle.UnpicklingError(f"encoding {encoding!r} is not allowed")
    return text.encode("latin1")


# NumPy moved its private module between 1.x and 2.x; files of both say the same thing.
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,  # type: ignore[attr-defined]
    ("numpy._core.multiarray", "_reconstruct"): np._core.multiarray._reconstruct,  # type: ignore[attr-defined]
    ("_codecs", "encode"): _latin1,
}


class _ArraysOnly(pickle.Unpickler):
    """Knows four harmless names; everything else, and so every way of running code, is refused."""

    def find_class(self, module: str, name: str) -> Any:
        """The allowed object of that name, or UnpicklingError."""
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a file of weights") from None


def load_arrays(file: BinaryIO, name: str) -> Any:
    """The nested dictionaries of arrays in a pickle. Raises UsageError naming the file when it holds anything else."""
    try:
        return _ArraysOnly(file).load()
    except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, IndexError, KeyError) as error:
        raise UsageError(f"{name}: not a file of weights ({error}).", hint="Nothing of it was run or kept.") from error
