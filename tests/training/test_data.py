"""Reading labelled sentences: what is accepted, what is refused and how it is said, and contexts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conflict_events.annotations.label_config import SHIPPED
from conflict_events.errors import DataError
from conflict_events.training.data import label_counts, own_annotations, read_examples

LABELS = ("advance", "airstrike")


def write_rows(path: Path, *rows: dict[str, Any] | str) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def row(id: str = "a:0", text: str = "Troops took the town.", labels: Any = ("advance",), **more: Any) -> Any:
    return {"id": id, "text": text, "labels": list(labels), **more}


def test_rows_become_examples_with_labels_in_config_order(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.jsonl",
        row(labels=["airstrike", "advance"], source="wire", license="CC0-1.0"),
        "",
        row("b"),
    )
    first, second = read_examples(path, LABELS)
    assert (first.labels, first.source, first.license, first.origin) == (LABELS, "wire", "CC0-1.0", "a.jsonl")
    assert (first.group, second.group) == ("a", "b")


def test_context_is_the_numbered_sentences_before_and_bridges_no_gap(tmp_path: Path) -> None:
    rows = [row(f"doc:{n}", f"Sentence {n}.") for n in (0, 1, 2, 3, 4, 6, 7)] + [row("other:8", "Elsewhere.")]
    found = {
        example.id: example.context
        for example in read_examples(write_rows(tmp_path / "a.jsonl", *rows), LABELS)
    }
    assert found["doc:0"] == ()
    assert found["doc:2"] == ("Sentence 0.", "Sentence 1.")
    assert found["doc:4"] == ("Sentence 1.", "Sentence 2.", "Sentence 3.")
    assert found["doc:6"] == ()
    assert found["doc:7"] == ("Sentence 6.",)
    assert found["other:8"] == ()


def test_alternatives_are_no_context_and_a_row_can_say_its_own(tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "a.jsonl",
        row("boundaries-001:0", "They took it."),
        row("boundaries-001:1", "They did not take it.", []),
        row("doc:0", "First."),
        row("doc:1", "Second.", before=""),
        row("doc:2", "Third.", before="Quite another. And one more."),
    )
    contexts = [example.context for example in read_examples(path, LABELS)]
    assert contexts == [(), (), (), (), ("Quite another.", "And one more.")]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"text": "x", "labels": []}, 'the key "id" is missing'),
        ({"id": "x", "text": "x", "label": []}, "did you mean 'label' to be it?"),
        (
            row(labels=["advances"]),
            "unknown label 'advances' (known: advance, airstrike); did you mean 'advance'?",
        ),
        ({"id": "x", "text": "x", "labels": "advance"}, '"labels" must be a list of strings'),
        ({"id": "x", "text": 3, "labels": []}, '"text" must be a string, found a number'),
        ({"id": "x", "text": "x", "labels": [], "group": None}, '"group" must be a string, found null'),
        (row(text="  "), '"text" is empty'),
        ('{"id": "x"', "not JSON"),
        ("[1]", "found a list"),
        (row("a:0", labels=[]), "id 'a:0' occurs before with other labels"),
        (row("a:0", "Other text."), "id 'a:0' occurs before with other text"),
    ],
)
def test_a_bad_row_is_named_with_file_and_line(tmp_path: Path, bad: Any, said: str) -> None:
    path = write_rows(tmp_path / "bad.jsonl", row("a:0"), "", bad)
    with pytest.raises(DataError) as caught:
        read_examples(path, LABELS)
    assert "bad.jsonl, line 3: " in str(caught.value)
    assert said in str(caught.value)


def test_bytes_that_are_not_utf8_are_an_error_with_a_line(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(b'{"id": "a", "text": "caf\xe9", "labels": []}\n')
    with pytest.raises(DataError, match=r"latin\.jsonl, line 1: not UTF-8"):
        read_examples(path, LABELS)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.jsonl", "\n", "nothing to train on"),
        ("empty.json", "[]", "nothing to train on"),
        ("table.csv", "id,text\n", "expected a Label Studio export"),
    ],
)
def test_files_that_hold_nothing_to_train_on(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_examples(tmp_path / name, LABELS)
    with pytest.raises(DataError, match="no such file"):
        read_examples(tmp_path / "missing.jsonl", LABELS)


def test_a_row_that_occurs_twice_counts_once(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.jsonl", row(), row("b"))
    assert [example.id for example in read_examples([path, path], LABELS)] == ["a:0", "b"]


def task(id: str, *answers: tuple[str, list[str]], before: str = "") -> dict[str, Any]:
    def annotation(email: str, choices: list[str]) -> dict[str, Any]:
        region = {
            "from_name": "events",
            "to_name": "sentence",
            "type": "choices",
            "value": {"choices": choices},
        }
        return {
            "completed_by": {"email": email},
            "result": [region] if choices else [],
            "was_cancelled": False,
        }

    data = {
        "sentence_id": id,
        "sentence": f"Text of {id}.",
        "article_id": "story",
        "source": "wire",
        "before": before,
    }
    return {"data": data, "annotations": [annotation(*answer) for answer in answers]}


def test_exports_count_majorities_report_ties_and_leave_out_what_nobody_judged(tmp_path: Path) -> None:
    tasks = [
        task("s:0", ("a", ["advance"]), ("b", ["advance", "airstrike"])),
        task("s:1", ("a", []), before="Before it. Just before it."),
        task("s:2"),
    ]
    path = tmp_path / "export.json"
    path.write_text(json.dumps(tasks), encoding="utf-8")
    first, second = read_examples(path, LABELS)
    assert (first.labels, first.tied, first.group) == (("advance",), ("airstrike",), "story")
    assert (second.labels, second.context) == ((), ("Before it.", "Just before it."))
    assert label_counts([first, second], LABELS) == {"advance": 1, "airstrike": 0, "none": 1}


def test_an_unknown_label_in_an_export_is_named_with_a_guess(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps([task("s:0", ("a", ["air strike"]))]), encoding="utf-8")
    with pytest.raises(
        DataError, match=r"export\.json, sentence 1 \(s:0\): unknown label 'air strike'.*'airstrike'"
    ):
        read_examples(path, LABELS)


@pytest.mark.integration
def test_the_projects_own_annotations_can_be_read() -> None:
    labels = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
    examples = read_examples(own_annotations(), labels)
    counts = label_counts(examples, labels)
    # Every file that holds sentences written for training, and the seeds.
    files = {path.name for path in SHIPPED.parent.glob("written*.jsonl")} | {"seeds.json"}
    assert {example.origin for example in examples} == files
    assert len(examples) >= 9000
    assert min(counts.values()) > 400


def test_a_dataset_goes_there_and_back(tmp_path: Path) -> None:
    from conflict_events.training.dataset import from_dataset, to_dataset

    path = write_rows(
        tmp_path / "a.jsonl",
        row("d:0", license="CC0-1.0"),
        row("d:1", labels=LABELS, source="wire"),
        row("e", labels=[]),
    )
    examples = read_examples(path, LABELS)
    dataset = to_dataset(examples, LABELS)
    assert dataset.features["labels"].feature.names == list(LABELS)
    assert from_dataset(dataset, LABELS, name="a.jsonl") == examples


def test_a_dataset_of_names_and_one_without_text() -> None:
    from datasets import Dataset

    from conflict_events.training.dataset import from_dataset

    named = Dataset.from_dict({"id": ["x"], "text": ["Jets bombed."], "labels": [["airstrike"]]})
    assert from_dataset(named, LABELS)[0].labels == ("airstrike",)
    with pytest.raises(DataError, match=r"dataset, row 1: unknown label 'airstrike'"):
        from_dataset(named, ["advance"])
    with pytest.raises(DataError, match=r'dataset, row 1: the key "text" is missing'):
        from_dataset(named.remove_columns("text"), LABELS)
