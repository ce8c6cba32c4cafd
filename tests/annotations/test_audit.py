"""Finding label errors that were put in on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from conflict_events.annotations.audit import Doubt, Suspect, find_suspects, suspect_task
from conflict_events.annotations.export import AnnotatedSentence, Judgement
from conflict_events.annotations.standoff import standoff_of
from conflict_events.errors import DataError
from conflict_events.training.data import Example

LABELS = ("advance", "airstrike", "never")


def corpus() -> tuple[list[list[str]], np.ndarray]:
    """200 sentences with right labels, and scores of a good but not perfect model."""
    random = np.random.default_rng(5)
    truth = random.random((200, 3)) < [0.4, 0.2, 0.0]
    noise = random.uniform(0.02, 0.2, truth.shape)
    given = [[label for label, has in zip(LABELS, row, strict=True) if has] for row in truth]
    return given, np.where(truth, 1 - noise, noise).astype(np.float32)


@pytest.mark.integration
def test_labels_that_were_swapped_are_found_and_right_ones_left_alone() -> None:
    given, scores = corpus()
    wrong = {index: ("advance", "airstrike")[index % 2] for index in range(3, 200, 9)}
    for index, label in wrong.items():
        given[index] = sorted(set(given[index]) ^ {label})
    suspects = find_suspects(given, scores, LABELS)
    found = {suspect.index: suspect.doubts[0].label for suspect in suspects}
    assert found.items() <= wrong.items()
    # Confident learning asks for more than average certainty, which about half of the errors have here.
    assert len(found) >= 0.4 * len(wrong)
    confidences = [suspect.doubts[0].confidence for suspect in suspects]
    assert confidences == sorted(confidences)


def test_right_labels_and_labels_nobody_has_raise_no_doubt() -> None:
    given, scores = corpus()
    assert find_suspects(given, scores, LABELS) == []


def test_scores_of_another_shape_are_refused() -> None:
    given, scores = corpus()
    with pytest.raises(DataError, match="200 sentences, 3 labels, but scores of shape"):
        find_suspects(given, scores[:, :2], LABELS)


def test_the_task_for_a_second_look_says_what_is_in_doubt() -> None:
    example = Example(
        "d:4", "They took the town.", ("airstrike",), "d", source="Wire", context=("It rained.",)
    )
    suspect = Suspect(0, (Doubt("advance", False, 0.97), Doubt("airstrike", True, 0.125)))
    data = suspect_task(suspect, example)["data"]
    assert data["sentence_id"] == "d:4"
    assert data["annotated"] == "airstrike"
    assert data["doubt"] == (
        "advance was not given, the model gives it 0.970; airstrike was given, the model gives it 0.125"
    )
    assert (data["before"], data["article_id"], data["origin"]) == ("It rained.", "d", "Wire")
    assert "begin" not in data  # a row does not know where its sentence stood


def test_a_sentence_of_an_export_keeps_its_place_and_title() -> None:
    said = (Judgement("1", frozenset({"airstrike"})),)
    exported = AnnotatedSentence(
        "d:4", "They took the town.", "d", "Town taken", "", "", 40, 59, "It rained.", "They left.", said
    )
    example = Example("d:4", exported.text, ("airstrike",), "d")
    data = suspect_task(Suspect(0, (Doubt("advance", False, 0.97),)), example, exported)["data"]
    assert (data["begin"], data["end"]) == (40, 59)
    assert (data["title"], data["after"]) == ("Town taken", "They left.")
    assert data["annotated"] == "airstrike"


@pytest.mark.integration
def test_the_command_trains_by_group_and_writes_tasks(
    conflict_events: Callable[..., tuple[int, str, str]], tiny_base: Path, tmp_path: Path
) -> None:
    texts = {
        "advance": "The army entered the town of {n} on day {k}.",
        "airstrike": "Warplanes bombed the depot in {n} on day {k}.",
    }
    rows = [
        {"id": f"{label}{n}:{k}", "text": text.format(n=n * 31, k=k * 7), "labels": [label], "group": f"g{n}"}
        for n in range(20)
        for k, (label, text) in enumerate(texts.items())
    ]
    data, output = tmp_path / "rows.jsonl", tmp_path / "suspects.json"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    work = tmp_path / "work"
    options = ("--folds", 2, "--epochs", 1, "--base", tiny_base, "--work", work)
    code, out, _ = conflict_events("annotate", "audit", data, "-o", output, *options)
    assert code == 0
    assert "of 40 sentences have a label in doubt" in out
    assert sorted(folder.name for folder in work.iterdir()) == ["fold-1-of-2", "fold-2-of-2"]
    for task in json.loads(output.read_text()):
        assert task["data"]["doubt"]

    # Corrected labels are another kind of run; with --overwrite the models are trained anew.
    rows[0]["labels"] = []
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    code, _, error = conflict_events("annotate", "audit", data, "-o", output, *options)
    assert code == 2
    assert "fold-1-of-2 holds a run of another kind" in error
    assert "--overwrite" in error
    before = (work / "fold-1-of-2" / "data.json").read_bytes()
    code, out, _ = conflict_events("annotate", "audit", data, "-o", output, *options, "--overwrite")
    assert code == 0
    assert "of 40 sentences have a label in doubt" in out
    assert (work / "fold-1-of-2" / "data.json").read_bytes() != before


@pytest.mark.integration
def test_the_command_reads_stand_off_labels_with_their_text(
    conflict_events: Callable[..., tuple[int, str, str]],
    tiny_base: Path,
    tmp_path: Path,
    downloads: Path,
    labelled_rows: Path,
) -> None:
    labels, output = tmp_path / "lee.standoff.tsv", tmp_path / "suspects.json"
    labels.write_text(standoff_of(labelled_rows / "lee.jsonl", downloads), encoding="utf-8")
    options = ("-o", output, "--folds", 2, "--epochs", 1, "--base", tiny_base, "--work", tmp_path / "work")
    code, _, error = conflict_events("annotate", "audit", labels, *options)
    assert code == 2
    assert "--corpora" in error
    code, out, _ = conflict_events("annotate", "audit", labels, *options, "--corpora", downloads)
    assert code == 0
    assert "of 50 sentences have a label in doubt" in out
