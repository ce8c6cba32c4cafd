"""This package's own models as systems: a trained one, and the recipes that train one."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from conflict_events.errors import DataError
from conflict_events.eval.baselines import Scores
from conflict_events.training.data import Example
from conflict_events.training.encoding import contexts_of

if TYPE_CHECKING:
    from conflict_events import EventTagger
    from conflict_events.training.settings import Settings


class TrainedModel:
    """A model folder or hub id, "shipped" for the shipped weights; scored as `EventTagger` scores."""

    def __init__(self, path_or_id: str | Path) -> None:
        from conflict_events import EventTagger

        self.tagger: EventTagger = EventTagger.from_pretrained(
            None if path_or_id == "shipped" else path_or_id
        )

    @property
    def labels(self) -> tuple[str, ...]:
        """The model's labels, in the order of its scores."""
        return tuple(self.tagger.labels)

    @property
    def thresholds(self) -> npt.NDArray[np.float32]:
        """The thresholds stored with the model."""
        return np.array([self.tagger.thresholds[label] for label in self.labels], dtype=np.float32)

    def fit(self, examples: Sequence[Example]) -> None:
        """Raise DataError: a trained model is measured as it is."""
        raise DataError("a trained model learns nothing here: name 'recipe' to train one")

    def scores(self, examples: Sequence[Example]) -> Scores:
        """Calibrated scores [n, labels], with as much context as the model was trained with."""
        contexts = contexts_of(examples, self.tagger.folder.context_sentences)
        return np.asarray(self.tagger.score([example.text for example in examples], contexts))


class _Trainable(ABC):
    """A recipe as a system: `fit` trains a model in a scratch folder, which is then scored as it is."""

    _model: TrainedModel | None = None

    @property
    def thresholds(self) -> npt.NDArray[np.float32]:
        """The thresholds of the model that was fitted last."""
        return self._fitted.thresholds

    def fit(self, examples: Sequence[Example]) -> None:
        """Train a model on the examples."""
        with tempfile.TemporaryDirectory() as scratch:
            self._model = TrainedModel(self._train(examples, Path(scratch) / "run"))

    def scores(self, examples: Sequence[Example]) -> Scores:
        """Calibrated scores [n, labels]."""
        return self._fitted.scores(examples)

    @abstractmethod
    def _train(self, examples: Sequence[Example], output: Path) -> Path:
        """The folder of a model that learnt from the examples, somewhere below `output`."""

    @property
    def _fitted(self) -> TrainedModel:
        if self._model is None:
            raise DataError("the recipe was not fitted yet")
        return self._model


class Recipe(_Trainable):
    """`training.run.train`, which holds out a part of the examples to validate on.

    By default with `seed` and as many epochs as fit the number of examples.
    """

    def __init__(
        self,
        labels: Sequence[str],
        *,
        base: str | Path | None = None,
        settings: Settings | None = None,
        seed: int = 1,
    ) -> None:
        self._labels = tuple(labels)
        self._base = base
        self._settings = settings
        self._seed = seed

    def _train(self, examples: Sequence[Example], output: Path) -> Path:
        from conflict_events.training.by_size import long_enough
        from conflict_events.training.run import train
        from conflict_events.training.settings import Settings

        settings = self._settings or long_enough(
            Settings(seed=self._seed), len(examples), self._labels, self._base
        )
        return train(examples, labels=self._labels, base=self._base, settings=settings, output=output)


class FewShot(_Trainable):
    """`training.few_shot.train_few_shot`: the recipe for few sentences.

    `tuned` says whether the encoder is tuned; by default the recipe decides. `names` allows learning from the
    labels' names.
    """

    def __init__(
        self,
        labels: Sequence[str],
        *,
        base: str | Path | None = None,
        seed: int = 1,
        tuned: bool | None = None,
        names: bool = True,
    ) -> None:
        self._labels = tuple(labels)
        self._base = base
        self._seed = seed
        self._tuned = tuned
        self._names = names

    def _train(self, examples: Sequence[Example], output: Path) -> Path:
        from conflict_events.training.few_shot import train_few_shot
        from conflict_events.training.reporting import silent

        return train_few_shot(
            examples,
            labels=self._labels,
            base=self._base,
            seed=self._seed,
            tuned=self._tuned,
            names=self._names,
            output=output,
            say=silent,
        )
