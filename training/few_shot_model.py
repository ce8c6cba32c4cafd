"""A BERT classifier that averages over the tokens, in the library's stock architecture.

The stock head reads the first token. Sentence encoders such as all-MiniLM-L6-v2 were not trained to say
anything there: their embedding is the mean over all tokens, and a linear classifier on that mean learns far
more from a few hundred sentences. No architecture of one's own is needed for it, one further layer will do:
with queries and keys of zero, attention is the same on every token, so with identities for values and output
the first token takes in the mean. Its feed-forward part adds nothing, and the two normalisations bring the
mean to unit variance, as embeddings are brought to unit length. The pooler passes it on, scaled to where
tanh is nearly straight. What comes out loads everywhere as BertForSequenceClassification.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from conflict_events.errors import ModelError
from conflict_events.training.base import Base, load_base, output_layer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from torch import nn
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# How much louder the mean is than what the first token held before, which is thus drowned.
_LOUDNESS = 64.0
# The mean has unit variance: at a quarter of it tanh bends by 2 % at one deviation.
_POOLER_SCALE = 0.25
_ARCHITECTURE = "bert"


def can_average(base: Base) -> bool:
    """Whether `load_averaging` knows the architecture of a base."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(base.path, trust_remote_code=False)
    return bool(config.model_type == _ARCHITECTURE)


def knows_labels(base: Base, labels: Sequence[str]) -> bool:
    """Whether a base is a classifier of these labels."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(base.path, trust_remote_code=False)
    return [config.id2label.get(index) for index in range(len(config.id2label))] == list(labels)


def load_averaging(base: Base, labels: Sequence[str]) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a base with one further layer that averages, and a head for `labels` that still answers 0.

    Raises ModelError for a base that is no BERT.
    """
    import torch
    from transformers import BertForSequenceClassification

    if not can_average(base):
        raise ModelError(
            f"{base.name}: learning from few sentences needs a base of type {_ARCHITECTURE!r}; "
            "name another with --base, or train it with --full"
        )
    source, tokenizer = load_base(base, labels)
    config: Any = source.config
    config.num_hidden_layers += 1
    model: Any = BertForSequenceClassification(config)
    missing, unexpected = model.load_state_dict(source.state_dict(), strict=False)
    added = f"bert.encoder.layer.{config.num_hidden_layers - 1}."
    if unexpected or any(not name.startswith(added) for name in missing):
        raise ModelError(f"{base.name}: its weights are not those of a plain BERT classifier")
    with torch.no_grad():
        _make_averaging(model.bert.encoder.layer[-1], model.bert.pooler.dense)
    set_head(model, torch.zeros(len(labels), config.hidden_size), torch.zeros(len(labels)))
    model.eval()
    return model, tokenizer


def set_head(model: PreTrainedModel, weight: Any, bias: Any) -> None:
    """Give the output layer a weight [labels, width] and a bias [labels], arrays or tensors."""
    import torch

    layer = output_layer(model, len(bias))
    with torch.no_grad():
        layer.weight.copy_(torch.as_tensor(weight))
        layer.bias.copy_(torch.as_tensor(bias))


def features(
    model: Any, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], max_length: int
) -> npt.NDArray[np.float32]:
    """What the output layer sees of each text, [texts, width], in unit variance: the pooler's output."""
    import numpy as np
    import torch

    from conflict_events.training.encoding import collate, encode

    encoded = encode(tokenizer, texts, [""] * len(texts), max_length)
    order = sorted(range(len(encoded)), key=lambda index: len(encoded[index]["input_ids"]))
    pooled = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            batch = collate([encoded[row] for row in rows], tokenizer.pad_token_id)
            output = model.bert(**{name: tensor.to(model.device) for name, tensor in batch.items()})
            pooled[rows] = output.pooler_output.float().cpu().numpy()
    return pooled


def feature_scale() -> float:
    """By what `features` must be multiplied to have about unit variance."""
    return 1.0 / _POOLER_SCALE


def _make_averaging(layer: nn.Module, pooler: nn.Linear) -> None:
    """Set the weights of a layer of `transformers.BertModel` and of its pooler, in place, as told above."""
    from torch import nn as layers

    attention: Any = layer.attention
    for linear in (attention.self.query, attention.self.key):
        linear.weight.zero_()
        linear.bias.zero_()
    for linear, scale in (
        (attention.self.value, 1.0),
        (attention.output.dense, _LOUDNESS),
        (pooler, _POOLER_SCALE),
    ):
        layers.init.eye_(linear.weight)
        linear.weight.mul_(scale)
        linear.bias.zero_()
    feed_forward: Any = layer.output
    feed_forward.dense.weight.zero_()
    feed_forward.dense.bias.zero_()
    for norm in (attention.output.LayerNorm, feed_forward.LayerNorm):
        norm.weight.fill_(1.0)
        norm.bias.zero_()
