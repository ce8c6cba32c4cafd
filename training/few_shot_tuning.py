"""Fine-tuning on few sentences: from heads that were learnt on the frozen encoder, in short steps.

Linear probing then fine-tuning (Kumar, Raghunathan, Jones, Ma and Liang, Fine-Tuning can Distort Pretrained
Features and Underperform Out-of-Distribution, ICLR 2022): a new head throws large gradients back into the
encoder while it learns, and with few sentences the encoder does not recover. A head that is right already
does not.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from conflict_events.training.averaging import Average
from conflict_events.training.encoding import Encoded, collate
from conflict_events.training.optimizer import make_optimizer, set_rates
from conflict_events.training.settings import Settings

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# The lower half of a small encoder knows words and grammar, which a few hundred sentences can only blur;
# leaving it alone also saves a third of the time.
FROZEN_SHARE = 0.5
_BATCHES_SORTED_TOGETHER = 2


def tune(
    model: PreTrainedModel,
    encoded: Sequence[Encoded],
    targets: npt.NDArray[np.float32],
    settings: Settings,
    *,
    pad_id: int,
    bf16: bool,
) -> PreTrainedModel:
    """Train the upper layers for `settings.epochs`; returns the model to use, an average of steps if wanted.

    `targets` [n, labels]. Seeds torch's random generator.
    """
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    torch.manual_seed(settings.seed)
    _freeze(model)
    optimizer = make_optimizer(model, settings)
    average = Average(model, settings.averaging)
    lengths = [len(row["input_ids"]) for row in encoded]
    batches = [
        batch for epoch in range(settings.epochs) for batch in _epoch_batches(lengths, settings, epoch)
    ]
    model.train()
    for step, rows in enumerate(batches):
        set_rates(optimizer, step, len(batches), settings)
        batch = collate([encoded[row] for row in rows], pad_id)
        inputs = {name: tensor.to(model.device) for name, tensor in batch.items()}
        with torch.autocast(model.device.type, dtype=torch.bfloat16, enabled=bf16):
            logits = model(**inputs).logits.float()
        wanted = torch.from_numpy(targets[rows]).to(model.device)
        loss: Any = binary_cross_entropy_with_logits(logits, wanted)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), settings.max_grad_norm)
        optimizer.step()
        optimizer.zero_grad()
        average.update(step)
    return cast("PreTrainedModel", average.model.eval())


def _freeze(model: PreTrainedModel) -> None:
    """Leave the embeddings and the lowest layers as they are."""
    encoder: Any = model.base_model
    layers = encoder.encoder.layer
    for part in (encoder.embeddings, *layers[: int(FROZEN_SHARE * len(layers))]):
        part.requires_grad_(False)


def _epoch_batches(lengths: Sequence[int], settings: Settings, epoch: int) -> list[list[int]]:
    """Rows in random batches, of similar length among those that were drawn one after the other.

    `encoding.epoch_batches`, made for long runs, sorts so many together that few sentences would meet in the
    same batches in every epoch.
    """
    draw = random.Random(f"{settings.seed}-{epoch}")
    order = draw.sample(range(len(lengths)), len(lengths))
    size, run = settings.batch_size, settings.batch_size * _BATCHES_SORTED_TOGETHER
    batches = []
    for start in range(0, len(order), run):
        part = sorted(order[start : start + run], key=lambda row: lengths[row])
        batches += [part[begin : begin + size] for begin in range(0, len(part), size)]
    draw.shuffle(batches)
    return batches
