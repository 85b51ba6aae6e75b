"""Running a convolutional network over a picture of any height, a few rows at a time, with exactly the untiled result.

Each stage keeps the rows that its kernel still needs and gives on what it can compute, so no row is computed twice, memory
does not grow with the page, and temporaries stay small. Padding happens at the picture's true edges only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

Rows = Callable[[Tensor], Tensor]
"""Rows in, rows out: pads across the page itself, never down it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One layer: how many rows it looks at, how far it steps, what it does; `tap` marks an output that is a feature.

    `padding` rows are added at the picture's top and bottom: zeros, or the picture mirrored. `partial`: a last window that
    sticks out by less than a step counts too (pooling in "ceil mode"). `multiple`: it works best on so many output rows at a
    time and their multiples.
    """

    run: Rows
    kernel: int
    stride: int = 1
    padding: int = 0
    mode: Literal["zeros", "reflect"] = "zeros"
    partial: bool = False
    multiple: int = 1
    tap: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """Which input rows (or columns) a feature's index sees: `jump · i + start` to `jump · i + start + reach`."""

    jump: int
    start: int
    reach: int

    def touched(self, low: int, high: int, size: int) -> tuple[int, int]:
        """The features, of `size`, that see any of the input rows `low` to `high`; half-open."""
        first = (low - self.start - self.reach) // self.jump + 1
        last = -((self.start - high) // self.jump)
        return min(max(first, 0), size), min(max(last, 0), size)

    def seen(self, low: int, high: int) -> tuple[int, int]:
        """The input rows that the features `low` to `high` see together; may stick out of the picture."""
        return low * self.jump + self.start, (high - 1) * self.jump + self.start + self.reach


def fields(stages: Sequence[Stage]) -> list[Field]:
    """Every tap's field, in order."""
    found, jump, start, reach = [], 1, 0, 1
    for stage in stages:
        start -= stage.padding * jump
        reach += (stage.kernel - 1) * jump
        jump *= stage.stride
        if stage.tap:
            found.append(Field(jump, start, reach))
    return found


def total_stride(stages: Sequence[Stage]) -> int:
    """Input rows to one row of the coarsest stage: crops that begin at its multiples keep all stages in step."""
    step = 1
    for stage in stages:
        step *= stage.stride
    return step


def sizes(stages: Sequence[Stage], length: int) -> list[int]:
    """How many rows (or columns) each tap has for `length` input rows."""
    found = []
    for stage in stages:
        length = _outputs(stage, length + 2 * stage.padding, ends=True)
        if stage.tap:
            found.append(length)
    return found


def _outputs(stage: Stage, rows: int, *, ends: bool) -> int:
    """How many windows fit into so many padded rows."""
    if rows < stage.kernel:
        return 0
    over = rows - stage.kernel
    if stage.partial and ends:
        count = -(-over // stage.stride) + 1
        # A window must begin inside the picture, as in torch's pooling.
        return count - 1 if (count - 1) * stage.stride >= rows else count
    return over // stage.stride + 1


class _Flow:
    """One stage at work on one picture."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.kept: Tensor | None = None
        self.tail: Tensor | None = None

    def push(self, rows: Tensor, *, last: bool) -> Tensor | None:
        """Take the next input rows; give the output rows that are complete, or None."""
        stage = self.stage
        if stage.mode == "reflect" and stage.padding:
            self.tail = rows if self.tail is None else torch.cat([self.tail, rows], 2)[:, :, -stage.padding - 1 :]
        if self.kept is not None:
            rows = torch.cat([self.kept, rows], 2) if self.kept.shape[2] else rows
        elif stage.padding:
            mirrored = stage.mode == "reflect"
            if mirrored and rows.shape[2] <= stage.padding:
                raise ValueError("a mirrored edge needs more rows than it mirrors")
            rows = functional.pad(rows, (0, 0, stage.padding, 0), mode="reflect" if mirrored else "constant")
        if last:
            rows = self._close(rows)
        count = _outputs(stage, rows.shape[2], ends=False)
        if not last:
            count -= count % stage.multiple
        self.kept = rows[:, :, count * stage.stride :]
        if not count:
            return None
        return stage.run(rows[:, :, : (count - 1) * stage.stride + stage.kernel])

    def _close(self, rows: Tensor) -> Tensor:
        stage = self.stage
        if stage.padding and stage.mode == "reflect":
            assert self.tail is not None
            mirror = torch.flip(self.tail[:, :, :-1][:, :, -stage.padding :], (2,))
            rows = torch.cat([rows, mirror], 2)
        elif stage.padding:
            rows = functional.pad(rows, (0, 0, 0, stage.padding))
        if stage.partial:
            missing = (_outputs(stage, rows.shape[2], ends=True) - 1) * stage.stride + stage.kernel - rows.shape[2]
            if missing > 0:
                rows = functional.pad(rows, (0, 0, 0, missing), value=float("-inf"))
        return rows


def stream(stages: Sequence[Stage], strips: Iterable[tuple[Tensor, bool]]) -> Iterator[tuple[int, int, Tensor]]:
    """Send a picture's strips through the stages: yields (tap, first row, features) as features come ready.

    `strips` are tensors of shape (pictures, channels, rows, columns) with True beside the last one. Every tap's rows come
    in order. Raises ValueError when the last strip (or the picture) is shorter than the network needs for a single row.
    """
    flows = [_Flow(stage) for stage in stages]
    done = [0] * len(stages)
    for strip, last in strips:
        tap, rows = 0, strip
        for index, flow in enumerate(flows):
            result = flow.push(rows, last=last)
            if result is None:
                if last:  # the stages below would never close their edges
                    raise ValueError("the last strip is too short for this network")
                break
            if flow.stage.tap:
                yield tap, done[index], result
                done[index] += result.shape[2]
                tap += 1
            rows = result
