"""Scoring one pair of pictures by several metrics."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from compatcheck.errors import MetricUnavailable
from compatcheck.metrics import load_metric
from compatcheck.metrics.pair import PicturePair
from compatcheck.metrics.threads import working
from compatcheck.model.capture import RGB
from compatcheck.model.matrix import Networks
from compatcheck.model.verdict import Score


def score_pair(
    reference: RGB,
    candidate: RGB,
    names: Iterable[str],
    *,
    with_maps: bool | Collection[str] = True,
    networks: Networks | None = None,
    keep: bool = False,
    candidates: int = 0,
) -> dict[str, Score]:
    """Score two aligned pictures of one shape by every metric named, in that order.

    `with_maps` says whether maps are made, or names the metrics whose maps are. `networks` says where networks run and how
    exactly. `keep`: this reference is scored against other candidates too, so what is computed of it alone is kept, until as
    many `candidates` had their use of it (0: nobody knows how many there are).

    Equal pictures get every metric's best value without any of it being computed (and no map). A metric that cannot be
    computed on this machine comes back with value None and a note that says why and what to do.

    Raises PictureError when the pictures are not RGB uint8 of one shape, UsageError for a name that does not exist.
    """
    metrics = [load_metric(name) for name in dict.fromkeys(names)]
    pair = PicturePair(
        reference,
        candidate,
        scales=max((metric.scales for metric in metrics), default=1),
        finest_ssim=any(metric.finest_ssim for metric in metrics),
        maps=[metric.name for metric in metrics if with_maps is True or (with_maps and metric.name in with_maps)],
        networks=networks,
        keep=keep,
        candidates=candidates,
    )
    if pair.equal:
        note = "equal pictures"
        return {each.name: Score(each.name, each.identical, each.direction, note=note) for each in metrics}
    scores = {}
    with working():
        for metric in metrics:
            try:
                scores[metric.name] = metric.measure(pair)
            except MetricUnavailable as error:
                scores[metric.name] = Score(metric.name, None, metric.direction, note=str(error))
    return scores
