"""A teacher's scores as training targets (distillation), read from JSONL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_events.errors import DataError
from conflict_events.training.data import Example, split_context
from conflict_events.training.rows import read_rows

Targets = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SoftTargets:
    """A teacher's scores by example id, in label order; `files` says where they came from.

    `unlabelled` are sentences that only the teacher judged; to them its scores are the whole target.
    """

    scores: Mapping[str, Targets] = field(default_factory=dict)
    unlabelled: tuple[Example, ...] = ()
    files: tuple[Path, ...] = ()


def read_soft_targets(paths: str | Path | Sequence[str | Path], labels: Sequence[str]) -> SoftTargets:
    """Read rows `{"id", "scores": {label: probability, ...}}`; an id's scores are averaged if it comes again.

    Several files are so an ensemble of teachers. A row that also has "text" (and perhaps "group", "source"
    and "before") is a sentence of its own, trained on with the teacher's scores alone, after the text of
    "before" as its context. Raises DataError, naming file and line, for what is no such row in UTF-8, lacks a
    label's score or has one outside [0, 1].
    """
    if isinstance(paths, (str, Path)):
        paths = [paths]
    files = tuple(map(Path, paths))
    found: dict[str, list[Targets]] = {}
    unlabelled: dict[str, Example] = {}
    for path in files:
        if not path.is_file():
            raise DataError(f"{path}: no such file of teacher scores")
        for place, row in read_rows(path, '"id" and "scores"'):
            key, scores = _scores_of(row, labels, place)
            found.setdefault(key, []).append(scores)
            if "text" in row:
                unlabelled[key] = _unlabelled(key, row, path, place)
    averaged = {key: np.stack(rows).mean(axis=0, dtype=np.float32) for key, rows in found.items()}
    return SoftTargets(averaged, tuple(unlabelled.values()), files)


def _scores_of(row: Mapping[str, Any], labels: Sequence[str], place: str) -> tuple[str, Targets]:
    try:
        key, scores = str(row["id"]), [float(row["scores"][label]) for label in labels]
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise DataError(
            f'{place}: expected {{"id", "scores": {{label: probability}}}} with a score for '
            f"each of {', '.join(labels)} ({type(error).__name__}: {error})"
        ) from None
    if not all(0 <= score <= 1 for score in scores):
        raise DataError(f"{place}: a score lies outside 0 to 1; give probabilities, not logits")
    return key, np.array(scores, dtype=np.float32)


def _unlabelled(key: str, row: Mapping[str, Any], path: Path, place: str) -> Example:
    if not isinstance(row["text"], str) or not row["text"].strip():
        raise DataError(f'{place}: "text" must be the sentence; correct it, or leave the key out')
    before = split_context(str(row.get("before", "")))
    source = str(row.get("source", ""))
    example = Example(key, row["text"], (), "", source=source, context=before, origin=path.name)
    return replace(example, group=str(row.get("group", "")) or example.document)


def truth_of(examples: Sequence[Example], labels: Sequence[str]) -> npt.NDArray[np.bool_]:
    """The labels of the examples as [examples, labels]."""
    return np.array(
        [[label in example.labels for label in labels] for example in examples], dtype=np.bool_
    ).reshape(len(examples), len(labels))


def training_targets(
    examples: Sequence[Example], labels: Sequence[str], soft: SoftTargets, soft_weight: float
) -> Targets:
    """Targets [examples, labels] in [0, 1]: the labels, mixed with the teacher's scores where there are some.

    Binary cross-entropy is linear in its target, so training on the mixture is training on the mixed losses.
    """
    targets = truth_of(examples, labels).astype(np.float32)
    unlabelled = {example.id for example in soft.unlabelled}
    for index, example in enumerate(examples):
        if (scores := soft.scores.get(example.id)) is not None:
            weight = 1.0 if example.id in unlabelled else soft_weight
            targets[index] = (1 - weight) * targets[index] + weight * scores
    return targets
