"""Figures of a multi-label classifier that training needs: F1 by label, micro, macro, and their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def sigmoid(logits: npt.ArrayLike) -> Floats:
    """The logistic function, without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * np.asarray(logits, dtype=np.float64))))


def log_loss(logits: Floats, truth: Bools) -> float:
    """Mean binary cross-entropy over all examples and labels, in nats."""
    return float((np.logaddexp(0.0, logits) - truth * logits).mean())


def f1_of(hits: npt.ArrayLike, predicted: npt.ArrayLike, actual: npt.ArrayLike) -> Floats:
    """F1 from true positives, predictions and actual positives; 0 where there is neither of the last two."""
    total = np.asarray(predicted, dtype=np.float64) + np.asarray(actual, dtype=np.float64)
    return np.asarray(2 * np.asarray(hits, dtype=np.float64) / np.maximum(total, 1e-12))


def measure(predicted: Bools, truth: Bools, labels: Sequence[str]) -> dict[str, Any]:
    """Micro and macro F1, exact match, and precision, recall, F1 and support by label.

    `predicted` and `truth` are [examples, labels]. Macro F1 is over the labels that are in either, as in
    `conflict_events.eval.scores`: one that is given and never right counts as 0.
    """
    hits, guessed, actual = (predicted & truth).sum(0), predicted.sum(0), truth.sum(0)
    by_label = {
        label: {
            "precision": float(hits[i] / guessed[i]) if guessed[i] else 0.0,
            "recall": float(hits[i] / actual[i]) if actual[i] else 0.0,
            "f1": float(f1_of(hits[i], guessed[i], actual[i])),
            "support": int(actual[i]),
        }
        for i, label in enumerate(labels)
    }
    defined = [figures["f1"] for i, figures in enumerate(by_label.values()) if guessed[i] or actual[i]]
    return {
        "micro_f1": float(f1_of(hits.sum(), guessed.sum(), actual.sum())),
        "macro_f1": float(np.mean(defined)) if defined else 0.0,
        "exact_match": float((predicted == truth).all(axis=1).mean()),
        "labels": by_label,
    }


def f1_intervals(
    predicted: Bools,
    truth: Bools,
    groups: Sequence[str],
    labels: Sequence[str],
    *,
    draws: int = 2000,
    seed: int = 0,
) -> Mapping[str, tuple[float, float]]:
    """95 % intervals of micro F1 ("micro_f1") and each label's F1, by a percentile bootstrap over groups.

    There are none where all is of one group: one group says nothing of how others differ.
    """
    if len(set(groups)) < 2:
        return {}
    hits = sum_by_group(predicted & truth, groups)
    guessed = sum_by_group(predicted, groups)
    actual = sum_by_group(truth, groups)
    weights = group_draws(len(hits), draws, seed)
    by_label = f1_of(weights @ hits, weights @ guessed, weights @ actual)
    micro = f1_of(weights @ hits.sum(1), weights @ guessed.sum(1), weights @ actual.sum(1))
    named = {"micro_f1": micro} | {label: by_label[:, i] for i, label in enumerate(labels)}
    return {name: _interval(values) for name, values in named.items()}


def sum_by_group(values: npt.NDArray[Any], groups: Sequence[str]) -> Floats:
    """Sum rows of [examples, ...] by group: [groups, ...], groups in sorted order."""
    _, numbers = np.unique(np.asarray(groups), return_inverse=True)
    sums = np.zeros((int(numbers.max()) + 1, *values.shape[1:]))
    np.add.at(sums, numbers, values)
    return sums


def group_draws(group_count: int, draws: int, seed: int) -> Floats:
    """How often each group occurs in each of `draws` bootstrap samples: [draws, groups]."""
    random = np.random.default_rng(seed)
    return random.multinomial(group_count, np.full(group_count, 1 / group_count), size=draws).astype(
        np.float64
    )


def _interval(values: Floats) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)
