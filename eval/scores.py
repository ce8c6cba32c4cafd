"""The measures, as functions of arrays: one call gives a figure for the sample and for every resample of it.

A resample is a row of `weights` [resamples, groups], which says how often each group was drawn; a row of
ones is the sample itself. Counts are summed by group once, so a resample costs a matrix product and no pass
over the sentences. An undefined figure (a precision with nothing found, a recall with nothing to find) is
NaN, and averages leave it out, as scikit-learn does with `zero_division=nan`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]
# (row, measure) -> one value a resample. Rows: every label, "micro", "macro" and "all".
Figures = dict[tuple[str, str], npt.NDArray[np.float64]]

# Bins of equal width over [0, 1] for the calibration error; 15 as in Guo et al. (ICML 2017).
BINS = 15


def figures(
    truth: Bools,
    scores: Floats,
    thresholds: Floats,
    labels: Sequence[str],
    *,
    group: Indices | None = None,
    weights: Floats | None = None,
) -> Figures:
    """Every measure of a multi-label prediction, by (row, measure).

    `truth` [n, labels]; `scores` [n, labels], probabilities; `thresholds` [labels], or [n, labels] where they
    differ between sentences; `group` [n], the index of
    each sentence's group (default: every sentence for itself); `weights` [resamples, groups] (default: one
    row of ones). Values are arrays [resamples].

    Rows named after labels and "micro", "macro" hold precision, recall, f1 and calibration_error; labels and
    "macro" average_precision; labels and "micro" support. Row "all" holds exact_match (the share of sentences
    whose set of labels is right), sentences, and false_alarms_per_1000 (of 1,000 sentences without any label,
    how many are given one).
    """
    if group is None:
        group = np.arange(len(truth))
    groups = int(group.max(initial=-1)) + 1 if weights is None else weights.shape[1]
    if weights is None:
        weights = np.ones((1, groups))
    weights = weights.astype(np.float64)
    decided = scores >= thresholds

    def total(values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """Sums of per-sentence values [n, ...] in every resample, [resamples, ...]."""
        return np.asarray(np.tensordot(weights, sum_by_group(values, group, groups), axes=1))

    hits, found, wanted = total(np.logical_and(truth, decided)), total(np.asarray(decided)), total(truth)
    result: Figures = {}
    for name, measure in precision_recall_f1(hits, found, wanted).items():
        result |= {(label, name): measure[:, column] for column, label in enumerate(labels)}
        result["macro", name] = _mean(measure)
    micro = precision_recall_f1(hits.sum(axis=1), found.sum(axis=1), wanted.sum(axis=1))
    result |= {("micro", name): measure for name, measure in micro.items()}

    precisions = np.stack(
        [
            average_precision(truth[:, column], scores[:, column], group, weights)
            for column in range(len(labels))
        ],
        axis=1,
    )
    result |= {(label, "average_precision"): precisions[:, column] for column, label in enumerate(labels)}
    result["macro", "average_precision"] = _mean(precisions)

    # Sums by bin: [resamples, labels, bins].
    surplus, members = (total(values) for values in _calibration_bins(truth, scores))
    errors = _calibration_error(surplus, members)
    result |= {(label, "calibration_error"): errors[:, column] for column, label in enumerate(labels)}
    result["macro", "calibration_error"] = _mean(errors)
    result["micro", "calibration_error"] = _calibration_error(surplus.sum(axis=1), members.sum(axis=1))

    result |= {(label, "support"): wanted[:, column] for column, label in enumerate(labels)}
    result["micro", "support"] = wanted.sum(axis=1)
    count = total(np.ones(len(truth)))
    eventless = np.asarray(np.logical_not(np.any(truth, axis=1)))
    alarms = total(np.asarray(np.logical_and(eventless, np.any(decided, axis=1))))
    result["all", "sentences"] = count
    result["all", "exact_match"] = _ratio(total(np.asarray(np.all(truth == decided, axis=1))), count)
    result["all", "false_alarms_per_1000"] = 1000 * _ratio(alarms, total(eventless))
    return result


def sum_by_group(values: npt.NDArray[np.generic], group: Indices, groups: int) -> npt.NDArray[np.float64]:
    """Sums of the rows of `values` [n, ...] by group: [groups, ...]."""
    sums = np.zeros((groups, *values.shape[1:]))
    np.add.at(sums, group, values)
    return sums


def precision_recall_f1(hits: Floats, found: Floats, wanted: Floats) -> Mapping[str, npt.NDArray[np.float64]]:
    """Precision, recall and F1 from counts of any shape; NaN where a denominator is zero."""
    return {
        "precision": _ratio(hits, found),
        "recall": _ratio(hits, wanted),
        "f1": _ratio(2 * hits, found + wanted),
    }


def average_precision(
    truth: Bools, scores: Floats, group: Indices, weights: Floats
) -> npt.NDArray[np.float64]:
    """Average precision of one label in every resample: the sum of precision times gain in recall.

    The step-wise sum that scikit-learn's `average_precision_score` takes, with equal scores as one step.
    NaN where a resample holds no positive.
    """
    if not truth.any():
        return np.full(len(weights), np.nan)
    order = np.argsort(-scores, kind="stable")
    truth, scores, group = truth[order], scores[order], group[order]
    # Recall rises only at tied blocks with a positive: number those, and give every row the first such block
    # that ends at or after it. What ranks below the last of them cannot matter.
    block = np.concatenate([[0], np.cumsum(scores[1:] != scores[:-1])])
    rising = np.zeros(block[-1] + 1, dtype=bool)
    rising[block[truth]] = True
    step = (np.cumsum(rising) - rising)[block]
    steps = int(rising.sum())
    above = step < steps

    ranked = np.zeros((weights.shape[1], steps), dtype=np.float32)
    np.add.at(ranked, (group[above], step[above]), 1)
    gained = np.zeros_like(ranked)
    np.add.at(gained, (group[truth], step[truth]), 1)
    # Counts stay below 2**24, where float32 is exact.
    weights = weights.astype(np.float32)
    gain = (weights @ gained).astype(np.float64)
    hits = np.cumsum(gain, axis=1)
    depth = np.cumsum(weights @ ranked, axis=1, dtype=np.float64)
    precision = np.divide(hits, depth, out=np.zeros_like(hits), where=depth > 0)
    return _ratio((precision * gain).sum(axis=1), hits[:, -1])


def calibration_error(truth: Bools, scores: Floats) -> npt.NDArray[np.float64]:
    """Expected calibration error of each label, [labels]: see `BINS`.

    The mean distance between a bin's average score and its share of positives, weighted by the bins' sizes,
    over 15 bins of equal width (Guo et al., On Calibration of Modern Neural Networks, ICML 2017, applied to
    the score of a label instead of the winning class).
    """
    surplus, members = (values.sum(axis=0) for values in _calibration_bins(truth, scores))
    return _calibration_error(surplus, members)


def reliability(truth: Bools, scores: Floats) -> tuple[Floats, Floats, Floats]:
    """What a reliability plot shows for one label's [n] arrays: mean score, share positive, size by bin."""
    bins = _bin_of(scores)
    size = np.bincount(bins, minlength=BINS).astype(np.float64)
    score = np.bincount(bins, weights=scores, minlength=BINS)
    positive = np.bincount(bins, weights=truth, minlength=BINS)
    return _ratio(score, size), _ratio(positive, size), size


