"""`conflict-events evaluate`: what it measures, what it refuses, what it shows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from .conftest import Evaluate


@pytest.mark.integration
def test_the_command_measures_on_stand_off_labels_joined_with_downloads(
    evaluate: Evaluate, downloads: Path, labelled_rows: Path, tmp_path: Path
) -> None:
    from conflict_events.annotations.standoff import standoff_of

    labels = tmp_path / "lee.standoff.tsv"
    labels.write_text(standoff_of(labelled_rows / "lee.jsonl", downloads), encoding="utf-8")
    code, _, _ = evaluate("shipped", labels, "--no-text", "--corpora", downloads)
    assert code == 0
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert result["sentences"] == 50
    # Each of ten articles has a strike with its dead, told in plain words.
    assert result["systems"][0]["overall"]["airstrike"]["support"]["value"] == 10
    assert result["systems"][0]["overall"]["airstrike"]["recall"]["value"] > 0.8
    code, _, error = evaluate("shipped", labels, "--no-text")
    assert code == 2
    assert "--corpora" in error


@pytest.mark.parametrize(
    ("arguments", "refused"),
    [
        (["shipped", "--setting", "epochs=2"], "--setting is of use to recipe only"),
        (["tfidf", "--train", "x.jsonl", "--setting", "epochs=2"], "--setting is of use to recipe only"),
        (["shipped", "--base", "x"], "--base is of use to recipe, frozen, contrastive, trainer only"),
        (["tfidf", "--train", "x.jsonl", "--base", "x"], "--base is of use to recipe, frozen"),
        (["shipped", "--train", "x.jsonl"], "--train is of use to recipe, tfidf"),
        (["keyword", "--train", "x.jsonl", "--compare", "shipped"], "--train is of use to recipe, tfidf"),
    ],
)
def test_an_option_that_nothing_looks_at_is_refused(
    evaluate: Evaluate, tmp_path: Path, arguments: list[str], refused: str
) -> None:
    model, *options = arguments
    code, _, error = evaluate(model, tmp_path / "missing.jsonl", *options)
    assert code == 2
    assert refused in error


def test_rules_for_other_labels_are_refused_before_anything_is_trained(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    config = Path(__file__).resolve().parents[2] / "annotations" / "foreign_config.xml"
    data = tmp_path / "rows.jsonl"
    rows = [{"id": f"d{n}:0", "text": f"Crowds marched in {n}.", "labels": ["protest"]} for n in range(9)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = ["--hold-out", "fold", "--baselines", "tfidf,keyword", "--labels-config", config]
    code, _, error = evaluate("recipe", data, *options)
    assert code == 2
    assert "to learn from" not in error
    assert "there are no keyword rules for" in error


@pytest.mark.integration
def test_the_recipe_is_the_one_that_train_takes(evaluate: Evaluate, tiny_base: Path, tmp_path: Path) -> None:
    rows = [
        {"id": f"d{n}:0", "text": f"{what} the town of place {n}.", "labels": labels}
        for n in range(24)
        for what, labels in [(("Troops took", ["advance"]), ("Rain fell on", []))[n % 2]]
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    options = ["--hold-out", "group", "--only", "d1", "--base", tiny_base]
    code, _, error = evaluate("recipe", data, *options)
    assert code == 0
    assert "epoch 1/" not in error
    told = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))["systems"][0]
    assert told["description"].endswith("recipe for few sentences")
    code, _, error = evaluate("recipe", data, *options, "--setting", "epochs=1")
    assert code == 0
    assert "epoch 1/1" in error


@pytest.mark.parametrize(
    "arguments",
    [
        ["recipe", "--train", "x.jsonl", "--setting", "epochs=2", "--base", "x"],
        ["keyword", "--compare", "recipe", "--train", "x.jsonl", "--setting", "epochs=2"],
        ["keyword", "--baselines", "frozen", "--train", "x.jsonl", "--base", "x"],
        ["tfidf", "--train", "x.jsonl"],
    ],
)
def test_an_option_that_one_of_several_looks_at_is_taken(
    evaluate: Evaluate, tmp_path: Path, arguments: list[str]
) -> None:
    model, *options = arguments
    code, _, error = evaluate(model, tmp_path / "missing.jsonl", *options)
    assert code == 2
    assert "missing.jsonl: no such file" in error


@pytest.mark.integration
@pytest.mark.parametrize("view", ["source", "group"])
def test_names_in_labelled_rows_steer_no_terminal(evaluate: Evaluate, tmp_path: Path, view: str) -> None:
    rows = [
        {"id": f"d{n}:0", "text": f"Warplanes bombed depot {n}.", "labels": ["airstrike"], view: name}
        for n, name in enumerate(["plain", "\x1b]0;owned\x07"])
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    code, out, error = evaluate("keyword", data, "--hold-out", view)
    assert code == 0
    assert "owned\N{REPLACEMENT CHARACTER}, 1 to learn from" in error
    assert not {"\x1b", "\x07"} & set(out + error)


@pytest.mark.integration
def test_without_context_nobody_knows_who_speaks(evaluate: Evaluate, tmp_path: Path) -> None:
    """A quotation is a statement by who speaks, which here the sentence before tells alone."""
    rows = [
        {"id": f"d{n}:{k}", "text": text, "labels": labels}
        for n, speaker in enumerate(("Norway's foreign minister", "Turkey's prime minister", "The UN envoy"))
        for k, (text, labels) in enumerate(
            (
                (f"{speaker} spoke to reporters on the steps of the Palais.", []),
                ('"What we saw this week was contempt for every promise made."', ["diplomatic_statement"]),
                (
                    '"These attacks must stop, and we will hold those behind them to it."',
                    ["diplomatic_statement"],
                ),
            )
        )
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    def mean_score(*options: str) -> float:
        assert evaluate("shipped", data, *options)[0] == 0
        with np.load(tmp_path / "out" / "scores.npz") as arrays:
            told = [name for name in arrays if name.startswith("scores/")]
            return float(arrays[told[0]][[1, 2, 4, 5, 7, 8], -1].mean())

    with_context = mean_score()
    assert with_context > mean_score("--no-context", "--behaviour") + 0.1
    alone = (tmp_path / "out").rename(tmp_path / "alone")
    mean_score("--behaviour", "--compare", str(alone))
    found = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert found["comparisons"][0]["behaviour"]["value"] < 0  # it is one suite, and less of it fails
