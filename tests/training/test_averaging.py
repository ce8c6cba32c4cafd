from __future__ import annotations

import pytest
import torch

from conflict_events.training.averaging import EVERY, Average


def steps_of(decay: float, values: list[float]) -> Average:
    """An average after weights took each of `values` at the end of an updating step."""
    model = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(model.weight)
    average = Average(model, decay)
    for number, value in enumerate(values):
        torch.nn.init.constant_(model.weight, value)
        average.update((number + 1) * EVERY - 1)
    return average


def test_untrained_weights_fade_and_the_average_follows_the_weights() -> None:
    [weight] = steps_of(0.5, [1.0]).model.parameters()
    assert weight.item() == pytest.approx(0.9)  # one tenth of what it began with
    [weight] = steps_of(0.9, [1.0] * 200).model.parameters()
    assert weight.item() == pytest.approx(1.0)


def test_a_wild_last_step_counts_little() -> None:
    [weight] = steps_of(0.9, [1.0] * 100 + [11.0]).model.parameters()
    assert weight.item() == pytest.approx(2.0, abs=0.01)


def test_steps_between_updates_leave_the_average_alone() -> None:
    average = steps_of(0.9, [1.0] * 100)
    [weight] = average.model.parameters()
    before = weight.item()
    average.update(EVERY)
    assert (weight.item(), average.updates) == (before, 100)


def test_before_the_first_update_it_is_what_was_learned_so_far() -> None:
    """A run of fewer steps than lie between two updates would else keep untrained weights."""
    model = torch.nn.Linear(1, 1, bias=False)
    average = Average(model, 0.9)
    torch.nn.init.constant_(model.weight, 3.0)
    average.update(EVERY - 2)
    [weight] = average.model.parameters()
    assert weight.item() == 3.0


def test_without_averaging_it_is_the_model_itself() -> None:
    model = torch.nn.Linear(2, 2)
    assert Average(model, 0.0).model is model
