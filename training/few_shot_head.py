"""Linear heads on frozen features: logistic regressions whose one strength is chosen by cross-validation.

A label's name says what its sentences are about, which a handful of them does not: so a sentence that says
nothing but the name is learnt from, too (as SetFit's templated examples, Tunstall et al. 2022, which stand in
where there are no others), if cross-validation on the real sentences finds that it helps.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from conflict_events.training.metrics import Bools, Floats, log_loss, sigmoid

# Inverse strengths of the regularisation that are tried, for features of unit variance.
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
# How sure a head may be of a label that all, or none, of its sentences carry: as after one more of the other.
_PSEUDO = 1.0
# As so many sentences counts the one that says a label's name. On development data 2, 4, 8 and 16 were better
# in that order, the last two nearly alike.
NAME_WEIGHT = 8.0
# Names are learnt from if that takes away so much of the loss: names that are mere codes seldom do.
_WORTH = 0.02
_WORDS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])|\d+")


@dataclass(frozen=True)
class LinearHeads:
    """A weight [labels, width] and a bias [labels]: logits are features times weight, plus bias."""

    weight: Floats
    bias: Floats

    def logits(self, features: npt.ArrayLike) -> Floats:
        """Logits [n, labels] of features [n, width]."""
        return np.asarray(features, dtype=np.float64) @ self.weight.T + self.bias


@dataclass(frozen=True)
class Choice:
    """What cross-validation chose, and the logits [n, labels] it gave to rows not learnt from."""

    strength: float
    named: bool
    logits: Floats


def sentence_about(label: str) -> str:
    """A sentence that says nothing but a label's name, in words: "casualty_report", "CasualtyReport"."""
    words = " ".join(_WORDS.findall(label)) or label
    return f"This sentence is about {words.lower()}."


def fit_heads(
    features: npt.NDArray[np.float32],
    truth: Bools,
    strength: float,
    named: npt.NDArray[np.float32] | None = None,
) -> LinearHeads:
    """A logistic regression a label, from features [n, width] and truth [n, labels].

    `named` [labels, width] holds the features of the sentence that says each label's name, to be learnt from.
    A label that all or none of the sentences carry gets its share, wherever the sentence lies.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    weight = np.zeros((truth.shape[1], features.shape[1]))
    bias = np.zeros(truth.shape[1])
    rows, wanted, counts = features, truth, np.ones(len(features))
    if named is not None:
        rows = np.concatenate([features, named])
        wanted = np.concatenate([truth, np.eye(len(named), dtype=bool)])
        counts = np.concatenate([counts, np.full(len(named), NAME_WEIGHT)])
    for label, column in enumerate(truth.T):
        positives = int(column.sum())
        if 0 < positives < len(column):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # near enough, after so many steps
                head = LogisticRegression(C=strength, max_iter=1000)
                head.fit(rows, wanted[:, label], sample_weight=counts)
            weight[label], bias[label] = head.coef_[0], head.intercept_[0]
        else:
            bias[label] = np.log((positives + _PSEUDO) / (len(column) - positives + _PSEUDO))
    return LinearHeads(weight, bias)


def choose_heads(
    features: npt.NDArray[np.float32],
    truth: Bools,
    parts: Sequence[Sequence[int]],
    named: npt.NDArray[np.float32] | None = None,
) -> Choice:
    """The strength with the least loss on rows not learnt from, and whether to learn from names.

    `parts` are the rows of each fold; each is scored by heads that learnt from all others. One strength
    serves all labels: a handful of sentences of a rare label can choose none. The loss is what is left of it
    when the labels' shares are made right, as calibration does: the names shift them.
    """
    plain = _best(features, truth, parts, None)
    if named is None:
        return plain[1]
    helped = _best(features, truth, parts, named)
    return helped[1] if helped[0] < (1 - _WORTH) * plain[0] else plain[1]


def _best(
    features: npt.NDArray[np.float32],
    truth: Bools,
    parts: Sequence[Sequence[int]],
    named: npt.NDArray[np.float32] | None,
) -> tuple[float, Choice]:
    tried = []
    for strength in STRENGTHS:
        logits = np.zeros(truth.shape)
        for part in parts:
            rest = np.setdiff1d(np.arange(len(truth)), part)
            logits[part] = fit_heads(features[rest], truth[rest], strength, named).logits(features[part])
        loss = log_loss(with_right_shares(logits, truth), truth)
        tried.append((loss, Choice(strength, named is not None, logits)))
    return min(tried, key=lambda one: one[0])


def with_right_shares(logits: Floats, truth: Bools) -> Floats:
    """Logits [n, labels], each label's shifted so that its mean probability is its share in the truth.

    Of all shifts of a label this one has the least loss. A label that all or none carry is shifted by 20.
    """
    low: Floats = np.full(truth.shape[1], -20.0)
    high: Floats = np.full(truth.shape[1], 20.0)
    for _ in range(40):
        middle = (low + high) / 2
        too_low = sigmoid(logits + middle).sum(axis=0) < truth.sum(axis=0)
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    return np.asarray(logits + (low + high) / 2)
