"""To and from `datasets.Dataset`, for those whose data live there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from conflict_events.errors import DataError
from conflict_events.training.data import Example, example_of_row

if TYPE_CHECKING:
    from datasets import Dataset


def to_dataset(examples: Sequence[Example], labels: Sequence[str]) -> Dataset:
    """An Arrow-backed data set of the examples; `labels` become class labels with their names."""
    from datasets import ClassLabel, Dataset, Features, List, Value

    text = ("id", "text", "group", "source", "date", "license", "before")
    features = Features(
        {name: Value("string") for name in text} | {"labels": List(ClassLabel(names=list(labels)))}
    )
    columns = {name: [getattr(example, name) for example in examples] for name in text}
    columns["labels"] = [list(example.labels) for example in examples]
    return Dataset.from_dict(columns, features=features)


def from_dataset(dataset: Dataset, labels: Sequence[str], *, name: str = "dataset") -> list[Example]:
    """Examples of a data set with the columns "id", "text" and "labels"; others as in labelled JSONL.

    "labels" holds lists of names, or of class labels whose feature knows their names. Raises DataError,
    naming the row (from 1), for what would be refused in labelled JSONL.
    """
    names = _class_names(dataset)
    examples = []
    for number, row in enumerate(dataset, start=1):
        place = f"{name}, row {number}"
        given = {key: value for key, value in row.items() if value is not None}
        if names and all(isinstance(label, int) for label in given.get("labels", ())):
            given["labels"] = [names[label] for label in given.get("labels", ())]
        examples.append(example_of_row(given, tuple(labels), place, name))
    if not examples:
        raise DataError(f"{name}: nothing to train on: the data set is empty")
    return examples


def _class_names(dataset: Dataset) -> list[str]:
    feature = dataset.features.get("labels")
    return list(getattr(getattr(feature, "feature", None), "names", None) or [])
