"""What a model is measured against, behind one small interface: fit on examples, score examples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from conflict_events.errors import DataError
from conflict_events.eval.measure import Outcome
from conflict_events.training.data import Example

Scores = npt.NDArray[np.float32]

# What a baseline decides by. They are given no tuned thresholds, as a user of these recipes would have none;
# average precision compares systems without any threshold.
THRESHOLD = 0.5


class System(Protocol):
    """Something that learns from examples and gives each label of others a score between 0 and 1."""

    @property
    def thresholds(self) -> npt.NDArray[np.float32]:
        """The score from which on each label is given, [labels]; known after `fit`."""
        ...

    def fit(self, examples: Sequence[Example]) -> None:
        """Learn from labelled sentences; what was learned before is forgotten."""
        ...

    def scores(self, examples: Sequence[Example]) -> Scores:
        """Scores [n, labels] of sentences, whose labels are not looked at."""
        ...


class WithoutContext:
    """A system that is shown sentences alone when it scores them, whatever it learned from."""

    def __init__(self, system: System) -> None:
        self._system = system

    @property
    def thresholds(self) -> npt.NDArray[np.float32]:
        """Those of the system."""
        return self._system.thresholds

    def fit(self, examples: Sequence[Example]) -> None:
        """Learn from sentences with what stands before them."""
        self._system.fit(examples)

    def scores(self, examples: Sequence[Example]) -> Scores:
        """Scores [n, labels] of the sentences alone."""
        return self._system.scores([replace(example, context=()) for example in examples])


def outcome(name: str, system: System, examples: Sequence[Example], labels: Sequence[str]) -> Outcome:
    """What a fitted system says of examples."""
    shape = (len(examples), len(labels))
    return Outcome(
        name,
        tuple(labels),
        tuple(examples),
        system.scores(examples).astype(np.float32),
        np.broadcast_to(system.thresholds, shape),
    )


def make_system(name: str, labels: Sequence[str], *, base: str | Path | None = None, seed: int = 0) -> System:
    """A baseline by its name, see `NAMES`; `base` is the encoder's folder or hub id (default: MiniLM).

    Raises DataError for an unknown name.
    """
    if name not in _MAKERS:
        raise DataError(f"unknown baseline {name!r}; known: {', '.join(_MAKERS)}")
    return _MAKERS[name](tuple(labels), base, seed)


def targets(examples: Sequence[Example], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """Labels as 0 and 1, [n, labels]. Raises DataError where there is no example."""
    if not examples:
        raise DataError("there is no labelled sentence to learn from; give training files (--train)")
    return np.array([[int(label in example.labels) for label in labels] for example in examples])


def halves(labels: Sequence[str]) -> npt.NDArray[np.float32]:
    """The threshold of every baseline, for each label."""
    return np.full(len(labels), THRESHOLD, dtype=np.float32)


def _keyword(labels: Sequence[str], base: str | Path | None, seed: int) -> System:
    from conflict_events.eval.keywords import KeywordRules

    return KeywordRules(labels)


def _tfidf(labels: Sequence[str], base: str | Path | None, seed: int) -> System:
    from conflict_events.eval.linear import TfidfLogistic

    return TfidfLogistic(labels)


def _frozen(labels: Sequence[str], base: str | Path | None, seed: int) -> System:
    from conflict_events.eval.linear import FrozenEncoder

    return FrozenEncoder(labels, base=base)


def _contrastive(labels: Sequence[str], base: str | Path | None, seed: int) -> System:
    from conflict_events.eval.contrastive import ContrastiveEncoder

    return ContrastiveEncoder(labels, base=base, seed=seed)


def _trainer(labels: Sequence[str], base: str | Path | None, seed: int) -> System:
    from conflict_events.eval.plain_trainer import PlainTrainer

    return PlainTrainer(labels, base=base, seed=seed)


_MAKERS: Mapping[str, Callable[[Sequence[str], str | Path | None, int], System]] = {
    "keyword": _keyword,
    "tfidf": _tfidf,
    "frozen": _frozen,
    "contrastive": _contrastive,
    "trainer": _trainer,
}

# Those that start from an encoder, and those that learn nothing.
FROM_BASE = ("frozen", "contrastive", "trainer")
FIXED = ("keyword",)

NAMES: Mapping[str, str] = {
    "keyword": "keyword rules by the codebook",
    "tfidf": "TF-IDF and logistic regression",
    "frozen": "frozen encoder and logistic regression",
    "contrastive": "SetFit's contrastive recipe",
    "trainer": "plain transformers Trainer, default settings",
}
