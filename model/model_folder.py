"""A model folder: a plain Hugging Face classification folder whose config.json also holds our settings.

Only safetensors are read (a pickle can run code), and every fault is told before any runtime starts.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conflict_events.errors import ModelError
from conflict_events.folder_files import (
    LONGEST_TOKENIZER,
    check_leads_nowhere,
    check_size,
    read_object,
)
from conflict_events.weights_file import NAME as WEIGHTS
from conflict_events.weights_file import find_weights, weights_sha256

SHIPPED = Path(__file__).resolve().parent / "weights"
TOKENIZER = "tokenizer.json"
CONFIG = "config.json"
CARD = "README.md"
# What a model folder may hold beside the three files that it must: what is fetched from the hub, copied and
# pushed there. Nothing else is, so that logs and checkpoints stay where they are. config.json comes last: a
# folder without it is no model folder yet.
FILES = (
    WEIGHTS,
    TOKENIZER,
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "LICENSE",
    CARD,
    CONFIG,
)
SETTINGS = "conflict_events"
FORMAT = 1
_PLAIN_THRESHOLD = 0.5
_PLAIN_MAX_LENGTH = 192
_MOST_LABELS = 1000
_LONGEST_LABEL = 200
_MOST_POSITIONS = 2**17
_MOST_CONTEXT = 100
# Which sentences a model sees with those before them.
CONTEXT_FOR = ("all", "quotations")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A verified model folder.

    `labels` are in the order of the model's outputs, `thresholds` hold one score a label, `context_sentences`
    is how many sentences before a sentence the model was trained to see, `context_for` to which sentences
    they are shown ("all", or "quotations": those that do not say who speaks), `max_length` its window in
    tokens, `version` 12 hexadecimal digits that change with what scores and decisions depend on
    (`model_version`), `config` all of config.json.
    """

    path: Path
    labels: tuple[str, ...]
    thresholds: Mapping[str, float]
    context_sentences: int
    context_for: str
    max_length: int
    version: str
    config: Mapping[str, Any]


def load_model_folder(path_or_id: str | Path | None = None) -> ModelFolder:
    """Find and verify a model folder; None is the one shipped with this package.

    What is no folder on disk is taken for a hub id if it looks like one ("owner/name").

    Raises:
        ModelError: the folder or one of its files is missing, damaged, unsafe or no multi-label classifier.
    """
    path = _located(path_or_id)
    config = _read_config(path)
    check_leads_nowhere(config, path)
    labels = _labels(config, path)
    _check_kinds(config, path)
    settings = config.get(SETTINGS)
    if settings is not None and not isinstance(settings, Mapping):
        raise ModelError(f"{path / CONFIG}: {SETTINGS!r} must be an object")
    sha256 = weights_sha256(find_weights(path))
    if not (path / TOKENIZER).is_file():
        raise ModelError(f"{path}: {TOKENIZER} is missing; save the fast tokenizer there, too")
    check_size(path / TOKENIZER, LONGEST_TOKENIZER)
    if settings is None:
        thresholds = dict.fromkeys(labels, _PLAIN_THRESHOLD)
        context_sentences, context_for, max_length = 0, "all", min(_PLAIN_MAX_LENGTH, _positions(config))
    else:
        thresholds = _thresholds(settings, labels, path)
        context_sentences, context_for, max_length = _window(settings, config, path)
        if "weights_sha256" not in settings:
            raise ModelError(f"{path / CONFIG}: 'weights_sha256' is missing; write_settings adds it")
        if settings.get("weights_sha256") != sha256:
            raise ModelError(
                f"{path / WEIGHTS}: its sha256 is {sha256[:12]}... and not the one in {CONFIG}: the "
                "file is damaged or was exchanged; fetch the model folder again"
            )
    hashes = (sha256, _sha256_of(path / TOKENIZER))
    context = (context_sentences, context_for)
    version = model_version(hashes, labels, thresholds, context, max_length)
    return ModelFolder(path, labels, thresholds, context_sentences, context_for, max_length, version, config)


