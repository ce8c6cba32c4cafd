"""Whole runs: numbers that come again, resuming after a kill, refusals, and the folder that is written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conflict_events.errors import DataError
from conflict_events.training.data import Example, read_examples
from conflict_events.training.run import train
from conflict_events.training.settings import Settings

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
Rows = Callable[[int], Path]

pytestmark = pytest.mark.integration

# What the resumed and the uninterrupted process both do: three epochs, a checkpoint after every third step.
RUN = """
import sys
from conflict_events.training.data import read_examples
from conflict_events.training.settings import Settings
from conflict_events.training.run import train
labels = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
data, base, output = sys.argv[1:]
settings = Settings(epochs=3, batch_size=4, learning_rate=1e-3, context_sentences=2, averaging=0.9)
examples = read_examples(data, labels)
train(examples, labels=labels, base=base, settings=settings, output=output, checkpoint_steps=3)
"""


def run_tiny(data: Path, base: Path, output: Path, said: list[str] | None = None, **more: Any) -> Path:
    settings = more.pop("settings", Settings(epochs=2, batch_size=16, learning_rate=1e-3))
    lines: list[str] = [] if said is None else said
    examples = read_examples(data, LABELS)
    return train(
        examples, labels=LABELS, base=base, output=output, settings=settings, say=lines.append, **more
    )


def figures_of(run: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def test_the_same_run_twice_gives_the_same_weights_and_another_seed_others(
    tmp_path: Path, tiny_base: Path, written_rows: Rows
) -> None:
    data = written_rows(12)
    first, second = (run_tiny(data, tiny_base, tmp_path / name) for name in ("one", "two"))
    assert (first / "model.safetensors").read_bytes() == (second / "model.safetensors").read_bytes()
    assert (first / "config.json").read_bytes() == (second / "config.json").read_bytes()
    assert figures_of(tmp_path / "one") == figures_of(tmp_path / "two")
    settings = Settings(epochs=2, batch_size=16, learning_rate=1e-3, seed=2)
    third = run_tiny(data, tiny_base, tmp_path / "three", settings=settings)
    assert (first / "model.safetensors").read_bytes() != (third / "model.safetensors").read_bytes()


def test_a_run_killed_and_started_again_ends_with_the_same_numbers(
    tmp_path: Path, tiny_base: Path, written_rows: Rows
) -> None:
    data = written_rows(30)

    def start(output: Path) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", RUN, str(data), str(tiny_base), str(output)]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert start(whole).wait(timeout=120) == 0
    process = start(killed)
    # Killed in the midst of the second epoch, wherever it then is.
    while not (killed / "metrics.jsonl").exists():
        assert process.poll() is None
        time.sleep(0.002)
    written_at = (killed / "checkpoint.pt").stat().st_mtime_ns
    while (killed / "checkpoint.pt").stat().st_mtime_ns == written_at:
        time.sleep(0.002)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not (killed / "model").exists()

    again = start(killed)
    _, said = again.communicate(timeout=120)
    assert again.returncode == 0
    assert "going on from epoch" in said
    assert figures_of(killed) == figures_of(whole)
    for name in ("model.safetensors", "config.json"):
        assert (killed / "model" / name).read_bytes() == (whole / "model" / name).read_bytes()


def test_a_finished_run_says_so_another_is_refused_and_overwrite_starts_over(
    tmp_path: Path, tiny_base: Path, written_rows: Rows
) -> None:
    data, output = written_rows(40), tmp_path / "run"
    settings = Settings(epochs=1, batch_size=16)
    weights = run_tiny(data, tiny_base, output, settings=settings) / "model.safetensors"
    before = weights.stat().st_mtime_ns

    said: list[str] = []
    run_tiny(data, tiny_base, output, said, settings=settings)
    assert any("this run is finished" in line for line in said)
    assert weights.stat().st_mtime_ns == before

    other = Settings(epochs=1, batch_size=16, learning_rate=5e-4)
    with pytest.raises(DataError, match=r"learning_rate was 0\.0001 and is 0\.0005 now.*--overwrite"):
        run_tiny(data, tiny_base, output, settings=other)
    with pytest.raises(DataError, match=r"the train part had \d+ examples and has \d+ now"):
        run_tiny(written_rows(30), tiny_base, output, settings=settings)
    (output / "notes.txt").write_text("precious")
    run_tiny(data, tiny_base, output, settings=other, overwrite=True)
    assert (output / "notes.txt").read_text() == "precious"
    assert json.loads((output / "settings.json").read_text())["learning_rate"] == 5e-4

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("precious")
    with pytest.raises(DataError, match="holds no run"):
        run_tiny(data, tiny_base, tmp_path / "mine", settings=settings, overwrite=True)
    assert (tmp_path / "mine" / "notes.txt").exists()


def test_the_run_folder_tells_the_whole_story(tmp_path: Path, tiny_base: Path, written_rows: Rows) -> None:
    data, output = written_rows(20), tmp_path / "run"
    examples = read_examples(data, LABELS)
    tested = [example for example in examples if example.source == "written: world"]
    rest = [example for example in examples if example.source != "written: world"]
    model = train(
        rest,
        labels=LABELS,
        base=tiny_base,
        output=output,
        settings=Settings(epochs=1),
        test=tested,
        files=[data],
        note="Machine-annotated by the codebook.",
        say=lambda line: None,
    )
    assert sorted(path.name for path in output.iterdir()) == [
        "README.md",
        "curves.png",
        "data.json",
        "metrics.jsonl",
        "model",
        "result.json",
        "settings.json",
    ]
    described = json.loads((output / "data.json").read_text())
    parts = described["parts"]
    assert sum(part["examples"] for part in parts.values()) == len(examples)
    assert parts["test"]["examples"] == len(tested)
    assert described["files"][0]["name"] == "data.jsonl"
    card = (model / "README.md").read_text()
    for needed in ("CC0-1.0", "Machine-annotated by the codebook.", "| micro |", "written: wires"):
        assert needed in card
    result = json.loads((output / "result.json").read_text())
    low, high = result["test"]["intervals"]["micro_f1"]
    assert low <= result["test"]["micro_f1"] <= high
    assert (output / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_plain_transformers_gives_calibrated_scores_equal_to_the_taggers(
    tmp_path: Path, tiny_base: Path, written_rows: Rows, written: list[Example]
) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    from conflict_events import EventTagger

    folder = run_tiny(written_rows(12), tiny_base, tmp_path / "run")
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert model.dtype == torch.float32
    texts = [example.text for example in written[::50]]
    with torch.inference_mode():
        logits = model(**tokenizer(texts, padding=True, return_tensors="pt")).logits
    plain = torch.sigmoid(logits).numpy()
    tagger = EventTagger.from_pretrained(folder, device="cpu", runtime="torch", precision="fp32")
    np.testing.assert_allclose(tagger.score(texts), plain, atol=2e-5)
    piped = pipeline("text-classification", str(folder), top_k=None)(texts[:3])
    for row, scores in zip(piped, plain, strict=False):
        assert {entry["label"]: pytest.approx(entry["score"], abs=2e-5) for entry in row} == dict(
            zip(LABELS, scores.tolist(), strict=True)
        )


@pytest.mark.parametrize("context_for", ["all", "quotations"])
def test_tagging_encodes_sentences_and_contexts_as_training_did(
    tmp_path: Path, tiny_base: Path, written_rows: Rows, written: list[Example], context_for: str
) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    from conflict_events import EventTagger
    from conflict_events.training.encoding import contexts_of, encode
    from conflict_events.training.loop import score_logits
    from conflict_events.training.metrics import sigmoid

    settings = Settings(
        epochs=1,
        learning_rate=1e-3,
        context_sentences=3,
        context_for=context_for,
        context_dropout=0.2,
        max_length=48,
        r_drop=0.5,
        focal=1.0,
        rare_weight=0.5,
    )
    folder = run_tiny(written_rows(30), tiny_base, tmp_path / "run", settings=settings)
    some = written[1200:2000:8]
    texts, contexts = [example.text for example in some], contexts_of(some, 3, context_for)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    encoded = encode(tokenizer, texts, contexts, 48)
    cut = sum(len(row["input_ids"]) == 48 for row in encoded)
    assert cut > 20 if context_for == "all" else 0 < cut < 20  # many contexts are long; quotations are few
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    trained = sigmoid(score_logits(model, encoded, tokenizer.pad_token_id, "cpu"))
    tagger = EventTagger.from_pretrained(folder, device="cpu", runtime="torch", precision="fp32")
    whole = [len(tokenizer(text)["input_ids"]) <= 48 for text in texts]  # longer ones are tagged in windows
    contexts = contexts_of(some, 3)
    np.testing.assert_allclose(tagger.score(texts, contexts)[whole], trained[whole], atol=2e-5)


def test_without_validation_the_last_epoch_is_kept_uncalibrated(
    tmp_path: Path, tiny_base: Path, written_rows: Rows
) -> None:
    settings = Settings(epochs=2, validation_share=0)
    model = run_tiny(written_rows(40), tiny_base, tmp_path / "run", settings=settings)
    block = json.loads((model / "config.json").read_text())["conflict_events"]
    assert set(block["thresholds"].values()) == {0.5}
    assert set(block["calibration"]["slope"].values()) == {1.0}
    assert json.loads((tmp_path / "run" / "result.json").read_text())["kept_epoch"] == 2
    assert "uncalibrated" in (model / "README.md").read_text()


def test_the_card_names_the_losses_and_rates(tmp_path: Path, tiny_base: Path, written_rows: Rows) -> None:
    settings = Settings(epochs=1, focal=1.5, rare_weight=0.5, layer_decay=0.9)
    model = run_tiny(written_rows(40), tiny_base, tmp_path / "run", settings=settings)
    card = (model / "README.md").read_text()
    for needed in ("power 1.5", "(focal loss)", "to the power 0.5", "by the factor 0.9"):
        assert needed in card
    assert "calibrated on validation data" in card


@pytest.mark.parametrize("rate", [1e30, 1e4])
def test_training_that_goes_astray_ends_with_an_error_and_no_model(
    tmp_path: Path, tiny_base: Path, written_rows: Rows, rate: float
) -> None:
    settings = Settings(epochs=2, learning_rate=rate, head_learning_rate=rate, max_grad_norm=1e30)
    with pytest.raises(DataError, match=r"went astray.*smaller learning rate"):
        run_tiny(written_rows(40), tiny_base, tmp_path / "run", settings=settings)
    assert not (tmp_path / "run" / "model").exists()


def test_one_group_to_validate_on_has_no_interval(
    tmp_path: Path, tiny_base: Path, written: list[Example]
) -> None:
    alone = [replace(example, group="one") for example in written[:8]]
    said: list[str] = []
    model = train(
        written[20:60],
        labels=LABELS,
        base=tiny_base,
        output=tmp_path / "run",
        settings=Settings(epochs=1),
        validation=alone,
        say=said.append,
    )
    [line] = [line for line in said if line.startswith("validation: micro F1")]
    assert "[" not in line
    [row] = [row for row in (model / "README.md").read_text().splitlines() if row.startswith("| micro |")]
    assert "[" not in row


def test_early_stopping_ends_a_run_that_gets_no_better(
    tmp_path: Path, tiny_base: Path, written_rows: Rows
) -> None:
    # A rate so small that nothing changes: F1 at 0.5 stays what it was after the first epoch.
    settings = Settings(epochs=6, learning_rate=1e-9, head_learning_rate=1e-9, patience=2, precision="fp32")
    run_tiny(written_rows(60), tiny_base, tmp_path / "run", settings=settings)
    assert len(figures_of(tmp_path / "run")) == 3


def test_data_that_cannot_be_trained_on_is_refused(
    tmp_path: Path, tiny_base: Path, written: list[Example]
) -> None:
    unlabelled = [example for example in written if not example.labels][:50]
    with pytest.raises(DataError, match="none of the 50 examples carries a label"):
        train(unlabelled, labels=LABELS, base=tiny_base, output=tmp_path / "a")
    with pytest.raises(DataError, match="on both sides of the training part and the validation part"):
        train(written[:90], validation=written[85:99], labels=LABELS, base=tiny_base, output=tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_little_training_from_the_real_base_beats_chance(tmp_path: Path, written_rows: Rows) -> None:
    examples = [
        example for example in read_examples(written_rows(1), LABELS) if "boundaries" not in example.source
    ]
    chosen = examples[::6]
    settings = Settings(epochs=2, batch_size=16, learning_rate=2e-4)
    train(chosen, labels=LABELS, output=tmp_path / "run", settings=settings, say=lambda line: None)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["validation"]["micro_f1"] > 0.5
