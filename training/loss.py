"""The loss that is learned by: binary cross-entropy, and what settings make of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_events.training.settings import Settings

# A label with fewer positives is no rarer than this: a handful of sentences should not drown all others.
MOST = 100.0


def summed_loss(
    passes: Sequence[Any], targets: Any, settings: Settings, positive_weights: Any | None = None
) -> Any:
    """The loss of a batch, summed over rows and labels; `passes` holds logits [rows, labels], one or two.

    Binary cross-entropy with the targets, drawn towards one half where labels are smoothed; with each label's
    positives weighed by `positive_weights` [labels], and weighed down where the score is near its target, if
    the settings say so. Of two passes that differ in their dropout, the mean of theirs, and the symmetric
    Kullback-Leibler divergence between the two, weighed as in Liang et al., R-Drop (NeurIPS 2021), equation
    4.
    """
    if settings.label_smoothing:
        targets = targets + settings.label_smoothing * (0.5 - targets)
    loss = sum(_losses(logits, targets, settings, positive_weights).sum() for logits in passes) / len(passes)
    if len(passes) == 2:
        first, second = passes
        # Of two Bernoulli distributions, KL(p, q) + KL(q, p) = (p - q)(logit p - logit q).
        apart = ((first.sigmoid() - second.sigmoid()) * (first - second)).sum()
        loss = loss + settings.r_drop * apart / 4
    return loss


def _losses(logits: Any, targets: Any, settings: Settings, weights: Any | None) -> Any:
    """The loss of each row and label, [rows, labels]."""
    from torch.nn.functional import binary_cross_entropy_with_logits

    losses = binary_cross_entropy_with_logits(logits, targets, reduction="none", pos_weight=weights)
    if settings.focal:
        losses = losses * (targets - logits.sigmoid()).abs() ** settings.focal
    return losses


def positive_weights(targets: npt.NDArray[np.float32], power: float) -> npt.NDArray[np.float32]:
    """What the positives of each label weigh, [labels], from targets [n, labels]: 1 to `MOST` to this power.

    A teacher's scores count as parts of a positive. Labels that none has, or most, weigh 1.
    """
    positives = targets.sum(axis=0, dtype=np.float64)
    ratio = np.divide(len(targets) - positives, positives, out=np.ones_like(positives), where=positives > 0)
    return np.asarray(ratio.clip(1, MOST) ** power, dtype=np.float32)
