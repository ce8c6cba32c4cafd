"""Finding probable label errors, with cleanlab, from scores by models that never saw the sentence.

Method: confident learning (Northcutt, Jiang and Chuang, JAIR 2021) on each label by itself, as cleanlab does
for multi-label data; suspects are ranked by self-confidence, the score of what was annotated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from conflict_events.annotations.export import AnnotatedSentence
from conflict_events.annotations.tasks import Task, make_task
from conflict_events.errors import DataError, MissingExtraError

Matrix = npt.NDArray[np.float32]


class LabelledSentence(Protocol):
    """A sentence as training reads it."""

    @property
    def id(self) -> str:
        """The sentence's id."""

    @property
    def text(self) -> str:
        """The sentence."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels it was annotated with."""

    @property
    def document(self) -> str:
        """The id of its article."""

    @property
    def source(self) -> str:
        """The article's outlet, or nothing."""

    @property
    def date(self) -> str:
        """The article's date, or nothing."""

    @property
    def before(self) -> str:
        """What stands before the sentence, or nothing."""


@dataclass(frozen=True)
class Doubt:
    """A label of a sentence that looks wrong: was it `given`, and what `score` did the model give it."""

    label: str
    given: bool
    score: float

    @property
    def confidence(self) -> float:
        """The model's probability of what was annotated: the lower, the likelier an error."""
        return self.score if self.given else 1 - self.score


@dataclass(frozen=True)
class Suspect:
    """A sentence, by its place, with the labels in doubt, the most doubtful first."""

    index: int
    doubts: tuple[Doubt, ...]


def find_suspects(given: Sequence[Sequence[str]], scores: Matrix, labels: Sequence[str]) -> list[Suspect]:
    """Find sentences with probable label errors, the likeliest first.

    `given` are the annotated labels of each sentence, `scores` [sentences, labels] out-of-fold probabilities.
    A label that all sentences carry, or none, cannot be judged and is left out. Raises DataError where the
    numbers of sentences or labels differ.
    """
    if scores.shape != (len(given), len(labels)):
        raise DataError(f"{len(given)} sentences, {len(labels)} labels, but scores of shape {scores.shape}")
    doubts: dict[int, list[Doubt]] = {}
    for column, label in enumerate(labels):
        annotated = np.array([label in own for own in given])
        if annotated.all() or not annotated.any():
            continue
        for index in _issues(annotated, scores[:, column]):
            doubt = Doubt(label, bool(annotated[index]), float(scores[index, column]))
            doubts.setdefault(int(index), []).append(doubt)
    suspects = [
        Suspect(index, tuple(sorted(found, key=lambda doubt: doubt.confidence)))
        for index, found in doubts.items()
    ]
    return sorted(suspects, key=lambda suspect: (suspect.doubts[0].confidence, suspect.index))


def suspect_task(
    suspect: Suspect, example: LabelledSentence, exported: AnnotatedSentence | None = None
) -> Task:
    """Make a task for a second look; its data says what was annotated and why that is in doubt.

    `exported` is the sentence as an export has it. Labelled rows know less of theirs: no title, and no
    offsets, which are then left out of the task.
    """
    reasons = [
        f"{doubt.label} was {'given' if doubt.given else 'not given'}, the model gives it {doubt.score:.3f}"
        for doubt in suspect.doubts
    ]
    task = _row_task(example) if exported is None else make_task(exported)
    task["data"] |= {
        "annotated": ", ".join(example.labels) or "none",
        "doubt": "; ".join(reasons),
    }
    return task


def _row_task(example: LabelledSentence) -> Task:
    sentence = AnnotatedSentence(
        id=example.id,
        text=example.text,
        article_id=example.document,
        title="",
        source=example.source,
        date=example.date,
        begin=0,
        end=0,
        before=example.before,
        after="",
        judgements=(),
    )
    task = make_task(sentence)
    del task["data"]["begin"], task["data"]["end"]
    return task


def _issues(annotated: npt.NDArray[np.bool_], scores: Matrix) -> npt.NDArray[np.int64]:
    try:
        from cleanlab.filter import find_label_issues
    except ImportError as error:
        raise MissingExtraError("auditing labels", "annotate") from error
    probabilities = np.stack([1 - scores, scores], axis=1).astype(np.float64)
    found = find_label_issues(
        annotated.astype(int), probabilities, return_indices_ranked_by="self_confidence", n_jobs=1
    )
    return np.asarray(found, dtype=np.int64)
