"""Fine-tuning by `scripts/train.py` against a plain Trainer as it comes: same data, same epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conflict_events.annotations.label_config import read_label_config
from conflict_events.eval.benchmark.rounds import timed
from conflict_events.eval.plain_trainer import PlainTrainer
from conflict_events.training.data import Example, check_corpora, own_annotations, read_examples
from conflict_events.training.reporting import silent
from conflict_events.training.settings import Settings

SENTENCES = 600
EPOCHS = 3  # Trainer's default.


@dataclass(frozen=True, slots=True)
class TrainingSpeed:
    """Seconds of each for the same sentences and epochs, from the base's files to fitted weights."""

    sentences: int
    epochs: int
    ours: float
    plain_trainer: float


def read_training(paths: Sequence[Path], corpora: Path | None = None) -> list[Example]:
    """The sentences to train on, from the files or else the package's own annotations; not all are needed.

    Raises:
        DataError: the files cannot be read, or not joined with what is in the folder `corpora`.
    """
    check_corpora(paths, corpora)
    return read_examples(paths or own_annotations(), read_label_config().labels, corpora)[:SENTENCES]


def measure_training(examples: Sequence[Example], scratch: Path) -> TrainingSpeed:
    """Train both on the examples; what is written goes to the folder `scratch`."""
    from conflict_events.training.run import train

    labels = read_label_config().labels
    settings = Settings(epochs=EPOCHS, patience=EPOCHS, validation_share=0.0)
    ours = timed(
        lambda: train(examples, labels=labels, output=scratch / "run", settings=settings, say=silent)
    )
    plain = timed(lambda: PlainTrainer(labels).fit(examples))
    return TrainingSpeed(len(examples), EPOCHS, ours, plain)
