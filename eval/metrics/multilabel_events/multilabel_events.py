"""`evaluate` module: per-label and averaged figures of a multi-label classification of sentences."""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
import numpy as np

from conflict_events.eval.scores import figures

_DESCRIPTION = """\
Precision, recall, F1, average precision and support of every label, their micro and macro averages, and the
share of sentences whose set of labels is exactly right."""

_INPUTS = """\
predictions: scores between 0 and 1, one list a sentence, one score a label.
references: 0 or 1 in the same shape.
labels: names of the labels, in the order of the scores.
thresholds: a score from this on gives the label; one number, or one a label (default 0.5).
Returns a dictionary from "label/measure", "micro/measure", "macro/measure" and "exact_match" to numbers;
what is undefined (the precision of a label never given) is NaN."""

_MEASURES = ("precision", "recall", "f1", "average_precision", "support")


class MultilabelEvents(evaluate.Metric):
    """See `_DESCRIPTION`."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description=_INPUTS,
            features=datasets.Features(
                {
                    "predictions": datasets.Sequence(datasets.Value("float32")),
                    "references": datasets.Sequence(datasets.Value("int8")),
                }
            ),
        )

    def _compute(
        self,
        predictions: list[list[float]],
        references: list[list[int]],
        labels: list[str],
        thresholds: float | list[float] = 0.5,
    ) -> dict[str, Any]:
        scores = np.asarray(predictions, dtype=np.float32)
        limits = np.broadcast_to(np.asarray(thresholds, dtype=np.float32), (len(labels),))
        found = figures(np.asarray(references, dtype=bool), scores, limits, labels)
        result = {f"{row}/{name}": float(found[row, name][0]) for row, name in found if name in _MEASURES}
        return {**result, "exact_match": float(found["all", "exact_match"][0])}
