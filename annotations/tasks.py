"""Label Studio tasks: one sentence each, with its article's particulars, its neighbours and predictions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from conflict_events.annotations.export import AnnotatedSentence, load_tasks
from conflict_events.annotations.label_config import LabelConfig
from conflict_events.articles import Article
from conflict_events.errors import AnnotationError
from conflict_events.output.files import open_stream

Task = dict[str, Any]
"""A task as Label Studio imports it: {"data": {...}, "predictions": [...]}."""

SENTENCES_BEFORE = 3
SENTENCES_AFTER = 2


class _Span(Protocol):
    @property
    def text(self) -> str: ...
    @property
    def begin(self) -> int: ...
    @property
    def end(self) -> int: ...


def article_tasks(article: Article, sentences: Sequence[_Span]) -> list[Task]:
    """Make a task of each sentence of an article; the id of sentence n (from 0) is `<article id>:<n>`.

    What is no character in an article's id, which a file name may have given it, is written as an escape.
    """
    texts = [sentence.text for sentence in sentences]
    article_id = article.id.encode("utf-8", "backslashreplace").decode("utf-8")
    return [
        make_task(
            AnnotatedSentence(
                id=f"{article_id}:{number}",
                text=sentence.text,
                article_id=article_id,
                title=article.title,
                source=article.source,
                date=article.date,
                begin=sentence.begin,
                end=sentence.end,
                before=" ".join(texts[max(0, number - SENTENCES_BEFORE) : number]),
                after=" ".join(texts[number + 1 : number + 1 + SENTENCES_AFTER]),
                judgements=(),
            )
        )
        for number, sentence in enumerate(sentences)
    ]


def make_task(sentence: AnnotatedSentence) -> Task:
    """Make a fresh task, without annotations, of a sentence.

    `origin` joins outlet and date for display: Label Studio keeps the name `$source` for itself.
    """
    data = {
        "sentence_id": sentence.id,
        "sentence": sentence.text,
        "origin": ", ".join(part for part in (sentence.source, sentence.date) if part),
    }
    fields = ("article_id", "title", "source", "date", "begin", "end", "before", "after")
    return {"data": data | {field: getattr(sentence, field) for field in fields}}


def prediction(
    scores: Mapping[str, float], thresholds: Mapping[str, float], version: str, config: LabelConfig
) -> dict[str, Any]:
    """Say what a model thinks of a sentence, in Label Studio's form.

    The region carries the lowest score among the labels given; the prediction carries the certainty of the
    least certain label, by which Label Studio's uncertainty sampling sorts. No label is an empty result.
    """
    given = [label for label in config.labels if scores[label] >= thresholds[label]]
    region = {
        "from_name": config.choice_name,
        "to_name": config.text_name,
        "type": "choices",
        "value": {"choices": given},
        "score": round(min((scores[label] for label in given), default=0.0), 4),
    }
    least = min(certainty(scores[label], thresholds[label]) for label in config.labels)
    return {"model_version": version, "score": round(least, 4), "result": [region] if given else []}


def certainty(score: float, threshold: float) -> float:
    """How far a score lies from its threshold, on a scale from 0 (at it) to 1 (as far as can be)."""
    room = 1.0 - threshold if score >= threshold else threshold
    return abs(score - threshold) / room if room > 0 else 0.0


def require_labels(config: LabelConfig, labels: Sequence[str], what: str) -> None:
    """Raise AnnotationError unless a model's labels are those of the config, in any order."""
    if set(labels) != set(config.labels):
        raise AnnotationError(
            f"{what} has the labels {', '.join(labels)}, but {config.path} has {', '.join(config.labels)}; "
            "use a model trained on annotations made with this config"
        )


def is_task_file(path: str | Path) -> bool:
    """Tell a JSON file of tasks, as `suggest`, `audit` and `pull` write them, from articles: by its name."""
    return Path(path).suffix == ".json" and not Path(path).is_dir()


def read_tasks(path: str | Path) -> Iterator[Task]:
    """Read a JSON file of tasks; annotations in it are left out.

    Raises AnnotationError, naming the task, for one without a sentence or with a prediction of no version.
    """
    for place, task in _placed_tasks(path):
        data, predictions = task["data"], _predictions(task, place)
        yield {"data": data, "predictions": predictions} if predictions else {"data": data}


def read_data(path: str | Path) -> Iterator[dict[str, Any]]:
    """Read what a JSON file of tasks says of each sentence, whatever was predicted or annotated of it.

    Raises AnnotationError, naming the task, for one without a sentence.
    """
    for _, task in _placed_tasks(path):
        yield task["data"]


def versions_of(names: str) -> frozenset[str]:
    """The model versions in a list of them with commas between; white space around them does not count."""
    return frozenset(name.strip() for name in names.split(",") if name.strip())


def write_tasks(path: str | Path, tasks: Iterable[Mapping[str, Any]]) -> None:
    """Write tasks as a JSON list ("-": to standard output), a task a line, so that a diff shows what changed.

    Raises AnnotationError for a task that no file can hold, OutputError where the file cannot be written.
    """
    lines = [_line(task, f"{path}: task {number}") for number, task in enumerate(tasks, 1)]
    with open_stream(path) as stream:
        stream.write(b"[\n" + b",\n".join(lines) + b"\n]\n" if lines else b"[]\n")


def _line(task: Mapping[str, Any], place: str) -> bytes:
    try:
        return json.dumps(task, ensure_ascii=False, sort_keys=True).encode()
    except RecursionError:
        raise AnnotationError(f"{place} is nested too deeply to be written") from None
    except UnicodeEncodeError:
        raise AnnotationError(f"{place} holds half of a character, which no file can; correct it") from None


def _placed_tasks(path: str | Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each task of a file, with its place; its data has a sentence and an id for it."""
    for number, task in enumerate(load_tasks(path), 1):
        place = f"{path}, task {number}"
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict) or not all(
            isinstance(data.get(field), str) and data[field] for field in ("sentence_id", "sentence")
        ):
            raise AnnotationError(f"{place}: its data has no 'sentence_id' or no 'sentence'")
        yield place, task


def _predictions(task: Mapping[str, Any], place: str) -> list[dict[str, Any]]:
    given = task.get("predictions")
    predictions = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    for one in predictions:
        version = one.get("model_version")
        if not isinstance(version, str) or not versions_of(version):
            raise AnnotationError(
                f"{place}: a prediction has no 'model_version'; name the model it is by, or leave it out"
            )
    return predictions
