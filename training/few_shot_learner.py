"""From examples to a model, and to what it says of examples that it did not learn from."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from conflict_events.training.base import Base
from conflict_events.training.data import Example
from conflict_events.training.encoding import Encoded, encode
from conflict_events.training.few_shot_head import choose_strength, fit_heads
from conflict_events.training.few_shot_model import feature_scale, features, load_averaging, set_head
from conflict_events.training.few_shot_tuning import tune
from conflict_events.training.loop import score_logits
from conflict_events.training.metrics import Bools, Floats
from conflict_events.training.recipe import Settings
from conflict_events.training.run import _fast_in_bf16
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

    def learn(self, examples: Sequence[Example], *, tuned: bool) -> tuple[PreTrainedModel, Floats, float]:
        """A model, its cross-validated logits [n, labels] of the examples, and the strength of its heads."""
        truth = truth_of(examples, self._labels)
        texts = [example.text for example in examples]
        seen = features(self._model, self.tokenizer, texts, self._settings.max_length) * feature_scale()
        strength, logits = choose_strength(seen, truth, self._folds(examples, _FOLDS))
        if not tuned:
            return self._headed(seen, truth, strength), logits, strength
        for part in self._folds(examples, _TUNED_FOLDS):
            rest = np.setdiff1d(np.arange(len(examples)), part)
            model = self._tuned(seen[rest], truth[rest], [examples[row] for row in rest], strength)
            logits[part] = self.logits(model, [examples[row] for row in part])
        return self._tuned(seen, truth, examples, strength), logits, strength

    def logits(self, model: PreTrainedModel, examples: Sequence[Example]) -> Floats:
        """Logits [n, labels]."""
        return score_logits(model, self._encoded(examples), self._pad_id, model.device)

    def _headed(self, seen: npt.NDArray[np.float32], truth: Bools, strength: float) -> PreTrainedModel:
        """A copy of the model with heads that were fitted to what it shows of some sentences."""
        model = copy.deepcopy(self._model)
        heads = fit_heads(seen, truth, strength)
        set_head(model, heads.weight * feature_scale(), heads.bias)
        return model

    def _tuned(
        self,
        seen: npt.NDArray[np.float32],
        truth: Bools,
        examples: Sequence[Example],
        strength: float,
    ) -> PreTrainedModel:
        return tune(
            self._headed(seen, truth, strength),
            self._encoded(examples),
            truth.astype(np.float32),
            self._settings,
            pad_id=self._pad_id,
            bf16=_fast_in_bf16(),
        )

    def _encoded(self, examples: Sequence[Example]) -> list[Encoded]:
        texts = [example.text for example in examples]
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
