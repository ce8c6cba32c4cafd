"""Picking what to annotate next."""

from __future__ import annotations

import numpy as np
import pytest

from conflict_events.annotations.suggest import certainties, suggest
from conflict_events.annotations.tasks import certainty
from conflict_events.errors import DataError

WORDS = "river town bridge army night market school winter border harvest train letter garden doctor"


def texts(count: int) -> list[str]:
    """Sentences that share few words."""
    words = WORDS.split()
    return [
        f"The {words[i % 14]} and {words[(i * 5 + 3) % 14]} of case {i} {words[i // 14]}."
        for i in range(count)
    ]


def scores_of(uncertain: dict[int, float], count: int) -> np.ndarray:
    """Sure scores of two labels, but for the second label of some sentences."""
    scores = np.full((count, 2), 0.01, dtype=np.float32)
    for index, value in uncertain.items():
        scores[index, 1] = value
    return scores


def test_the_least_certain_label_decides_wherever_its_threshold_lies() -> None:
    scores = scores_of({7: 0.25, 3: 0.6, 11: 0.45}, 30)
    assert suggest(texts(30), scores, [0.5, 0.25], 3) == [7, 11, 3]


def test_certainties_are_those_of_the_predictions() -> None:
    scores = np.array([[0.0, 0.3, 1.0], [0.15, 0.65, 0.9]], dtype=np.float32)
    limits = [0.3, 0.3, 1.0]
    expected = [[certainty(float(s), t) for s, t in zip(row, limits, strict=True)] for row in scores]
    np.testing.assert_allclose(certainties(scores, limits), expected, atol=1e-6)


def test_near_duplicates_are_picked_once_and_known_sentences_not_at_all() -> None:
    pool = [
        "Warplanes struck the bridge at dawn.",
        "Warplanes struck the bridge at dawn!",
        "Talks resume on Monday in the capital.",
        "The dam broke after a night of rain.",
    ]
    scores = scores_of({0: 0.5, 1: 0.5, 2: 0.49, 3: 0.48}, 4)
    assert suggest(pool, scores, [0.5, 0.5], 4) == [0, 2, 3]
    assert suggest(pool, scores, [0.5, 0.5], 4, known=["Talks resume on Monday in the capital"]) == [0, 3]


def test_many_copies_of_the_least_certain_do_not_hide_the_others() -> None:
    pool = ["Warplanes struck the bridge at dawn."] * 100 + texts(60)
    picks = suggest(pool, scores_of(dict.fromkeys(range(100), 0.5), 160), [0.5, 0.5], 4)
    assert picks[0] == 0
    assert len(picks) == 4
    assert min(picks[1:]) >= 100


def test_of_two_as_uncertain_the_one_unlike_the_picks_comes_first() -> None:
    pool = [
        "The army shelled the eastern market.",
        "The army shelled the western market on Monday night.",
        "Ministers met in Geneva.",
    ]
    assert suggest(pool, scores_of({0: 0.5, 1: 0.48, 2: 0.47}, 3), [0.5, 0.5], 2) == [0, 2]


def test_the_same_pool_gives_the_same_picks_and_never_one_twice() -> None:
    scores = np.random.default_rng(0).random((150, 2), dtype=np.float32)
    picks = suggest(texts(150), scores, [0.5, 0.5], 40)
    assert picks == suggest(texts(150), scores, [0.5, 0.5], 40)
    assert len(set(picks)) == len(picks) == 40


def test_a_model_that_is_sure_of_everything_still_gets_the_number_asked_for() -> None:
    picks = suggest(texts(30), np.zeros((30, 2), dtype=np.float32), [0.5, 0.5], 10)
    assert len(set(picks)) == 10


def test_an_empty_pool_gives_nothing_and_a_mismatch_is_an_error() -> None:
    assert suggest([], np.zeros((0, 2), dtype=np.float32), [0.5, 0.5], 5) == []
    with pytest.raises(DataError, match="3 sentences, but scores for 2"):
        suggest(texts(3), np.zeros((2, 2), dtype=np.float32), [0.5, 0.5], 5)
