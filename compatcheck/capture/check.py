"""Whether a capture proves anything: a blank picture, a clamped viewport or an error page does not."""

from __future__ import annotations

from compatcheck.geometry import Size
from compatcheck.model.capture import RGB, Facts
from compatcheck.model.matrix import Device


def check_capture(device: Device, picture: RGB, facts: Facts, *, layout_viewport: Size) -> str:
    """Why this capture proves nothing, in one sentence, or empty.

    `layout_viewport` is what the engine lays the page out at, which may differ from innerWidth × innerHeight on mobile screens that are
    zoomed out to fit wide content.
    """
    if facts.status is not None and facts.status >= 400:
        return f"The server answered HTTP {facts.status} for {facts.url}."
    wanted = device.screen.viewport
    seen = {(facts.viewport.width, facts.viewport.height), (layout_viewport.width, layout_viewport.height)}
    zoomed = device.screen.is_mobile and layout_viewport.width > wanted.width
    if (wanted.width, wanted.height) not in seen and not zoomed:
        return (
            f"The viewport was clamped: {wanted.width:.0f} × {wanted.height:.0f} was asked for, "
            f"{facts.viewport.width:.0f} × {facts.viewport.height:.0f} is what the browser gave."
        )
    if is_one_colour(picture):
        red, green, blue = (int(value) for value in picture[0, 0])
        return f"The picture is blank: every pixel is rgb({red}, {green}, {blue})."
    return ""


def is_one_colour(picture: RGB) -> bool:
    """True when every pixel is the same."""
    strips = range(0, picture.shape[0], 256)  # most pictures show another colour in the first
    return picture.size == 0 or all(bool((picture[top : top + 256] == picture[0, 0]).all()) for top in strips)
