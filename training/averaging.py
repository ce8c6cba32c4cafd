"""A moving average of a model's weights, which generalises better than the last step's weights."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

EVERY = 8
"""Steps between two updates: averaging costs one pass over all weights."""


class Average:
    """The average of a model's weights, held in a model of its own, `model`.

    Exponential, with the factor `decay` an update; over the first updates less, so that the untrained weights
    of the beginning fade at once. Before the first update, and with `decay` 0, it is the model's own weights.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._source = model
        self._decay = decay
        self._average = copy.deepcopy(model).requires_grad_(False) if decay else model
        self.updates = 0

    @property
    def model(self) -> nn.Module:
        """The model with the averaged weights."""
        return self._average if self.updates else self._source

    def update(self, step: int) -> None:
        """Take in the weights after step `step` (from 0), if it is one of every `EVERY`."""
        import torch

        if not self._decay or (step + 1) % EVERY:
            return
        self.updates += 1
        decay = min(self._decay, self.updates / (self.updates + 9))
        with torch.no_grad():
            pairs = zip(self._average.parameters(), self._source.parameters(), strict=True)
            for average, current in pairs:
                average.lerp_(current, 1 - decay)

    def state(self) -> dict[str, Any]:
        """What `load_state` takes."""
        return {"average": self._average.state_dict(), "averaged": self.updates}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._average.load_state_dict(state["average"])
        self.updates = state["averaged"]