def precision_recall_points(truth: Bools, scores: Floats) -> tuple[Floats, Floats]:
    """Recall and precision of one label at every distinct score, from the highest down."""
    order = np.argsort(-scores, kind="stable")
    last = np.append(scores[order][1:] != scores[order][:-1], True)
    hits = np.cumsum(truth[order])[last].astype(np.float64)
    return _ratio(hits, np.full(len(hits), truth.sum(), dtype=np.float64)), hits / (np.flatnonzero(last) + 1)


def _bin_of(scores: Floats) -> Indices:
    return np.asarray(np.minimum((scores * BINS).astype(np.intp), BINS - 1))


def _calibration_bins(truth: Bools, scores: Floats) -> tuple[npt.NDArray[np.float64], Bools]:
    """Per sentence, label and bin: score minus truth, and membership; both [n, labels, bins]."""
    members = _bin_of(scores)[..., None] == np.arange(BINS)
    return members * (scores.astype(np.float64) - truth)[..., None], members


def _calibration_error(surplus: Floats, members: Floats) -> npt.NDArray[np.float64]:
    # A bin's |mean score - share of positives| times its size is |sum of (score - truth)|.
    return _ratio(np.abs(surplus).sum(axis=-1), members.sum(axis=-1))


def _ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> npt.NDArray[np.float64]:
    part, whole = np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64)
    return np.asarray(np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0))


def _mean(values: Floats) -> npt.NDArray[np.float64]:
    """Mean over labels (the last axis), leaving out what is undefined."""
    defined = np.asarray(~np.isnan(values))
    return _ratio(np.where(defined, values, 0).sum(axis=-1), defined.sum(axis=-1))
