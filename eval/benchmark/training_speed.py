"""Fine-tuning by `scripts/train.py` against a plain Trainer as it comes: same data, same epochs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from conflict_events.annotations.label_config import read_label_config
from conflict_events.errors import DataError
from conflict_events.eval.benchmark.rounds import timed
from conflict_events.eval.plain_trainer import PlainTrainer
from conflict_events.training.data import Example, own_annotations, read_examples
from conflict_events.training.recipe import Settings
from conflict_events.training.reporting import silent

EPOCHS = 3  # Trainer's default.


@dataclass(frozen=True, slots=True)
class TrainingSpeed:
    """Seconds of each for the same sentences and epochs, from the base's files to fitted weights."""

    sentences: int
    epochs: int
    ours: float
    plain_trainer: float


def measure_training(paths: list[Path], sentences: int, scratch: Path) -> TrainingSpeed:
    """Train both on the first `sentences` examples of the files, by default of the package's own annotations.

    Raises:
        DataError: there are no labelled sentences to train on.
    """
    from conflict_events.training.run import train

    labels = read_label_config().labels
    found = paths or own_annotations()
    if not found:
        raise DataError("no labelled sentences to measure training with: name a file of them")
    examples: list[Example] = read_examples(found, labels)[:sentences]
    settings = Settings(epochs=EPOCHS, patience=EPOCHS, validation_share=0.0)
    ours = timed(
        lambda: train(examples, labels=labels, output=scratch / "run", settings=settings, say=silent)
    )
    plain = timed(lambda: PlainTrainer(labels).fit(examples))
    return TrainingSpeed(len(examples), EPOCHS, ours, plain)
