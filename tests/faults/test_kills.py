"""Runs that are killed at any moment go on, and have every article exactly once.

`python -m conflict_events.eval.faults` does the same more often, and keeps the counts.
"""

from __future__ import annotations

import random
import signal

import pytest

from conflict_events.eval.faults.kills import at_random_moments, at_steps, steps_of, without_power
from conflict_events.eval.faults.lab import Lab, Tally


def assert_nothing_is_lost(tally: Tally, disturbed: int) -> None:
    assert tally.problems == []
    assert tally.disturbed >= disturbed
    assert tally.runs > 0
    assert (tally.lost, tally.doubled) == (0, 0)


@pytest.fixture(scope="module")
def steps(lab: Lab) -> list[str]:
    known = steps_of(lab)
    assert {"open", "force", "rename", "remove", "list", "make"} == set(known)
    return known


def some(steps: list[str], count: int, seed: int) -> list[int]:
    """Steps spread over all of a run, and over its first ones, at which the folder is made."""
    return sorted({*range(1, 12, 4), *random.Random(seed).sample(range(1, len(steps) + 1), count)})


def test_a_few_kills_between_two_steps(lab: Lab, steps: list[str]) -> None:
    assert_nothing_is_lost(at_steps(lab, steps, some(steps, 3, seed=1)[::2], seed=1), 3)


@pytest.mark.integration
def test_fifty_kills_at_random_moments(lab: Lab) -> None:
    assert_nothing_is_lost(at_random_moments(lab, signal.SIGKILL, 50, seed=2), 50)


@pytest.mark.integration
def test_kills_between_two_steps_of_the_file_work(lab: Lab, steps: list[str]) -> None:
    assert_nothing_is_lost(at_steps(lab, steps, some(steps, 25, seed=3), seed=3), 25)


@pytest.mark.integration
def test_losses_of_power(lab: Lab, steps: list[str]) -> None:
    chosen = some(steps, 20, seed=4)
    assert_nothing_is_lost(without_power(lab, steps, chosen, seed=4), len(chosen))


@pytest.mark.integration
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_by_hand_at_random_moments(lab: Lab, number: signal.Signals) -> None:
    assert_nothing_is_lost(at_random_moments(lab, number, 5, seed=5), 5)
