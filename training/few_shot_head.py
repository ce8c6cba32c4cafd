"""Linear heads on frozen features: logistic regressions whose one strength is chosen by cross-validation."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from conflict_events.training.metrics import Bools, Floats, log_loss

# Inverse strengths of the regularisation that are tried, for features of unit variance.
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
# How sure a head may be of a label that all, or none, of its sentences carry: as after one more of the other.
_PSEUDO = 1.0


@dataclass(frozen=True)
class LinearHeads:
    """A weight [labels, width] and a bias [labels]: logits are features times weight, plus bias."""

    weight: Floats
    bias: Floats

    def logits(self, features: npt.ArrayLike) -> Floats:
        """Logits [n, labels] of features [n, width]."""
        return np.asarray(features, dtype=np.float64) @ self.weight.T + self.bias


def fit_heads(features: npt.NDArray[np.float32], truth: Bools, strength: float) -> LinearHeads:
    """A logistic regression a label, from features [n, width] and truth [n, labels].

    A label that all or none of the sentences carry gets its share, wherever the sentence lies.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    weight = np.zeros((truth.shape[1], features.shape[1]))
    bias = np.zeros(truth.shape[1])
    for label, column in enumerate(truth.T):
        positives = int(column.sum())
        if 0 < positives < len(column):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # near enough, after so many steps
                head = LogisticRegression(C=strength, max_iter=1000).fit(features, column)
            weight[label], bias[label] = head.coef_[0], head.intercept_[0]
        else:
            bias[label] = np.log((positives + _PSEUDO) / (len(column) - positives + _PSEUDO))
    return LinearHeads(weight, bias)


def choose_strength(
    features: npt.NDArray[np.float32], truth: Bools, parts: Sequence[Sequence[int]]
) -> tuple[float, Floats]:
    """The strength with the least loss on rows not learnt from, and the logits it gave them, [n, labels].

    `parts` are the rows of each fold; each is scored by heads that learnt from all others. One strength
    serves all labels: a handful of sentences of a rare label can choose none.
    """
    best: tuple[float, float, Floats] | None = None
    for strength in STRENGTHS:
        logits = np.zeros(truth.shape)
        for part in parts:
            rest = np.setdiff1d(np.arange(len(truth)), part)
            logits[part] = fit_heads(features[rest], truth[rest], strength).logits(features[part])
        loss = log_loss(logits, truth)
        if best is None or loss < best[0]:
            best = (loss, strength, logits)
    assert best is not None
    return best[1], best[2]
