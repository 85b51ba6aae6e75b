"""Which element of the baseline is which of the candidate.

Top-down, child list by child list, as WebDiff and tree differs do, because siblings compete with siblings: first equal
paths that nothing contradicts, then equal content in order, then an optimal assignment by similarity. What is left
over anywhere (another template for phones, a wrapper that one side lacks) is matched over the whole page by path, id and
text.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linear_sum_assignment

from compatcheck.layout.table import Indices, Table
from compatcheck.model.capture import Element

ACCEPT = 0.55
"""Similarity (0–1) from which two siblings left over by identity are the same element."""
ASSIGN_UP_TO = 60
"""Longest lists that are assigned optimally (cubic); longer ones are matched in order."""


@dataclass(frozen=True, eq=False)
class Matching:
    """`candidate_of[i]` is the candidate row of baseline row i, or -1; `baseline_of` the other way round."""

    candidate_of: Indices
    baseline_of: Indices

    def pairs(self) -> list[tuple[int, int]]:
        rows = np.flatnonzero(self.candidate_of >= 0)
        return list(zip(rows.tolist(), self.candidate_of[rows].tolist(), strict=True))


class _Side:
    """What matching asks about one table: keys of single elements and of whole subtrees."""

    def __init__(self, table: Table) -> None:
        self.table = table
        elements = table.elements
        self.path = [element.path for element in elements]
        self.tag = [element.tag for element in elements]
        self.id = [element.attributes.get("id", "") for element in elements]
        self.text = [element.text for element in elements]
        self.source = [_source(element) for element in elements]
        count = len(elements)
        self.subtree = [0] * count
        below: list[list[int]] = [[] for _ in range(count + 1)]
        for row, parent in reversed(list(enumerate(table.parent.tolist()))):
            own = hash((self.tag[row], self.id[row], self.text[row], self.source[row]))
            self.subtree[row] = hash((own, *reversed(below[row])))
            below[parent].append(self.subtree[row])

    @cached_property
    def classes(self) -> list[frozenset[str]]:
        return [frozenset(element.attributes.get("class", "").split()) for element in self.table.elements]

    @cached_property
    def words(self) -> list[frozenset[str]]:
        """Per row the words in it and in what it holds, or enough of them."""
        words: list[frozenset[str]] = [frozenset()] * len(self.text)
        gathered: list[list[str]] = [[] for _ in range(len(self.text) + 1)]
        for row, parent in reversed(list(enumerate(self.table.parent.tolist()))):
            own = gathered[row]
            own.extend(self.text[row].split()[:40])
            words[row] = frozenset(own)
            if parent >= 0 and len(gathered[parent]) < 200:  # enough to tell siblings apart, and linear on deep pages
                gathered[parent].extend(own[:200])
        return words


def _source(element: Element) -> str:
    """What an element shows or leads to, apart from its text; the classes of an icon name it."""
    given = element.attributes
    named = given.get("src") or given.get("href") or given.get("name", "")
    is_icon = not element.text and (element.tag == "svg" or "pseudo" in element.extra)
    return named or (given.get("class", "") if is_icon else "")


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    if not a and not b:
        return 0.5
    return len(a & b) / len(a | b)


def similarity(a: _Side, i: int, b: _Side, j: int) -> float:
    """How sure it is that two elements are one, 0–1: tag, id, classes, words inside, source, path."""
    if a.tag[i] != b.tag[j] and not (a.text[i] and a.text[i] == b.text[j]):
        return 0.0
    identity = float(a.id[i] == b.id[j]) if a.id[i] and b.id[j] else 0.5
    source = 0.5 if not (a.source[i] or b.source[j]) else float(a.source[i] == b.source[j])
    return (
        0.1
        + 0.2 * identity
        + 0.15 * _jaccard(a.classes[i], b.classes[j])
        + 0.35 * _jaccard(a.words[i], b.words[j])
        + 0.1 * source
        + 0.1 * (a.path[i] == b.path[j])
    )


def match(baseline: Table, candidate: Table) -> Matching:
    """Match two page models. Linear in their size but for short lists of odd siblings."""
    a, b = _Side(baseline), _Side(candidate)
    of_a = np.full(len(baseline), -1, dtype=np.int64)
    of_b = np.full(len(candidate), -1, dtype=np.int64)
    queue: deque[tuple[list[int], list[int]]] = deque([(baseline.children[-1], candidate.children[-1])])

    def join(i: int, j: int) -> None:
        of_a[i], of_b[j] = j, i
        queue.append((baseline.children[i], candidate.children[j]))

    def descend() -> None:
        while queue:
            ones, others = queue.popleft()
            ones = [i for i in ones if of_a[i] < 0]
            others = [j for j in others if of_b[j] < 0]
            if ones and others:
                for i, j in _match_siblings(a, ones, b, others):
                    join(i, j)

    descend()
    for key in (_path_key, _id_key, _text_key):
        _match_unique(a, b, of_a, of_b, key, join)
        descend()
    return Matching(of_a, of_b)


def _match_siblings(a: _Side, ones: list[int], b: _Side, others: list[int]) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    contents_a, contents_b = {a.subtree[i] for i in ones}, {b.subtree[j] for j in others}
    by_path = {b.path[j]: j for j in reversed(others)}  # of two with one path, the first
    left_a: list[int] = []
    taken: set[int] = set()
    for i in ones:
        j = by_path.get(a.path[i], -1)
        if j < 0 or j in taken or a.tag[i] != b.tag[j] or (a.id[i] and b.id[j] and a.id[i] != b.id[j]):
            left_a.append(i)
            continue
        # An inserted sibling shifts the paths of those after it: content that is found elsewhere contradicts the path.
        if a.subtree[i] != b.subtree[j] and (a.subtree[i] in contents_b or b.subtree[j] in contents_a):
            left_a.append(i)
            continue
        pairs.append((i, j))
        taken.add(j)
    left_b = [j for j in others if j not in taken]
    if not left_a or not left_b:
        return pairs
    waiting: dict[int, deque[int]] = {}
    for j in left_b:
        waiting.setdefault(b.subtree[j], deque()).append(j)
    odd_a = []
    for i in left_a:
        equal = waiting.get(a.subtree[i])
        if equal:
            j = equal.popleft()
            pairs.append((i, j))
            taken.add(j)
        else:
            odd_a.append(i)
    odd_b = [j for j in left_b if j not in taken]
    return pairs + _match_odd(a, odd_a, b, odd_b)


def _match_odd(a: _Side, ones: list[int], b: _Side, others: list[int]) -> list[tuple[int, int]]:
    if not ones or not others:
        return []
    if len(ones) > ASSIGN_UP_TO or len(others) > ASSIGN_UP_TO:
        pairs, start = [], 0
        for i in ones:  # in order, looking a little ahead: linear
            ahead = range(start, min(start + 8, len(others)))
            best = max(ahead, key=lambda at: similarity(a, i, b, others[at]), default=None)
            if best is not None and similarity(a, i, b, others[best]) >= ACCEPT:
                pairs.append((i, others[best]))
                start = best + 1
        return pairs
    table = np.array([[similarity(a, i, b, j) for j in others] for i in ones])
    rows, columns = linear_sum_assignment(-table)
    return [(ones[r], others[c]) for r, c in zip(rows, columns, strict=True) if table[r, c] >= ACCEPT]


def _path_key(side: _Side, row: int) -> object:
    return (side.path[row], side.tag[row])


def _id_key(side: _Side, row: int) -> object:
    return (side.tag[row], side.id[row]) if side.id[row] else None


def _text_key(side: _Side, row: int) -> object:
    return (side.tag[row], side.text[row]) if len(side.text[row]) >= 3 else None


def _match_unique(a: _Side, b: _Side, of_a: Indices, of_b: Indices, key, join) -> None:  # type: ignore[no-untyped-def]
    """Join what is left over where a key names exactly one element on either side."""
    left_a = [i for i in range(len(of_a)) if of_a[i] < 0]
    left_b = [j for j in range(len(of_b)) if of_b[j] < 0]
    if not left_a or not left_b:
        return
    keys_a = Counter(key(a, i) for i in left_a)
    found = {}
    keys_b = Counter(key(b, j) for j in left_b)
    for j in left_b:
        found[key(b, j)] = j
    for i in left_a:
        name = key(a, i)
        if name is not None and keys_a[name] == 1 and keys_b.get(name) == 1 and of_b[found[name]] < 0:
            join(i, found[name])
