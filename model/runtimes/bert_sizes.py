"""Whether a config and its weights are one BERT classifier: checked before any runtime computes with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conflict_events.errors import ModelError

# Of the largest BERT there are 24 layers of 1,024; what goes far beyond is no model but an attack on memory.
_MOST_LAYERS = 200
_WIDEST = 2**16
_LONGEST_TABLE = 2**24


@dataclass(frozen=True, slots=True)
class BertSizes:
    """The sizes of a BERT whose tensors all have the shapes that these ask for."""

    layers: int
    heads: int
    hidden: int
    epsilon: float


def bert_sizes(config: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> BertSizes:
    """Read the sizes from a config.json, and hold them against the shapes of the tensors by name.

    Raises:
        ModelError: it is another kind of BERT, a size is no sensible number, or a tensor is missing or of
            another shape than the config says.
    """
    positions, activation = config.get("position_embedding_type", "absolute"), config.get("hidden_act")
    if positions != "absolute" or activation != "gelu":
        raise ModelError(
            f"no plain BERT: positions are {positions!r}, the activation is {activation!r}; "
            "known are 'absolute' and 'gelu'"
        )
    layers = _count(config, "num_hidden_layers", _MOST_LAYERS)
    hidden = _count(config, "hidden_size", _WIDEST)
    heads = _count(config, "num_attention_heads", hidden)
    inner = _count(config, "intermediate_size", 16 * _WIDEST)
    if hidden % heads:
        raise ModelError(f"config.json: a 'hidden_size' of {hidden} cannot be shared by {heads} heads")
    epsilon = config.get("layer_norm_eps")
    if isinstance(epsilon, bool) or not isinstance(epsilon, int | float) or not 0 < epsilon < 1:
        raise ModelError(f"config.json: 'layer_norm_eps' is {epsilon!r}, not between 0 and 1")
    _check_shapes(shapes, expected_shapes(config, layers, hidden, inner))
    return BertSizes(layers, heads, hidden, float(epsilon))


def _count(config: Mapping[str, Any], key: str, most: int) -> int:
    value = config.get(key)
    if type(value) is not int or not 1 <= value <= most:
        raise ModelError(f"config.json: {key!r} is {_shown(value)}, not a whole number from 1 to {most:,}")
    return value


def expected_shapes(
    config: Mapping[str, Any], layers: int, hidden: int, inner: int
) -> dict[str, tuple[int, ...]]:
    """The shape of every tensor of a BERT classifier, by its name, for sizes that were checked."""
    labels = config.get("id2label")
    tables = {
        "word": _count(config, "vocab_size", _LONGEST_TABLE),
        "position": _count(config, "max_position_embeddings", _LONGEST_TABLE),
        "token_type": _count(config, "type_vocab_size", _WIDEST),
    }
    expected: dict[str, tuple[int, ...]] = {
        f"bert.embeddings.{name}_embeddings.weight": (rows, hidden) for name, rows in tables.items()
    }
    expected |= _norm("bert.embeddings.LayerNorm", hidden)
    for layer in range(layers):
        name = f"bert.encoder.layer.{layer}"
        for part in ("query", "key", "value"):
            expected |= _linear(f"{name}.attention.self.{part}", hidden, hidden)
        expected |= _linear(f"{name}.attention.output.dense", hidden, hidden)
        expected |= _norm(f"{name}.attention.output.LayerNorm", hidden)
        expected |= _linear(f"{name}.intermediate.dense", hidden, inner)
        expected |= _linear(f"{name}.output.dense", inner, hidden)
        expected |= _norm(f"{name}.output.LayerNorm", hidden)
    expected |= _linear("bert.pooler.dense", hidden, hidden)
    return expected | _linear("classifier", hidden, len(labels) if isinstance(labels, Mapping) else 0)


def _linear(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str, size: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (size,), f"{name}.bias": (size,)}


def _check_shapes(shapes: Mapping[str, tuple[int, ...]], expected: Mapping[str, tuple[int, ...]]) -> None:
    for name, shape in expected.items():
        if name not in shapes:
            raise ModelError(f"no BertForSequenceClassification: '{name}' is missing")
        if tuple(shapes[name]) != shape:
            raise ModelError(
                f"config.json and the weights differ: {name} is {tuple(shapes[name])} and should be {shape}"
            )


def _shown(value: object) -> str:
    text = repr(value) if not isinstance(value, (dict, list)) else type(value).__name__
    return text if len(text) <= 40 else f"{text[:37]}..."
