"""Where a run stands, on disk: written so that a kill at any moment leaves the last good state."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conflict_events.training.averaging import Average


@dataclass
class Progress:
    """Position in a run and what was measured so far.

    `epoch` and `batch` (both from 0) are the next to do, `loss_sum` is over the batches of the epoch so far.
    Nothing of the random generators is kept, because every step seeds them anew from its number.
    """

    epoch: int = 0
    batch: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
    best_epoch: int = -1
    best_worth: tuple[float, float] = (float("-inf"), float("-inf"))
    history: list[dict[str, Any]] = field(default_factory=list)


def save_checkpoint(path: Path, progress: Progress, model: Any, average: Average, optimizer: Any) -> None:
    """Write weights, their average, optimizer state and position as one file, at once."""
    import torch

    state = {
        "progress": dict(vars(progress)),
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        **average.state(),
    }
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    temporary.replace(path)


def load_checkpoint(path: Path, model: Any, average: Average, optimizer: Any, device: Any) -> Progress:
    """Put weights, their average and optimizer state back, and say where the run stood."""
    import torch

    state = torch.load(path, map_location=device, weights_only=True)
    model.load_state_dict(state["model"])
    average.load_state(state)
    optimizer.load_state_dict(state["optimizer"])
    return Progress(**state["progress"])


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON at once: readers see the old file or the new one, never a part."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write text at once."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
