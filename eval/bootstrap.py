"""Confidence intervals by resampling groups: sentences of one article are not independent of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from conflict_events.eval.scores import Indices

RESAMPLES = 2000
LEVEL = 0.95
NORMAL_QUANTILE = NormalDist().inv_cdf((1 + LEVEL) / 2)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % interval; the bounds are NaN where too few groups allow none."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How much larger a figure is in one system than in another, its 95 % interval, and a two-sided p."""

    value: float
    low: float
    high: float
    p: float


def in_percent(found: Estimate | Difference, sign: str = "") -> str:
    """A figure and its interval in percent: 92.1 [90.3, 93.6]; with a `sign` of "+", +1.2 [-0.3, +2.6].

    A dash for what is undefined.
    """
    if np.isnan(found.value):
        return "–"
    text = f"{100 * found.value:{sign}.1f}"
    if np.isnan(found.low):
        return text
    return f"{text} [{100 * found.low:{sign}.1f}, {100 * found.high:{sign}.1f}]"


def group_indices(groups: Sequence[str]) -> tuple[Indices, int]:
    """The index of each sentence's group, by first appearance, and the number of groups."""
    numbers: dict[str, int] = {}
    index = np.array([numbers.setdefault(name, len(numbers)) for name in groups], dtype=np.intp)
    return index, len(numbers)


def group_weights(groups: int, *, resamples: int = RESAMPLES, seed: int = 0) -> npt.NDArray[np.float64]:
    """How often each group is drawn in each resample, [resamples, groups]; each row sums to `groups`.

    The cluster bootstrap (Field and Welsh, JRSS B 2007): whole groups are drawn with replacement.
    """
    draws = np.random.default_rng(seed).multinomial(groups, np.full(groups, 1 / groups), size=resamples)
    return draws.astype(np.float64)


def estimate(value: float, resampled: npt.NDArray[np.float64]) -> Estimate:
    """A figure with the percentile interval of its resamples; undefined resamples are left out."""
    low, high = _percentiles(resampled)
    return Estimate(float(value), low, high)


def difference(value: float, resampled: npt.NDArray[np.float64]) -> Difference:
    """A difference with its percentile interval, from differences within the same resamples.

    `p` is twice the smaller share of resamples on either side of zero, with one added to either count, so
    that it is never zero (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 4.2).
    """
    low, high = _percentiles(resampled)
    defined = resampled[~np.isnan(resampled)]
    tail = 1 + min(int((defined <= 0).sum()), int((defined >= 0).sum()))
    return Difference(float(value), low, high, min(1.0, 2 * tail / (len(defined) + 1)))


def _percentiles(resampled: npt.NDArray[np.float64]) -> tuple[float, float]:
    defined = resampled[~np.isnan(resampled)]
    if len(defined) < 2:
        return float("nan"), float("nan")
    tail = (1 - LEVEL) / 2 * 100
    low, high = np.percentile(defined, [tail, 100 - tail])
    return float(low), float(high)
