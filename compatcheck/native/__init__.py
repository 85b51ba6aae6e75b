"""The inner loops in C, where a compiler was at hand when the package was installed. None of it must be there.

`library()` gives the loaded library or None, and every caller has the same work in NumPy and OpenCV beside it, with the
same numbers. The C is plain: no Python in it, so a fresh machine needs a compiler but no Python headers, and ctypes lets
other threads run while it works. COMPATCHECK_NATIVE=0 in the environment leaves it out.

`structure.c`: the sums of SSIM and MS-SSIM · `information.c`: IW-SSIM's · `network.c`: the layers
of LPIPS's networks · `heat.c`: heat-maps · `png.c`, `png.py`: PNG files · `together.py`: threads.
"""

from __future__ import annotations

import ctypes
import logging
import os
from functools import lru_cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

logger = logging.getLogger(__name__)

VERSION = 8
"""What `cc_version` must answer: raised with every change of a function's arguments, so that an old build is not used."""

ENVIRONMENT = "COMPATCHECK_NATIVE"

_LONG, _INT, _POINTER = ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p

_ARGUMENTS = {
    "cc_structure": [_POINTER, _POINTER, *[_LONG] * 4, *[_INT] * 6, *[_POINTER] * 4],
    "cc_scales": [_POINTER, *[_LONG] * 3, _INT, _INT, _POINTER],
    "cc_lower": [_POINTER, _INT, *[_LONG] * 4, _POINTER],
    "cc_information_products": [_POINTER, _INT, *[_LONG] * 2, _POINTER, _POINTER, *[_LONG] * 2, _POINTER],
    "cc_information_mean": [_POINTER, _POINTER, _INT, *[_LONG] * 2, *[_POINTER] * 5, *[_LONG] * 2, _POINTER],
    "cc_network_lanes": [],
    "cc_convolve": [
        _POINTER,
        *[_LONG] * 5,
        _POINTER,
        _POINTER,
        _LONG,
        *[_INT] * 4,
        _POINTER,
        _LONG,
        _POINTER,
        _INT,
        _INT,
    ],
    "cc_convolve_room": [_INT, _LONG, _LONG],
    "cc_largest": [_POINTER, *[_LONG] * 5, _INT, _INT, _POINTER, _LONG, _INT, _INT],
    "cc_unlike": [_POINTER, _LONG, _POINTER, *[_LONG] * 4, _POINTER, _POINTER, _LONG],
    "cc_heat": [_POINTER, _POINTER, _LONG, _LONG, _POINTER],
    "cc_unfilter": [_POINTER, _LONG, _LONG, _INT],
    "cc_drop_alpha": [_POINTER, _LONG],
    "cc_filter": [_POINTER, _LONG, _LONG, _LONG, _POINTER, _POINTER],
}


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL | None:
    """The C library of this package, or None where it was not built, is of another version or is not wanted."""
    if os.environ.get(ENVIRONMENT) == "0":
        return None
    for suffix in EXTENSION_SUFFIXES:
        path = Path(__file__).with_name(f"_kernels{suffix}")
        if not path.is_file():
            continue
        try:
            loaded = ctypes.CDLL(str(path))
            if loaded.cc_version() != VERSION:
                logger.warning("%s is of another version; install compatcheck again to have it built anew", path)
                continue
        except (OSError, AttributeError) as error:
            logger.warning("%s cannot be used: %s", path, error)
            continue
        for name, arguments in _ARGUMENTS.items():
            function = getattr(loaded, name)
            function.argtypes, function.restype = arguments, _INT
        return loaded
    return None
