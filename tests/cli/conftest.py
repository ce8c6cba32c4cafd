"""A small seeded model, and the command line run as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A complete model folder of the real architecture; what it says is arbitrary but the same always."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    from conflict_events.model_folder import write_settings

    folder = tmp_path_factory.mktemp("model")
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    vocabulary = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *letters,
        *(f"##{letter}" for letter in letters),
    ]
    tokens = {token: index for index, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(tokens, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", tokens["[SEP]"]), ("[CLS]", tokens["[CLS]"])
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    ).save_pretrained(folder)

    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        problem_type="multi_label_classification",
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
        initializer_range=0.5,
    )
    BertForSequenceClassification(config).half().save_pretrained(folder)
    write_settings(
        folder,
        thresholds=dict.fromkeys(LABELS, 0.5),
        calibration={
            "method": "platt",
            "slope": dict.fromkeys(LABELS, 1.0),
            "intercept": dict.fromkeys(LABELS, 0.0),
        },
        context_sentences=0,
        max_length=192,
    )
    return folder


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `conflict-events` in an empty folder, in a process of its own."""

    def run(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "conflict_events.scripts.cli", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def tag(run: Run, model_folder: Path) -> Run:
    """Run `conflict-events tag` with the small model."""

    def tag(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return run("tag", "--model", model_folder, *arguments, stdin=stdin)

    return tag
