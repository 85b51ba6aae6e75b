"""`waivers.yaml`: the reviewed decisions that a divergence is accepted, next to the matrix.

A list, one mapping per waiver; `reason` is required, everything that is left out stands for any (`*`).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from compatcheck.matrix.problems import note_errors, shown
from compatcheck.matrix.reader import read_document
from compatcheck.matrix.schema import WaiverBlock
from compatcheck.model.matrix import Waiver


def waiver_id(page: str, device: str, selector: str, kind: str) -> str:
    """The id of a waiver that has none of its own: the same four words always give the same one."""
    words = "\0".join((page, device, selector, kind))
    return f"w-{hashlib.sha256(words.encode()).hexdigest()[:10]}"


def read_waivers(path: str | Path) -> tuple[Waiver, ...]:
    """The waivers of a file, in its order; none in an empty one. Raises MatrixError with every problem at once."""
    document = read_document(path, None, required=False)
    waivers: list[Waiver] = []
    lines: dict[str, int] = {}
    if not isinstance(document.value, list | None) and not document.problems:
        document.problem(f"must be a list of waivers, not {shown(document.value)}.", (), hint="Begin each with `- `.")
    for index, entry in enumerate(document.value if isinstance(document.value, list) else []):
        try:
            block = WaiverBlock.model_validate(entry)
        except ValidationError as error:
            note_errors(document, WaiverBlock, error.errors(include_url=False), (index,))
            continue
        name = block.id or waiver_id(block.page, block.device, block.selector, block.kind)
        line = document.places[(index,)].line
        if name in lines:
            document.problem(f"says the same as the waiver on line {lines[name]}.", (index,), hint="Keep one of them.")
        lines.setdefault(name, line)
        if {block.page, block.device, block.selector, block.kind} == {"*"}:
            document.problem(
                "would accept every divergence everywhere.", (index,), hint="Name a page, device, selector or kind."
            )
        waivers.append(
            Waiver(
                page=block.page,
                device=block.device,
                selector=block.selector,
                kind=block.kind,
                reason=block.reason,
                owner=block.owner,
                expires=block.expires,
                id=name,
                max_severity=block.max_severity,
            )
        )
    document.raise_problems()
    return tuple(waivers)
