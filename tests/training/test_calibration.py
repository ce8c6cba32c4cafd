"""Calibration against scipy and scikit-learn, its prior, its folding; thresholds against brute force."""

from __future__ import annotations

import numpy as np
import pytest

from conflict_events.training.calibration import Platt, fit_platt, fold_into, tune_thresholds
from conflict_events.training.metrics import f1_intervals, log_loss, measure, sigmoid


def draw(count: int, slope: float, intercept: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits of one label and truth drawn so that slope * logit + intercept is the true log-odds."""
    random = np.random.default_rng(seed)
    logits = random.normal(-1.0, 3.0, size=(count, 1))
    return logits, random.random((count, 1)) < sigmoid(slope * logits + intercept)


@pytest.mark.parametrize(("slope", "intercept"), [(0.5, 1.0), (1.0, 0.0), (2.0, -1.5)])
def test_with_many_examples_platt_finds_what_logistic_regression_finds(
    slope: float, intercept: float
) -> None:
    from sklearn.linear_model import LogisticRegression

    logits, truth = draw(20_000, slope, intercept)
    found = fit_platt(logits, truth)
    rival = LogisticRegression(C=np.inf).fit(logits, truth[:, 0])
    assert found.slope[0] == pytest.approx(rival.coef_[0, 0], abs=0.02)
    assert found.intercept[0] == pytest.approx(rival.intercept_[0], abs=0.03)
    assert log_loss(found.apply(logits), truth) <= log_loss(logits, truth) + 1e-9


def test_platt_minimises_its_penalised_loss() -> None:
    from scipy.optimize import minimize

    logits, truth = draw(60, 0.5, 1.0)

    def penalised(parameters: np.ndarray) -> float:
        scaled = np.exp(parameters[0]) * logits + parameters[1]
        return log_loss(scaled, truth) * len(logits) + 0.5 * float((parameters**2).sum()) / 0.5**2

    best = minimize(penalised, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10}).x
    found = fit_platt(logits, truth)
    np.testing.assert_allclose([np.log(found.slope[0]), found.intercept[0]], best, atol=1e-4)


def test_a_separable_label_does_not_explode_and_a_rare_one_is_left_alone() -> None:
    logits = np.concatenate([np.full((6, 1), 2.0), np.full((60, 1), -2.0)])
    truth = logits > 0
    separable = fit_platt(logits, truth)
    assert 1 < separable.slope[0] < 4
    for positives in (0, 1, 4):
        truth = np.zeros((66, 1), dtype=bool)
        truth[:positives] = True
        rare = fit_platt(logits, truth)
        assert (rare.slope[0], rare.intercept[0]) == (1.0, 0.0)
    opposed = fit_platt(-logits, logits > 0)
    assert opposed.slope[0] > 0


def test_folding_gives_the_calibrated_logits() -> None:
    import torch
    from torch import nn

    torch.manual_seed(0)
    layer, inputs = nn.Linear(7, 3), torch.randn(11, 7)
    platt = Platt(np.array([0.5, 1.0, 2.5]), np.array([-1.0, 0.0, 0.3]))
    wanted = platt.apply(layer(inputs).detach().numpy())
    fold_into(layer, platt)
    np.testing.assert_allclose(layer(inputs).detach().numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_with_many_positives_the_threshold_is_nearly_the_best_there_is() -> None:
    logits, truth = draw(8_000, 1.0, -0.5)
    scores = sigmoid(logits - 0.5)
    groups = [str(index // 4) for index in range(len(scores))]
    (threshold,) = tune_thresholds(scores, truth, groups)

    def f1(value: float) -> float:
        return float(measure(scores >= value, truth, ["x"])["micro_f1"])

    best = max(f1(value) for value in np.arange(0.02, 0.98, 0.005))
    assert f1(threshold) >= best - 0.003
    assert threshold < 0.5  # F1 pays for recall: its best threshold lies under one half


def test_with_few_positives_the_threshold_serves_unseen_data_better_than_the_best_of_the_sample() -> None:
    random = np.random.default_rng(3)

    def sample(count: int) -> tuple[np.ndarray, np.ndarray]:
        logits = random.normal(-4.0, 2.0, size=(count, 1))
        return sigmoid(logits), random.random((count, 1)) < sigmoid(logits)

    unseen_scores, unseen = sample(50_000)

    def unseen_f1(threshold: float) -> float:
        return float(measure(unseen_scores >= threshold, unseen, ["x"])["micro_f1"])

    tuned, naive = [], []
    grid = np.arange(0.05, 0.95, 0.01)
    for _ in range(30):
        scores, truth = sample(250)
        if truth.sum() >= 5:
            tuned.append(unseen_f1(tune_thresholds(scores, truth, [str(row) for row in range(250)])[0]))
            best = max(grid, key=lambda value: measure(scores >= value, truth, ["x"])["micro_f1"])
            naive.append(unseen_f1(best))
    assert len(tuned) >= 25
    assert np.mean(tuned) > np.mean(naive) + 0.005
    assert min(tuned) > min(naive)


def test_the_more_the_scores_are_trusted_the_nearer_the_threshold_is_to_what_they_state() -> None:
    # True half as often as stated: what was seen asks for a higher threshold than the scores do.
    random = np.random.default_rng(5)
    scores = random.random((4_000, 1))
    truth = random.random((4_000, 1)) < scores**4
    groups = [str(row) for row in range(len(scores))]
    found = [tune_thresholds(scores, truth, groups, prior_positives=trust)[0] for trust in (0, 400, 10**9)]
    assert found[0] > found[1] > found[2]
    assert found[2] == pytest.approx((3 - 5**0.5) / 2, abs=0.02)  # of uniform scores at their word


def test_a_label_with_hardly_a_positive_gets_one_half() -> None:
    truth = np.zeros((50, 2), dtype=bool)
    truth[:4, 0] = True
    assert tune_thresholds(np.full((50, 2), 0.1), truth, ["g"] * 50) == [0.5, 0.5]


def test_figures_agree_with_scikit_learn() -> None:
    from sklearn.metrics import f1_score, precision_score, recall_score
    from sklearn.metrics import log_loss as reference_loss

    random = np.random.default_rng(0)
    truth, predicted = random.random((200, 3)) < 0.3, random.random((200, 3)) < 0.4
    figures = measure(predicted, truth, ["x", "y", "z"])
    assert figures["micro_f1"] == pytest.approx(f1_score(truth, predicted, average="micro"))
    assert figures["macro_f1"] == pytest.approx(f1_score(truth, predicted, average="macro"))
    assert figures["exact_match"] == pytest.approx((truth == predicted).all(1).mean())
    for column, label in enumerate("xyz"):
        own = figures["labels"][label]
        assert own["precision"] == pytest.approx(precision_score(truth[:, column], predicted[:, column]))
        assert own["recall"] == pytest.approx(recall_score(truth[:, column], predicted[:, column]))
    logits = random.normal(size=(200, 1)) * 5
    assert log_loss(logits, truth[:, :1]) == pytest.approx(reference_loss(truth[:, 0], sigmoid(logits)[:, 0]))


def test_a_label_that_is_given_and_never_annotated_counts_in_macro_f1_as_in_evaluation() -> None:
    from conflict_events.eval.scores import figures

    truth = np.array([[True, False, False], [False, False, False]])
    predicted = np.array([[True, True, False], [False, False, False]])
    own = measure(predicted, truth, ["x", "y", "z"])["macro_f1"]
    assert own == 0.5
    scores = predicted.astype(np.float32)
    assert own == figures(truth, scores, np.full(3, 0.5, np.float32), ["x", "y", "z"])["macro", "f1"][0]


def test_one_group_gives_no_intervals() -> None:
    truth = np.array([[True], [False]])
    assert f1_intervals(truth, truth, ["a", "a"], ["x"]) == {}


def test_intervals_widen_when_examples_come_in_groups() -> None:
    random = np.random.default_rng(0)
    truth = random.random((40, 1)) < 0.5
    wrong = random.random((40, 1)) < 0.3
    truth, wrong = np.repeat(truth, 10, axis=0), np.repeat(wrong, 10, axis=0)
    predicted = truth ^ wrong
    apart = f1_intervals(predicted, truth, [str(i) for i in range(400)], ["x"])["x"]
    grouped = f1_intervals(predicted, truth, [str(i // 10) for i in range(400)], ["x"])["x"]
    f1 = measure(predicted, truth, ["x"])["micro_f1"]
    assert grouped[0] < apart[0] < f1 < apart[1] < grouped[1]
