"""From articles through a real Label Studio server to a model and back, by the commands a user runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conflict_events.annotations.export import read_export
from conflict_events.annotations.label_config import read_label_config
from conflict_events.tagger import EventTagger

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("environment")]

Run = Callable[..., tuple[int, str, str]]
MakeModel = Callable[..., Path]

TEXTS = {
    "advance": "The army entered the town of {n}. Troops captured the hills near {n}.",
    "airstrike": "Warplanes bombed a depot in {n}. An air raid hit the road to {n}.",
    "casualty_report": "At least {n} people were killed. Some {n} others were wounded.",
    "diplomatic_statement": "The minister condemned attack {n}. The envoy urged round {n} of talks.",
    "": "The market of {n} opened at nine. Rain fell on village {n}.",
}


def write_articles(folder: Path, count: int = 6) -> Path:
    """Articles of two sentences each; their ids begin with the label of both sentences."""
    path = folder / "articles.jsonl"
    articles = [
        {"id": f"{label or 'none'}-{n}", "text": text.format(n=n * 7 + 2), "title": f"Story {n}"}
        for label, text in TEXTS.items()
        for n in range(count)
    ]
    path.write_text("".join(json.dumps(article) + "\n" for article in articles), encoding="utf-8")
    return path


def label_of(task: dict[str, dict[str, str]]) -> list[str]:
    label = task["data"]["article_id"].partition("-")[0]
    return [] if label == "none" else [label]


def test_push_annotate_pull_train_tag(
    conflict_events: Run,
    annotator: Any,
    title: str,
    tmp_path: Path,
    make_model: MakeModel,
    tiny_base: Path,
) -> None:
    articles, project = write_articles(tmp_path), ("--project", title)
    code, out, error = conflict_events("annotate", "push", articles, *project)
    assert (code, error) == (0, "")
    assert "60 sentences added, 0 were there before" in out

    code, out, _ = conflict_events("annotate", "push", articles, *project)
    assert code == 0
    assert "nothing to do, all 60 sentences are there already" in out

    tasks = annotator.tasks(title)
    assert len(tasks) == 60
    for task in tasks[:-2]:
        annotator.annotate(task, *label_of(task))
    annotator.annotate(tasks[-2], "advance", was_cancelled=True)  # skipped
    # The last task is not annotated at all.

    export = tmp_path / "export.json"
    code, out, _ = conflict_events("annotate", "pull", export, *project)
    assert code == 0
    assert "60 sentences, 58 annotated (58 annotations)" in out
    first = export.read_bytes()
    conflict_events("annotate", "pull", export, *project)
    assert export.read_bytes() == first

    judged = {one.id: one.judgements for one in read_export(export, read_label_config())}
    assert len(judged) == 60
    assert [len(judged[task["data"]["sentence_id"]]) for task in tasks[-3:]] == [1, 0, 0]
    assert {frozenset(label_of(task)) for task in tasks} == {
        one.labels for said in judged.values() for one in said
    }

    model = make_model(export, read_label_config().labels, base=tiny_base)
    tagger = EventTagger.from_pretrained(model)
    assert tagger.labels == read_label_config().labels
    code, out, _ = conflict_events("tag", articles, "--model", model, "--format", "jsonl", "--all-sentences")
    assert code == 0
    assert len(out.splitlines()) == 30

    code, out, _ = conflict_events(
        "annotate", "push", articles, *project, "--predict", "--model", model, "--uncertain-first"
    )
    assert code == 0
    assert "0 sentences added with suggestions, 60 were there before (60 of these got suggestions)" in out
    predictions = [prediction for task in annotator.tasks(title) for prediction in task["predictions"]]
    assert {prediction["model_version"] for prediction in predictions} == {tagger.version}
    assert all(0 <= prediction["score"] <= 1 for prediction in predictions)
    assert (
        "nothing to do"
        in conflict_events("annotate", "push", articles, *project, "--predict", "--model", model)[1]
    )

    picked = tmp_path / "picked.json"
    code, out, _ = conflict_events("annotate", "suggest", articles, "-o", picked, "--n", 10, "--model", model)
    assert code == 0
    assert len(json.loads(picked.read_text())) == 10
    code, out, _ = conflict_events("annotate", "push", picked, "--project", f"{title} picked")
    assert "10 sentences added" in out
    again = tmp_path / "again.json"
    conflict_events(
        "annotate", "suggest", articles, "-o", again, "--n", 60, "--model", model, "--known", picked
    )
    ids = [{task["data"]["sentence_id"] for task in json.loads(path.read_text())} for path in (picked, again)]
    assert ids[1]
    assert not ids[0] & ids[1]


def test_a_label_set_of_ones_own_needs_only_its_config(
    conflict_events: Run,
    annotator: Any,
    title: str,
    tmp_path: Path,
    make_model: MakeModel,
    tiny_base: Path,
) -> None:
    config = tmp_path / "weather.xml"
    config.write_text(
        '<View><Text name="text" value="$sentence"/>'
        '<Choices name="weather" toName="text" choice="multiple">'
        '<Choice value="rain" hotkey="r"/><Choice value="heat wave" hotkey="h"/></Choices></View>'
    )
    articles = tmp_path / "weather.jsonl"
    texts = ["Rain fell on field {n}. It was dry in {n}.", "Heat closed road {n}. Trains ran to {n}."]
    rows = [{"id": f"w{k}-{n}", "text": texts[k].format(n=n + 3)} for k in (0, 1) for n in range(12)]
    articles.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ("--project", title, "--config", config)
    assert "48 sentences added" in conflict_events("annotate", "push", articles, *options)[1]
    for task in annotator.tasks(title):
        labels = [
            label
            for word, label in (("Rain", "rain"), ("Heat", "heat wave"))
            if word in task["data"]["sentence"]
        ]
        annotator.annotate(task, *labels, tag="weather", to="text")
    export = tmp_path / "weather.json"
    assert "48 annotated" in conflict_events("annotate", "pull", export, *options)[1]

    model = make_model(export, ("rain", "heat wave"), base=tiny_base)
    code, out, _ = conflict_events("tag", articles, "--model", model, "--format", "jsonl", "--all-sentences")
    assert code == 0
    scores = json.loads(out.splitlines()[0])["sentences"][0]["scores"]
    assert list(scores) == ["rain", "heat wave"]

    # The export of the other config is refused by name, and so is the model, and so is the project.
    code, _, error = conflict_events("annotate", "agree", export)
    assert code == 2
    assert "made with another config" in error
    code, _, error = conflict_events("annotate", "push", articles, "--project", title)
    assert code == 2
    assert "lacks the labels advance, airstrike, casualty_report, diplomatic_statement" in error
    code, _, error = conflict_events(
        "annotate", "suggest", articles, "-o", tmp_path / "x.json", "--model", model
    )
    assert code == 2
    assert "the model has the labels rain, heat wave" in error


def test_two_annotators_are_kept_apart_and_compared(
    conflict_events: Run, annotator: Any, second_annotator: Any, title: str, tmp_path: Path
) -> None:
    articles = write_articles(tmp_path, count=2)
    conflict_events("annotate", "push", articles, "--project", title, "--annotators", 2)
    tasks = annotator.tasks(title)
    for number, task in enumerate(tasks):
        annotator.annotate(task, *label_of(task))
        second_annotator.annotate(task, *(["airstrike"] if number == 0 else label_of(task)))
    export, disputed = tmp_path / "export.json", tmp_path / "disputed.json"
    out = conflict_events("annotate", "pull", export, "--project", title)[1]
    assert "20 annotated (40 annotations); on 1 the votes for some label are tied" in out

    code, out, _ = conflict_events("annotate", "agree", export, "-o", disputed)
    assert code == 0
    assert "identical labels on 19 (95.0%)" in out
    assert "advance-0:0  The army entered the town of 2." in out
    [task] = json.loads(disputed.read_text())
    assert task["data"]["sentence_id"] == "advance-0:0"
    assert "annotations" not in task

    annotator.annotate(tasks[0], "advance", ground_truth=True)
    assert "tied" not in conflict_events("annotate", "pull", export, "--project", title)[1]
