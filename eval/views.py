"""Which sentences a system learns from and which it is measured on: three ways to hold some out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from conflict_events.errors import DataError
from conflict_events.training.data import Example
from conflict_events.training.near_duplicates import join_near_duplicates
from conflict_events.training.splits import folds

FOLDS = 5


@dataclass(frozen=True)
class Fold:
    """One round: learn from `train`, be measured on `test`. `removed` counts what was too near to `test`."""

    name: str
    train: tuple[Example, ...]
    test: tuple[Example, ...]
    removed: int = 0


def hold_out_folds(
    examples: Sequence[Example], labels: Sequence[str], *, also: Sequence[Example] = (), seed: int = 0
) -> list[Fold]:
    """In domain: five parts of whole groups, each measured on once with the other four to learn from."""
    test, also = _joined(examples, also)
    parts = folds(test, FOLDS, labels=labels, seed=seed)
    return [_fold(f"fold {number}", part, test, also) for number, part in enumerate(parts, start=1)]


def hold_out_sources(
    examples: Sequence[Example], *, whole: Collection[str] = (), also: Sequence[Example] = ()
) -> list[Fold]:
    """Text never seen: each source is measured on once with all others to learn from.

    A file whose name without its ending is in `whole` counts as one source, whatever its rows say (re3d: six
    offices that write alike). Raises DataError for fewer than two sources.
    """
    test, also = _joined(examples, also)
    return _hold_out_each(test, also, [source_of(example, whole) for example in test], "source")


def hold_out_groups(examples: Sequence[Example], *, also: Sequence[Example] = ()) -> list[Fold]:
    """Few articles: each group is measured on once with all others, and `also`, to learn from.

    Raises DataError for fewer than two groups.
    """
    test, also = _joined(examples, also)
    return _hold_out_each(test, also, [example.group for example in test], "group")


def as_given(examples: Sequence[Example], train: Sequence[Example]) -> Fold:
    """Learn from one set and be measured on another, near-duplicates of it left out."""
    test, also = _joined(examples, train)
    return _fold("all", test, [], also)


def source_of(example: Example, whole: Collection[str] = ()) -> str:
    """The name of an example's source: its file's, where that counts as whole or the row names none."""
    file = example.origin.rsplit(".", 1)[0]
    return file if file in whole or not example.source else example.source


def _hold_out_each(
    test: Sequence[Example], also: Sequence[Example], keys: Sequence[str], what: str
) -> list[Fold]:
    names = sorted(set(keys))
    if len(names) < 2:
        raise DataError(f"cannot hold out one {what} after the other: there is only {names}")
    return [
        _fold(name, [e for e, key in zip(test, keys, strict=True) if key == name], test, also)
        for name in names
    ]


def _joined(examples: Sequence[Example], also: Sequence[Example]) -> tuple[list[Example], list[Example]]:
    """Both with groups joined over near-duplicates between and within them."""
    known = {example.id for example in examples}
    joined = join_near_duplicates([*examples, *(example for example in also if example.id not in known)])
    return joined[: len(examples)], joined[len(examples) :]


def _fold(name: str, part: Sequence[Example], rest: Sequence[Example], also: Sequence[Example]) -> Fold:
    """What may be learned from: all that shares neither a sentence nor a group with the part."""
    held = {example.id for example in part}
    groups = {example.group for example in part}
    others = [example for example in (*rest, *also) if example.id not in held]
    train = tuple(example for example in others if example.group not in groups)
    return Fold(name, train, tuple(part), len(others) - len(train))