def write_settings(
    path: str | Path,
    *,
    thresholds: Mapping[str, float],
    calibration: Mapping[str, Any],
    context_sentences: int,
    max_length: int,
    context_for: str = "all",
) -> ModelFolder:
    """Complete a folder saved by `save_pretrained`: its config.json gets the settings, atomically.

    `calibration` only records what was already folded into the classifier's weight and bias. The dtype is set
    to float32, the one to compute in, though the weights may be stored in float16.

    Raises:
        ModelError: the folder is unfit, or the settings do not suit its labels or window.
    """
    path = Path(path)
    config = dict(_read_config(path))
    labels = _labels(config, path)
    settings = {
        "format": FORMAT,
        "thresholds": {label: float(score) for label, score in thresholds.items()},
        "calibration": dict(calibration),
        "context_sentences": context_sentences,
        "context_for": context_for,
        "max_length": max_length,
        "weights_sha256": weights_sha256(find_weights(path)),
    }
    _thresholds(settings, labels, path)
    _window(settings, config, path)
    config.pop("torch_dtype", None)
    config |= {"dtype": "float32", SETTINGS: settings}
    temporary = path / f"{CONFIG}.{os.getpid()}.tmp"
    temporary.write_text(json.dumps(config, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path / CONFIG)
    return load_model_folder(path)


def model_version(
    hashes: Sequence[str],
    labels: Sequence[str],
    thresholds: Mapping[str, float],
    context: tuple[int, str],
    max_length: int,
) -> str:
    """12 hexadecimal digits that change with what scores and decisions depend on.

    That is the weights and the tokenizer, by the `hashes` of their files, the labels or their order, the
    thresholds, the context shown (how many sentences, and to which), and the window in tokens.
    """
    parts = [*hashes, list(labels), [float(thresholds[label]) for label in labels], *context, max_length]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def _sha256_of(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"{file}: cannot be read ({error.strerror})") from error


def _located(path_or_id: str | Path | None) -> Path:
    if path_or_id is None:
        if not (SHIPPED / CONFIG).is_file():
            raise ModelError(f"{SHIPPED}: the shipped weights are missing; reinstall, or name a model folder")
        return SHIPPED
    path = Path(path_or_id).expanduser()
    if path.is_dir():
        return path
    if path.exists():
        raise ModelError(f"{path}: a model is a folder with {CONFIG}, {WEIGHTS} and {TOKENIZER}, not a file")
    parts = str(path_or_id).split("/")
    if len(parts) == 2 and all(part and part.strip(".") for part in parts) and not Path(parts[0]).exists():
        return _downloaded(str(path_or_id))
    raise ModelError(f"{path}: no such model folder")


def _downloaded(hub_id: str) -> Path:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
    except ImportError:
        raise ModelError(
            f"{hub_id}: no such folder; to fetch it from the hub: pip install huggingface_hub"
        ) from None
    try:
        return Path(snapshot_download(hub_id, allow_patterns=["*.json", *FILES]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"{hub_id}: no such folder, and not to be had from the hub ({reason}); check the id and the "
            "network, or name a model folder on disk"
        ) from error


def _read_config(path: Path) -> Mapping[str, Any]:
    if not path.is_dir():
        raise ModelError(f"{path}: no such model folder")
    file = path / CONFIG
    if not file.is_file():
        raise ModelError(f"{path}: {CONFIG} is missing, so this is no model folder")
    return read_object(file)


def _labels(config: Mapping[str, Any], path: Path) -> tuple[str, ...]:
    id2label = config.get("id2label")
    if not isinstance(id2label, Mapping) or not id2label:
        raise ModelError(f"{path / CONFIG}: 'id2label' is missing, so the outputs have no names")
    if len(id2label) > _MOST_LABELS:
        raise ModelError(f"{path / CONFIG}: 'id2label' has {len(id2label):,} labels; {_MOST_LABELS:,} may be")
    try:
        labels = tuple(id2label[str(index)] for index in range(len(id2label)))
    except KeyError as error:
        raise ModelError(f"{path / CONFIG}: 'id2label' must count from 0; {error} is missing") from None
    for label in labels:
        if not (isinstance(label, str) and label.isprintable() and 0 < len(label) <= _LONGEST_LABEL):
            raise ModelError(
                f"{path / CONFIG}: 'id2label' must hold names of 1 to {_LONGEST_LABEL} printable characters"
            )
    if len(set(labels)) != len(labels):
        raise ModelError(f"{path / CONFIG}: 'id2label' names a label twice")
    if config.get("problem_type") != "multi_label_classification":
        raise ModelError(
            f"{path / CONFIG}: not a multi-label model: 'problem_type' is {config.get('problem_type')!r} and "
            "should be 'multi_label_classification'"
        )
    return labels


def _thresholds(settings: Mapping[str, Any], labels: tuple[str, ...], path: Path) -> dict[str, float]:
    thresholds = settings.get("thresholds")
    if not isinstance(thresholds, Mapping):
        raise ModelError(f"{path / CONFIG}: the thresholds are missing; train again, or write_settings")
    if set(thresholds) != set(labels):
        raise ModelError(
            f"{path / CONFIG}: thresholds for {', '.join(sorted(thresholds))}, but the model's labels are "
            f"{', '.join(labels)}"
        )
    for label, score in thresholds.items():
        if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
            raise ModelError(f"{path / CONFIG}: the threshold of {label} is {score!r}, not from 0 to 1")
    return {label: float(thresholds[label]) for label in labels}


def _window(settings: Mapping[str, Any], config: Mapping[str, Any], path: Path) -> tuple[int, str, int]:
    context_sentences, max_length = settings.get("context_sentences", 0), settings.get("max_length")
    if type(context_sentences) is not int or not 0 <= context_sentences <= _MOST_CONTEXT:
        raise ModelError(
            f"{path / CONFIG}: 'context_sentences' is {context_sentences!r}, "
            f"not a count up to {_MOST_CONTEXT}"
        )
    context_for = settings.get("context_for", "all")
    if context_for not in CONTEXT_FOR:
        raise ModelError(
            f"{path / CONFIG}: 'context_for' is {context_for!r}, and this package knows "
            f"{', '.join(CONTEXT_FOR)} only; it may be older than the model"
        )
    if type(max_length) is not int or not 8 <= max_length <= _positions(config):
        raise ModelError(
            f"{path / CONFIG}: 'max_length' is {max_length!r}, not from 8 to {_positions(config)}"
        )
    return context_sentences, context_for, max_length


def _check_kinds(config: Mapping[str, Any], path: Path) -> None:
    """What the runtimes look up is of the kind that they expect; shorter rows are filled up with a token."""
    architectures, types = config.get("architectures"), config.get("type_vocab_size")
    if architectures is not None and not isinstance(architectures, list):
        raise ModelError(f"{path / CONFIG}: 'architectures' must be a list of names")
    if types is not None and type(types) is not int:
        raise ModelError(f"{path / CONFIG}: 'type_vocab_size' must be a whole number")
    pad, tokens = config.get("pad_token_id"), config.get("vocab_size")
    known = type(pad) is int and pad >= 0 and (type(tokens) is not int or pad < tokens)
    if pad is not None and not known:
        raise ModelError(f"{path / CONFIG}: 'pad_token_id' names none of the model's {tokens!r} tokens")


def _positions(config: Mapping[str, Any]) -> int:
    positions = config.get("max_position_embeddings", 512)
    # RoBERTa and its kin number positions from pad_token_id + 1.
    offset = 2 if config.get("model_type") in ("roberta", "xlm-roberta", "camembert") else 0
    known = type(positions) is int and 0 < positions <= _MOST_POSITIONS
    return int(positions) - offset if known else 512
