"""Reading Label Studio's JSON export: who said what, and what is not a judgement."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conflict_events.annotations.export import Judgement, majority, read_export
from conflict_events.annotations.label_config import read_label_config
from conflict_events.errors import AnnotationError

LABELS = read_label_config().labels


def annotation(by: Any, *choices: str, **more: Any) -> dict[str, Any]:
    region = {"from_name": "events", "to_name": "sentence", "type": "choices", "value": {"choices": choices}}
    return {"completed_by": by, "result": [region] if choices else [], **more}


def task(
    *annotations: dict[str, Any], sentence_id: str = "a:0", text: str = "They fled.", **more: Any
) -> Any:
    data = {"sentence_id": sentence_id, "sentence": text, "article_id": "a", "begin": 3, "end": 13}
    return {"data": data, "annotations": list(annotations), **more}


def write(path: Path, *tasks: Any) -> Path:
    path.write_text(json.dumps(tasks), encoding="utf-8")
    return path


def given(path: Path) -> dict[str, list[tuple[str, ...]]]:
    return {
        sentence.id: [tuple(sorted(one.labels)) for one in sentence.judgements]
        for sentence in read_export(path)
    }


def test_several_annotators_are_kept_apart(tmp_path: Path) -> None:
    path = write(tmp_path / "e.json", task(annotation(2, "advance"), annotation({"id": 1, "email": "x@y"})))
    [sentence] = read_export(path, read_label_config())
    assert sentence.judgements == (Judgement("2", frozenset({"advance"})), Judgement("x@y", frozenset()))
    assert (sentence.begin, sentence.end, sentence.article_id, sentence.title) == (3, 13, "a", "")


def test_no_choice_means_none_and_differs_from_no_annotation(tmp_path: Path) -> None:
    path = write(tmp_path / "e.json", task(annotation(1)), task(sentence_id="a:1"))
    assert given(path) == {"a:0": [()], "a:1": []}


def test_skipped_annotations_drafts_and_predictions_are_not_judgements(tmp_path: Path) -> None:
    path = write(
        tmp_path / "e.json",
        task(
            annotation(1, "advance", was_cancelled=True),
            drafts=[annotation(1, "airstrike")],
            predictions=[annotation(None, "airstrike")],
        ),
    )
    assert given(path) == {"a:0": []}


def test_the_latest_annotation_of_an_annotator_counts(tmp_path: Path) -> None:
    first = annotation(1, "advance", updated_at="2026-01-01T10:00:00Z")
    second = annotation(1, "airstrike", updated_at="2026-01-01T11:00:00Z")
    assert given(write(tmp_path / "e.json", task(second, first))) == {"a:0": [("airstrike",)]}
    # Without times, as pull writes them, the later in the file is the later one.
    assert given(write(tmp_path / "f.json", task(annotation(1, "advance"), annotation(1)))) == {"a:0": [()]}


def test_tasks_of_one_sentence_are_joined_unless_their_texts_differ(tmp_path: Path) -> None:
    path = write(tmp_path / "e.json", task(annotation(1, "advance")), task(annotation(2)))
    assert given(path) == {"a:0": [("advance",), ()]}
    with pytest.raises(AnnotationError, match="task 2: another task has the sentence_id 'a:0'"):
        read_export(write(tmp_path / "f.json", task(), task(text="They came.")))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "not JSON"),
        ('{"a": 1}', "not a list of tasks"),
        ('[{"image": "a.png"}]', "task 1: a task without 'data'"),
        ('[{"data": {"text": "x"}}]', "task 1: its data has no 'sentence_id'"),
        ("[3]", "task 1: a task without 'data'"),
    ],
)
def test_a_file_that_is_no_export_of_ours_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "e.json"
    path.write_text(content)
    with pytest.raises(AnnotationError) as caught:
        read_export(path)
    assert complaint in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "damaged",
    [
        {"annotations": [12]},
        {"annotations": {"id": 1}},
        {"annotations": [{"result": ["advance"]}]},
        {"annotations": [{"result": [{"type": "choices", "from_name": "events", "value": ["advance"]}]}]},
        {"data": {"sentence_id": "a:0", "sentence": "They fled.", "begin": "three"}},
    ],
)
def test_a_damaged_task_is_named(tmp_path: Path, damaged: dict[str, Any]) -> None:
    path = write(tmp_path / "e.json", task(), task(sentence_id="a:1") | damaged)
    with pytest.raises(AnnotationError, match="task 2"):
        read_export(path, read_label_config())


def test_an_export_made_by_another_config_is_refused(tmp_path: Path) -> None:
    config = read_label_config()
    other_label = write(tmp_path / "e.json", task(annotation(1, "flood")))
    with pytest.raises(AnnotationError, match="task 1: the label 'flood' is not among"):
        read_export(other_label, config)
    other_tag = annotation(1, "advance")
    other_tag["result"][0]["from_name"] = "topics"
    with pytest.raises(AnnotationError, match=r"by 'topics', while .* asks by 'events'"):
        read_export(write(tmp_path / "f.json", task(other_tag)), config)
    other_kind = annotation(1, "advance")
    other_kind["result"][0]["type"] = "labels"
    with pytest.raises(AnnotationError, match="made with another config"):
        read_export(write(tmp_path / "g.json", task(other_kind)), config)


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ([["airstrike", "advance"]], (("advance", "airstrike"), ())),
        ([["advance"], []], ((), ("advance",))),
        ([["advance"], ["advance"], []], (("advance",), ())),
        ([["advance"], ["airstrike"]], ((), ("advance", "airstrike"))),
        ([[]], ((), ())),
    ],
)
def test_majority_gives_what_more_than_half_gave_and_reports_ties(
    votes: list[list[str]], expected: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    judgements = [Judgement(str(number), frozenset(labels)) for number, labels in enumerate(votes)]
    assert majority(judgements, LABELS) == expected


def test_a_starred_annotation_settles_the_sentence() -> None:
    judgements = [Judgement("1", frozenset({"advance"})), Judgement("2", frozenset({"advance"}))]
    settled = Judgement("3", frozenset({"airstrike"}), ground_truth=True)
    assert majority([*judgements, settled], LABELS) == (("airstrike",), ())


def test_majority_refuses_a_label_it_was_not_told_of() -> None:
    with pytest.raises(AnnotationError, match="'flood'"):
        majority([Judgement("1", frozenset({"flood"}))], LABELS)
