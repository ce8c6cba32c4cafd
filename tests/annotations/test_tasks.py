"""Tasks: what a sentence's task says, and what a model's prediction says."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from conflict_events.annotations.gather import gather_tasks
from conflict_events.annotations.label_config import parse_label_config
from conflict_events.annotations.tasks import (
    certainty,
    is_task_file,
    prediction,
    read_data,
    read_tasks,
    write_tasks,
)
from conflict_events.errors import AnnotationError

CONFIG = parse_label_config(
    '<View><Text name="t" value="$sentence"/><Choices name="c" toName="t" choice="multiple">'
    '<Choice value="flood"/><Choice value="fire"/></Choices></View>',
    "own.xml",
)
TEXT = "The river rose. The dam broke. People fled. Help came. It was late. All was lost."


def write_article(folder: Path, name: str = "a.jsonl", **fields: str) -> Path:
    path = folder / name
    article = {"id": "a", "text": TEXT, "title": "Flood", "source": "Wire", "date": "2020-01-02"}
    path.write_text(json.dumps(article | fields), encoding="utf-8")
    return path


def test_a_task_holds_the_sentence_its_place_its_article_and_its_neighbours(tmp_path: Path) -> None:
    tasks = [task["data"] for task in gather_tasks([str(write_article(tmp_path))])]
    assert [task["sentence_id"] for task in tasks] == [f"a:{number}" for number in range(6)]
    assert tasks[4] == {
        "sentence_id": "a:4",
        "sentence": "It was late.",
        "article_id": "a",
        "title": "Flood",
        "source": "Wire",
        "date": "2020-01-02",
        "origin": "Wire, 2020-01-02",
        "begin": TEXT.index("It was"),
        "end": TEXT.index("It was") + len("It was late."),
        "before": "The dam broke. People fled. Help came.",
        "after": "All was lost.",
    }
    assert (tasks[0]["before"], tasks[0]["after"]) == ("", "The dam broke. People fled.")


def test_the_same_article_twice_makes_its_tasks_once(tmp_path: Path) -> None:
    paths = [str(write_article(tmp_path)), str(write_article(tmp_path, "b.jsonl"))]
    assert len(gather_tasks(paths)) == 6


def test_two_articles_of_one_id_are_an_error(tmp_path: Path) -> None:
    paths = [str(write_article(tmp_path)), str(write_article(tmp_path, "b.jsonl", text="Other. Text."))]
    with pytest.raises(AnnotationError, match="two articles have the id 'a'"):
        gather_tasks(paths)


def test_a_prediction_names_labels_in_config_order_and_its_least_certainty() -> None:
    said = prediction({"fire": 0.9, "flood": 0.5}, {"fire": 0.5, "flood": 0.5}, "abc", CONFIG)
    assert said["result"] == [
        {
            "from_name": "c",
            "to_name": "t",
            "type": "choices",
            "value": {"choices": ["flood", "fire"]},
            "score": 0.5,
        }
    ]
    assert (said["model_version"], said["score"]) == ("abc", 0.0)


def test_no_label_is_an_empty_result_not_a_missing_one() -> None:
    said = prediction({"fire": 0.1, "flood": 0.2}, {"fire": 0.5, "flood": 0.5}, "abc", CONFIG)
    assert said["result"] == []
    assert said["score"] == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("score", "threshold", "expected"),
    [(0.5, 0.5, 0), (1, 0.5, 1), (0, 0.5, 1), (0.65, 0.3, 0.5), (0.15, 0.3, 0.5), (1, 1, 0), (0, 1, 1)],
)
def test_certainty_is_0_at_the_threshold_and_1_at_both_ends(
    score: float, threshold: float, expected: float
) -> None:
    assert certainty(score, threshold) == pytest.approx(expected)


def test_written_tasks_are_read_again_and_told_from_articles(tmp_path: Path) -> None:
    tasks = gather_tasks([str(write_article(tmp_path))])
    path = tmp_path / "tasks.json"
    write_tasks(path, tasks)
    assert list(read_tasks(path)) == tasks
    assert gather_tasks([str(path)]) == tasks
    assert is_task_file(path)
    assert not is_task_file(tmp_path / "a.jsonl")
    assert len(path.read_text().splitlines()) == len(tasks) + 2


@pytest.mark.parametrize(
    ("content", "complaint"),
    [('{"data"', "not JSON"), ("{}", "not a list of tasks"), ("[]", "no sentence to annotate")],
)
def test_a_file_of_tasks_that_is_none_is_named(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "tasks.json"
    path.write_text(content)
    with pytest.raises(AnnotationError, match=rf"tasks\.json.*{complaint}"):
        gather_tasks([str(path)])


def test_no_sentence_at_all_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "empty.json"
    path.write_text('[{"data": {"text": "x"}}]')
    with pytest.raises(AnnotationError, match="task 1: its data has no 'sentence_id'"):
        gather_tasks([str(path)])


def test_a_link_still_leads_to_the_file_that_was_written(tmp_path: Path) -> None:
    kept, link = tmp_path / "kept.json", tmp_path / "annotations.json"
    kept.write_text("[]\n")
    link.symlink_to(kept)
    tasks = gather_tasks([str(write_article(tmp_path))])
    write_tasks(link, tasks)
    assert link.is_symlink()
    assert list(read_tasks(kept)) == tasks


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_written_into_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    write_tasks(pipe, [])
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    reader.join(timeout=30)
    assert read == ["[]\n"]


def test_half_a_character_is_refused_with_its_task_and_leaves_the_earlier_file(tmp_path: Path) -> None:
    path = tmp_path / "tasks.json"
    path.write_text("[]\n")
    with pytest.raises(AnnotationError, match=r"tasks\.json: task 2 holds half of a character"):
        write_tasks(path, [{"data": {}}, {"data": {"title": "\udce9"}}])
    assert path.read_text() == "[]\n"
    assert [found.name for found in tmp_path.iterdir()] == ["tasks.json"]


@pytest.mark.skipif(os.name != "posix", reason="file names are Unicode on this system")
def test_articles_in_files_whose_names_are_not_utf8_have_ids_of_their_own(tmp_path: Path) -> None:
    for letter in (b"\xe8", b"\xe9"):
        (tmp_path / os.fsdecode(b"caf" + letter + b".txt")).write_text(TEXT)
    tasks = gather_tasks([str(tmp_path)])
    path = tmp_path / "tasks.json"
    write_tasks(path, tasks)
    assert list(read_tasks(path)) == tasks
    assert len({task["data"]["sentence_id"] for task in tasks}) == 12
    assert {task["data"]["article_id"] for task in tasks} == {"caf\\udce8", "caf\\udce9"}


@pytest.mark.parametrize(
    "version", [{}, {"model_version": None}, {"model_version": 3}, {"model_version": " , "}]
)
def test_a_prediction_without_a_version_is_refused_with_its_task(
    tmp_path: Path, version: dict[str, object]
) -> None:
    path = tmp_path / "tasks.json"
    tasks = gather_tasks([str(write_article(tmp_path))])
    tasks[2]["predictions"] = [{"model_version": "abc", "result": []}, {"result": [], **version}]
    write_tasks(path, tasks)
    with pytest.raises(AnnotationError, match=r"tasks\.json, task 3: a prediction has no 'model_version'"):
        gather_tasks([str(path)])
    # Who only wants to know which sentences there are is not bothered.
    assert list(read_data(path)) == [task["data"] for task in tasks]
