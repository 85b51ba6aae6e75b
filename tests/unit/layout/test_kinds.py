"""Every kind of divergence is defined in docs/divergences.md, made by the code and shown by a story or a unit test."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compatcheck.model.verdict import AXIS_OF_KIND

ROOT = Path(__file__).resolve().parents[3]
DOCS = (ROOT / "docs" / "divergences.md").read_text(encoding="utf-8")
CODE = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "compatcheck" / "layout").glob("*.py"))
STORIES = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "pairs").glob("*/*/README.md"))
TESTS = "\n".join(
    path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__)
)


@pytest.mark.parametrize("kind", AXIS_OF_KIND)
def test_kind_is_defined_made_and_shown(kind: str) -> None:
    with_a_model = DOCS[DOCS.index("## Kinds") : DOCS.index("## Without a page model")]
    assert re.search(rf"^- (\*\*[a-z-]+\*\*, )?\*\*{kind}\*\*", with_a_model, re.MULTILINE), "it has no definition"
    assert f'"{kind}"' in CODE, "nothing makes it"
    expected = {word for line in re.findall(r"^expects: (.+)$", STORIES, re.MULTILINE) for word in line.split()}
    assert kind in expected or f'"{kind}"' in TESTS, "no story expects it, no test names it"
