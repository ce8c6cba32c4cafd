"""Intervals that cover what they should, and differences that are seen."""

from __future__ import annotations

import numpy as np
import pytest

from conflict_events.errors import DataError
from conflict_events.eval.bootstrap import difference, estimate, group_indices, group_weights
from conflict_events.eval.measure import Outcome, compare, join, measure
from conflict_events.training.data import Example


def outcome(scores: list[float], truth: list[int], *, system: str = "ours", groups: int = 10) -> Outcome:
    examples = tuple(
        Example(f"d{number}:0", "text", ("a",) if positive else (), f"g{number % groups}")
        for number, positive in enumerate(truth)
    )
    column = np.array(scores, dtype=np.float32)[:, None]
    return Outcome(system, ("a",), examples, column, np.full_like(column, 0.5))


def test_groups_are_drawn_with_replacement_and_reproducibly() -> None:
    weights = group_weights(20, resamples=500, seed=1)
    assert weights.shape == (500, 20)
    assert (weights.sum(axis=1) == 20).all()
    assert weights.max() > 1
    assert weights.mean(axis=0) == pytest.approx(np.ones(20), abs=0.2)
    assert (weights == group_weights(20, resamples=500, seed=1)).all()
    assert (weights != group_weights(20, resamples=500, seed=2)).any()


def test_group_indices_follow_first_appearance() -> None:
    index, groups = group_indices(["b", "a", "b"])
    assert index.tolist() == [0, 1, 0]
    assert groups == 2


def test_intervals_cover_the_true_mean_about_as_often_as_they_say() -> None:
    # Groups of 10 equal values: an interval over sentences would cover far too seldom.
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(200):
        values = np.repeat(rng.normal(size=60), 10)
        group = np.repeat(np.arange(60), 10)
        weights = group_weights(60, resamples=400, seed=int(rng.integers(1 << 30)))
        sums = np.bincount(group, weights=values)
        interval = estimate(values.mean(), weights @ sums / 600)
        covered += interval.low <= 0 <= interval.high
    assert 0.90 <= covered / 200 <= 0.98


def test_measure_gives_the_sample_and_an_interval_around_it() -> None:
    rng = np.random.default_rng(0)
    truth = (rng.random(400) < 0.5).astype(int)
    scores = np.where(rng.random(400) < 0.8, truth, 1 - truth)
    found = measure(outcome(scores.tolist(), truth.tolist(), groups=100))
    f1 = found["a"]["f1"]
    assert f1.low < f1.value < f1.high
    assert f1.low > 0.7
    assert f1.high < 0.9
    again = measure(outcome(scores.tolist(), truth.tolist(), groups=100))
    assert repr(found) == repr(again)  # a string, for NaN differs from itself


def test_one_group_gives_no_interval() -> None:
    found = measure(outcome([0.9, 0.1], [1, 0], groups=1))
    assert found["a"]["f1"].value == 1
    assert np.isnan(found["a"]["f1"].low)


def test_a_clear_difference_is_seen_and_none_is_not() -> None:
    rng = np.random.default_rng(1)
    truth = (rng.random(500) < 0.4).astype(int)
    good = np.where(rng.random(500) < 0.95, truth, 1 - truth).tolist()
    poor = np.where(rng.random(500) < 0.80, truth, 1 - truth).tolist()
    better = compare(
        outcome(good, truth.tolist(), groups=100), outcome(poor, truth.tolist(), system="poor", groups=100)
    )["micro"]["f1"]
    assert better.low > 0
    assert better.p < 0.01
    same = compare(outcome(good, truth.tolist(), groups=100), outcome(good, truth.tolist(), groups=100))
    assert same["micro"]["f1"].value == 0
    assert same["micro"]["f1"].p == 1


def test_p_is_never_zero() -> None:
    assert difference(1.0, np.ones(99)).p == pytest.approx(2 / 100)


def test_other_sentences_cannot_be_compared() -> None:
    with pytest.raises(DataError, match="same sentences"):
        compare(outcome([0.9, 0.1], [1, 0]), outcome([0.9], [1], system="poor"))


def test_nothing_to_measure_on_is_an_error() -> None:
    with pytest.raises(DataError, match="no labelled sentence"):
        measure(outcome([], []))


def test_joined_outcomes_keep_their_own_thresholds() -> None:
    first, second = outcome([0.6], [1]), outcome([0.6], [1])
    second.thresholds[:] = 0.7
    assert join([first, second]).decided.tolist() == [[True], [False]]
