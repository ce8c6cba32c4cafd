"""BertForSequenceClassification in torch functions, straight from the weights.

The same savings as in `bert_graph`: the last layer computes the first token alone, query, key and value are
one product, and padding is masked only in batches that have some. It does not import transformers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conflict_events.errors import ModelError
from conflict_events.runtimes.bert_sizes import bert_sizes

if TYPE_CHECKING:
    import torch

ARCHITECTURE = "BertForSequenceClassification"


@dataclass(frozen=True, slots=True)
class _Linear:
    weight: torch.Tensor
    bias: torch.Tensor


@dataclass(frozen=True, slots=True)
class _Layer:
    query_key_value: _Linear
    attention_output: _Linear
    attention_norm: _Linear
    inner: _Linear
    output: _Linear
    output_norm: _Linear


class TorchBert:
    """The model on a device in a dtype; calling it gives logits [rows, labels]."""

    def __init__(self, file: Path, config: Mapping[str, Any], device: str, dtype: torch.dtype) -> None:
        self._tensors = {
            name: values.to(device=device, dtype=dtype)
            for name, values in _loaded(file).items()
            if values.is_floating_point()
        }
        sizes = bert_sizes(config, {name: tuple(values.shape) for name, values in self._tensors.items()})
        self.heads = sizes.heads
        self.epsilon = sizes.epsilon
        self.words = self._tensors["bert.embeddings.word_embeddings.weight"]
        self.positions = self._tensors["bert.embeddings.position_embeddings.weight"]
        self.types = self._tensors["bert.embeddings.token_type_embeddings.weight"]
        self.embedding_norm = self._linear("bert.embeddings.LayerNorm")
        self.layers = [self._layer(number) for number in range(sizes.layers)]
        self.pooler = self._linear("bert.pooler.dense")
        self.classifier = self._linear("classifier")
        self._tensors.clear()

    def __call__(self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Logits [rows, labels] of ids and types [rows, tokens]; `mask` is False on padding."""
        from torch.nn import functional

        x = functional.embedding(ids, self.words) + functional.embedding(types, self.types)
        x = self._norm(x + self.positions[: ids.shape[1]], self.embedding_norm)
        seen = None if mask is None else mask[:, None, None, :]
        for layer in self.layers[:-1]:
            x = self._encoded(layer, x, seen, first_only=False)
        x = self._encoded(self.layers[-1], x, seen, first_only=True)
        pooled = functional.linear(x[:, 0], self.pooler.weight, self.pooler.bias).tanh()
        return functional.linear(pooled, self.classifier.weight, self.classifier.bias)

    def _encoded(
        self, layer: _Layer, x: torch.Tensor, seen: torch.Tensor | None, *, first_only: bool
    ) -> torch.Tensor:
        from torch.nn import functional

        rows, _, hidden = x.shape
        weight, bias = layer.query_key_value.weight, layer.query_key_value.bias
        if first_only:
            asking = x[:, :1]
            query = functional.linear(asking, weight[:hidden], bias[:hidden])
            key, value = functional.linear(x, weight[hidden:], bias[hidden:]).chunk(2, dim=-1)
        else:
            asking = x
            query, key, value = functional.linear(x, weight, bias).chunk(3, dim=-1)
        query, key, value = (
            part.view(rows, -1, self.heads, hidden // self.heads).transpose(1, 2)
            for part in (query, key, value)
        )
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        joined = attended.transpose(1, 2).reshape(rows, -1, hidden)
        projected = functional.linear(joined, layer.attention_output.weight, layer.attention_output.bias)
        x = self._norm(projected + asking, layer.attention_norm)
        inner = functional.gelu(functional.linear(x, layer.inner.weight, layer.inner.bias))
        return self._norm(
            functional.linear(inner, layer.output.weight, layer.output.bias) + x, layer.output_norm
        )

    def _norm(self, x: torch.Tensor, norm: _Linear) -> torch.Tensor:
        from torch.nn import functional

        return functional.layer_norm(x, x.shape[-1:], norm.weight, norm.bias, self.epsilon)

    def _layer(self, number: int) -> _Layer:
        import torch

        name = f"bert.encoder.layer.{number}"
        three = [self._linear(f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
        return _Layer(
            _Linear(torch.cat([one.weight for one in three]), torch.cat([one.bias for one in three])),
            self._linear(f"{name}.attention.output.dense"),
            self._linear(f"{name}.attention.output.LayerNorm"),
            self._linear(f"{name}.intermediate.dense"),
            self._linear(f"{name}.output.dense"),
            self._linear(f"{name}.output.LayerNorm"),
        )

    def _linear(self, name: str) -> _Linear:
        return _Linear(self._tensors[f"{name}.weight"], self._tensors[f"{name}.bias"])


def _loaded(file: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(file)
    except (SafetensorError, OSError) as error:
        raise ModelError(f"{file}: cannot be read ({error}); fetch the model folder again") from error
