"""Measure a system on labelled sentences, and compare two systems on the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from conflict_events.errors import DataError
from conflict_events.eval.bootstrap import (
    RESAMPLES,
    Difference,
    Estimate,
    difference,
    estimate,
    group_indices,
    group_weights,
)
from conflict_events.eval.scores import figures
from conflict_events.training.data import Example

# row (a label, "micro", "macro", "all") -> measure -> figure
Measures = dict[str, dict[str, Estimate]]
Differences = dict[str, dict[str, Difference]]

# Counts, which no interval is given for.
COUNTS = ("support", "sentences")


@dataclass(frozen=True)
class Outcome:
    """What a system said of labelled sentences: scores [n, labels] and the thresholds it decides by.

    `thresholds` is [n, labels], for in a view with several folds each fold's model brings its own.
    """

    system: str
    labels: tuple[str, ...]
    examples: tuple[Example, ...]
    scores: npt.NDArray[np.float32]
    thresholds: npt.NDArray[np.float32]

    def __post_init__(self) -> None:
        shape = (len(self.examples), len(self.labels))
        if self.scores.shape != shape or self.thresholds.shape != shape:
            raise ValueError(f"{shape} scores expected, got {self.scores.shape} and {self.thresholds.shape}")

    @property
    def truth(self) -> npt.NDArray[np.bool_]:
        """Which labels the sentences have, [n, labels]."""
        rows = [[label in example.labels for label in self.labels] for example in self.examples]
        return np.array(rows, dtype=bool).reshape(len(self.examples), len(self.labels))

    @property
    def decided(self) -> npt.NDArray[np.bool_]:
        """Which labels the system gives, [n, labels]."""
        return self.scores >= self.thresholds

    def select(self, rows: Sequence[int]) -> Outcome:
        """The same for some of the sentences."""
        kept = tuple(self.examples[row] for row in rows)
        index = np.asarray(rows, dtype=np.intp)
        return Outcome(self.system, self.labels, kept, self.scores[index], self.thresholds[index])


def join(outcomes: Sequence[Outcome]) -> Outcome:
    """One outcome from those of one system on several parts."""
    first = outcomes[0]
    return Outcome(
        first.system,
        first.labels,
        tuple(example for outcome in outcomes for example in outcome.examples),
        np.concatenate([outcome.scores for outcome in outcomes]),
        np.concatenate([outcome.thresholds for outcome in outcomes]),
    )


def measure(outcome: Outcome, *, resamples: int = RESAMPLES, seed: int = 0) -> Measures:
    """Every figure of `scores.figures` with its 95 % interval from a bootstrap over groups.

    Deterministic for the same outcome and seed. Raises DataError where there is nothing to measure on.
    """
    if not outcome.examples:
        raise DataError("there is no labelled sentence to measure on")
    group, groups = group_indices([example.group for example in outcome.examples])
    arguments = (outcome.truth, outcome.scores, outcome.thresholds, outcome.labels)
    sample = figures(*arguments, group=group)
    # With one group every resample is the sample, and an interval of no width would be a lie: none is given.
    weights = group_weights(groups, resamples=resamples if groups > 1 else 0, seed=seed)
    resampled = figures(*arguments, group=group, weights=weights)
    measures: Measures = {row: {} for row in (*outcome.labels, "micro", "macro", "all")}
    for (row, name), value in sample.items():
        spread = np.empty(0) if name in COUNTS else resampled[row, name]
        measures[row][name] = estimate(float(value[0]), spread)
    return measures


def compare(ours: Outcome, other: Outcome, *, resamples: int = RESAMPLES, seed: int = 0) -> Differences:
    """How much larger each figure is for `ours` than for `other`: a paired bootstrap over groups.

    Both are measured on the same resamples, so what makes a resample easy cancels out. Raises DataError
    unless both are outcomes on the same sentences and labels.
    """
    if [example.id for example in ours.examples] != [example.id for example in other.examples]:
        raise DataError(f"{ours.system} and {other.system} were not measured on the same sentences")
    if ours.labels != other.labels:
        raise DataError(f"{ours.system} and {other.system} have different labels")
    group, groups = group_indices([example.group for example in ours.examples])
    weights = group_weights(groups, resamples=resamples if groups > 1 else 0, seed=seed)
    samples, resampled = [], []
    for outcome in (ours, other):
        arguments = (outcome.truth, outcome.scores, outcome.thresholds, outcome.labels)
        samples.append(figures(*arguments, group=group))
        resampled.append(figures(*arguments, group=group, weights=weights))
    differences: Differences = {row: {} for row in (*ours.labels, "micro", "macro", "all")}
    for (row, name), value in samples[0].items():
        if name not in COUNTS:
            spread = resampled[0][row, name] - resampled[1][row, name]
            differences[row][name] = difference(float(value[0] - samples[1][row, name][0]), spread)
    return differences
