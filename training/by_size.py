"""What fits the number of sentences: the recipe for few of them, or full training for long enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from conflict_events.training.base import find_base
from conflict_events.training.data import Example
from conflict_events.training.few_shot import is_few_shot
from conflict_events.training.few_shot_model import knows_labels
from conflict_events.training.settings import Settings

# With fewer steps heads and encoder have hardly begun to learn; so many are taken, within these bounds.
LEAST_STEPS = 600
FEWEST_EPOCHS, MOST_EPOCHS = 4, 40


def long_enough(
    settings: Settings, sentences: int, labels: Sequence[str], base: str | Path | None
) -> Settings:
    """Settings of full training with epochs for `LEAST_STEPS` steps or more, `FEWEST_EPOCHS` at least.

    A base that knows these very labels has little to learn, and takes the fewest. Patience grows with the
    epochs: where each has few steps, two without a better one say little.
    """
    enough = -(-LEAST_STEPS * settings.batch_size // max(1, sentences))
    epochs = min(MOST_EPOCHS, max(FEWEST_EPOCHS, enough))
    if knows_labels(find_base(base), labels):
        epochs = FEWEST_EPOCHS
    return replace(settings, epochs=epochs, patience=max(settings.patience, epochs // 4))


def settings_by_size(
    examples: Sequence[Example], labels: Sequence[str], base: str | Path | None
) -> Settings | None:
    """What `conflict-events train` takes where nobody said: settings of full training, or None for the recipe
    for few sentences."""
    if is_few_shot(examples, base, labels):
        return None
    return long_enough(Settings(), len(examples), labels, base)
