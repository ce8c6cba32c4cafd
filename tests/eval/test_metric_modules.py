"""The metric modules load by path, with no network, and say what the functions under them say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conflict_events.eval.scores import calibration_error, figures

METRICS = Path(__file__).resolve().parents[2] / "eval" / "metrics"
LABELS = ["advance", "airstrike"]


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    monkeypatch.setenv("HF_EVALUATE_OFFLINE", "1")
    rng = np.random.default_rng(0)
    references = (rng.random((50, 2)) < 0.3).astype(int)
    predictions = np.round(rng.random((50, 2)), 3).astype(np.float32)
    return {"predictions": predictions.tolist(), "references": references.tolist()}


def load(name: str, folder: Path) -> Any:
    import evaluate

    return evaluate.load(str(METRICS / name), cache_dir=str(folder))


def test_multilabel_events(case: dict[str, Any], tmp_path: Path) -> None:
    result = load("multilabel_events", tmp_path).compute(**case, labels=LABELS, thresholds=[0.4, 0.6])
    truth, scores = np.array(case["references"], bool), np.array(case["predictions"], np.float32)
    expected = figures(truth, scores, np.array([0.4, 0.6], np.float32), LABELS)
    assert result["airstrike/f1"] == pytest.approx(expected["airstrike", "f1"][0])
    assert result["micro/precision"] == pytest.approx(expected["micro", "precision"][0])
    assert result["macro/average_precision"] == pytest.approx(expected["macro", "average_precision"][0])
    assert result["advance/support"] == truth[:, 0].sum()
    assert result["exact_match"] == pytest.approx(expected["all", "exact_match"][0])


def test_calibration_error(case: dict[str, Any], tmp_path: Path) -> None:
    result = load("calibration_error", tmp_path).compute(**case, labels=LABELS)
    truth, scores = np.array(case["references"], bool), np.array(case["predictions"], np.float32)
    assert [result[label] for label in LABELS] == pytest.approx(calibration_error(truth, scores))
    assert 0 < result["pooled"] < 1


def test_false_alarms(tmp_path: Path) -> None:
    result = load("false_alarms", tmp_path).compute(
        predictions=[[0.9, 0.1], [0.1, 0.1], [0.1, 0.7], [0.9, 0.9]],
        references=[[0, 0], [0, 0], [0, 0], [1, 0]],
        thresholds=[0.5, 0.8],
    )
    assert result == {"false_alarms_per_1000": pytest.approx(1000 / 3), "sentences": 3}
