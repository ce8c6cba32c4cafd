"""The measures against scikit-learn on random data, and against tables worked out by hand."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from conflict_events.eval.bootstrap import group_weights
from conflict_events.eval.scores import (
    BINS,
    average_precision,
    calibration_error,
    figures,
    precision_recall_points,
    reliability,
)

LABELS = ("advance", "airstrike", "casualty_report")


def random_case(seed: int, size: int = 300) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.random((size, 3)) < [0.1, 0.3, 0.5]
    # Rounded, so that many scores are equal.
    scores = np.round(np.clip(truth * 0.3 + rng.random((size, 3)) * 0.7, 0, 1), 2).astype(np.float32)
    return truth, scores, np.array([0.4, 0.5, 0.6], dtype=np.float32)


@pytest.mark.parametrize("seed", range(5))
def test_figures_agree_with_scikit_learn(seed: int) -> None:
    truth, scores, thresholds = random_case(seed)
    found = {key: value[0] for key, value in figures(truth, scores, thresholds, LABELS).items()}
    decided = scores >= thresholds
    precision, recall, f1, support = sklearn_metrics.precision_recall_fscore_support(truth, decided)
    for column, label in enumerate(LABELS):
        assert found[label, "precision"] == pytest.approx(precision[column])
        assert found[label, "recall"] == pytest.approx(recall[column])
        assert found[label, "f1"] == pytest.approx(f1[column])
        assert found[label, "support"] == support[column]
        assert found[label, "average_precision"] == pytest.approx(
            sklearn_metrics.average_precision_score(truth[:, column], scores[:, column])
        )
    for row in ("micro", "macro"):
        assert found[row, "f1"] == pytest.approx(sklearn_metrics.f1_score(truth, decided, average=row))
    assert found["macro", "average_precision"] == pytest.approx(
        sklearn_metrics.average_precision_score(truth, scores, average="macro")
    )
    assert found["all", "exact_match"] == pytest.approx(sklearn_metrics.accuracy_score(truth, decided))


def test_a_resample_is_the_sample_with_its_groups_repeated() -> None:
    truth, scores, thresholds = random_case(7, size=60)
    group = np.arange(60) % 9
    weights = group_weights(9, resamples=4, seed=3)
    found = figures(truth, scores, thresholds, LABELS, group=group, weights=weights)
    for resample, row in enumerate(weights):
        rows = np.concatenate([np.flatnonzero(group == g) for g in range(9) for _ in range(int(row[g]))])
        repeated = figures(truth[rows], scores[rows], thresholds, LABELS)
        for key, value in repeated.items():
            assert found[key][resample] == pytest.approx(value[0], nan_ok=True), key


def test_figures_by_hand() -> None:
    truth = np.array([[1, 0], [1, 1], [0, 0], [0, 0]], dtype=bool)
    scores = np.array([[0.9, 0.2], [0.3, 0.8], [0.6, 0.1], [0.1, 0.1]])
    found = {key: value[0] for key, value in figures(truth, scores, np.array([0.5, 0.5]), ["a", "b"]).items()}
    assert found["a", "precision"] == 1 / 2  # given to the first and third sentence, right on the first
    assert found["a", "recall"] == 1 / 2
    assert found["b", "f1"] == 1
    assert found["micro", "precision"] == 2 / 3
    assert found["micro", "recall"] == 2 / 3
    assert found["macro", "f1"] == 3 / 4
    assert found["a", "average_precision"] == pytest.approx((1 + 2 / 3) / 2)
    assert found["all", "exact_match"] == 2 / 4
    assert found["all", "false_alarms_per_1000"] == 500  # of the third and fourth, the third
    assert found["micro", "support"] == 3


def test_what_is_undefined_is_nan_and_left_out_of_averages() -> None:
    truth = np.array([[1, 0], [1, 0]], dtype=bool)
    scores = np.array([[0.9, 0.1], [0.8, 0.2]])
    found = {key: value[0] for key, value in figures(truth, scores, np.array([0.5, 0.5]), ["a", "b"]).items()}
    assert np.isnan(found["b", "f1"])
    assert np.isnan(found["b", "average_precision"])
    assert np.isnan(found["all", "false_alarms_per_1000"])
    assert found["macro", "f1"] == found["macro", "average_precision"] == 1


def test_calibration_error_by_hand() -> None:
    # First bin: .02 and .04, none positive: |.06|. Bin of .5: one of two positive: 0. Bin of .9: |.1|.
    truth = np.array([[0], [0], [1], [0], [1]], dtype=bool)
    scores = np.array([[0.02], [0.04], [0.5], [0.5], [0.9]])
    assert calibration_error(truth, scores) == pytest.approx((0.06 + 0 + 0.1) / 5)


def test_scores_drawn_from_their_own_probability_are_calibrated() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((40_000, 1))
    truth = rng.random((40_000, 1)) < scores
    assert calibration_error(truth, scores)[0] < 0.01
    assert calibration_error(truth, scores**3)[0] > 0.2


def test_reliability_covers_every_score_once() -> None:
    score, positive, size = reliability(np.array([False, True, True]), np.array([0.0, 1.0, 0.96]))
    assert len(score) == BINS
    assert size[0] == 1
    assert size[-1] == 2
    assert score[-1] == pytest.approx(0.98)
    assert positive[0] == 0
    assert np.isnan(score[1:-1]).all()


def test_precision_recall_points_are_scikit_learns() -> None:
    truth, scores, _ = random_case(1)
    recall, precision = precision_recall_points(truth[:, 1], scores[:, 1])
    expected_precision, expected_recall, _ = sklearn_metrics.precision_recall_curve(truth[:, 1], scores[:, 1])
    assert recall[::-1] == pytest.approx(expected_recall[:-1])
    assert precision[::-1] == pytest.approx(expected_precision[:-1])


def test_average_precision_of_constant_scores_is_the_share_of_positives() -> None:
    truth = np.array([True, False, False, False])
    found = average_precision(truth, np.zeros(4), np.arange(4), np.ones((1, 4)))
    assert found == pytest.approx([0.25])


def test_two_thousand_resamples_of_a_corpus_raise_no_warning() -> None:
    truth, scores, thresholds = random_case(2, size=2000)
    weights = group_weights(200, resamples=2000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = figures(truth, scores, thresholds, LABELS, group=np.arange(2000) // 10, weights=weights)
    assert found["micro", "f1"].shape == (2000,)
