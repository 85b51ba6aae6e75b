"""The webview axis for the report: per page and phone, the rows of its browsers and of the apps on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from compatcheck.model.axis import Sight, webview_axis
from compatcheck.report.html.text import shown
from compatcheck.report.records import OutcomeRecord


def phone_views(outcomes: Sequence[OutcomeRecord]) -> list[dict[str, Any]]:
    """`phone` is what the phone is called; `rows` are places in the run's outcomes, browsers first, `browsers` so many of them."""
    sights = [Sight(outcome.page.id, outcome.device.phone or "", outcome.device.app) for outcome in outcomes]
    return [
        {
            "phone": shown(_name(outcomes, (*views.browsers, *views.apps))),
            "rows": [*views.browsers, *views.apps],
            "browsers": len(views.browsers),
        }
        for views in webview_axis(sights)
    ]


def _name(outcomes: Sequence[OutcomeRecord], places: Sequence[int]) -> str:
    """The model that the phone tells, else the preset; empty when nothing names it."""
    told = [outcomes[place].facts.extra.get("phone") for place in places if outcomes[place].facts is not None]  # type: ignore[union-attr]
    models = [str(phone["model"]) for phone in told if isinstance(phone, dict) and phone.get("model")]
    presets = [outcomes[place].device.preset for place in places]
    return next((name for name in (*models, *presets) if name), "")
