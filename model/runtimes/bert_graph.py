"""BertForSequenceClassification as an OpenVINO graph, written straight from the weights.

The graph follows Devlin et al. (2019) and the reference implementation in transformers, with three savings
that change nothing but rounding: attention is one fused operation, the embeddings of position and token type
are added up beforehand, and the last layer computes the first token alone, since only that one reaches the
classifier (about a seventh of the work of a six-layer model).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from conflict_events.runtimes.bert_sizes import bert_sizes

if TYPE_CHECKING:
    from openvino import Model, Node

Weights = Mapping[str, npt.NDArray[Any]]
_MASKED = -1e4


def bert_graph(weights: Weights, config: Mapping[str, Any], *, with_types: bool, int8: bool) -> Model:
    """A model from token ids to scores.

    Inputs: `ids` int32 [rows, tokens]; `lengths` int32 [rows], the tokens of each row that are no padding;
    with `with_types` also `types` int32 [rows, tokens], else all tokens are of type 0. Output: sigmoids
    [rows, labels].

    With `int8` the encoder's matrices are kept as 8-bit integers and a scale for each output, a form that
    OpenVINO multiplies in 8 bits, rounding the activations as they come (dynamic quantization).

    Raises:
        ModelError: the weights or the config are not those of a plain BERT classifier.
    """
    return _Bert(weights, config, int8=int8).model(with_types=with_types)


class _Bert:
    def __init__(self, weights: Weights, config: Mapping[str, Any], *, int8: bool) -> None:
        sizes = bert_sizes(config, {name: values.shape for name, values in weights.items()})
        self.weights = weights
        self.int8 = int8
        self.layers = sizes.layers
        self.heads = sizes.heads
        self.hidden = sizes.hidden
        self.epsilon = sizes.epsilon

    def model(self, *, with_types: bool) -> Model:
        from openvino import Model
        from openvino import opset13 as ops

        ids = ops.parameter([-1, -1], np.int32, name="ids")
        lengths = ops.parameter([-1], np.int32, name="lengths")
        types = ops.parameter([-1, -1], np.int32, name="types") if with_types else None
        width = ops.gather(ops.shape_of(ids, "i32"), _ints(1), _int(0))
        x = self.embeddings(ids, types, width)
        mask = _mask(lengths, width)
        for layer in range(self.layers):
            # The classifier reads the first token only, so the last layer asks for no other.
            asking = _first_token(x) if layer == self.layers - 1 else x
            x = self.layer(f"bert.encoder.layer.{layer}", x, asking, mask)
        pooled = ops.tanh(self.linear(x, "bert.pooler.dense"))
        scores = ops.sigmoid(ops.squeeze(self.linear(pooled, "classifier"), _ints(1)))
        inputs = [ids, lengths] if types is None else [ids, lengths, types]
        return Model([scores], inputs, "bert_for_sequence_classification")

    def embeddings(self, ids: Node, types: Node | None, width: Node) -> Node:
        from openvino import opset13 as ops

        words = ops.gather(self.stored("bert.embeddings.word_embeddings.weight"), ids, _int(0))
        positions = self.floats("bert.embeddings.position_embeddings.weight")
        by_type = self.floats("bert.embeddings.token_type_embeddings.weight")
        position = ops.slice(ops.constant(positions + by_type[0]), _ints(0), width, _ints(1), _ints(0))
        x = ops.add(words, position)
        if types is not None:
            x = ops.add(x, ops.gather(ops.constant(by_type - by_type[0]), types, _int(0)))
        return self.layer_norm(x, "bert.embeddings.LayerNorm")

    def layer(self, name: str, x: Node, asking: Node, mask: Node) -> Node:
        """One encoder layer: all tokens of `x` are attended to, the tokens of `asking` are computed."""
        from openvino import opset13 as ops

        query = self.split_heads(self.linear(asking, f"{name}.attention.self.query"))
        key = self.split_heads(self.linear(x, f"{name}.attention.self.key"))
        value = self.split_heads(self.linear(x, f"{name}.attention.self.value"))
        attended = ops.scaled_dot_product_attention(query, key, value, mask)
        joined = ops.reshape(ops.transpose(attended, _ints(0, 2, 1, 3)), _ints(0, 0, self.hidden), True)
        x = ops.add(self.linear(joined, f"{name}.attention.output.dense"), asking)
        x = self.layer_norm(x, f"{name}.attention.output.LayerNorm")
        inner = ops.gelu(self.linear(x, f"{name}.intermediate.dense"), "erf")
        return self.layer_norm(
            ops.add(self.linear(inner, f"{name}.output.dense"), x), f"{name}.output.LayerNorm"
        )

    def split_heads(self, x: Node) -> Node:
        """[rows, tokens, hidden] as [rows, heads, tokens, hidden / heads]."""
        from openvino import opset13 as ops

        shape = _ints(0, 0, self.heads, self.hidden // self.heads)
        return ops.transpose(ops.reshape(x, shape, True), _ints(0, 2, 1, 3))

    def linear(self, x: Node, name: str) -> Node:
        from openvino import opset13 as ops

        weight, bias = self.floats(f"{name}.weight"), self.floats(f"{name}.bias")
        in_integers = self.int8 and name.startswith("bert.encoder.")
        matrix = _in_integers(weight) if in_integers else ops.constant(weight)
        product = ops.matmul(x, matrix, False, True)
        return ops.add(product, ops.constant(bias.reshape(1, 1, -1)))

    def layer_norm(self, x: Node, name: str) -> Node:
        from openvino import opset13 as ops

        weight, bias = self.floats(f"{name}.weight"), self.floats(f"{name}.bias")
        normed = ops.mvn(x, _ints(-1), True, self.epsilon, "inside_sqrt")
        scaled = ops.multiply(normed, ops.constant(weight.reshape(1, 1, -1)))
        return ops.add(scaled, ops.constant(bias.reshape(1, 1, -1)))

    def stored(self, name: str) -> Node:
        """A tensor in the file's own type until it is used: for tables of which few rows are read."""
        from openvino import opset13 as ops

        return ops.convert(ops.constant(self.weights[name]), "f32")

    def floats(self, name: str) -> npt.NDArray[np.float32]:
        return self.weights[name].astype(np.float32)


def _in_integers(weight: npt.NDArray[np.float32]) -> Node:
    """A matrix [outputs, inputs] as integers from -127 to 127 times a scale for each output."""
    from openvino import opset13 as ops

    scale = np.maximum(np.abs(weight).max(axis=1, keepdims=True) / 127, np.finfo(np.float32).tiny)
    integers = np.round(weight / scale).astype(np.int8)
    return ops.multiply(ops.convert(ops.constant(integers), "f32"), ops.constant(scale))


def _mask(lengths: Node, width: Node) -> Node:
    """What is added to attention: 0 for a row's tokens, as good as minus infinity for its padding."""
    from openvino import opset13 as ops

    places = ops.range(_int(0), ops.squeeze(width, _ints(0)), _int(1), "i32")
    inside = ops.less(places, ops.unsqueeze(lengths, _ints(1)))
    mask = ops.select(inside, ops.constant(np.float32(0)), ops.constant(np.float32(_MASKED)))
    return ops.unsqueeze(mask, _ints(1, 2))


def _first_token(x: Node) -> Node:
    from openvino import opset13 as ops

    return ops.slice(x, _ints(0), _ints(1), _ints(1), _ints(1))


def _ints(*values: int) -> Node:
    from openvino import opset13 as ops

    return ops.constant(np.array(values, np.int32))


def _int(value: int) -> Node:
    from openvino import opset13 as ops

    return ops.constant(np.int32(value))
