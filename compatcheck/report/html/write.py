"""Filling the template: view data, script and style become `index.html`, under a strict Content-Security-Policy."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from compatcheck.model.run import Run
from compatcheck.report.files import write_whole
from compatcheck.report.html.earlier import Earlier, look_back
from compatcheck.report.html.pack import INLINE_BYTES, chunk_script, json_block, pack_chunks
from compatcheck.report.html.plain import build_plain
from compatcheck.report.html.view import View, build_view
from compatcheck.report.records import Results
from compatcheck.report.results import as_results
from compatcheck.report.waivers_file import describe_file

INDEX_NAME = "index.html"
OTHER_FORMS = ("results.json", "junit.xml", "summary.md", "findings.csv")
"""What may lie beside the report, for it to link to."""

_ASSETS = Path(__file__).parent / "assets"


@dataclass(frozen=True, slots=True)
class Served:
    """What a report that `compatcheck review` serves knows beyond the one on disk: the token that its requests carry."""

    token: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """`index.html`, and the chunks that did not fit into it, by their path."""

    html: str
    files: dict[str, str] = field(default_factory=dict)


class HtmlReporter:
    """Writes `index.html`, and `data/` where the run is large."""

    def write(self, run: Run | Results, folder: Path) -> Path:
        results = as_results(run)
        rendered = render_html(results, folder, look_back(results, folder))
        for name, text in rendered.files.items():
            write_whole(folder / name, text)
        _drop_stale_chunks(folder, keep=set(rendered.files))
        return write_whole(folder / INDEX_NAME, rendered.html)


def render_html(
    results: Results,
    folder: Path,
    earlier: Earlier | None = None,
    *,
    served: Served | None = None,
    inline_pictures: dict[str, str] | None = None,
) -> Rendered:
    """The report of `results`, whose pictures lie in `folder`.

    `inline_pictures` {relative URL: data URL} makes everything one file; `served` makes the buttons write.
    """
    view = build_view(results, folder, earlier)
    chunks = pack_chunks(view.details)
    inline = inline_pictures is not None or sum(map(len, chunks)) <= INLINE_BYTES
    forms = [name for name in OTHER_FORMS if inline_pictures is None and (folder / name).is_file()]
    html = _fill(view, results, chunks if inline else [], len(chunks), served, inline_pictures, forms)
    files = {} if inline else {f"data/{n}.js": chunk_script(n, chunk) for n, chunk in enumerate(chunks)}
    return Rendered(html, files)


def _fill(
    view: View,
    results: Results,
    chunks: list[str],
    chunk_count: int,
    served: Served | None,
    pictures: dict[str, str] | None,
    forms: list[str],
) -> str:
    script, style = _asset("report.js"), _asset("report.css")
    index: dict[str, Any] = view.index | {
        "chunks": chunk_count,
        "forms": forms,
        "waiversFile": describe_file(results.matrix_file),
    }
    if served is not None:
        index["served"] = {"token": served.token, "owner": served.owner}
    return (
        _environment()
        .get_template("index.html.j2")
        .render(
            policy=_policy(script, style, served=served is not None),
            plain=build_plain(results),
            index=Markup(json_block(index)),  # json_block escapes all that HTML could read as markup
            chunks=chunks,
            pictures=Markup(json_block(pictures)) if pictures else None,
            script=Markup(script),
            style=Markup(style),
        )
    )


def _policy(script: str, style: str, *, served: bool) -> str:
    """Only our own script and style run, by hash; what the script loads (chunks) is trusted through it, nothing else is."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_hash(script)}' 'strict-dynamic'",
            f"style-src '{_hash(style)}'",
            "img-src 'self' file: data: blob:",
            "connect-src 'self'" if served else "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types compatcheck",
        )
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _asset(name: str) -> str:
    text = (_ASSETS / name).read_text(encoding="utf-8")
    if "</script" in text.lower() or "</style" in text.lower() or "<!--" in text:
        raise AssertionError(f"{name} cannot stand inside an HTML element")  # a broken build, never a user's doing
    return text


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("compatcheck.report.html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _drop_stale_chunks(folder: Path, keep: set[str]) -> None:
    for file in (folder / "data").glob("*.js"):
        if f"data/{file.name}" not in keep and file.stem.isdigit():
            file.unlink(missing_ok=True)
