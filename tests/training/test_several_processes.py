"""`accelerate launch`: two processes share each batch, and train the model that one process trains."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conflict_events import EventTagger
from conflict_events.training.base import find_base
from conflict_events.training.data import Example, read_examples
from conflict_events.training.run import train
from conflict_events.training.settings import Settings

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
ROOT = Path(__file__).resolve().parents[2]
# As for two GPUs, but told by the environment to compute on the CPU: with --cpu in place of --multi_gpu there
# would be one process, whatever --num_processes says. A port that the system chooses.
LAUNCH = ["--multi_gpu", "--num_processes", "2", "--num_machines", "1", "--main_process_port", "0"]
LAUNCH += ["--mixed_precision", "no", "--dynamo_backend", "no"]
ON_CPUS = {"ACCELERATE_USE_CPU": "true"}

# Seven rows do not divide among two processes, and a last batch may have one row only.
SETTINGS = {"epochs": 3, "batch_size": 7, "context_sentences": 2, "precision": "fp32"}
OPTIONS = ["--epochs", "3", "--batch-size", "7", "--context", "2", "--precision", "fp32"]
# Calibration, which would flatten the scores of a model that knows little, needs a validation part.
SETTINGS["validation_share"] = 0.0
OPTIONS += ["--validation-share", "0"]

Scores = np.ndarray[Any, Any]

pytestmark = pytest.mark.integration


def lively_base(folder: Path, dropout: float) -> Path:
    """An untrained BERT of two narrow layers, drawn wide, so that its output tells sentences apart."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=256,
        initializer_range=0.3,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )
    BertModel(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(find_base().path).save_pretrained(folder)
    return folder


def trained_by_one(data: Path, base: Path, output: Path, seed: int = 1) -> Path:
    settings = Settings(**SETTINGS, seed=seed)
    examples = read_examples(data, LABELS)
    train(examples, labels=LABELS, base=base, output=output, settings=settings, say=lambda line: None)
    return output


def launch_two(data: Path, base: Path, output: Path, *options: str) -> str:
    """What two processes say that run the script."""
    script = [str(ROOT / "scripts" / "train.py"), str(data), "--base", str(base), "-o", str(output), *options]
    command = [sys.executable, "-m", "accelerate.commands.launch", *LAUNCH, *script]
    environment = os.environ | ON_CPUS
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stderr


def trained_by_two(data: Path, base: Path, output: Path) -> Path:
    said = launch_two(data, base, output, *OPTIONS)
    assert said.count("epoch 3/3") == 1  # one process speaks for both
    return output


def figures_of(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture
def scores_of(written: list[Example]) -> Callable[[Path], Scores]:
    def scores(run: Path) -> Scores:
        tagger = EventTagger.from_pretrained(run / "model", device="cpu", runtime="torch", precision="fp32")
        return tagger.score([example.text for example in written[::20]])

    return scores


def test_two_processes_train_the_model_that_one_trains(
    tmp_path: Path, written_rows: Callable[[int], Path], scores_of: Callable[[Path], Scores]
) -> None:
    # Each process draws a dropout of its own. Without it only the order of additions differs.
    data, base = written_rows(20), lively_base(tmp_path / "base", dropout=0.0)
    one = trained_by_one(data, base, tmp_path / "one")
    two = trained_by_two(data, base, tmp_path / "two")
    losses = [[figures["train_loss"] for figures in figures_of(run)] for run in (one, two)]
    assert losses[0][2] < 0.9 * losses[0][0]  # it learns
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    between_sentences = np.ptp(scores_of(one), axis=0)
    assert (between_sentences > 0.02).all()
    between_runs = np.abs(scores_of(two) - scores_of(one)).max(axis=0)
    assert (between_runs < between_sentences / 20).all()
    assert between_runs.any()  # two processes add in another order than one


def test_with_dropout_two_processes_are_nearer_to_one_than_another_seed_is(
    tmp_path: Path, written_rows: Callable[[int], Path], scores_of: Callable[[Path], Scores]
) -> None:
    data, base = written_rows(20), lively_base(tmp_path / "base", dropout=0.1)
    one = scores_of(trained_by_one(data, base, tmp_path / "one"))
    two = scores_of(trained_by_two(data, base, tmp_path / "two"))
    other = scores_of(trained_by_one(data, base, tmp_path / "other", seed=2))
    between_processes, between_seeds = np.abs(two - one).mean(), np.abs(other - one).mean()
    assert 0 < between_processes < between_seeds


def test_from_few_sentences_one_process_learns_and_the_other_waits(
    tmp_path: Path, tiny_base: Path, written: list[Example]
) -> None:
    data = tmp_path / "few.jsonl"
    rows = [{"id": row.id, "text": row.text, "labels": row.labels} for row in written[:400:10]]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    said = launch_two(data, tiny_base, tmp_path / "run")
    assert said.count("few sentences (40)") == said.count("cross-validation: ") == 1
    assert "one process learns, the others wait" in said
    assert EventTagger.from_pretrained(tmp_path / "run" / "model").labels == LABELS
    assert not list(tmp_path.rglob("*.tmp"))
