"""Calibrated scores and thresholds, both from validation data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from conflict_events.training.metrics import Bools, Floats, f1_of, group_draws, sigmoid, sum_by_group

if TYPE_CHECKING:
    from torch import nn

# A label with fewer positives (or negatives) than this is neither calibrated nor given its own threshold.
FEWEST = 5
# Standard deviation of the prior on log slope and intercept: about as strong as a few dozen examples.
_PRIOR_DEVIATION = 0.5
# Thresholds tried.
_GRID: Floats = np.round(np.arange(0.05, 0.951, 0.01), 2)
# What the scores themselves say of a threshold counts as much as this many positives. Chosen on validation
# data cut in halves (eval/results/training): as good for F1 as fewer, and the thresholds vary less.
_PRIOR_POSITIVES = 400
_BOOTSTRAP_DRAWS = 300


@dataclass(frozen=True)
class Platt:
    """Per label: calibrated logit = slope * logit + intercept."""

    slope: Floats
    intercept: Floats

    def apply(self, logits: npt.ArrayLike) -> Floats:
        """Calibrate logits [examples, labels]."""
        return np.asarray(logits, dtype=np.float64) * self.slope + self.intercept


def fit_platt(logits: npt.ArrayLike, truth: Bools) -> Platt:
    """Fit slope and intercept for each label on validation logits and truth, both [examples, labels].

    Platt scaling (Platt 1999), with a Gaussian prior that keeps log slope and intercept near 0, that is, the
    scores near what they were, in place of Platt's smoothed targets: with many examples the data decide, with
    few the prior. The slope is always positive, so the order of scores never changes. Labels with fewer than
    five positives or negatives keep their scores.
    """
    logits = np.asarray(logits, dtype=np.float64)
    slope, intercept = np.ones(logits.shape[1]), np.zeros(logits.shape[1])
    for label in range(logits.shape[1]):
        positives = int(truth[:, label].sum())
        if FEWEST <= positives <= len(truth) - FEWEST:
            slope[label], intercept[label] = _fit_one(logits[:, label], truth[:, label])
    return Platt(slope, intercept)


def _fit_one(logits: Floats, truth: Bools) -> tuple[float, float]:
    from scipy.optimize import minimize

    def loss_and_gradient(parameters: Floats) -> tuple[float, Floats]:
        log_slope, intercept = parameters
        scaled = np.exp(log_slope) * logits + intercept
        error = sigmoid(scaled) - truth
        loss = (np.logaddexp(0.0, scaled) - truth * scaled).sum()
        gradient = np.array([(error * np.exp(log_slope) * logits).sum(), error.sum()])
        prior = parameters / _PRIOR_DEVIATION**2
        return float(loss + 0.5 * (prior * parameters).sum()), gradient + prior

    found = minimize(
        loss_and_gradient, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-2.5, 2.5), (-10.0, 10.0)]
    )
    return float(np.exp(found.x[0])), float(found.x[1])


def fold_into(layer: nn.Linear, platt: Platt) -> None:
    """Fold the calibration into the output layer, in place: its logits come out calibrated."""
    import torch

    slope = torch.tensor(platt.slope, dtype=layer.weight.dtype, device=layer.weight.device)
    intercept = torch.tensor(platt.intercept, dtype=layer.bias.dtype, device=layer.bias.device)
    with torch.no_grad():
        layer.weight.mul_(slope[:, None])
        layer.bias.mul_(slope).add_(intercept)


def tune_thresholds(
    scores: npt.ArrayLike,
    truth: Bools,
    groups: Sequence[str],
    *,
    prior_positives: float = _PRIOR_POSITIVES,
    seed: int = 0,
) -> list[float]:
    """A threshold for each label from calibrated validation scores [examples, labels], for the best F1.

    The threshold that is best on one sample is a noisy thing with few positives, so two estimates are mixed,
    in log-odds. The first is the median of the best thresholds of 300 bootstrap samples of the groups. The
    second needs no truth: it is the best if every score is taken for the probability that it states (Lipton,
    Elkan and Narayanaswamy 2014), and counts as much as `prior_positives`. Labels with fewer than five
    positives get 0.5.
    """
    scores = np.asarray(scores, dtype=np.float64)
    weights = group_draws(len(set(groups)), _BOOTSTRAP_DRAWS, seed)
    thresholds = []
    for label in range(scores.shape[1]):
        positives = int(truth[:, label].sum())
        if positives < FEWEST:
            thresholds.append(0.5)
            continue
        predicted = scores[:, label, None] >= _GRID
        seen = f1_of(
            weights @ sum_by_group(predicted & truth[:, label, None], groups),
            weights @ sum_by_group(predicted, groups),
            (weights @ sum_by_group(truth[:, label], groups))[:, None],
        )
        stated = f1_of((predicted * scores[:, label, None]).sum(0), predicted.sum(0), scores[:, label].sum())
        measured = float(np.median([_middle_of_best(row) for row in seen]))
        trust = positives / (positives + prior_positives)
        log_odds = trust * _log_odds(measured) + (1 - trust) * _log_odds(_middle_of_best(stated))
        thresholds.append(round(float(sigmoid(log_odds)), 4))
    return thresholds


def _log_odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


def _middle_of_best(f1: Floats) -> float:
    """The grid point in the middle of those whose F1 is best; few positives make flat stretches."""
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    return float(_GRID[best[len(best) // 2]])
