"""What a push sends and says, to a project that stands in for Label Studio's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conflict_events.annotations.connection import Connection
from conflict_events.annotations.label_config import read_label_config
from conflict_events.annotations.project import Project
from conflict_events.annotations.push import push_tasks
from conflict_events.annotations.tasks import Task

PROJECT = Project(1, "Trial", read_label_config())


class Server:
    """As much of a server as a push calls: it keeps what it is sent, and lists versions as the real one."""

    timeout = 0.0
    url = "http://localhost:8080"

    def __init__(self, title: str = "Trial") -> None:
        self.held: list[Task] = []
        self.sent: list[str] = []
        project = SimpleNamespace(title=title, label_config=read_label_config().xml)
        self.tasks = SimpleNamespace(list=self.list_tasks)
        self.projects = SimpleNamespace(
            list=list,
            get=lambda number: project,
            import_tasks=self.import_tasks,
            import_predictions=self.import_predictions,
        )

    def once(self, operation: Callable[[Any], Any]) -> Any:
        return operation(self)

    call = once

    def list_tasks(self, **options: object) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(
                id=number,
                data=task["data"],
                predictions_model_versions=", ".join(
                    sorted({one["model_version"].strip() for one in task.get("predictions", ())})
                ),
                total_annotations=0,
                cancelled_annotations=0,
            )
            for number, task in enumerate(self.held)
        ]

    def import_tasks(self, project: int, request: list[Task]) -> None:
        self.held += [{**task, "predictions": list(task.get("predictions", ()))} for task in request]

    def import_predictions(self, project: int, request: list[dict[str, Any]]) -> None:
        for one in request:
            self.held[one["task"]]["predictions"].append(one)
            self.sent.append(one["model_version"])


def task(*versions: str) -> Task:
    given = {"predictions": [{"model_version": version, "result": []} for version in versions]}
    return {"data": {"sentence_id": "a:0", "sentence": "It rained."}, **(given if versions else {})}


@pytest.mark.parametrize("version", ["base line", " padded ", "first,second", "first, second", "plain"])
def test_a_version_is_sent_once_however_it_is_written(version: str) -> None:
    server = Server()
    connection = cast(Connection, server)
    push_tasks(connection, PROJECT, [task()])
    assert push_tasks(connection, PROJECT, [task(version)]).predictions_added == 1
    assert push_tasks(connection, PROJECT, [task(version)]).predictions_added == 0
    assert server.sent == [version]


def test_another_version_is_added_to_those_that_are_there() -> None:
    server = Server()
    connection = cast(Connection, server)
    push_tasks(connection, PROJECT, [task("base line")])
    assert push_tasks(connection, PROJECT, [task("base line", "line")]).predictions_added == 1
    assert server.sent == ["line"]


def test_a_title_steers_no_terminal(
    conflict_events: Callable[..., tuple[int, str, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(title="Trial\x1b]0;owned\x07")
    monkeypatch.setattr("conflict_events.annotations.connection.connect", lambda: server)
    tasks = tmp_path / "tasks.json"
    tasks.write_text(json.dumps([task()]))
    for said in ("1 sentences added", "nothing to do"):
        code, out, error = conflict_events("annotate", "push", tasks, "--project", 7)
        assert code == 0
        assert f"owned\N{REPLACEMENT CHARACTER}: {said}" in out
        assert not {"\x1b", "\x07"} & set(out + error)
