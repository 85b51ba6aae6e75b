"""Scores: one file per metric, one Protocol, one dict.

A metric gets two aligned RGB pictures and gives a value, with its direction and range stated, and a map where it has one.
A new metric is one file and one entry in `METRICS`, and passes `tests/contract/test_metrics.py`. Nothing heavy is imported
before a metric is loaded. A name with a colon is the same metric set another way: `ssim:luma`, `lpips:vgg`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from compatcheck.metrics.heatmap import heat_map, worst_map, write_heat_map
    from compatcheck.metrics.kept import keeping
    from compatcheck.metrics.pair import PicturePair
    from compatcheck.metrics.scoring import score_pair
    from compatcheck.model.capture import RGB
    from compatcheck.model.verdict import Direction, Score

__all__ = ["METRICS", "Metric", "heat_map", "keeping", "load_metric", "score_pair", "worst_map", "write_heat_map"]


class Metric(Protocol):
    """One way of scoring two aligned pictures.

    `range` holds every value the metric can take, `identical` is what two equal pictures score, `meaning` says in plain
    words what the number tells. `scales` is how many scales of SSIM's statistics it uses (1 when it uses none),
    `finest_ssim` whether it needs SSIM itself on the finest of them.
    """

    @property
    def name(self) -> str: ...
    @property
    def direction(self) -> Direction: ...
    @property
    def range(self) -> tuple[float, float]: ...
    @property
    def identical(self) -> float: ...
    @property
    def meaning(self) -> str: ...
    @property
    def scales(self) -> int: ...
    @property
    def finest_ssim(self) -> bool: ...

    def score(self, reference: RGB, candidate: RGB, *, with_map: bool = True) -> Score:
        """Score two RGB pictures of the same shape (height, width, 3), uint8; `with_map=False` saves the map's cost.

        Raises MetricUnavailable when it cannot be computed on this machine, PictureError when the shapes differ.
        """
        ...

    def measure(self, pair: PicturePair) -> Score:
        """The same for a pair that several metrics share; maps are made when the pair wants them."""
        ...


def _psnr() -> Metric:
    from compatcheck.metrics.psnr import Psnr

    return Psnr()


def _mse() -> Metric:
    from compatcheck.metrics.mse import Mse

    return Mse()


def _ssim(name: str) -> Callable[[], Metric]:
    def load() -> Metric:
        from compatcheck.metrics.ssim import Ssim

        return Ssim(name)

    return load


def _ms_ssim(name: str) -> Callable[[], Metric]:
    def load() -> Metric:
        from compatcheck.metrics.ms_ssim import MsSsim

        return MsSsim(name)

    return load


def _iw_ssim(name: str) -> Callable[[], Metric]:
    def load() -> Metric:
        from compatcheck.metrics.iw_ssim import IwSsim

        return IwSsim(name)

    return load


def _histogram(name: str) -> Callable[[], Metric]:
    def load() -> Metric:
        from compatcheck.metrics.histogram import HISTOGRAMS

        return HISTOGRAMS[name]()

    return load


def _lpips(name: str) -> Callable[[], Metric]:
    def load() -> Metric:
        from compatcheck.metrics.lpips import Lpips

        return Lpips(name)

    return load


METRICS: dict[str, Callable[[], Metric]] = {
    "psnr": _psnr,
    "mse": _mse,
    "ssim": _ssim("ssim"),
    "ssim:luma": _ssim("ssim:luma"),
    "ms_ssim": _ms_ssim("ms_ssim"),
    "ms_ssim:luma": _ms_ssim("ms_ssim:luma"),
    "iw_ssim": _iw_ssim("iw_ssim"),
    "iw_ssim:luma": _iw_ssim("iw_ssim:luma"),
    "histogram": _histogram("histogram"),
    "histogram:chi2": _histogram("histogram:chi2"),
    "lpips": _lpips("lpips"),
    "lpips:vgg": _lpips("lpips:vgg"),
    "lpips:squeeze": _lpips("lpips:squeeze"),
    "st_lpips": _lpips("st_lpips"),
}
"""Every metric by the name that `devices.yaml` and the command line use."""


def load_metric(name: str) -> Metric:
    """The metric of that name. Raises UsageError naming the nearest known one when there is none."""
    if name in METRICS:
        return METRICS[name]()
    from difflib import get_close_matches

    from compatcheck.errors import UsageError

    near = get_close_matches(name.lower().replace("-", "_"), METRICS, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(METRICS)}."
    raise UsageError(f"there is no metric called {name!r}.", hint=hint)


def __getattr__(name: str) -> Any:
    """Load what needs NumPy and OpenCV only when it is asked for."""
    if name == "score_pair":
        from compatcheck.metrics.scoring import score_pair

        return score_pair
    if name == "keeping":
        from compatcheck.metrics.kept import keeping

        return keeping
    if name in {"heat_map", "worst_map", "write_heat_map"}:
        from compatcheck.metrics import heatmap

        return getattr(heatmap, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
