"""What fits the number of sentences: the recipe for few of them, or full training for long enough."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from conflict_events.training.base import find_base
from conflict_events.training.data import Example
from conflict_events.training.few_shot import is_few_shot
from conflict_events.training.few_shot_model import knows_labels
from conflict_events.training.settings import Settings

# With fewer steps heads and encoder have hardly begun to learn; so many are taken, within these bounds.
LEAST_STEPS = 600
FEWEST_EPOCHS, MOST_EPOCHS = 4, 40


def epochs_by_size(
    sentences: int, labels: Sequence[str], base: str | Path | None, batch_size: int = Settings.batch_size
) -> int:
    """Epochs of full training that give `LEAST_STEPS` steps or more, `FEWEST_EPOCHS` at least.

    A base that knows these very labels has little to learn, and takes the fewest.
    """
    if knows_labels(find_base(base), labels):
        return FEWEST_EPOCHS
    enough = -(-LEAST_STEPS * batch_size // max(1, sentences))
    return min(MOST_EPOCHS, max(FEWEST_EPOCHS, enough))


def settings_by_size(
    examples: Sequence[Example], labels: Sequence[str], base: str | Path | None
) -> Settings | None:
    """What `conflict-events train` takes where nobody said: settings of full training, or None for the recipe
    for few sentences."""
    if is_few_shot(examples, base, labels):
        return None
    return Settings(epochs=epochs_by_size(len(examples), labels, base))
