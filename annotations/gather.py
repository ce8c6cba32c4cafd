"""From the user's files to tasks: articles are read and split, tasks are read, a model is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from conflict_events.annotations.label_config import LabelConfig
from conflict_events.annotations.tasks import (
    SENTENCES_BEFORE,
    Task,
    article_tasks,
    is_task_file,
    prediction,
    read_tasks,
    require_labels,
)
from conflict_events.articles import Article
from conflict_events.errors import AnnotationError

if TYPE_CHECKING:
    from conflict_events.tagger import EventTagger


def load_tagger(model: str | None, config: LabelConfig) -> EventTagger:
    """Load a model; raises AnnotationError unless its labels are those of the config."""
    from conflict_events.tagger import EventTagger

    tagger = EventTagger.from_pretrained(model)
    require_labels(config, tagger.labels, "the model")
    return tagger


def gather_tasks(paths: Sequence[str]) -> list[Task]:
    """Make tasks of files of articles, and read files of tasks, which keep their predictions.

    Raises AnnotationError where no sentence is found, InputError where an article cannot be read.
    """
    from conflict_events.reading import read_articles, split_article

    tasks = [task for path in paths if is_task_file(path) for task in read_tasks(path)]
    articles = [path for path in paths if not is_task_file(path)]
    for article in _once_each(read_articles(articles)) if articles else ():
        tasks.extend(article_tasks(article, split_article(article).sentences))
    if not tasks:
        raise AnnotationError(f"{', '.join(paths)}: no sentence to annotate")
    return tasks


def add_predictions(
    tasks: Sequence[Task], config: LabelConfig, tagger: EventTagger
) -> npt.NDArray[np.float32]:
    """Add a model's prediction to each task that has none of its version; returns scores [tasks, labels]."""
    data = [task["data"] for task in tasks]
    scores = score_data(data, tagger)
    for task, row in zip(tasks, scores.tolist(), strict=True):
        earlier = task.get("predictions", ())
        if all(one.get("model_version") != tagger.version for one in earlier):
            by_label = dict(zip(tagger.labels, row, strict=True))
            own = prediction(by_label, tagger.thresholds, tagger.version, config)
            task["predictions"] = [*earlier, own]
    return scores


def score_data(data: Sequence[Mapping[str, Any]], tagger: EventTagger) -> npt.NDArray[np.float32]:
    """Score the sentences of tasks' data, each after the context that tagging its article would give it."""
    contexts = [_context(str(one.get("before") or ""), tagger.folder.context_sentences) for one in data]
    return tagger.score([one["sentence"] for one in data], contexts)


def _context(before: str, sentences: int) -> str:
    """The last `sentences` sentences of what stands before a task's sentence."""
    from conflict_events.reading import split_sentences

    if not sentences or not before:
        return ""
    if sentences >= SENTENCES_BEFORE:
        return before
    return " ".join(sentence.text for sentence in split_sentences(before)[-sentences:])


def _once_each(articles: Iterable[Article]) -> Iterator[Article]:
    """Pass each article on once; two different articles of one id are an error."""
    seen: dict[str, int] = {}
    for article in articles:
        fingerprint = hash(article.text)
        if article.id not in seen:
            seen[article.id] = fingerprint
            yield article
        elif seen[article.id] != fingerprint:
            raise AnnotationError(f"two articles have the id '{article.id}'; give each one of its own")
