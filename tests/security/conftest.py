"""A small whole model folder, made without torch, to be turned hostile."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conflict_events.model_folder import SHIPPED, write_settings
from conflict_events.runtimes.bert_sizes import expected_shapes

LABELS = ("advance", "airstrike")
SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "vocab_size": 30522,
    "max_position_embeddings": 64,
    "type_vocab_size": 2,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that loads; what a test changes in it is all that is wrong with it."""
    from safetensors.numpy import save_file

    path = tmp_path / "model"
    path.mkdir()
    config = SIZES | {
        "architectures": ["BertForSequenceClassification"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
        "id2label": {str(index): label for index, label in enumerate(LABELS)},
        "problem_type": "multi_label_classification",
    }
    (path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    random = np.random.default_rng(0)
    shapes = expected_shapes(config, 1, SIZES["hidden_size"], SIZES["intermediate_size"])
    save_file(
        {name: random.normal(0, 0.1, shape).astype(np.float16) for name, shape in shapes.items()},
        path / "model.safetensors",
        {"format": "pt"},
    )
    shutil.copy(SHIPPED / "tokenizer.json", path)
    write_settings(
        path,
        thresholds=dict.fromkeys(LABELS, 0.5),
        calibration={"method": "none", "slope": {}, "intercept": {}},
        context_sentences=0,
        max_length=64,
    )
    return path


@pytest.fixture
def change(folder: Path) -> Callable[..., None]:
    """Changes keys of the folder's config.json."""

    def change(**keys: Any) -> None:
        file = folder / "config.json"
        config = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(config | keys), encoding="utf-8")

    return change
