"""What other libraries expect a model to be able to do, built on scores alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_events.errors import InputError
from conflict_events.model_folder import ModelFolder

Scores = npt.NDArray[np.float32]

_TEXT = "text"
_ADDED = ("labels", "scores")


class LibraryInterfaces(ABC):
    """`datasets.map`, scikit-learn's `predict`, and the `save_pretrained` of transformers.

    All of them score a text as one sentence, alone; articles are for `tag` and `tag_articles`, which also
    show a model the context that it was trained with.
    """

    folder: ModelFolder

    @abstractmethod
    def score(self, sentences: Sequence[str]) -> Scores:
        """Calibrated scores, float32 [n sentences, n labels]."""

    @abstractmethod
    def _bounds(self, thresholds: Mapping[str, float]) -> Scores:
        """The score from which each label is given, float32 [n labels]; `thresholds` replaces some."""

    def __call__(self, batch: Mapping[str, Sequence[str]] | Sequence[str]) -> dict[str, list[Any]]:
        """Score a batch for `dataset.map(tagger, batched=True)`.

        The batch is a mapping with the column "text", or a sequence of sentences, which
        `dataset.map(tagger, batched=True, input_columns="body")` passes for another column. The result has,
        for each row, `labels` (those given, in words) and `scores` (one a label, in the order of
        `tagger.labels`).

        Raises:
            InputError: there is no column "text", a cell holds no string, or the batch has a column of the
                results' names already, which `map` would replace.
            TypeError: the batch is a single row.
        """
        scores = self.score(_sentences(batch))
        names = self.classes_
        return {
            "labels": [names[given].tolist() for given in scores >= self._bounds({})],
            "scores": list(scores),
        }

    @property
    def classes_(self) -> npt.NDArray[np.str_]:
        """The labels as an array, in the order of the columns of `predict` and `predict_proba`."""
        return np.array(self.folder.labels)

    def predict(self, sentences: Sequence[str]) -> npt.NDArray[np.int64]:
        """Which labels are given: 0 or 1, [n sentences, n labels], scikit-learn's form of multi-label.

        A score gives its label from the model's threshold for it, which need not be 0.5.
        """
        return (self.predict_proba(sentences) >= self._bounds({})).astype(np.int64)

    def predict_proba(self, sentences: Sequence[str]) -> Scores:
        """Calibrated probabilities, float32 [n sentences, n labels]; rows do not add up to 1."""
        return self.score(sentences)

    def save_pretrained(self, folder: str | Path) -> Path:
        """Copy the model to a folder that `from_pretrained` and transformers load; return its path.

        Raises:
            ModelError: it cannot be written there, or the model's own folder has changed since it was loaded.
        """
        from conflict_events.hub import copy_model_folder

        return copy_model_folder(self.folder, folder)

    def push_to_hub(
        self,
        repo_id: str,
        *,
        private: bool = False,
        token: str | None = None,
        commit_message: str = "Upload the model",
    ) -> str:
        """Upload the model with its card to the Hugging Face hub; return the commit's address.

        The repository is made where it is missing. `token` is by default the one of `hf auth login` or the
        environment (HF_TOKEN).

        Raises:
            ModelError: the hub cannot be reached or refuses, or the model's folder has changed meanwhile.
        """
        from conflict_events.hub import push_model_folder

        return push_model_folder(
            self.folder, repo_id, private=private, token=token, commit_message=commit_message
        )


def _sentences(batch: Mapping[str, Sequence[str]] | Sequence[str]) -> Sequence[str]:
    if isinstance(batch, Mapping):
        if _TEXT not in batch:
            raise InputError(
                f"no column {_TEXT!r} among {', '.join(batch)}; name yours: "
                'dataset.map(tagger, batched=True, input_columns="...")'
            )
        taken = next((name for name in _ADDED if name in batch), None)
        if taken is not None:
            raise InputError(f"there is a column {taken!r} already; rename it first: dataset.rename_column")
        batch = batch[_TEXT]
    if isinstance(batch, str):
        raise TypeError("a tagger takes batches: dataset.map(tagger, batched=True)")
    for row, text in enumerate(batch):
        if not isinstance(text, str):
            raise InputError(
                f"row {row} of the batch holds {type(text).__name__}, not text; fill or drop such rows"
            )
    return batch
