"""Models to tag with: all-MiniLM-L6-v2 with a head drawn at random, and tiny ones for faults of a folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from conflict_events import EventTagger
from conflict_events.model_folder import write_settings
from conflict_events.training.base import find_base

LABELS = ("advance", "airstrike", "casualty_report", "diplomatic_statement")
CALIBRATION = {
    "method": "platt",
    "slope": dict.fromkeys(LABELS, 1.0),
    "intercept": dict.fromkeys(LABELS, 0.0),
}


def settle(
    folder: Path,
    *,
    context_sentences: int = 0,
    context_for: str = "all",
    max_length: int = 64,
    threshold: float = 0.5,
) -> Path:
    write_settings(
        folder,
        thresholds=dict.fromkeys(LABELS, threshold),
        calibration=CALIBRATION,
        context_sentences=context_sentences,
        context_for=context_for,
        max_length=max_length,
    )
    return folder


@pytest.fixture(scope="session")
def plain_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain Hugging Face folder, as save_pretrained leaves it, without settings of ours."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    base = find_base().path
    torch.manual_seed(7)
    model = AutoModelForSequenceClassification.from_pretrained(
        base,
        num_labels=len(LABELS),
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
        problem_type="multi_label_classification",
    )
    # Drawn wide, so that the scores of different sentences differ as a trained model's do.
    torch.nn.init.normal_(model.bert.pooler.dense.weight, std=0.2)
    torch.nn.init.normal_(model.classifier.weight, std=0.3)
    folder = tmp_path_factory.mktemp("plain")
    model.half().save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def model_folder(plain_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settle(shutil.copytree(plain_folder, tmp_path_factory.mktemp("model") / "model"))


@pytest.fixture(scope="session")
def context_folder(plain_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shutil.copytree(plain_folder, tmp_path_factory.mktemp("context") / "model")
    return settle(folder, context_sentences=2)


@pytest.fixture(scope="session")
def quotations_folder(plain_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = shutil.copytree(plain_folder, tmp_path_factory.mktemp("quotations") / "model")
    return settle(folder, context_sentences=2, context_for="quotations")


@pytest.fixture(scope="session")
def tagger(model_folder: Path) -> EventTagger:
    """In fp32, so that what is compared is exact to a few units in the last place."""
    return EventTagger.from_pretrained(model_folder, device="cpu", precision="fp32")


@pytest.fixture(scope="session")
def _tiny(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    import torch
    from transformers import AutoTokenizer, BertForSequenceClassification

    torch.manual_seed(0)
    model = BertForSequenceClassification.from_pretrained(
        tiny_base,
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
        problem_type="multi_label_classification",
    )
    folder = tmp_path_factory.mktemp("tiny")
    model.half().save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_base).save_pretrained(folder)
    return settle(folder)


@pytest.fixture
def tiny(_tiny: Path, tmp_path: Path) -> Path:
    """A small whole model folder of one's own, to be broken."""
    return shutil.copytree(_tiny, tmp_path / "model")


@pytest.fixture
def edit_config(tiny: Path) -> Callable[..., None]:
    """Changes keys of the tiny model's config.json, or of its settings; None removes one."""

    def edit(*, settings: dict[str, object] | None = None, **keys: object) -> None:
        file = tiny / "config.json"
        config = json.loads(file.read_text(encoding="utf-8"))
        for target, changes in ((config, keys), (config["conflict_events"], settings or {})):
            for key, value in changes.items():
                target[key] = value
                if value is None:
                    del target[key]
        file.write_text(json.dumps(config), encoding="utf-8")

    return edit


@pytest.fixture(scope="session")
def sentences() -> list[str]:
    """A few hundred different sentences, very short to very long ones among them."""
    file = Path(__file__).resolve().parents[2] / "annotations" / "written.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()[::16]
    return list(dict.fromkeys(json.loads(line)["text"] for line in lines))
