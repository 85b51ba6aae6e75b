"""What every metric asks of its two pictures, and the grey picture that the luma variants work on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from compatcheck.errors import PictureError
from compatcheck.model.capture import RGB
from compatcheck.picture import check_rgb


def check_pair(reference: RGB, candidate: RGB) -> tuple[RGB, RGB]:
    """The two pictures, contiguous. Raises PictureError unless both are RGB uint8 with pixels, of one shape."""
    check_rgb(reference, "reference")
    check_rgb(candidate, "candidate")
    if reference.shape != candidate.shape:
        first, second = (f"{shape[1]} × {shape[0]}" for shape in (reference.shape, candidate.shape))
        raise PictureError(f"the pictures have different sizes ({first} and {second}); bring them to one grid first.")
    return np.ascontiguousarray(reference), np.ascontiguousarray(candidate)


def luma(picture: RGB) -> NDArray[np.uint8]:
    """ITU-R BT.601 luma, 0.299 R + 0.587 G + 0.114 B rounded to 8 bits, as MATLAB's rgb2gray; shape (height, width, 1)."""
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), dtype=np.uint8)[:, :, None]
