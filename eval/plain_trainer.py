"""What everybody writes first: transformers' Trainer with its default settings."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from conflict_events.eval.baselines import Scores, halves, targets
from conflict_events.training.data import Example

MAX_TOKENS = 128


class PlainTrainer:
    """`Trainer` as it comes: 3 epochs, learning rate 5e-5 falling linearly, batches of 8, float32."""

    def __init__(self, labels: Sequence[str], *, base: str | Path | None = None, seed: int = 0) -> None:
        self._labels = tuple(labels)
        self._base = base
        self._seed = seed
        self._model: Any = None
        self._tokenizer: Any = None

    @property
    def thresholds(self) -> npt.NDArray[np.float32]:
        """One half for every label."""
        return halves(self._labels)

    def fit(self, examples: Sequence[Example]) -> None:
        """Fine-tune from the base weights. Seeds the random generators, as Trainer does."""
        from transformers import (
            AutoModelForSequenceClassification,
            AutoTokenizer,
            DataCollatorWithPadding,
            Trainer,
            TrainingArguments,
            set_seed,
        )

        from conflict_events.quiet import quiet_transformers
        from conflict_events.training.base import find_base

        wanted = targets(examples, self._labels)
        folder = str(find_base(self._base).path)
        set_seed(self._seed)  # before the model is made: its new head is random
        with quiet_transformers(), tempfile.TemporaryDirectory() as scratch:
            self._tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
            model = AutoModelForSequenceClassification.from_pretrained(
                folder,
                num_labels=len(self._labels),
                problem_type="multi_label_classification",
                dtype="float32",
                ignore_mismatched_sizes=True,
                use_safetensors=True,
                trust_remote_code=False,
            )
            encoded = self._tokenizer(
                [example.text for example in examples], truncation=True, max_length=MAX_TOKENS
            )
            rows = [
                {**{name: values[index] for name, values in encoded.items()}, "labels": row.tolist()}
                for index, row in enumerate(wanted.astype(np.float32))
            ]
            arguments = TrainingArguments(
                output_dir=scratch,
                seed=self._seed,
                report_to=[],
                save_strategy="no",
                logging_strategy="no",
                disable_tqdm=True,
            )
            collator = DataCollatorWithPadding(self._tokenizer)
            # A list with indices and a length is all that Trainer asks of a data set.
            Trainer(model=model, args=arguments, train_dataset=rows, data_collator=collator).train()
        self._model = model.eval()

    def scores(self, examples: Sequence[Example]) -> Scores:
        """Probabilities [n, labels]."""
        import torch

        parts = [np.empty((0, len(self._labels)), dtype=np.float32)]
        with torch.inference_mode():
            for start in range(0, len(examples), 64):
                texts = [example.text for example in examples[start : start + 64]]
                batch = self._tokenizer(
                    texts, truncation=True, max_length=MAX_TOKENS, padding=True, return_tensors="pt"
                ).to(self._model.device)
                parts.append(self._model(**batch).logits.float().sigmoid().cpu().numpy())
        return np.concatenate(parts)
