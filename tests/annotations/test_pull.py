"""The normalised export: it changes when an annotator changes something, and not otherwise."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from conflict_events.annotations.label_config import read_label_config
from conflict_events.annotations.project import Project
from conflict_events.annotations.pull import normalise
from conflict_events.errors import AnnotationError

PROJECT = Project(1, "Trial", read_label_config())


def annotation(number: int, by: int, *choices: str, changed: str = "2026-01-01") -> dict[str, Any]:
    value = {"choices": list(choices)}
    return {
        "id": number,
        "completed_by": by,
        "result": [
            {
                "id": f"random{number}",
                "from_name": "events",
                "to_name": "sentence",
                "type": "choices",
                "value": value,
                "origin": "manual",
            }
        ],
        "was_cancelled": False,
        "ground_truth": False,
        "updated_at": changed,
        "lead_time": 3.2,
    }


def export() -> list[dict[str, Any]]:
    return [
        {
            "id": 10 + number,
            "data": {"sentence_id": f"{article}:{number}", "article_id": article, "begin": number * 100},
            "annotations": [
                annotation(1, 2, "airstrike", "advance"),
                annotation(2, 1, "advance", changed="2026-01-03"),
                annotation(3, 1, "casualty_report", changed="2026-01-02"),
            ],
            "drafts": [{"id": 1}],
            "predictions": [4],
            "updated_at": "2026-01-01",
            "total_annotations": 3,
        }
        for article in "ab"
        for number in (0, 1, 2)
    ]


def test_order_keys_and_times_of_the_server_do_not_matter() -> None:
    expected = normalise(export(), PROJECT)
    shuffled = copy.deepcopy(export())
    random.Random(3).shuffle(shuffled)
    for task in shuffled:
        task["id"] += 1000
        task["updated_at"] = "2027"
        task["annotations"].reverse()
        for one in task["annotations"]:
            one["lead_time"] = 99
            one["result"][0]["id"] = "other"
            one["result"][0]["value"]["choices"].reverse()
    assert normalise(shuffled, PROJECT) == expected
    assert [task["data"]["sentence_id"] for task in expected] == [f"{a}:{n}" for a in "ab" for n in (0, 1, 2)]


def test_what_is_left_is_who_said_what_in_a_settled_order() -> None:
    task = normalise(export(), PROJECT)[0]
    assert sorted(task) == ["annotations", "data"]
    said = [(one["completed_by"], one["result"][0]["value"]["choices"]) for one in task["annotations"]]
    assert said == [(1, ["casualty_report"]), (1, ["advance"]), (2, ["advance", "airstrike"])]
    assert "id" not in task["annotations"][0]["result"][0]


def test_another_label_changes_it() -> None:
    changed = export()
    changed[0]["annotations"][0]["result"][0]["value"]["choices"] = ["airstrike"]
    assert normalise(changed, PROJECT) != normalise(export(), PROJECT)


def test_a_label_of_another_config_is_an_error_that_names_the_sentence() -> None:
    tasks = export()
    tasks[4]["annotations"][0]["result"][0]["value"]["choices"] = ["flood"]
    with pytest.raises(AnnotationError, match="'Trial', sentence 'b:1': the label 'flood'"):
        normalise(tasks, PROJECT)


def test_an_export_on_standard_output_stands_there_alone(
    conflict_events: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = export()
    for task in tasks:
        task["data"]["sentence"] = "They took the town."
    content = json.dumps(tasks).encode()
    project = SimpleNamespace(title="Trial", label_config=PROJECT.config.xml)
    exports = SimpleNamespace(download_sync=lambda number, **options: [content])
    client = SimpleNamespace(projects=SimpleNamespace(list=list, get=lambda number: project, exports=exports))
    connection = SimpleNamespace(url="http://localhost:8080", call=lambda operation: operation(client))
    monkeypatch.setattr("conflict_events.annotations.connection.connect", lambda: connection)
    code, out, error = conflict_events("annotate", "pull", "-", "--project", 7)
    assert code == 0
    assert json.loads(out) == normalise(tasks, PROJECT)
    assert "-: 6 sentences, 6 annotated (12 annotations); on 6 the votes" in error
