from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from conflict_events.errors import DataError
from conflict_events.eval.threshold_rules import TRUST, compare_rules, validation_part
from conflict_events.training.data import read_examples


@pytest.mark.integration
def test_scores_that_overstate_ask_for_thresholds_that_were_measured() -> None:
    random = np.random.default_rng(2)
    scores = random.random((3_000, 2))
    truth = random.random((3_000, 2)) < scores**6
    groups = [str(row // 5) for row in range(3_000)]
    found = compare_rules(scores, truth, groups, halvings=6)
    assert list(found) == list(TRUST)
    assert found["20 positives"] > found["everything"] + 0.05
    assert found == compare_rules(scores, truth, groups, halvings=6)


def test_one_group_cannot_be_halved() -> None:
    with pytest.raises(DataError, match="1 validation groups"):
        compare_rules(np.zeros((4, 1)), np.zeros((4, 1), dtype=bool), ["a"] * 4)


def test_only_what_the_run_held_out_for_validation_is_taken(tmp_path: Path) -> None:
    rows = [{"id": f"{name}:0", "text": f"Sentence of {name}.", "labels": []} for name in "abc"]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    record = tmp_path / "data.json"
    record.write_text(json.dumps({"held_out_groups": {"validation": ["b"], "test": ["c"]}}))
    examples = read_examples(path, ("x",))
    assert [example.id for example in validation_part(examples, record)] == ["b:0"]
    record.write_text("{}")
    with pytest.raises(DataError, match=r"data\.json: not the data\.json of a run"):
        validation_part(examples, record)
