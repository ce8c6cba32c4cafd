"""`evaluate` module: how far the scores of a multi-label classifier are from being probabilities."""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
import numpy as np

from conflict_events.eval.scores import calibration_error

_DESCRIPTION = """\
Expected calibration error over 15 bins of equal width: of every label, and pooled over all pairs of a
sentence and a label."""

_CITATION = """\
Guo, Pleiss, Sun, Weinberger: On Calibration of Modern Neural Networks. ICML 2017."""

_INPUTS = """\
predictions: scores between 0 and 1, one list a sentence, one score a label.
references: 0 or 1 in the same shape.
labels: names of the labels, in the order of the scores.
Returns a dictionary from each label, and "pooled", to the error."""


class CalibrationError(evaluate.Metric):
    """See `_DESCRIPTION`."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=datasets.Features(
                {
                    "predictions": datasets.Sequence(datasets.Value("float32")),
                    "references": datasets.Sequence(datasets.Value("int8")),
                }
            ),
        )

    def _compute(
        self, predictions: list[list[float]], references: list[list[int]], labels: list[str]
    ) -> dict[str, Any]:
        scores = np.asarray(predictions, dtype=np.float32)
        truth = np.asarray(references, dtype=bool)
        errors = calibration_error(truth, scores)
        pooled = calibration_error(truth.reshape(-1, 1), scores.reshape(-1, 1))
        return {**dict(zip(labels, errors.tolist(), strict=True)), "pooled": float(pooled[0])}
