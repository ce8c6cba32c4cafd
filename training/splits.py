"""Splits by group: examples of one group always stay on one side."""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from conflict_events.errors import DataError
from conflict_events.training.data import Example, label_counts
from conflict_events.training.near_duplicates import join_near_duplicates

# Of this many random splits the one whose shares of every label are nearest to those asked for is taken
# (rerandomisation, Morgan and Rubin 2012): as well stratified as groups allow, and still a random split.
DRAWS = 200

_Counts = npt.NDArray[np.int64]


def hold_out(
    examples: Sequence[Example], share: float, *, labels: Sequence[str], seed: int
) -> tuple[list[Example], list[Example]]:
    """Split into (kept, held out), with about `share` of the examples held out, whole groups only.

    Deterministic for the same examples, share and seed. Raises DataError for fewer than two groups.
    """
    if not 0 < share < 1:
        raise DataError(f"the share to hold out must lie between 0 and 1, not {share}")
    names, counts = _group_counts(examples, labels)
    if len(names) < 2:
        raise DataError(
            f"cannot hold out a part of {len(examples)} examples that are all of one group; "
            "groups are never split: add data, or give a file to validate on"
        )
    held = {names[index] for index in _best_draw(counts, share, seed)}
    kept = [example for example in examples if example.group not in held]
    return kept, [example for example in examples if example.group in held]


def hold_out_test(
    examples: Sequence[Example], share: float, *, origin: str | None, labels: Sequence[str], seed: int
) -> tuple[list[Example], list[Example]]:
    """Hold out a test part: about `share` of the examples of the file named `origin`, or of all files.

    Near-duplicates are joined first. Examples of other files that share a group with the test part are in
    neither part.
    """
    examples = join_near_duplicates(examples)
    candidates = [example for example in examples if origin in (None, example.origin)]
    if not candidates:
        known = ", ".join(sorted({example.origin for example in examples}))
        raise DataError(
            f"no example comes from a file named {origin!r}, to draw a test part from; files: {known}"
        )
    _, tested = hold_out(candidates, share, labels=labels, seed=seed)
    groups = {example.group for example in tested}
    return [example for example in examples if example.group not in groups], tested


def folds(
    examples: Sequence[Example], count: int, *, labels: Sequence[str], seed: int
) -> list[list[Example]]:
    """Cut into `count` parts of about the same size and label shares, whole groups only."""
    names, counts = _group_counts(examples, labels)
    if not 2 <= count <= len(names):
        raise DataError(f"cannot make {count} folds of {len(names)} groups")
    best: tuple[float, list[int]] | None = None
    wanted = counts.sum(axis=0) / count
    for draw in range(DRAWS):
        order = list(range(len(names)))
        random.Random(f"{seed}-{draw}").shuffle(order)
        order.sort(
            key=lambda index: -int(counts[index, -1])
        )  # large groups first; stable, so ties stay random
        fold_counts = np.zeros((count, counts.shape[1]))
        fold_of = [0] * len(names)
        for index in order:
            fold = int(fold_counts[:, -1].argmin())
            fold_of[index] = fold
            fold_counts[fold] += counts[index]
        imbalance = float((((fold_counts - wanted) / np.maximum(wanted, 1)) ** 2).sum())
        if best is None or imbalance < best[0]:
            best = (imbalance, fold_of)
    assert best is not None
    fold_of_name = dict(zip(names, best[1], strict=True))
    parts: list[list[Example]] = [[] for _ in range(count)]
    for example in examples:
        parts[fold_of_name[example.group]].append(example)
    return parts


def check_apart(first: Sequence[Example], second: Sequence[Example], names: tuple[str, str]) -> None:
    """Raise DataError where a group has examples on both sides; `names` says what the sides are."""
    both = sorted({example.group for example in first} & {example.group for example in second})
    if both:
        shown = ", ".join(map(repr, both[:3])) + (", ..." if len(both) > 3 else "")
        raise DataError(
            f"{len(both)} group{'s' * (len(both) > 1)} on both sides of {names[0]} and {names[1]} ({shown}): "
            "they share a document or long passages, so the figures would flatter; move them to one side"
        )


def _group_counts(examples: Sequence[Example], labels: Sequence[str]) -> tuple[list[str], _Counts]:
    """Group names in sorted order; per group the examples with each label, with none, and in all."""
    members: dict[str, list[Example]] = {}
    for example in examples:
        members.setdefault(example.group, []).append(example)
    names = sorted(members)
    rows = [[*label_counts(members[name], labels).values(), len(members[name])] for name in names]
    return names, np.array(rows, dtype=np.int64).reshape(len(names), len(labels) + 2)


def _best_draw(counts: _Counts, share: float, seed: int) -> list[int]:
    total = counts.sum(axis=0)
    wanted = share * total
    best: tuple[float, list[int]] | None = None
    for draw in range(DRAWS):
        order = list(range(len(counts)))
        random.Random(f"{seed}-{draw}").shuffle(order)
        held: list[int] = []
        size = 0
        for index in order:
            if size + counts[index, -1] <= wanted[-1]:
                held.append(index)
                size += int(counts[index, -1])
        if not held:  # every group is larger than the share: the smallest comes nearest
            held = [min(order, key=lambda index: int(counts[index, -1]))]
        have = counts[held].sum(axis=0)
        imbalance = float((((have - wanted) / np.maximum(wanted, 1)) ** 2).sum())
        if best is None or imbalance < best[0]:
            best = (imbalance, held)
    assert best is not None
    return best[1]
