"""A teacher's scores of every training sentence, and of altered copies, written for a smaller model to learn.

Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network (2015): the student learns from what a
larger model, or several, make of each sentence, mixed with the labels (`soft_targets`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from conflict_events.errors import DataError
from conflict_events.training.augmentation import altered_copies, word_neighbours
from conflict_events.training.base import SHIPPED, find_base
from conflict_events.training.checkpoint import write_text
from conflict_events.training.data import Example
from conflict_events.training.encoding import contexts_of
from conflict_events.training.reporting import Say, silent

_Scores = npt.NDArray[np.float32]

_DECIMALS = 5


def write_teacher_scores(
    teachers: Sequence[str | Path],
    examples: Sequence[Example],
    path: str | Path,
    *,
    labels: Sequence[str],
    unlabelled: Sequence[Example] = (),
    copies: int = 0,
    copied: Sequence[Example] | None = None,
    base: str | Path | None = None,
    seed: int = 1,
    say: Say = silent,
) -> Path:
    """Score `examples` with each teacher and write the mean to `path`, as `read_soft_targets` reads it.

    Scores of `unlabelled` sentences are written with their text. So are, with `copies`, those of so many
    altered copies of each of `copied` (None: of all examples), whose words come from the embedding table of
    `base`, the student's.

    Raises DataError for a teacher with other labels, ModelError for a folder that holds no model.
    """
    if not teachers:
        raise DataError("name at least one model to learn from")
    extra = list(unlabelled)
    if copies:
        originals = examples if copied is None else copied
        neighbours = word_neighbours(find_base(base), [example.text for example in originals])
        extra += altered_copies(originals, neighbours, count=copies, seed=seed)
    everything = [*examples, *extra]
    say(f"scoring {len(examples):,} sentences and {len(extra):,} without labels")
    scores = np.mean([_scores(teacher, everything, labels) for teacher in teachers], axis=0)
    rows = _rows(examples, scores[: len(examples)], labels, with_text=False)
    more = _rows(extra, scores[len(examples) :], labels, with_text=True)
    write_text(Path(path), "".join([*rows, *more]))
    return Path(path)


def _scores(
    teacher: str | Path, examples: Sequence[Example], labels: Sequence[str]
) -> npt.NDArray[np.float32]:
    """Calibrated scores [examples, labels], the labels in the order given."""
    from conflict_events import EventTagger

    tagger = EventTagger.from_pretrained(None if str(teacher) == SHIPPED else teacher)
    if set(tagger.labels) != set(labels):
        raise DataError(
            f"{teacher}: knows {', '.join(tagger.labels)}, where {', '.join(labels)} are to be learned"
        )
    columns = [tagger.labels.index(label) for label in labels]
    contexts = contexts_of(examples, tagger.folder.context_sentences)
    return np.asarray(tagger.score([example.text for example in examples], contexts))[:, columns]


def _rows(
    examples: Sequence[Example],
    scores: _Scores,
    labels: Sequence[str],
    *,
    with_text: bool,
) -> Iterable[str]:
    for example, row in zip(examples, scores.tolist(), strict=True):
        content: dict[str, object] = {"id": example.id}
        if with_text:
            content |= {"text": example.text, "group": example.group, "source": example.source}
            if example.context:
                content["before"] = example.before
        rounded = {label: round(score, _DECIMALS) for label, score in zip(labels, row, strict=True)}
        yield json.dumps(content | {"scores": rounded}, ensure_ascii=False) + "\n"
