"""The recipe that fits the data: the one for few sentences, or full training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from conflict_events.training.data import Example
from conflict_events.training.few_shot import is_few_shot, train_few_shot
from conflict_events.training.reporting import Say, say
from conflict_events.training.run import train
from conflict_events.training.settings import Settings


def train_by_size(
    examples: Sequence[Example],
    *,
    labels: Sequence[str],
    output: str | Path,
    base: str | Path | None = None,
    settings: Settings | None = None,
    few_shot: bool | None = None,
    overwrite: bool = False,
    say: Say = say,
) -> Path:
    """Train as `conflict-events train` does and return the model folder, `output`/model.

    That is by the recipe for few sentences where there are few (`few_shot`, by default as `is_few_shot`
    says), and in full where there are many or `settings` are given. Raises what `train_few_shot` and `train`
    raise.
    """
    if few_shot is None:
        few_shot = is_few_shot(examples, base, labels)
    if few_shot and settings is None:
        return train_few_shot(examples, labels=labels, output=output, base=base, overwrite=overwrite, say=say)
    return train(
        examples, labels=labels, output=output, base=base, settings=settings, overwrite=overwrite, say=say
    )
