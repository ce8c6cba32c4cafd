"""From examples to a model, and to what it says of examples that it did not learn from."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from conflict_events.training.base import Base, output_layer
from conflict_events.training.data import Example
from conflict_events.training.device import fast_in_bf16
from conflict_events.training.encoding import Encoded, encode
from conflict_events.training.few_shot_head import (
    Choice,
    choose_heads,
    fit_heads,
    sentences_about,
    shift_to_shares,
)
from conflict_events.training.few_shot_model import feature_scale, features, load_averaging, set_head
from conflict_events.training.few_shot_tuning import tune
from conflict_events.training.loop import score_logits
from conflict_events.training.metrics import Bools, Floats
from conflict_events.training.settings import Settings
from conflict_events.training.soft_targets import truth_of
from conflict_events.training.splits import folds

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_FOLDS = 5
# Fine-tuning takes its time: two halves, each scored by what was tuned on the other.
_TUNED_FOLDS = 2


class Learner:
    """A base with its averaging layer, from which models for `labels` are made."""

    def __init__(self, base: Base, labels: Sequence[str], settings: Settings) -> None:
        import torch

        torch.manual_seed(settings.seed)
        model: Any
        model, self.tokenizer = load_averaging(base, labels)
        self._model: PreTrainedModel = model.to(_device())
        self._labels = labels
        self._settings = settings
        self._about = sentences_about(labels)
        self._about_features = self._features(self._about)

    def learn(
        self, examples: Sequence[Example], *, tuned: bool, names: bool = True
    ) -> tuple[PreTrainedModel, Choice]:
        """A model, how its heads were learnt, and its cross-validated logits [n, labels] of the examples.

        Without `names` the labels' names are not even tried.
        """
        truth = truth_of(examples, self._labels)
        seen = self._features([example.text for example in examples])
        choice = choose_heads(
            seen, truth, self._folds(examples, _FOLDS), self._about_features if names else None
        )
        if not tuned:
            model = self._headed(seen, truth, choice)
            self._shift(model, choice.shift)
            return model, choice
        logits = np.zeros(truth.shape)
        for part in self._folds(examples, _TUNED_FOLDS):
            rest = np.setdiff1d(np.arange(len(examples)), part)
            model = self._tuned(seen[rest], truth[rest], [examples[row] for row in rest], choice)
            logits[part] = self.logits(model, [examples[row] for row in part])
        model = self._tuned(seen, truth, examples, choice)
        shift = shift_to_shares(logits, truth) if choice.named else choice.shift
        self._shift(model, shift)
        return model, replace(choice, shift=shift, logits=logits + shift)

    def logits(self, model: PreTrainedModel, examples: Sequence[Example]) -> Floats:
        """Logits [n, labels]."""
        encoded = self._encoded([example.text for example in examples])
        return score_logits(model, encoded, self._pad_id, model.device)

    def _features(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        shown = features(self._model, self.tokenizer, texts, self._settings.max_length)
        return np.asarray(shown * feature_scale())

    def _headed(self, seen: npt.NDArray[np.float32], truth: Bools, choice: Choice) -> PreTrainedModel:
        """A copy of the model with heads that were fitted to what it shows of some sentences."""
        model = copy.deepcopy(self._model)
        heads = fit_heads(seen, truth, choice.strength, self._about_features if choice.named else None)
        set_head(model, heads.weight * feature_scale(), heads.bias)
        return model

    def _shift(self, model: PreTrainedModel, shift: Floats) -> None:
        """Add to the logits of a model, in place. Not before it is tuned: so it was seen to rank worse."""
        import torch

        bias = output_layer(model, len(self._labels)).bias
        with torch.no_grad():
            bias.add_(torch.as_tensor(shift, dtype=bias.dtype, device=bias.device))

    def _tuned(
        self,
        seen: npt.NDArray[np.float32],
        truth: Bools,
        examples: Sequence[Example],
        choice: Choice,
    ) -> PreTrainedModel:
        texts, targets = [example.text for example in examples], truth.astype(np.float32)
        if choice.named:  # once each: what the heads know by the names is not tuned away
            told = [row for row, label in enumerate(truth.T) if label.any()]
            texts += [self._about[row] for row in told]
            targets = np.concatenate([targets, np.eye(len(self._labels), dtype=np.float32)[told]])
        return tune(
            self._headed(seen, truth, choice),
            self._encoded(texts),
            targets,
            self._settings,
            pad_id=self._pad_id,
            bf16=fast_in_bf16(),
        )

    def _encoded(self, texts: Sequence[str]) -> list[Encoded]:
        return encode(self.tokenizer, texts, [""] * len(texts), self._settings.max_length)

    def _folds(self, examples: Sequence[Example], count: int) -> list[list[int]]:
        """The rows of each part, whole groups only."""
        place = {example.id: row for row, example in enumerate(examples)}
        count = min(count, len({example.group for example in examples}))
        parts = folds(examples, count, labels=self._labels, seed=self._settings.seed)
        return [[place[example.id] for example in part] for part in parts]

    @property
    def _pad_id(self) -> int:
        return int(self.tokenizer.pad_token_id)


def _device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
