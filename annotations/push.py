"""Bringing tasks to a Label Studio project, once each, whatever the server and the network do meanwhile.

An import whose answer got lost may or may not have happened. So after every such loss the project is asked
what it holds before anything is sent again, and at the end once more: what arrived twice (an import that was
slow rather than lost) is thinned to one, and what is missing is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from conflict_events.annotations.connection import Connection, NoAnswerError
from conflict_events.annotations.project import Project
from conflict_events.annotations.tasks import Task, versions_of
from conflict_events.errors import AnnotationError

BATCH = 200
_PAGE = 1000
_ROUNDS = 5
_SETTLE_SECONDS = 1.0

T = TypeVar("T")
Progress = Callable[[int], None]


@dataclass(frozen=True)
class PushResult:
    """What a push did: tasks added, tasks that were there before, predictions added to those."""

    added: int
    present: int
    predictions_added: int


@dataclass(frozen=True)
class _Held:
    """A task as the project holds it."""

    task_id: int
    text: str
    versions: frozenset[str]
    annotations: int


def push_tasks(
    connection: Connection, project: Project, tasks: Iterable[Task], progress: Progress = lambda done: None
) -> PushResult:
    """Add the tasks that the project does not hold yet, and the predictions that its tasks lack.

    `progress` is called with the number of tasks dealt with since its last call. Raises AnnotationError where
    a sentence id stands for two texts, or the server stays away; pushing again then takes up where it ended.
    """
    wanted = _by_id(tasks)
    held = _thin_out(connection, project)
    _check_texts(wanted, held, project)
    before = frozenset(held) & frozenset(wanted)
    progress(len(before))
    for _ in range(_ROUNDS):
        missing = [task for key, task in wanted.items() if key not in held]
        if not missing:
            break
        slow = [_import(connection, project, batch, progress) for batch in _batches(missing)]
        if any(slow):
            # Give imports that were given up on as much time again to arrive, so that no twin is overlooked.
            time.sleep(connection.timeout)
        held = _thin_out(connection, project)
    if any(key not in held for key in wanted):
        raise AnnotationError(f"project '{project.title}' does not keep the tasks it is sent")
    predictions_added = _add_predictions(connection, project, wanted, held)
    return PushResult(len(wanted) - len(before), len(before), predictions_added)


def _by_id(tasks: Iterable[Task]) -> dict[str, Task]:
    wanted: dict[str, Task] = {}
    for task in tasks:
        key = task["data"]["sentence_id"]
        other = wanted.setdefault(key, task)
        if other["data"]["sentence"] != task["data"]["sentence"]:
            raise AnnotationError(f"two sentences have the id '{key}'; give each article an id of its own")
    return wanted


def _check_texts(wanted: dict[str, Task], held: dict[str, _Held], project: Project) -> None:
    for key, task in wanted.items():
        if key in held and held[key].text != task["data"]["sentence"]:
            raise AnnotationError(
                f"project '{project.title}' holds another text under the sentence id '{key}' "
                f"('{held[key].text[:60]}'); the article has changed: give it a new id or use another project"
            )


def _import(connection: Connection, project: Project, batch: Sequence[Task], progress: Progress) -> bool:
    """Import one batch; on return the project held all of it at least once.

    Returns whether some of it may be on its way a second time.
    """
    remaining = list(batch)
    slow = False

    def send(client: Any) -> None:
        client.projects.import_tasks(project.id, request=remaining)

    for attempt in range(1, _ROUNDS + 1):
        try:
            connection.once(send)
            break
        except NoAnswerError as error:
            slow |= error.under_way
            held = _settled(connection, project, attempt)
            remaining = [task for task in remaining if task["data"]["sentence_id"] not in held]
            if not remaining:
                break
            if attempt == _ROUNDS:
                raise
    progress(len(batch))
    return slow


def _settled(connection: Connection, project: Project, attempt: int) -> dict[str, list[_Held]]:
    """What the project holds, once it has stopped growing: a slow import may still be under way."""
    held = _holdings(connection, project)
    while True:
        time.sleep(_SETTLE_SECONDS * attempt)
        again = _holdings(connection, project)
        if len(again) == len(held):
            return again
        held = again


def _holdings(connection: Connection, project: Project) -> dict[str, list[_Held]]:
    """Every pushed task of the project by sentence id, oldest first; more than one where it came twice."""

    def read(client: Any) -> dict[str, list[_Held]]:
        found: dict[str, list[_Held]] = {}
        listing = client.tasks.list(
            project=project.id,
            page_size=_PAGE,
            include="id,data,predictions_model_versions,total_annotations,cancelled_annotations",
            resolve_uri=False,
        )
        for task in listing:
            if isinstance(task.data, dict) and task.data.get("sentence_id"):
                found.setdefault(task.data["sentence_id"], []).append(_held(task))
        for tasks in found.values():
            tasks.sort(key=lambda held: held.task_id)
        return found

    return connection.call(read)


def _held(task: Any) -> _Held:
    return _Held(
        task_id=int(task.id),
        text=str(task.data.get("sentence")),
        versions=versions_of(str(task.predictions_model_versions or "")),
        annotations=int(task.total_annotations or 0) + int(task.cancelled_annotations or 0),
    )


def _thin_out(connection: Connection, project: Project) -> dict[str, _Held]:
    """Delete tasks that arrived twice, never one that somebody has annotated; returns what is left."""
    kept: dict[str, _Held] = {}
    for key, tasks in _holdings(connection, project).items():
        keep = max(tasks, key=lambda task: (task.annotations > 0, -task.task_id))
        kept[key] = keep
        for task in tasks:
            if task.task_id != keep.task_id and task.text == keep.text and not task.annotations:
                _delete(connection, task.task_id)
    return kept


def _delete(connection: Connection, task_id: int) -> None:
    def delete(client: Any) -> None:
        from label_studio_sdk.core.api_error import ApiError

        try:
            client.tasks.delete(str(task_id))
        except ApiError as error:
            if error.status_code != 404:  # gone already: an earlier try got through
                raise

    connection.call(delete)


def _add_predictions(
    connection: Connection, project: Project, wanted: dict[str, Task], held: dict[str, _Held]
) -> int:
    """Give tasks that were there before the predictions of versions that they have none of."""
    added = 0
    for attempt in range(1, _ROUNDS + 1):
        lacking = [
            {"task": held[key].task_id, **prediction}
            for key, task in wanted.items()
            for prediction in task.get("predictions", ())
            if not versions_of(prediction["model_version"]) <= held[key].versions
        ]
        added = max(added, len(lacking))
        if not lacking:
            return added
        try:
            for batch in _batches(lacking):
                _import_predictions(connection, project, batch)
        except NoAnswerError:
            _settled(connection, project, attempt)
        held = _thin_out(connection, project)
    raise AnnotationError(f"project '{project.title}' does not keep the predictions it is sent")


def _import_predictions(connection: Connection, project: Project, batch: Sequence[dict[str, Any]]) -> None:
    connection.once(lambda client: client.projects.import_predictions(project.id, request=batch))


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
