"""Linear heads on frozen features: logistic regressions whose one strength is chosen by cross-validation.

A label's name says what its sentences are about, which a handful of them does not: so a sentence that says
nothing but the name is learnt from, too (as SetFit's templated examples, Tunstall et al. 2022, which stand in
where there are no others), if cross-validation on the real sentences finds that it helps.
"""

from __future__ import annotations

import unicodedata
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from conflict_events.training.metrics import Bools, Floats, log_loss, sigmoid

# Inverse strengths of the regularisation that are tried, for features of unit variance.
STRENGTHS = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
# How sure a head may be of a label that all, or none, of its sentences carry: as after one more of the other.
_PSEUDO = 1.0
# As so many sentences counts the one that says a label's name. On development data 8 was better than 2 and 4,
# and 16 little better than 8.
NAME_WEIGHT = 8.0
# Names are learnt from if that takes away so much of the loss: names that are mere codes seldom do.
WORTH = 0.02


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
    """What cross-validation chose, and the logits [n, labels] it gave to rows not learnt from.

    `named` says whether to learn from names, too. `shift` [labels] is to be added to the logits of heads that
    do, for names make labels seem frequent; in `logits` it is contained.
    """

    strength: float
    named: bool
    shift: Floats
    logits: Floats


def sentences_about(labels: Sequence[str]) -> list[str]:
    """For each label a sentence that says nothing but its name, in words, as of "CasualtyReport".

    Labels whose words are the same are taken as they are.
    """
    words = [_words(label) for label in labels]
    seen = Counter(words)
    names = [label if seen[told] > 1 else told for label, told in zip(labels, words, strict=True)]
    return [f"This sentence is about {name}." for name in names]


def _words(label: str) -> str:
    """A name put together with underscores, hyphens or capitals, taken apart; what has spaces is in words."""
    label = unicodedata.normalize("NFC", label).strip()
    if any(character.isspace() for character in label):
        return label
    words = ""
    for before, character, after in zip(" " + label, label, label[1:] + " ", strict=False):
        begins = character.isupper() and (before.islower() or (before.isupper() and after.islower()))
        words += " " if character in "_-" else f" {character}" if begins else character
    return " ".join(words.split()).lower() or label


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
    serves all labels: a handful of sentences of a rare label can choose none. It is chosen without names, and
    names are then tried with it: chosen with them it was seen to be larger, and tuning from there worse. For
    that comparison the labels' shares are made right on both sides. Labels that outnumber the rows are
    not learnt by name.
    """
    tried = []
    for strength in STRENGTHS:
        logits = _cross_validated(features, truth, parts, strength, None)
        tried.append((log_loss(logits, truth), strength, logits))
    _, strength, logits = min(tried, key=lambda one: one[0])
    if named is not None and truth.shape[1] <= len(truth):
        told = _cross_validated(features, truth, parts, strength, named)
        shift = shift_to_shares(told, truth)
        nameless = log_loss(logits + shift_to_shares(logits, truth), truth)
        if log_loss(told + shift, truth) < (1 - WORTH) * nameless:
            return Choice(strength, True, shift, told + shift)
    return Choice(strength, False, np.zeros(truth.shape[1]), logits)


def _cross_validated(
    features: npt.NDArray[np.float32],
    truth: Bools,
    parts: Sequence[Sequence[int]],
    strength: float,
    named: npt.NDArray[np.float32] | None,
) -> Floats:
    """Logits [n, labels] of each part by heads that learnt from the others."""
    logits = np.zeros(truth.shape)
    for part in parts:
        rest = np.setdiff1d(np.arange(len(truth)), part)
        logits[part] = fit_heads(features[rest], truth[rest], strength, named).logits(features[part])
    return logits


def shift_to_shares(logits: Floats, truth: Bools) -> Floats:
    """What to add to each label's logits [n, labels], that its mean probability be its share; [labels].

    Of all that could be added this leaves the least loss. Labels that all or none carry get 0.
    """
    low: Floats = np.full(truth.shape[1], -20.0)
    high: Floats = np.full(truth.shape[1], 20.0)
    for _ in range(40):
        middle = (low + high) / 2
        too_low = sigmoid(logits + middle).sum(axis=0) < truth.sum(axis=0)
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    told = truth.any(axis=0) & ~truth.all(axis=0)
    return np.asarray(np.where(told, (low + high) / 2, 0.0))
