"""AdamW with its rates: which parameters learn how fast, and how that changes over a run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from conflict_events.training.base import is_head
from conflict_events.training.settings import Settings

if TYPE_CHECKING:
    from torch import nn
    from torch.optim import AdamW

_LAYER = re.compile(r"\.layers?\.(\d+)\.")


def make_optimizer(model: nn.Module, settings: Settings) -> AdamW:
    """AdamW over all parameters: own rate for the head, decay by layer, none of it on biases and norms.

    Each group keeps its peak rate as "peak".
    """
    from torch.optim import AdamW

    named = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    numbers = [int(match[1]) for name, _ in named if (match := _LAYER.search(name))]
    depth = max(numbers, default=-1) + 1
    groups: dict[tuple[float, float], list[Any]] = {}
    for name, parameter in named:
        # Vectors are biases and normalisation weights.
        decay = settings.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((_peak(name, depth, settings), decay), []).append(parameter)
    return AdamW(
        [
            {"params": parameters, "lr": peak, "peak": peak, "weight_decay": decay}
            for (peak, decay), parameters in groups.items()
        ],
        fused=True,  # one pass over memory a step: most of the parameters are word embeddings
    )


def set_rates(optimizer: Any, step: int, total: int, settings: Settings) -> float:
    """Set the rates for step `step` of `total` (from 0): linear warm-up, then linear fall to zero.

    Returns the factor on the peak rates.
    """
    warmup = round(settings.warmup_share * total)
    factor = (step + 1) / (warmup + 1) if step < warmup else (total - step) / max(1, total - warmup)
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * factor
    return factor


def _peak(name: str, depth: int, settings: Settings) -> float:
    if is_head(name):
        return settings.head_learning_rate
    match = _LAYER.search(name)
    if match:
        return settings.learning_rate * settings.layer_decay ** (depth - 1 - int(match[1]))
    # What is neither in a layer nor below them is the pooler, above them.
    return settings.learning_rate * settings.layer_decay ** (depth if "embeddings" in name else 0)
