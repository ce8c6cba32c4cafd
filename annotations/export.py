"""Label Studio's JSON export, read as it is: the sentences and what each annotator said of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from conflict_events.annotations.label_config import LabelConfig
from conflict_events.errors import AnnotationError

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True)
class Judgement:
    """The labels that one annotator gave a sentence; an empty set means "none of them".

    `ground_truth` is Label Studio's star: the annotation that settles the sentence.
    """

    annotator: str
    labels: frozenset[str]
    ground_truth: bool = False


@dataclass(frozen=True)
class AnnotatedSentence:
    """A sentence of an article, what stands around it, and the judgements on it (none: not annotated)."""

    id: str
    text: str
    article_id: str
    title: str
    source: str
    date: str
    begin: int
    end: int
    before: str
    after: str
    judgements: tuple[Judgement, ...]


def read_export(path: str | Path, config: LabelConfig | None = None) -> list[AnnotatedSentence]:
    """Read a JSON export of Label Studio, as `annotated_sentences` tells.

    Raises AnnotationError naming the file and the task.
    """
    return annotated_sentences(load_tasks(path), path, config)


def annotated_sentences(
    tasks: Sequence[object], name: str | Path, config: LabelConfig | None = None
) -> list[AnnotatedSentence]:
    """The sentences of an export's tasks, in their order; `name` is what errors call the export.

    Skipped annotations, drafts and predictions are not judgements. Where an annotator judged a sentence more
    than once, the latest counts. Tasks that share a `sentence_id` are joined. With `config`, labels and tag
    names that it does not define are an error.

    Raises AnnotationError naming the export and the task.
    """
    sentences: dict[str, AnnotatedSentence] = {}
    for number, task in enumerate(tasks, 1):
        where = f"{name}, task {number}"
        sentence = _read_task(task, where, config)
        seen = sentences.get(sentence.id)
        if seen is None:
            sentences[sentence.id] = sentence
            continue
        if seen.text != sentence.text:
            raise AnnotationError(f"{where}: another task has the sentence_id '{sentence.id}' but other text")
        merged = {judgement.annotator: judgement for judgement in (*seen.judgements, *sentence.judgements)}
        sentences[sentence.id] = replace(seen, judgements=tuple(merged.values()))
    return list(sentences.values())


def load_tasks(path: str | Path) -> list[Any]:
    """Load the list of tasks in a JSON file; raises AnnotationError if it is no such list."""
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8")
        tasks = json.loads(text)
    except OSError as error:
        raise AnnotationError(f"{path}: cannot read it ({error.strerror})") from error
    except ValueError as error:
        raise AnnotationError(f"{path}: not JSON ({error}); export the project as JSON") from error
    except RecursionError:
        raise AnnotationError(f"{path}: nested too deeply; export the project as JSON") from None
    if not isinstance(tasks, list):
        raise AnnotationError(f"{path}: not a list of tasks; export the project as JSON")
    if _SURROGATE.search(text):
        _check_characters(tasks, path)
    return tasks


def _check_characters(tasks: Sequence[Any], path: Path) -> None:
    """JSON can write half of a surrogate pair, which is no character, and which no file can hold."""
    for number, task in enumerate(tasks, 1):
        try:
            json.dumps(task, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise AnnotationError(
                f"{path}, task {number}: holds half of a character; export the project as JSON once more"
            ) from None
        except RecursionError:
            raise AnnotationError(f"{path}, task {number}: nested too deeply") from None


def majority(
    judgements: Sequence[Judgement], labels: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Join the judgements on one sentence.

    Returns the labels that more than half of the annotators gave, and those on which the votes tied (and
    which are therefore not given), both in the order of `labels`. Where an annotation is starred as ground
    truth, the starred ones alone vote. Raises AnnotationError for a label that is not in `labels`.
    """
    for judgement in judgements:
        if unknown := sorted(judgement.labels - set(labels)):
            raise AnnotationError(_unknown_label(unknown[0], labels))
    voters = [judgement for judgement in judgements if judgement.ground_truth] or list(judgements)
    votes = {label: sum(label in judgement.labels for judgement in voters) for label in labels}
    given = tuple(label for label in labels if 2 * votes[label] > len(voters))
    tied = tuple(label for label in labels if votes[label] and 2 * votes[label] == len(voters))
    return given, tied


