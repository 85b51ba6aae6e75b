"""What each metric sees: one picture, six distortions at growing strength, every metric, one page to look at.

`distortions.py` makes the pictures · `measure.py` scores them and says what each metric is blind to · `page.py` turns that
into a page (`templates/study.html.j2`) beside `study.json` and the pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compatcheck.metrics.study.measure import Study, run_study
    from compatcheck.metrics.study.page import write_study

__all__ = ["Study", "run_study", "write_study"]


def __getattr__(name: str) -> Any:
    """Load NumPy, OpenCV and Jinja2 only when a study is made."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from compatcheck.metrics.study import measure, page

    return getattr(page if name == "write_study" else measure, name)
