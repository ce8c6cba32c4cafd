"""A project's JSON export, in a form that only changes when an annotator changes something."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conflict_events.annotations.connection import Connection
from conflict_events.annotations.project import Project
from conflict_events.errors import AnnotationError


def pull_tasks(connection: Connection, project: Project) -> list[dict[str, Any]]:
    """Export a project and normalise it; raises AnnotationError where its labels are not the config's."""

    def export(client: Any) -> bytes:
        return b"".join(
            client.projects.exports.download_sync(project.id, export_type="JSON", download_all_tasks=True)
        )

    content = connection.call(export)
    try:
        tasks = json.loads(content)
    except ValueError as error:
        raise AnnotationError(f"project '{project.title}': its export is not JSON ({error})") from error
    return normalise(tasks, project)


def normalise(tasks: list[dict[str, Any]], project: Project) -> list[dict[str, Any]]:
    """Keep what annotators said; drop what changes by itself: times, counters, predictions, drafts, keys.

    Tasks stand in the order of their articles, annotations in that of their annotators, choices in that of
    the config. What is left is still an export that Label Studio can import.
    """
    clean = [{"annotations": _annotations(task, project), "data": task["data"]} for task in tasks]
    return sorted(clean, key=_place)


def _place(task: Mapping[str, Any]) -> tuple[str, int, str]:
    data = task["data"]
    return str(data.get("article_id")), int(data.get("begin") or 0), str(data.get("sentence_id"))


def _annotations(task: Mapping[str, Any], project: Project) -> list[dict[str, Any]]:
    found = sorted(task.get("annotations") or (), key=_seniority)
    return [
        {
            "completed_by": annotation.get("completed_by"),
            "ground_truth": bool(annotation.get("ground_truth")),
            "result": [_region(region, task, project) for region in annotation.get("result") or ()],
            "was_cancelled": bool(annotation.get("was_cancelled")),
        }
        for annotation in found
    ]


def _seniority(annotation: Mapping[str, Any]) -> tuple[str, str, int]:
    """By annotator, and for each by the time of the last change, so that the last one is what counts."""
    author, changed = str(annotation.get("completed_by")), str(annotation.get("updated_at"))
    return author, changed, int(annotation.get("id") or 0)


def _region(region: Mapping[str, Any], task: Mapping[str, Any], project: Project) -> dict[str, Any]:
    config = project.config
    choices = (region.get("value") or {}).get("choices") or []
    if unknown := [choice for choice in choices if choice not in config.labels]:
        raise AnnotationError(
            f"project '{project.title}', sentence '{task['data'].get('sentence_id')}': the label "
            f"'{unknown[0]}' is not in {config.path}; the sentence was annotated under another config: "
            "correct it in Label Studio, or name that config with --config"
        )
    return {
        "from_name": region.get("from_name"),
        "to_name": region.get("to_name"),
        "type": region.get("type"),
        "value": {"choices": sorted(choices, key=config.labels.index)},
    }