def _read_task(task: object, where: str, config: LabelConfig | None) -> AnnotatedSentence:
    data = task.get("data") if isinstance(task, Mapping) else None
    if not isinstance(task, Mapping) or not isinstance(data, Mapping):
        raise AnnotationError(f"{where}: a task without 'data'; export the project as JSON")
    for field in ("sentence_id", "sentence"):
        if not isinstance(data.get(field), str) or not data[field].strip():
            raise AnnotationError(
                f"{where}: its data has no '{field}'; tasks must come from `conflict-events annotate push`"
            )
    latest: dict[str, Judgement] = {}
    for annotation in _in_order(_mappings(task.get("annotations"), where)):
        if not annotation.get("was_cancelled"):
            judgement = _read_annotation(annotation, where, config)
            latest[judgement.annotator] = judgement
    return AnnotatedSentence(
        id=data["sentence_id"],
        text=data["sentence"],
        article_id=_text(data, "article_id", where),
        title=_text(data, "title", where),
        source=_text(data, "source", where),
        date=_text(data, "date", where),
        begin=_offset(data.get("begin"), where),
        end=_offset(data.get("end"), where),
        before=_text(data, "before", where),
        after=_text(data, "after", where),
        judgements=tuple(latest[annotator] for annotator in sorted(latest)),
    )


def _mappings(found: object, where: str) -> list[Mapping[str, Any]]:
    """The annotations or regions of a task, none if it has none; raises AnnotationError for anything else."""
    items = [] if found is None else found
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise AnnotationError(f"{where}: its annotations are damaged; export the project as JSON once more")
    return items


def _text(data: Mapping[str, Any], field: str, where: str) -> str:
    value = data.get(field)
    if isinstance(value, (dict, list)):
        raise AnnotationError(f"{where}: '{field}' must be text; export the project as JSON once more")
    return str(value or "")


def _offset(value: object, where: str) -> int:
    if value is None or value == "":
        return 0
    if not isinstance(value, int):
        raise AnnotationError(f"{where}: 'begin' and 'end' must be whole numbers, not {value!r}")
    return value


def _in_order(annotations: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Oldest first: by the time of the last change where it is known, else as they stand."""
    return sorted(annotations, key=_changed)


def _changed(annotation: Mapping[str, Any]) -> str:
    time = annotation.get("updated_at")
    return time if isinstance(time, str) else ""


def _read_annotation(annotation: Mapping[str, Any], where: str, config: LabelConfig | None) -> Judgement:
    labels: set[str] = set()
    for region in _mappings(annotation.get("result"), where):
        labels.update(_read_region(region, where, config))
    return Judgement(annotator_of(annotation), frozenset(labels), bool(annotation.get("ground_truth")))


def annotator_of(annotation: Mapping[str, Any]) -> str:
    """Name who made an annotation: the e-mail address where the export gives it, else the user's number."""
    author = annotation.get("completed_by")
    if isinstance(author, Mapping):
        author = author.get("email") or author.get("id")
    return str(author) if isinstance(author, (str, int)) else ""


def _read_region(region: Mapping[str, Any], where: str, config: LabelConfig | None) -> Iterator[str]:
    if region.get("type") != "choices":
        if config is not None:
            raise AnnotationError(
                f"{where}: an annotation of type '{region.get('type')}', not of the config {config.path}; "
                "this export was made with another config"
            )
        return
    if config is not None and region.get("from_name") != config.choice_name:
        raise AnnotationError(
            f"{where}: an annotation by '{region.get('from_name')}', while {config.path} asks by "
            f"'{config.choice_name}'; this export was made with another config"
        )
    [value] = _mappings([region.get("value") or {}], where)
    choices = value.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(label, str) for label in choices):
        raise AnnotationError(f"{where}: its choices are damaged; export the project as JSON once more")
    for label in choices:
        if config is not None and label not in config.labels:
            raise AnnotationError(f"{where}: {_unknown_label(label, config.labels)}")
        yield label


def _unknown_label(label: str, labels: Sequence[str]) -> str:
    return (
        f"the label '{label}' is not among those of the labelling config ({', '.join(labels)}); "
        "name the config that the annotations were made with"
    )
