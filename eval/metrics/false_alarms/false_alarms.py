"""`evaluate` module: how often text without any event is given a label."""

from __future__ import annotations

from typing import Any

import datasets
import evaluate
import numpy as np

_DESCRIPTION = """\
Of 1,000 sentences that have no label, how many are given at least one. On ordinary news this is what a reader
of the output has to put up with, and what F1 on conflict news does not show."""

_INPUTS = """\
predictions: scores between 0 and 1, one list a sentence, one score a label.
references: 0 or 1 in the same shape; sentences with any 1 are left out.
thresholds: a score from this on gives the label; one number, or one a label (default 0.5).
Returns {"false_alarms_per_1000": number, "sentences": how many had no label}."""


class FalseAlarms(evaluate.Metric):
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
        thresholds: float | list[float] = 0.5,
    ) -> dict[str, Any]:
        eventless = np.logical_not(np.any(np.asarray(references, dtype=bool), axis=1))
        decided = np.asarray(predictions, dtype=np.float32) >= np.asarray(thresholds, dtype=np.float32)
        given = np.any(decided, axis=1)
        rate = 1000 * float(given[eventless].mean()) if eventless.any() else float("nan")
        return {"false_alarms_per_1000": rate, "sentences": int(eventless.sum())}
